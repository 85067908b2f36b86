using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Quality;

namespace Monitoring.Server.Inspection;

/// <summary>
/// Linearity and calibration error tests of the agency's quality-assurance tables, beside the
/// agency's own results (the columns CALC_...).
/// </summary>
internal static class InjectionSets
{
    private const int MeanDecimals = 3;
    private const string KindUnknown =
        "nothing tells what the analyser measures, and its kinds give different results";

    public static ComparedSet Linearity(QaTables tables)
    {
        var set = new SetUnderWay("epa-qa linearity");
        var analysers = new Analysers(tables);
        var levels = tables.Rows("linearity_summary", "LIN_SUM_ID");
        var byTest = levels.ToLookup(TestOf);
        foreach (var row in set.Walk(levels))
        {
            if (tables.Children("linearity_injection", "LIN_INJ_ID", "LIN_SUM_ID", row).IsEmpty)
            {
                set.LeaveOut(SetUnderWay.NothingBelow);
                continue;
            }

            var test = byTest[TestOf(row)]
                .Select(level => (level, GasesOf(tables, level))).ToList();
            var strongest = test.Max(level => level.Item2.Max(one => (decimal?)one.Reference));
            var kinds = Analysers.Likeliest(
                analysers.Possible(row, strongest)
                    .RemoveAll(kind => LinearityLimits.Of(kind) is null),
                kind => test.Sum(level => Fits(level.level, LinearityError.Of(kind, level.Item2))));
            var results = kinds.Select(kind => LinearityError.Of(kind, GasesOf(tables, row)))
                .Distinct().ToList();
            if (results.Count > 1)
            {
                set.LeaveOut(KindUnknown);
                continue;
            }

            var key = tables.KeyOf("linearity_summary", "LIN_SUM_ID", row);
            var ours = results[0];
            set.Compare(row, key, "CALC_MEAN_REF_VALUE", Mean(ours?.MeanReference));
            set.Compare(row, key, "CALC_MEAN_MEASURED_VALUE", Mean(ours?.MeanMeasured));
            set.Compare(row, key, "CALC_PERCENT_ERROR", ours?.Value);
            set.Compare(row, key, "CALC_APS_IND", Flag(ours?.IsAlternative));
        }

        return set.Done();
    }

    public static ComparedSet SevenDay(QaTables tables) => Calibration(
        "epa-qa calibration error", tables, "calibration_injection", "CAL_INJ_ID",
        ["ZERO", "UPSCALE"]);

    public static ComparedSet OnlineOffline(QaTables tables) => Calibration(
        "epa-qa on-line/off-line calibration", tables, "on_off_cal", "ON_OFF_CAL_ID",
        ["ONLINE_ZERO", "ONLINE_UPSCALE", "OFFLINE_ZERO", "OFFLINE_UPSCALE"]);

    private static ComparedSet Calibration(
        string name, QaTables tables, string table, string keyColumn, string[] injections)
    {
        var set = new SetUnderWay(name);
        var analysers = new Analysers(tables);
        var rows = tables.Rows(table, keyColumn);
        var byTest = rows.ToLookup(TestOf);
        foreach (var row in set.Walk(rows))
        {
            var span = analysers.SpanOf(row);
            ImmutableArray<AnalyserKind> kinds = span is null
                ? OfNoSpan(row, injections)
                : Analysers.Likeliest(
                    analysers.Possible(row, span),
                    kind => byTest[TestOf(row)].Sum(one => Fits(one, injections, kind, span)));
            foreach (var injection in injections)
            {
                Compare(set, row, tables.KeyOf(table, keyColumn, row), injection, kinds, span);
            }
        }

        return set.Done();
    }

    private static void Compare(
        SetUnderWay set, PublishedRow row, string key, string injection,
        ImmutableArray<AnalyserKind> kinds, decimal? span)
    {
        var column = $"CALC_{injection}_CAL_ERROR";
        if (row.Number(injection + "_REF_VALUE") is null
            || row.Number(injection + "_MEASURED_VALUE") is null)
        {
            set.LeaveOut("no gas or no reading");
            return;
        }

        var results = kinds.Select(kind => ErrorOf(row, injection, kind, span))
            .Distinct().ToList();
        if (results.Count != 1)
        {
            set.LeaveOut(span is null
                ? "no span is given, and nothing tells percent of span from absolute"
                : KindUnknown);
            return;
        }

        set.Compare(row, key, column, results[0]?.Value);
        if (row.Number($"CALC_{injection}_APS_IND") is not null)
        {
            set.Compare(
                row, key, $"CALC_{injection}_APS_IND", Flag(results[0]?.IsAlternative));
        }
    }

    /// <summary>
    /// Without a span there is nothing but the difference itself to hold the plant's results
    /// against, and all of them must be it.
    /// </summary>
    private static ImmutableArray<AnalyserKind> OfNoSpan(PublishedRow row, string[] injections)
    {
        var complete = injections.Where(injection =>
            ErrorOf(row, injection, AnalyserKind.Diluent, null) is not null
            && row.Number(injection + "_CAL_ERROR") is not null).ToList();
        return complete.Count > 0 && complete.TrueForAll(injection =>
            Same(
                row, injection + "_CAL_ERROR",
                ErrorOf(row, injection, AnalyserKind.Diluent, null)?.Value) == 1)
            ? [AnalyserKind.Diluent]
            : [];
    }

    /// <summary>How many of the plant's own errors and marks a kind gives too.</summary>
    private static int Fits(
        PublishedRow row, string[] injections, AnalyserKind kind, decimal? span) =>
        injections.Sum(injection =>
        {
            var ours = ErrorOf(row, injection, kind, span);
            return Same(row, injection + "_CAL_ERROR", ours?.Value)
                + Same(row, injection + "_APS_IND", Flag(ours?.IsAlternative));
        });

    private static int Fits(PublishedRow row, LinearityError? ours) =>
        Same(row, "PERCENT_ERROR", ours?.Value) + Same(row, "APS_IND", Flag(ours?.IsAlternative));

    private static int Same(PublishedRow row, string column, decimal? ours) =>
        row.Number(column) is { } reported && reported == ours ? 1 : 0;

    private static CalibrationError? ErrorOf(
        PublishedRow row, string injection, AnalyserKind kind, decimal? span) =>
        row.Number(injection + "_REF_VALUE") is { } reference
            && row.Number(injection + "_MEASURED_VALUE") is { } measured
            ? CalibrationError.Of(kind, reference, measured, span)
            : null;

    /// <summary>The injections of a level in their order; none where one is incomplete.</summary>
    private static ImmutableArray<GasInjection> GasesOf(QaTables tables, PublishedRow level)
    {
        var rows = tables.Children("linearity_injection", "LIN_INJ_ID", "LIN_SUM_ID", level)
            .OrderBy(row => row.Instant("INJECTION") ?? DateTime.MaxValue).ToList();
        return rows.TrueForAll(row =>
                row.Number("REF_VALUE") is not null && row.Number("MEASURED_VALUE") is not null)
            ?
            [
                .. rows.Select(row => new GasInjection(
                    row.Number("REF_VALUE")!.Value, row.Number("MEASURED_VALUE")!.Value)),
            ]
            : [];
    }

    private static (string Script, string Test) TestOf(PublishedRow row) =>
        (row.Text("SRC_FILE"), row.Text("TEST_SUM_ID"));

    private static decimal? Mean(decimal? value) =>
        value is { } known ? Rounding.ToDecimals(known, MeanDecimals) : null;

    private static decimal? Flag(bool? value) => value is { } known ? (known ? 1m : 0m) : null;
}
