using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core.Part75;

namespace Monitoring.Server.Inspection;

/// <summary>
/// Hourly values of real plants: the bias-adjusted value beside ours. Where no factor of a
/// monitor is published for the quarter it is fitted: the one with three decimals that fits most
/// hours. That one number fits hundreds of hours tells that product and rounding are right; a few
/// hours are fitted by many factors and tell nothing, unless none fits them.
/// </summary>
internal static class HourlySets
{
    private const decimal FactorStep = 0.001m;
    private const decimal FactorMin = 1m;
    private const decimal FactorMax = 1.5m;

    /// <summary>Fewer hours do not tell a factor.</summary>
    private const int FitHoursMin = 24;

    private const int SampleHours = 200;

    /// <summary>MODC of a backup monitor, another approved one, and the reference method.
    /// </summary>
    private static readonly string[] OtherSystems = ["02", "2", "03", "3", "04", "4"];

    /// <summary>A factor that fits fewer of the sample's best hours is not tried on all.</summary>
    private const decimal SampleShare = 0.9m;

    public static ComparedSet BiasAdjusted(IEnumerable<PublishedTable> tables)
    {
        var set = new SetUnderWay("epa-hourly bias adjustment");
        var hours = ImmutableArray.CreateBuilder<Hour>();
        foreach (var row in set.Walk(tables.SelectMany(table => table.Rows)))
        {
            if (row.Number("UNADJUSTED_HRLY_VALUE") is not { } unadjusted
                || row.Number("ADJUSTED_HRLY_VALUE") is not { } adjusted)
            {
                set.LeaveOut("no unadjusted or no adjusted value");
            }
            else if (ReportedPrecision.Of(row.Text("PARAMETER_CD")) is not { } precision)
            {
                set.LeaveOut($"no rounding known for {row.Text("PARAMETER_CD")}");
            }
            else
            {
                hours.Add(new Hour(row, unadjusted, adjusted, precision));
            }
        }

        foreach (var monitor in hours.GroupBy(hour => hour.Monitor).OrderBy(
            monitor => monitor.Key, StringComparer.Ordinal))
        {
            CompareMonitor(set, monitor.Key, [.. monitor]);
        }

        return set.Done();
    }

    private static void CompareMonitor(
        SetUnderWay set, string monitor, ImmutableArray<Hour> hours)
    {
        var published = hours.Select(hour => hour.Factor).OfType<decimal>().Distinct().ToList();
        var open = hours.Where(hour => hour.Factor is null).ToImmutableArray();
        var factor = published.Count == 1 ? published[0] : Fit(open);
        if (published.Count != 1 && open.Length >= FitHoursMin)
        {
            var text = factor.ToString("0.000", CultureInfo.InvariantCulture);
            set.Note($"{monitor}: factor {text} fitted to {open.Length} hours, not published");
        }

        foreach (var hour in hours)
        {
            var ours = hour.With(hour.Factor ?? factor);
            if (hour.Factor is null && published.Count != 1 && open.Length < FitHoursMin
                && ours == hour.Adjusted)
            {
                set.LeaveOut("no factor is published, and too few hours tell one");
                continue;
            }

            var one = new Comparison(hour.Key, "ADJUSTED_HRLY_VALUE", ours, hour.Adjusted);
            set.Compare(one.Agrees ? one : one with { Doubt = DoubtOf(hour, hours, factor) });
        }
    }

    private static string? DoubtOf(Hour hour, ImmutableArray<Hour> hours, decimal factor)
    {
        if (hour.Adjusted < 0)
        {
            return "deliberate fault: an adjusted value is never below zero";
        }

        if (hour.Factor is { } own && Math.Abs(hour.Unadjusted * own - hour.Adjusted)
            >= hour.Precision.Step)
        {
            return "deliberate fault: the row's own unadjusted value times its own factor is not "
                + "it, however rounded";
        }

        if (OtherSystems.Contains(hour.Row.Text("MODC_CD")))
        {
            return "measured by another system than the monitor's, which has its own factor";
        }

        var fits = hours.Count(one => one.With(one.Factor ?? factor) == one.Adjusted);
        return fits >= FitHoursMin && fits >= SampleShare * hours.Length
            ? $"{fits} of {hours.Length} hours of the monitor are of one factor, this one is not"
            : null;
    }

    /// <summary>
    /// The factor that fits most hours; of those that fit as many the one nearest to 1, which is
    /// the least assumption. Some hours choose the factors that are tried on all.
    /// </summary>
    private static decimal Fit(ImmutableArray<Hour> hours)
    {
        var step = hours.Length / SampleHours + 1;
        var sample = hours.Where((_, i) => i % step == 0).ToList();
        var steps = (int)((FactorMax - FactorMin) / FactorStep) + 1;
        var tried = Enumerable.Range(0, steps)
            .Select(i => FactorMin + i * FactorStep)
            .Select(factor => (Factor: factor, Fits: Fits(sample, factor)))
            .ToList();
        var enough = tried.Max(one => one.Fits) * SampleShare;
        return tried.Where(one => one.Fits >= enough)
            .MaxBy(one => Fits(hours, one.Factor)).Factor;
    }

    private static int Fits(IEnumerable<Hour> hours, decimal factor) =>
        hours.Count(hour => hour.With(factor) == hour.Adjusted);

    private sealed record Hour(
        PublishedRow Row, decimal Unadjusted, decimal Adjusted, ReportedPrecision Precision)
    {
        /// <summary>Null where none is published; what has no bias test is not adjusted.</summary>
        public decimal? Factor { get; } = BiasAdjustment.IsAdjusted(Row.Text("PARAMETER_CD"))
            ? Row.Number("APPLICABLE_BIAS_ADJ_FACTOR")
            : 1m;

        /// <summary>A factor lasts from audit to audit, which are mostly of one quarter.</summary>
        public string Monitor
        {
            get
            {
                var quarter = Row.Day("DATE") is { } day
                    ? $"{day.Year} quarter {(day.Month + 2) / 3}"
                    : "no date";
                return $"{Row.Text("ORIS")}/{Row.Text("LOC")}/{Row.Text("PARAMETER_CD")} {quarter}";
            }
        }

        public string Key =>
            $"{Row.Text("FILE")} {Row.Text("ORIS")} {Row.Text("LOC")} {Row.Text("DATE")} "
            + $"{Row.Text("HOUR")} {Row.Text("PARAMETER_CD")}";

        public decimal With(decimal factor) => BiasAdjustment.Adjust(Unadjusted, factor, Precision);
    }
}
