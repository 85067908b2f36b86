using System.Collections.Immutable;
using static Monitoring.Core.Part75.GasInput;

namespace Monitoring.Core.Part75;

/// <summary>
/// The hourly formulas of monitors, as tables 30 and 31 of the agency's reporting instructions
/// for monitoring plans give them. Moisture is in percent, so (100-H2O)/100 is the dry share of
/// the gas. A fault of the agency's check engine is not copied: its 19-5 lacks 20.9 above the
/// line.
/// </summary>
public static class HourlyFormulas
{
    internal const string Instructions =
        "ECMPS Reporting Instructions, Monitoring Plan, 2021 Q2, table 31";

    public static readonly Constant Sulphur = new(
        "lb of SO2 in a scf of 1 ppm", 1.660e-7m, "lb/scf/ppm", Instructions);

    public static readonly Constant Nitrogen = new(
        "K, lb of NO2 in a scf of 1 ppm", 1.194e-7m, "lb/scf/ppm", Instructions);

    public static readonly Constant Carbon = new(
        "short tons of CO2 in a scf of 1 %", 5.7e-7m, "ton/scf/%", Instructions);

    public static readonly Constant Air = new("O2 of dry air", 20.9m, "%", Instructions);

    public static readonly Constant AmbientMoisture = new(
        "Bwa, moisture of ambient air", 0.027m, "", Instructions);

    public static readonly ImmutableArray<HourlyFormula> All =
    [
        new("F-1", "SO2", "1.660e-7 C Q, C wet", [Concentration, Flow],
            h => Sulphur.Value * h.Concentration * h.Flow) { Constants = [Sulphur] },
        new("F-2", "SO2", "1.660e-7 C Q (100-H2O)/100, C dry", [Concentration, Flow, Moisture],
            h => Sulphur.Value * h.Concentration * h.Flow * h.Dry) { Constants = [Sulphur] },
        new("F-26A", "NOX", "1.194e-7 C Q, C wet", [Concentration, Flow],
            h => Nitrogen.Value * h.Concentration * h.Flow) { Constants = [Nitrogen] },
        new("F-26B", "NOX", "1.194e-7 C Q (100-H2O)/100, C dry", [Concentration, Flow, Moisture],
            h => Nitrogen.Value * h.Concentration * h.Flow * h.Dry) { Constants = [Nitrogen] },
        new("F-24A", "NOX", "NOx rate x HI", [Rate, HeatInput], h => h.Rate * h.HeatInput),
        OverOxygen(
            "19-1", "K C Fd 20.9/(20.9-O2), both dry", [], h => Air.Value - h.Oxygen),
        new("19-2", "NOXR", "K C Fw 20.9/(20.9 (1-Bwa) - O2), both wet",
            [Concentration, WetFactor, Oxygen],
            h => Nitrogen.Value * h.Concentration * h.WetFactor * Air.Value
                / Positive(Air.Value * (1 - AmbientMoisture.Value) - h.Oxygen))
        {
            Constants = [Nitrogen, Air, AmbientMoisture],
        },
        OverOxygen(
            "19-3", "K C Fd 20.9/(20.9 (100-H2O)/100 - O2), both wet", [Moisture],
            h => Air.Value * h.Dry - h.Oxygen),
        OverOxygen(
            "19-3D", "K C Fd 20.9/((20.9-O2def) (100-H2O)/100), C wet", [Moisture],
            h => (Air.Value - h.Oxygen) * h.Dry),
        OverOxygen(
            "19-4", "K C Fd 20.9/((100-H2O)/100 (20.9-O2)), C wet, O2 dry", [Moisture],
            h => h.Dry * (Air.Value - h.Oxygen)),
        OverOxygen(
            "19-5", "K C Fd 20.9/(20.9 - O2/((100-H2O)/100)), C dry, O2 wet", [Moisture],
            h => Air.Value - h.Oxygen / Positive(h.Dry)),
        OverOxygen(
            "19-5D", "K C Fd 20.9/(20.9-O2def), C dry", [], h => Air.Value - h.Oxygen),
        OverCarbonDioxide("19-6", "K C Fc 100/CO2, both dry", [], _ => 1),
        OverCarbonDioxide("19-7", "K C Fc 100/CO2, both wet", [], _ => 1),
        OverCarbonDioxide(
            "19-8", "K C Fc 100/(CO2 (100-H2O)/100), C wet, CO2 dry", [Moisture],
            h => 1 / Positive(h.Dry)),
        OverCarbonDioxide(
            "19-9", "K C (100-H2O)/100 Fc 100/CO2, C dry, CO2 wet", [Moisture], h => h.Dry),
        new("F-11", "CO2", "5.7e-7 CO2 Q, CO2 wet", [CarbonDioxide, Flow],
            h => Carbon.Value * h.CarbonDioxide * h.Flow) { Constants = [Carbon] },
        new("F-11 dry", "CO2", "5.7e-7 CO2 Q (100-H2O)/100, CO2 dry",
            [CarbonDioxide, Flow, Moisture],
            h => Carbon.Value * h.CarbonDioxide * h.Flow * h.Dry) { Constants = [Carbon] },
        new("F-14A", "CO2C", "100 (Fc/Fd) (20.9-O2)/20.9, O2 dry",
            [CarbonFactor, DryFactor, Oxygen],
            h => 100 * h.CarbonFactor / Positive(h.DryFactor) * (Air.Value - h.Oxygen)
                / Air.Value) { Constants = [Air] },
        new("F-14B", "CO2C", "(100/20.9) (Fc/Fd) (20.9 (100-H2O)/100 - O2), O2 wet",
            [CarbonFactor, DryFactor, Oxygen, Moisture],
            h => 100 / Air.Value * h.CarbonFactor / Positive(h.DryFactor)
                * (Air.Value * h.Dry - h.Oxygen)) { Constants = [Air] },
        new("F-15", "HI", "Q CO2/(100 Fc), CO2 wet", [Flow, CarbonDioxide, CarbonFactor],
            h => h.Flow * h.CarbonDioxide / Positive(100 * h.CarbonFactor)),
        new("F-16", "HI", "Q (100-H2O)/(100 Fc) CO2/100, CO2 dry",
            [Flow, Moisture, CarbonDioxide, CarbonFactor],
            h => h.Flow * h.Dry * h.CarbonDioxide / Positive(100 * h.CarbonFactor)),
        new("F-17", "HI", "(Q/Fd) (0.209 (100-H2O) - O2)/20.9, O2 wet",
            [Flow, DryFactor, Moisture, Oxygen],
            h => h.Flow / Positive(h.DryFactor) * (Air.Value * h.Dry - h.Oxygen)
                / Air.Value) { Constants = [Air] },
        new("F-18", "HI", "Q (100-H2O)/(100 Fd) (20.9-O2)/20.9, O2 dry",
            [Flow, DryFactor, Moisture, Oxygen],
            h => h.Flow * h.Dry / Positive(h.DryFactor) * (Air.Value - h.Oxygen)
                / Air.Value) { Constants = [Air] },
        new("F-31", "H2O", "100 (O2d - O2w)/O2d", [Oxygen, WetOxygen],
            h => 100 * (h.Oxygen - h.WetOxygen) / Positive(h.Oxygen)),
        .. FuelFormulas.All,
    ];

