using System.Globalization;

namespace Monitoring.Verifier;

/// <summary>
/// Whether what was emitted was settled: no period between others is left out, and none of which
/// notice was given has no settlement.
/// </summary>
internal sealed class Coverage(Findings findings)
{
    private readonly SortedDictionary<string, (Terms Terms, List<(long From, long To)> Spans)>
        _settled = new(StringComparer.Ordinal);

    private readonly HashSet<string> _periods = [];

    /// <summary>The end of all that is settled; null: nothing is.</summary>
    public long? UntilMs { get; private set; }

    public void TakeSettlement(Leaf leaf, Terms terms)
    {
        if (!_settled.TryGetValue(terms.Id, out var own))
        {
            own = (terms, []);
        }

        own.Spans.Add((leaf.Ms("start_ms"), leaf.Ms("end_ms")));
        _settled[terms.Id] = (terms, own.Spans);
        _periods.Add(leaf.Text("period"));
        UntilMs = Math.Max(UntilMs ?? long.MinValue, leaf.Ms("end_ms"));
    }

    /// <param name="noticed">Periods of which notice was given.</param>
    /// <param name="firstMs">From when on a contract is to be settled.</param>
    /// <param name="startsOf">When masses begin that count by these terms, in order.</param>
    public void Compare(
        IEnumerable<string> noticed, Func<string, long> firstMs, Func<Terms, List<long>> startsOf)
    {
        foreach (var period in noticed.Where(period => !_periods.Contains(period)))
        {
            findings.Add(
                $"period {period}", "notice of it was given and its settlement is not in the log");
        }

        foreach (var (contract, (terms, spans)) in _settled)
        {
            spans.Sort();
            var starts = startsOf(terms);
            var (at, coveredMs) = (0, Math.Min(firstMs(contract), spans[0].From));
            foreach (var (from, to) in spans)
            {
                while (at < starts.Count && starts[at] < coveredMs)
                {
                    at++;
                }

                var (count, first) = (0, at < starts.Count ? starts[at] : 0);
                for (; at < starts.Count && starts[at] < from; at++)
                {
                    count++;
                }

                if (count > 0)
                {
                    findings.Add(
                        $"the contract '{contract}'", string.Create(
                            CultureInfo.InvariantCulture,
                            $"no settlement counts the {count} masses from {Time(first)} to "
                                + $"{Time(from)}; a period is missing"));
                }

                coveredMs = Math.Max(coveredMs, to);
            }
        }
    }

    public static string Time(long ms) => ms < DateTimeOffset.MinValue.ToUnixTimeMilliseconds()
        || ms > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? string.Create(CultureInfo.InvariantCulture, $"{ms} ms")
            : DateTimeOffset.FromUnixTimeMilliseconds(ms)
                .ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
