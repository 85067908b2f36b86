using System.Numerics;
using Monitoring.Core.Settlement;
using Monitoring.Tests.Core.Oracle;

namespace Monitoring.Tests.Core.Model;

/// <summary>What was told of what sources made.</summary>
internal sealed partial class NaiveBooks
{
    private const int SecondMs = 1_000;
    private const int UnitLengthMax = 20;

    private sealed record Report(
        string Period, string Source, string Member, (long FromMs, long UntilMs) Span,
        string Product, long Quantity, string Unit);

    private readonly List<Report> _reports = [];

    public IEnumerable<string> Reports => _reports.Select(one =>
        $"{NaiveTerms.Bubble}/{one.Period} {one.Source} {one.Member} {one.Span.FromMs} "
            + $"{one.Span.UntilMs} {one.Product} {one.Quantity} {one.Unit}");

    /// <param name="bounds">Of the period; null where it is none.</param>
    public bool Tell(
        (string Period, string Source, string Product) of, (long? FromMs, long? UntilMs) span,
        (long Quantity, string Unit) made, (long FromMs, long UntilMs)? bounds)
    {
        if (bounds is not { } period || !IsName(of.Source) || !IsName(of.Product)
            || made.Quantity < 0 || made.Unit.Length is 0 or > UnitLengthMax
            || (terms.IsPaidBack && made.Unit != NaiveTerms.Unit))
        {
            return false;
        }

        var asked = (FromMs: span.FromMs ?? period.FromMs, UntilMs: span.UntilMs ?? period.UntilMs);
        var name = of.Period[(of.Period.IndexOf('/', StringComparison.Ordinal) + 1)..];
        string[] owners =
            [.. OwnersOf(of.Source, asked.FromMs, asked.UntilMs).Distinct()];
        if (asked.FromMs >= asked.UntilMs || asked.FromMs < period.FromMs
            || asked.UntilMs > period.UntilMs || owners.Length != 1
            || _reports.Exists(one => one.Period == name && one.Source == of.Source
                && one.Span != asked && Cut(one.Span, asked)))
        {
            return false;
        }

        _reports.RemoveAll(one =>
            one.Period == name && one.Source == of.Source && one.Span == asked);
        _reports.Add(new Report(
            name, of.Source, owners[0], asked, of.Product, made.Quantity, made.Unit));
        return true;
    }

    /// <summary>
    /// What each member made in each span, and what is not known enough to settle by.
    /// </summary>
    public (IReadOnlyList<NaiveActivity> Known, IReadOnlyList<string> Missing) MadeIn(
        string period, IReadOnlyCollection<EmittedMass> masses)
    {
        if (!terms.AsksMade)
        {
            return ([], []);
        }

        var own = _reports.Where(one => one.Period == period).ToList();
        var missing = new List<string>();
        foreach (var (member, source) in masses.Select(one => (one.Member, one.Source)).Distinct())
        {
            // Every second from the first mass to the last.
            var times = masses.Where(one => (one.Member, one.Source) == (member, source)).ToList();
            var untilMs = times.Max(one => one.End).ToUnixTimeMilliseconds();
            for (var ms = times.Min(one => one.Start).ToUnixTimeMilliseconds(); ms < untilMs;
                ms += SecondMs)
            {
                if (!own.Exists(one => (one.Member, one.Source) == (member, source)
                    && one.Span.FromMs <= ms && ms < one.Span.UntilMs))
                {
                    missing.Add($"{member} NotReported {source}");
                    break;
                }
            }
        }

        var known = new List<NaiveActivity>();
        foreach (var member in own.GroupBy(one => one.Member)
            .OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            if (member.Any(one => member.Any(other => other.Unit != one.Unit)))
            {
                missing.Add($"{member.Key} UnitsDiffer");
            }

            // As often as two of them cut each other, they are one.
            var spans = member.Select(one => (one.Span, Quantity: (BigInteger)one.Quantity))
                .ToList();
            while (spans.SelectMany((one, i) => spans.Skip(i + 1).Select(other => (one, other)))
                .FirstOrDefault(pair => Cut(pair.one.Span, pair.other.Span))
                is { one: { Span.UntilMs: > 0 } a, other: var b })
            {
                spans.Remove(a);
                spans.Remove(b);
                spans.Add((
                    (Math.Min(a.Span.FromMs, b.Span.FromMs),
                        Math.Max(a.Span.UntilMs, b.Span.UntilMs)),
                    a.Quantity + b.Quantity));
            }

            known.AddRange(spans.OrderBy(one => one.Span).Select(one => new NaiveActivity(
                member.Key, DateTimeOffset.FromUnixTimeMilliseconds(one.Span.FromMs),
                DateTimeOffset.FromUnixTimeMilliseconds(one.Span.UntilMs), one.Quantity)));
        }

        return (known, missing);
    }

    /// <summary>
    /// What a source made in a span and in which unit; no unit where that is not told of all of
    /// it, and null where nothing is told.
    /// </summary>
    private (BigInteger Quantity, string Unit)? MadeBy(
        string source, (long FromMs, long UntilMs) span)
    {
        var told = _reports.Where(one => one.Source == source && Cut(one.Span, span)).ToList();
        if (told.Count == 0)
        {
            return null;
        }

        var isWhole = told.TrueForAll(one => one.Unit == told[0].Unit
                && span.FromMs <= one.Span.FromMs && one.Span.UntilMs <= span.UntilMs)
            && told.Sum(one => one.Span.UntilMs - one.Span.FromMs) == span.UntilMs - span.FromMs;
        return (
            told.Aggregate(BigInteger.Zero, (sum, one) => sum + one.Quantity),
            isWhole ? told[0].Unit : "");
    }

    // One stack changes hands in the middle of the fourth period.
    private static IEnumerable<string> OwnersOf(string source, long fromMs, long untilMs)
    {
        if (source == "stack-x")
        {
            for (var ms = fromMs; ms < untilMs; ms += SecondMs)
            {
                yield return ms < SoldMs ? "m0" : "m1";
            }
        }
        else if (source.StartsWith("stack-m", StringComparison.Ordinal))
        {
            yield return source == "stack-m4" ? "m0" : source[6..];
        }
    }

    private static long SoldMs { get; } = new DateTimeOffset(
        2026, 1, 1, 0, 3, 30, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private static bool Cut((long FromMs, long UntilMs) one, (long FromMs, long UntilMs) other) =>
        one.FromMs < other.UntilMs && other.FromMs < one.UntilMs;
}