    private static readonly ImmutableDictionary<string, HourlyFormula> ByCode =
        All.ToImmutableDictionary(formula => formula.Code, StringComparer.Ordinal);

    public static HourlyFormula Of(string code) => ByCode[code];

    /// <summary>
    /// Which formula gives the NOx rate (table 30): by the basis of either channel.
    /// </summary>
    /// <param name="isCapped">
    /// The diluent cap takes the place of O2 while a unit starts or shuts down.
    /// </param>
    public static string NitrogenRate(
        bool nitrogenIsDry, bool diluentIsCarbonDioxide, bool diluentIsDry, bool isCapped) =>
        (diluentIsCarbonDioxide, nitrogenIsDry, diluentIsDry) switch
        {
            (true, true, true) => "19-6",
            (true, true, false) => "19-9",
            (true, false, true) => "19-8",
            (true, false, false) => "19-7",
            (false, true, _) when isCapped => "19-5D",
            (false, false, _) when isCapped => "19-3D",
            (false, true, true) => "19-1",
            (false, true, false) => "19-5",
            (false, false, true) => "19-4",
            (false, false, false) => "19-3",
        };

    private static HourlyFormula OverOxygen(
        string code, string text, ImmutableArray<GasInput> more,
        Func<GasHour, decimal?> divisor) => new(
        code, "NOXR", text, [Concentration, DryFactor, Oxygen, .. more],
        h => Nitrogen.Value * h.Concentration * h.DryFactor * Air.Value / Positive(divisor(h)))
    {
        Constants = [Nitrogen, Air],
    };

    private static HourlyFormula OverCarbonDioxide(
        string code, string text, ImmutableArray<GasInput> more,
        Func<GasHour, decimal?> share) => new(
        code, "NOXR", text, [Concentration, CarbonFactor, CarbonDioxide, .. more],
        h => Nitrogen.Value * h.Concentration * h.CarbonFactor * 100
            / Positive(h.CarbonDioxide) * share(h))
    {
        Constants = [Nitrogen],
    };

    private static decimal? Positive(decimal? divisor) => divisor > 0 ? divisor : null;
}
