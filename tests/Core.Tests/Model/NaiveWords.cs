using System.Numerics;

namespace Monitoring.Tests.Core.Model;

/// <param name="Span">Null where its name is none.</param>
internal sealed record NaiveLine(
    string Product, string Unit, long Quantity, long Grams, (long FromMs, long UntilMs)? Span);

/// <summary>Plans, orders to put a final period right, and shares.</summary>
internal sealed partial class NaiveBooks
{
    private const int LinesMax = 500;
    private const int AmendmentsMax = 100;

    private readonly SortedDictionary<string, BigInteger> _shares = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (string Period, string Settlement)> _orders =
        new(StringComparer.Ordinal);
    private readonly HashSet<string> _dropped = [];
    private readonly List<(string Member, int Version, long AtMs, IReadOnlyList<NaiveLine> Lines)>
        _plans = [];

    public IEnumerable<string> Shares => _shares.Where(one => one.Value > 0)
        .Select(one => $"{one.Key} {one.Value}");

    public IEnumerable<string> Orders => _orders.Select(one =>
        $"{one.Key} {NaiveTerms.Bubble}/{one.Value.Period} {one.Value.Settlement}");

    public IEnumerable<string> Plans => _plans.Select(one =>
        $"{one.Member} {one.Version} {one.AtMs} " + string.Join(", ", one.Lines.Select(line =>
            $"{line.Span!.Value.FromMs} {line.Span!.Value.UntilMs} {line.Product} "
                + $"{line.Quantity} {line.Grams}")));

    public bool Issue(string holder, long shares)
    {
        if (!IsName(holder) || shares <= 0)
        {
            return false;
        }

        _shares[holder] = _shares.GetValueOrDefault(holder) + shares;
        return true;
    }

    public bool HandOver(string from, string to, long shares)
    {
        if (!IsName(from) || !IsName(to) || from == to || shares <= 0
            || shares > _shares.GetValueOrDefault(from))
        {
            return false;
        }

        _shares[from] -= shares;
        _shares[to] = _shares.GetValueOrDefault(to) + shares;
        return true;
    }

    /// <param name="of">The period, and its end; null where it is none.</param>
    public bool Order(
        string id, (string Period, long? EndMs) of, string reason, string sha256,
        IReadOnlyList<string> amendments)
    {
        var isDigest = sha256.Length == 64
            && sha256.All(one => "0123456789abcdef".Contains(one, StringComparison.Ordinal));
        if (of.EndMs is not { } endMs || reason == "late-facts" || !terms.Reasons.Contains(reason)
            || !isDigest || !IsInTime(endMs) || amendments.Count > AmendmentsMax
            || amendments.Any(one => !one.StartsWith("known", StringComparison.Ordinal))
            || !IsFinal(of.Period))
        {
            return false;
        }

        _orders[id] = (of.Period, "");
        return true;
    }

    /// <summary>The order of a period of which nothing came yet; null where there is none.
    /// </summary>
    public string? OpenOrderOf(string period) => _orders
        .Where(one => one.Value == (period, "") && !_dropped.Contains(one.Key))
        .Select(one => one.Key).FirstOrDefault();

    /// <summary>
    /// Until it is final for anything; then as the contract lets late facts, or by an order: its
    /// own, or where nothing else changed, that of one before it.
    /// </summary>
    /// <param name="isRestOnly">Only what the period before left over changed.</param>
    public bool MayPutRight(string period, long endMs, bool isRestOnly) =>
        !IsFinal(period)
        || (terms.Reasons.Contains("late-facts") && IsInTime(endMs))
        || OpenOrderOf(period) is not null
        || (isRestOnly && _orders.Values.Any(one => one.Settlement.Length > 0
            && string.CompareOrdinal(one.Period, period) < 0));

    /// <summary>Nothing is to come of it any more.</summary>
    public bool Drop(string order) => _orders.TryGetValue(order, out var known)
        && known.Settlement.Length == 0 && _dropped.Add(order);

    public bool Fulfil(string order, string settlement)
    {
        _orders[order] = (_orders[order].Period, settlement);
        return true;
    }

    public bool Plan(string member, IReadOnlyList<NaiveLine> lines)
    {
        var isMember = member is "m0" or "m1" or "m2" or "m3";
        if (!isMember || lines.Count is 0 or > LinesMax
            || lines.Any(line => line.Span is null || !IsName(line.Product)
                || line.Unit.Length == 0 || line.Quantity < 0 || line.Grams < 0))
        {
            return false;
        }

        // Each two of them: other times, or the same time and other products.
        for (var i = 0; i < lines.Count; i++)
        {
            for (var n = 0; n < i; n++)
            {
                var (one, other) = (lines[i].Span!.Value, lines[n].Span!.Value);
                var isApart = one.UntilMs <= other.FromMs || other.UntilMs <= one.FromMs;
                if (!isApart && (one != other || lines[i].Product == lines[n].Product))
                {
                    return false;
                }
            }
        }

        _plans.Add((member, 1 + _plans.Count(one => one.Member == member), NowMs, lines));
        return true;
    }

    /// <summary>Each span that was ever planned, and which plan counts for it.</summary>
    public IEnumerable<string> PlannedSpans(string member)
    {
        var own = _plans.Where(one => one.Member == member).ToList();
        foreach (var span in own.SelectMany(one => one.Lines).Select(line => line.Span!.Value)
            .Distinct())
        {
            bool Names(IReadOnlyList<NaiveLine> lines) => lines.Any(line => line.Span == span);

            // What was the plan when it began; if that was silent, whatever was said last.
            var then = own.LastOrDefault(one => one.AtMs < span.FromMs);
            var isBefore = then.Lines is not null && Names(then.Lines);
            var counts = isBefore ? then : own.Last(one => Names(one.Lines));
            var grams = counts.Lines.Where(line => line.Span == span).Sum(line => line.Grams);
            yield return
                $"{span.FromMs} {span.UntilMs} {counts.Version} {isBefore} {grams}";
        }
    }

    /// <summary>What the newest plan says of a time; null where not of all of it.</summary>
    public long? PlannedMilligrams(string member, long fromMs, long untilMs)
    {
        var lines = _plans.Last(one => one.Member == member).Lines;
        var spans = lines.Select(line => line.Span!.Value).Distinct().ToList();
        long Common((long FromMs, long UntilMs) span) =>
            Math.Max(0, Math.Min(untilMs, span.UntilMs) - Math.Max(fromMs, span.FromMs));
        if (spans.Sum(Common) < untilMs - fromMs)
        {
            return null;
        }

        var sum = lines.Aggregate(Rational.Of(0), (all, line) => all + new Rational(
            new BigInteger(line.Grams) * 1_000 * Common(line.Span!.Value),
            line.Span!.Value.UntilMs - line.Span!.Value.FromMs));
        return (long)sum.Nearest;
    }

    private bool IsInTime(long endMs) =>
        terms.LimitationDays == 0 || NowMs < endMs + (terms.LimitationDays * DayMs);

    private static bool IsName(string text) => text.Length is > 0 and <= 40
        && text.All(one => one is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-');
}
