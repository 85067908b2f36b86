using System.Collections.Immutable;
using Monitoring.Core.Quality;

namespace Monitoring.Server.Inspection;

/// <summary>
/// The tables do not always say what an analyser measures. Then a wide span is no diluent's, and
/// for a narrow one the results that the plant itself reported tell: the kinds that reproduce
/// most of them. The comparison is with the agency's numbers, not with these. Where kinds are
/// left that give different results, nothing is compared.
/// </summary>
internal sealed class Analysers
{
    /// <summary>
    /// CO2 and O2 are measured in percent, so the span of their analysers is never above this.
    /// Of one at or below it the tables do not say whether it counts percent or a few ppm.
    /// </summary>
    private const decimal DiluentSpanMax = 25m;

    private readonly QaTables _tables;
    private readonly Dictionary<string, decimal> _spanByRange = new(StringComparer.Ordinal);
    private readonly HashSet<string> _wideComponents = new(StringComparer.Ordinal);

    public Analysers(QaTables tables)
    {
        _tables = tables;
        foreach (var test in tables.Rows("test_summary", "TEST_SUM_ID"))
        {
            if (test.Number("CALC_SPAN_VALUE") is { } span && span > 0)
            {
                _spanByRange[RangeOf(test)] = span;
                if (span > DiluentSpanMax && test.Text("COMPONENT_ID").Length > 0)
                {
                    _wideComponents.Add(test.Text("COMPONENT_ID"));
                }
            }
        }
    }

    /// <summary>
    /// The span of a test: its own, or else the one of another test of the same range.
    /// </summary>
    public decimal? SpanOf(PublishedRow row) => TestOf(row) is { } test
        ? test.Number("CALC_SPAN_VALUE")
            ?? (_spanByRange.TryGetValue(RangeOf(test), out var span) ? span : null)
        : null;

    /// <summary>The kinds it may be of, the likeliest first.</summary>
    /// <param name="size">Its span, or the strongest gas that it was given.</param>
    public ImmutableArray<AnalyserKind> Possible(PublishedRow row, decimal? size)
    {
        var test = TestOf(row);
        return test?.Text("COMPONENT_TYPE_CD").ToUpperInvariant() switch
        {
            "SO2" or "NOX" => [AnalyserKind.Oxides],
            "CO2" or "O2" => [AnalyserKind.Diluent],
            "HG" => [AnalyserKind.Mercury],
            "FLOW" => [AnalyserKind.Flow, AnalyserKind.PressureFlow],
            _ when size > DiluentSpanMax
                || (test is not null && _wideComponents.Contains(test.Text("COMPONENT_ID"))) =>
                [AnalyserKind.Oxides, AnalyserKind.Flow],
            _ =>
            [
                AnalyserKind.Diluent, AnalyserKind.Oxides, AnalyserKind.Flow,
                AnalyserKind.PressureFlow, AnalyserKind.Mercury,
            ],
        };
    }

    /// <summary>Those of the kinds that reproduce most of what the plant reported.</summary>
    public static ImmutableArray<AnalyserKind> Likeliest(
        ImmutableArray<AnalyserKind> possible, Func<AnalyserKind, int> fits)
    {
        var counts = possible.Select(kind => (Kind: kind, Fits: fits(kind))).ToList();
        var most = counts.Max(one => one.Fits);
        return [.. counts.Where(one => one.Fits == most).Select(one => one.Kind)];
    }

    private PublishedRow? TestOf(PublishedRow row) =>
        _tables.Find("test_summary", "TEST_SUM_ID", row);

    private static string RangeOf(PublishedRow test) =>
        $"{test.Text("COMPONENT_ID")} {test.Text("SPAN_SCALE_CD")}";
}
