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
    /// <summary>
    /// CO2 and O2 are measured in percent, so the span of their analysers is never above this.
    /// Of one at or below it the tables do not say whether it counts percent or a few ppm.
    /// </summary>
    private const decimal DiluentSpanMax = 25m;

    private const int MeanDecimals = 3;

    public static ComparedSet Linearity(QaTables tables)
    {
        var set = new SetUnderWay("epa-qa linearity");
        var injections = tables.Distinct("linearity_injection", "LIN_INJ_ID")
            .ToLookup(row => row.Text("LIN_SUM_ID"), StringComparer.Ordinal);
        foreach (var row in tables.Distinct("linearity_summary", "LIN_SUM_ID"))
        {
            var key = row.Text("LIN_SUM_ID");
            if (row.Number("CALC_PERCENT_ERROR") is not { } error)
            {
                set.LeaveOut("the agency gives no result");
                continue;
            }

            var own = injections[key].ToList();
            var ours = own.TrueForAll(one =>
                    one.Number("REF_VALUE") is not null && one.Number("MEASURED_VALUE") is not null)
                ? LinearityError.Of(
                [
                    .. own.Select(one => new GasInjection(
                        one.Number("REF_VALUE")!.Value, one.Number("MEASURED_VALUE")!.Value)),
                ])
                : null;
            set.Compare(
                key, "CALC_MEAN_REF_VALUE", Mean(ours?.MeanReference),
                row.Number("CALC_MEAN_REF_VALUE"));
            set.Compare(
                key, "CALC_MEAN_MEASURED_VALUE", Mean(ours?.MeanMeasured),
                row.Number("CALC_MEAN_MEASURED_VALUE"));
            set.Compare(key, "CALC_PERCENT_ERROR", ours?.Value, error);
            set.Compare(
                key, "CALC_APS_IND", Flag(ours?.IsAlternative), row.Number("CALC_APS_IND"));
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
        var spans = new Spans(tables);
        foreach (var row in tables.Distinct(table, keyColumn))
        {
            var span = spans.Of(row.Text("TEST_SUM_ID"));
            var basis = BasisOf(row, injections, span);
            foreach (var injection in injections)
            {
                Compare(set, row, row.Text(keyColumn), injection, basis, span);
            }
        }

        return set.Done();
    }

    private static void Compare(
        SetUnderWay set, PublishedRow row, string key, string injection, CalibrationBasis? basis,
        decimal? span)
    {
        var column = $"CALC_{injection}_CAL_ERROR";
        if (row.Number(column) is not { } theirs)
        {
            set.LeaveOut("the agency gives no result");
        }
        else if (row.Number(injection + "_REF_VALUE") is not { } reference
            || row.Number(injection + "_MEASURED_VALUE") is not { } measured)
        {
            set.LeaveOut("no gas or no reading");
        }
        else if (basis is null)
        {
            set.LeaveOut("no span is given, and nothing tells percent of span from absolute");
        }
        else
        {
            var ours = CalibrationError.Of(basis.Value, reference, measured, span);
            set.Compare(key, column, ours?.Value, theirs);
            if (row.Number($"CALC_{injection}_APS_IND") is { } flag)
            {
                set.Compare(
                    key, $"CALC_{injection}_APS_IND", Flag(ours?.IsAlternative), flag);
            }
        }
    }

    /// <summary>
    /// The tables do not say what an analyser measures. A wide span is no diluent's. For a narrow
    /// one the plant's own reported errors tell which of the two formulas was meant, where they
    /// fit one of them only; the comparison is with the agency's numbers, not with these.
    /// </summary>
    private static CalibrationBasis? BasisOf(
        PublishedRow row, string[] injections, decimal? span)
    {
        if (span > DiluentSpanMax)
        {
            return CalibrationBasis.PercentOfSpan;
        }

        var complete = injections.Count(injection =>
            row.Number(injection + "_REF_VALUE") is not null
            && row.Number(injection + "_MEASURED_VALUE") is not null
            && row.Number(injection + "_CAL_ERROR") is not null);
        var absolute = Fits(row, injections, CalibrationBasis.Absolute, span);
        if (span is null)
        {
            // Without a span there is nothing but the difference itself to hold it against.
            return complete > 0 && absolute == complete ? CalibrationBasis.Absolute : null;
        }

        return Fits(row, injections, CalibrationBasis.PercentOfSpan, span) > absolute
            ? CalibrationBasis.PercentOfSpan
            : CalibrationBasis.Absolute;
    }

    private static int Fits(
        PublishedRow row, string[] injections, CalibrationBasis basis, decimal? span) =>
        injections.Count(injection =>
            row.Number(injection + "_REF_VALUE") is { } reference
            && row.Number(injection + "_MEASURED_VALUE") is { } measured
            && row.Number(injection + "_CAL_ERROR") is { } reported
            && CalibrationError.Of(basis, reference, measured, span)?.Value == reported);

    private static decimal? Mean(decimal? value) =>
        value is { } known ? Rounding.ToDecimals(known, MeanDecimals) : null;

    private static decimal? Flag(bool? value) => value is { } known ? (known ? 1m : 0m) : null;

    /// <summary>
    /// The span of a test: its own, or else the one of another test of the same analyser range.
    /// </summary>
    private sealed class Spans
    {
        private readonly Dictionary<string, PublishedRow> _tests;
        private readonly Dictionary<string, decimal> _byRange = new(StringComparer.Ordinal);

        public Spans(QaTables tables)
        {
            _tests = tables.Distinct("test_summary", "TEST_SUM_ID")
                .ToDictionary(row => row.Text("TEST_SUM_ID"), StringComparer.Ordinal);
            foreach (var test in _tests.Values)
            {
                if (test.Number("CALC_SPAN_VALUE") is { } span && span > 0)
                {
                    _byRange[RangeOf(test)] = span;
                }
            }
        }

        public decimal? Of(string test)
        {
            if (!_tests.TryGetValue(test, out var row))
            {
                return null;
            }

            return row.Number("CALC_SPAN_VALUE")
                ?? (_byRange.TryGetValue(RangeOf(row), out var span) ? span : null);
        }

        private static string RangeOf(PublishedRow test) =>
            $"{test.Text("COMPONENT_ID")} {test.Text("SPAN_SCALE_CD")}";
    }
}
