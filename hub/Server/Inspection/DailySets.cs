using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core;
using Monitoring.Core.Part75;

namespace Monitoring.Server.Inspection;

/// <summary>
/// Daily sums of monitored units: the mass of CO2 beside heat input times the factor of the fuel.
/// The table names no fuel; the CO2 rate that most days of a unit publish tells it.
/// </summary>
internal static class DailySets
{
    private const int RateDecimals = 3;
    private const int HoursPerDay = 24;

    /// <summary>Days of one fuel have the same ratio of mass to heat, but for rounding.</summary>
    private const decimal SameFactor = 0.005m;

    public static ComparedSet CarbonDioxide(IEnumerable<PublishedTable> tables)
    {
        var set = new SetUnderWay("epa-daily CO2 of fuels");
        var units = set.Walk(tables.SelectMany(table => table.Rows)).ToList()
            .GroupBy(row => (row.Text("STATE"), row.Text("ORISPL_CODE"), row.Text("UNITID")));
        foreach (var unit in units)
        {
            CompareUnit(set, [.. unit]);
        }

        return set.Done();
    }

    private static void CompareUnit(SetUnderWay set, ImmutableArray<PublishedRow> days)
    {
        var usual = days.Select(row => row.Number("CO2_RATE")).OfType<decimal>()
            .GroupBy(rate => rate).MaxBy(rates => rates.Count())?.Key;
        var fuel = usual is { } rate ? FuelCarbonDioxide.FuelOf(rate) : null;
        var compared = new List<Comparison>();
        foreach (var row in days)
        {
            if (WhyNot(row, usual, fuel) is { } reason)
            {
                set.LeaveOut(reason);
            }
            else
            {
                compared.Add(Compare(row, fuel!));
            }
        }

        var doubt = DoubtOf(compared, fuel);
        foreach (var one in compared)
        {
            set.Compare(one.Agrees ? one : one with { Doubt = doubt });
        }
    }

    /// <summary>What the days of a unit together say of those that differ.</summary>
    private static string? DoubtOf(List<Comparison> days, string? fuel)
    {
        var others = days.FindAll(one => !one.Agrees);
        var agreeing = days.Count - others.Count;
        if (others.Count == 0 || 2 * agreeing >= days.Count)
        {
            return $"{agreeing} of {days.Count} days of the unit are those of {fuel}; the sums of "
                + "this one hold hours without heat input or without CO2, or of another fuel";
        }

        // Ours is never 0, since a heat input of 0 is not compared.
        var shares = others.ConvertAll(one => one.Theirs!.Value / one.Ours!.Value);
        return agreeing == 0 && others.Count > 1 && shares.Max() - shares.Min() <= SameFactor
            ? "all days of the unit are of one other factor, Fc about "
                + Rounding.ToDecimals(
                    Fuel.Find(fuel)!.CarbonFactor.Value * shares.Average(), 0)
                    .ToString("#,0", CultureInfo.InvariantCulture)
                + ": a fuel with a factor of its own"
            : null;
    }

    /// <summary>Why a day cannot be recomputed; null: it can.</summary>
    private static string? WhyNot(PublishedRow row, decimal? usual, string? fuel)
    {
        if (row.Number("CO2_MASS") is not { } mass || row.Number("HEAT_INPUT") is not { } heat)
        {
            return "no CO2 mass or no heat input";
        }

        return heat == 0 ? "heat input 0"
            : fuel is null ? "the unit's usual CO2 rate is that of no single fuel"
            : row.Number("CO2_RATE") != usual
                ? "another fuel, or several: not the unit's usual CO2 rate"
            : Rounding.ToDecimals(mass / heat, RateDecimals) != usual
                ? "the row's own mass, heat input and rate contradict each other"
            : null;
    }

    private static Comparison Compare(PublishedRow row, string fuel) => new(
        $"{row.Text("ORISPL_CODE")} {row.Text("UNITID")} {row.Text("OP_DATE")}", "CO2_MASS",
        FuelCarbonDioxide.Tons(fuel, row.Number("HEAT_INPUT")!.Value), row.Number("CO2_MASS"))
    {
        Tolerance = FuelCarbonDioxide.RoundingOfDay(
            fuel, Math.Clamp(row.Whole("COUNT_OP_TIME") ?? HoursPerDay, 0, HoursPerDay)),
    };
}
