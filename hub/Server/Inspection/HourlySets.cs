using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core;
using Monitoring.Core.Quality;

namespace Monitoring.Server.Inspection;

/// <summary>
/// Hourly values of real plants: the bias-adjusted value beside ours. Where the factor is not
/// published it is fitted: the one with three decimals that fits most hours of a monitor. That
/// one number for hundreds of hours fits tells that product and rounding are right.
/// </summary>
internal static class HourlySets
{
    private const decimal FactorStep = 0.001m;
    private const decimal FactorMin = 0.9m;
    private const decimal FactorMax = 1.3m;

    public static ComparedSet BiasAdjusted(IEnumerable<PublishedTable> tables)
    {
        var set = new SetUnderWay("epa-hourly bias adjustment");
        var hours = ImmutableArray.CreateBuilder<Hour>();
        foreach (var row in tables.SelectMany(table => table.Rows))
        {
            if (row.Number("UNADJUSTED_HRLY_VALUE") is not { } unadjusted
                || row.Number("ADJUSTED_HRLY_VALUE") is not { } adjusted)
            {
                set.LeaveOut("no unadjusted or no adjusted value");
            }
            else if (BiasAdjustment.StepOf(row.Text("PARAMETER_CD")) is not { } step)
            {
                set.LeaveOut($"no rounding known for {row.Text("PARAMETER_CD")}");
            }
            else
            {
                hours.Add(new Hour(
                    row, unadjusted, adjusted, step, row.Number("APPLICABLE_BIAS_ADJ_FACTOR")));
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
        var fitted = published.Count == 1 ? published[0] : Fit(hours);
        if (published.Count != 1)
        {
            var text = fitted.ToString("0.000", CultureInfo.InvariantCulture);
            set.Note($"{monitor}: factor {text} fitted to {hours.Length} hours, not published");
        }

        foreach (var hour in hours)
        {
            set.Compare(
                hour.Key, "ADJUSTED_HRLY_VALUE",
                BiasAdjustment.Adjust(hour.Unadjusted, hour.Factor ?? fitted, hour.Step),
                hour.Adjusted);
        }
    }

    private static decimal Fit(ImmutableArray<Hour> hours)
    {
        var best = (Factor: 1m, Fits: -1);
        for (var factor = FactorMin; factor <= FactorMax; factor += FactorStep)
        {
            var fits = hours.Count(hour =>
                BiasAdjustment.Adjust(hour.Unadjusted, factor, hour.Step) == hour.Adjusted);

            // Of factors that fit as well the one nearest to 1 is the least assumption.
            if (fits > best.Fits
                || (fits == best.Fits && Math.Abs(factor - 1) < Math.Abs(best.Factor - 1)))
            {
                best = (factor, fits);
            }
        }

        return best.Factor;
    }

    private sealed record Hour(
        PublishedRow Row, decimal Unadjusted, decimal Adjusted, decimal Step, decimal? Factor)
    {
        public string Monitor =>
            $"{Row.Text("ORIS")}/{Row.Text("LOC")}/{Row.Text("PARAMETER_CD")} ({Row.Text("FILE")})";

        public string Key =>
            $"{Row.Text("FILE")} {Row.Text("ORIS")} {Row.Text("LOC")} {Row.Text("DATE")} "
            + $"{Row.Text("HOUR")} {Row.Text("PARAMETER_CD")}";
    }
}
