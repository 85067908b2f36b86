using System.Collections.Immutable;
using static Monitoring.Core.Part75.GasInput;

namespace Monitoring.Core.Part75;

/// <summary>
/// The hourly formulas of a unit whose fuel is metered (40 CFR Part 75 Appendices D and G), and
/// of SO2 by a default rate. A plant's formula text that divides by 10e6 is not copied: a mmBtu
/// has 1e6 Btu.
/// </summary>
public static class FuelFormulas
{
    public static readonly Constant PipelineGas = new(
        "SO2 of pipeline natural gas", 0.0006m, "lb/mmBtu", HourlyFormulas.Instructions);

    public static readonly Constant DioxideOfSulphur = new(
        "lb of SO2 from a lb of sulphur", 2.0m, "", HourlyFormulas.Instructions);

    public static readonly Constant GrainsPerPound = new("pound", 7_000, "gr", "definition");

    public static readonly Constant BtuPerMmBtu = new("mmBtu", 1_000_000, "Btu", "definition");

    public static readonly Constant DioxideMole = new(
        "lb of a lb-mole of CO2", 44, "lb/lbmol", HourlyFormulas.Instructions);

    public static readonly Constant MoleVolume = new(
        "scf of a lb-mole of gas", 385, "scf/lbmol", HourlyFormulas.Instructions);

    internal static readonly ImmutableArray<HourlyFormula> All =
    [
        new("F-23", "SO2", "default SO2 rate x HI", [SulphurRate, HeatInput],
            h => h.SulphurRate * h.HeatInput),
        new("D-2", "SO2", "2.0 OIL S/100, OIL lb/h, S %", [FuelFlow, Sulphur],
            h => DioxideOfSulphur.Value * h.FuelFlow * h.Sulphur / 100)
        {
            Constants = [DioxideOfSulphur],
        },
        new("D-4", "SO2", "(2.0/7000) GAS S, GAS 100 scf/h, S gr/100 scf", [FuelFlow, Sulphur],
            h => DioxideOfSulphur.Value * h.FuelFlow * h.Sulphur / GrainsPerPound.Value)
        {
            Constants = [DioxideOfSulphur, GrainsPerPound],
        },
        new("D-5", "SO2", "default SO2 rate x HI of the gas", [SulphurRate, HeatInput],
            h => h.SulphurRate * h.HeatInput),
        Heat("F-19", "OIL GCV/1e6, OIL lb/h, GCV Btu/lb"),
        Heat("F-19V", "OIL GCV/1e6, OIL gal/h, GCV Btu/gal"),
        Heat("F-20", "GAS GCV/1e6, GAS 100 scf/h, GCV Btu/100 scf"),
        new("G-4", "CO2", "Fc HI 44/385/2000", [CarbonFactor, HeatInput],
            h => h.CarbonFactor * h.HeatInput * DioxideMole.Value / MoleVolume.Value
                / Constants.ShortTon.Value)
        {
            Constants = [DioxideMole, MoleVolume, Constants.ShortTon],
        },
    ];

    private static HourlyFormula Heat(string code, string text) => new(
        code, "HI", text, [FuelFlow, CalorificValue],
        h => h.FuelFlow * h.CalorificValue / BtuPerMmBtu.Value) { Constants = [BtuPerMmBtu] };
}
