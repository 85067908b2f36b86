using Monitoring.Core;
using Monitoring.Core.Part75;

namespace Monitoring.Server.Inspection;

/// <summary>
/// Daily sums of monitored units: the mass of CO2 beside heat input times the factor of
/// bituminous coal. The table names no fuel; the published CO2 rate tells it.
/// </summary>
internal static class DailySets
{
    /// <summary>The published rate of bituminous coal, 0.1026 t/mmBtu to three decimals.</summary>
    private const decimal CoalRate = 0.103m;

    private const int RateDecimals = 3;
    private const int HoursPerDay = 24;

    public static ComparedSet CarbonDioxide(IEnumerable<PublishedTable> tables)
    {
        var set = new SetUnderWay("epa-daily CO2 of coal");
        foreach (var row in set.Walk(tables.SelectMany(table => table.Rows)))
        {
            if (row.Number("CO2_MASS") is not { } mass || row.Number("HEAT_INPUT") is not { } heat)
            {
                set.LeaveOut("no CO2 mass or no heat input");
            }
            else if (heat == 0)
            {
                set.LeaveOut("heat input 0");
            }
            else if (row.Number("CO2_RATE") != CoalRate)
            {
                set.LeaveOut("another fuel, or several: the CO2 rate is not that of coal");
            }
            else if (Rounding.ToDecimals(mass / heat, RateDecimals) != CoalRate)
            {
                set.LeaveOut("the row's own mass, heat input and rate contradict each other");
            }
            else
            {
                var hours = row.Whole("COUNT_OP_TIME") ?? HoursPerDay;
                set.Compare(new Comparison(
                    $"{row.Text("ORISPL_CODE")} {row.Text("UNITID")} {row.Text("OP_DATE")}",
                    "CO2_MASS", CoalCarbonDioxide.Tons(heat), mass)
                {
                    Tolerance = CoalCarbonDioxide.RoundingOfDay(hours),
                });
            }
        }

        return set.Done();
    }
}
