using System.Collections.Immutable;

namespace Monitoring.Core.Part75;

/// <summary>
/// The hourly formulas, as table 31 and its neighbours in the agency's reporting instructions for
/// monitoring plans give them (emission-rules 1.3). Moisture is in percent, so
/// <see cref="Dry"/> is the dry share of the gas. Two faults of the agency's check engine are
/// not copied: its 19-5 lacks 20.9 above the line, and its 19-2 knows one ambient moisture only.
/// </summary>
public static class HourlyFormulas
{
    /// <summary>lb of SO2 in a scf for each ppm.</summary>
    private const decimal Sulphur = 1.660e-7m;

    /// <summary>lb of NOx as NO2 in a scf for each ppm: the K of equations 19.</summary>
    private const decimal Nitrogen = 1.194e-7m;

    /// <summary>Short tons of CO2 in a scf for each percent.</summary>
    private const decimal Carbon = 5.7e-7m;

    /// <summary>Percent O2 in dry air.</summary>
    private const decimal Air = 20.9m;

    /// <summary>Ambient moisture as a fraction where none is measured (equation 19-2).</summary>
    private const decimal AmbientMoisture = 0.027m;

    private const decimal BtuPerMmBtu = 1e6m;

    /// <summary>G-4: 44 lb of CO2 in a mole of 385 scf, 2000 lb in a short ton.</summary>
    private const decimal CarbonPerScf = 44m / 385m / 2_000m;

    public static readonly ImmutableArray<HourlyFormula> All =
    [
        new("F-1", "SO2", "1.660e-7 C Q, C wet", h => Sulphur * h.Concentration * h.Flow),
        new("F-2", "SO2", "1.660e-7 C Q (100-H2O)/100, C dry",
            h => Sulphur * h.Concentration * h.Flow * Dry(h)),
        new("F-23", "SO2", "ER HI", h => h.Rate * h.HeatInput),
        new("F-26A", "NOX", "1.194e-7 C Q, C wet", h => Nitrogen * h.Concentration * h.Flow),
        new("F-26B", "NOX", "1.194e-7 C Q (100-H2O)/100, C dry",
            h => Nitrogen * h.Concentration * h.Flow * Dry(h)),
        new("F-24A", "NOX", "NOx rate HI", h => h.Rate * h.HeatInput),
        new("19-1", "NOXR", "K C Fd 20.9/(20.9-O2), both dry",
            h => Nitrogen * h.Concentration * h.DryFactor * Air / Positive(Air - h.Oxygen)),
        new("F-5", "NOXR", "as 19-1",
            h => Nitrogen * h.Concentration * h.DryFactor * Air / Positive(Air - h.Oxygen)),
        new("19-2", "NOXR", "K C Fw 20.9/(20.9 (1-Bwa) - O2), both wet",
            h => Nitrogen * h.Concentration * h.WetFactor * Air
                / Positive(Air * (1 - (h.AmbientMoisture ?? AmbientMoisture)) - h.Oxygen)),
        new("19-3", "NOXR", "K C Fd 20.9/(20.9 (100-H2O)/100 - O2), both wet",
            h => Nitrogen * h.Concentration * h.DryFactor * Air
                / Positive(Air * Dry(h) - h.Oxygen)),
        new("19-3D", "NOXR", "K C Fd 20.9/((20.9-O2def) (100-H2O)/100), C wet",
            h => Nitrogen * h.Concentration * h.DryFactor * Air
                / Positive((Air - h.OxygenCap) * Dry(h))),
        new("19-4", "NOXR", "K C Fd 20.9/((100-H2O)/100 (20.9-O2)), C wet, O2 dry",
            h => Nitrogen * h.Concentration * h.DryFactor * Air
                / Positive(Dry(h) * (Air - h.Oxygen))),
        new("19-5", "NOXR", "K C Fd 20.9/(20.9 - O2/((100-H2O)/100)), C dry, O2 wet",
            h => Nitrogen * h.Concentration * h.DryFactor * Air
                / Positive(Air - h.Oxygen / Positive(Dry(h)))),
        new("19-5D", "NOXR", "K C Fd 20.9/(20.9-O2def), C dry",
            h => Nitrogen * h.Concentration * h.DryFactor * Air / Positive(Air - h.OxygenCap)),
        new("19-6", "NOXR", "K C Fc 100/CO2, both dry", OverCarbonDioxide),
        new("19-7", "NOXR", "K C Fc 100/CO2, both wet", OverCarbonDioxide),
        new("F-6", "NOXR", "as 19-7", OverCarbonDioxide),
        new("19-8", "NOXR", "K C Fc 100/(CO2 (1-H2O/100)), C wet, CO2 dry",
            h => OverCarbonDioxide(h) / Positive(Dry(h))),
        new("19-9", "NOXR", "K C (1-H2O/100) Fc 100/CO2, C dry, CO2 wet",
            h => OverCarbonDioxide(h) * Dry(h)),
        new("F-11", "CO2", "5.7e-7 CO2 Q, CO2 wet", h => Carbon * h.CarbonDioxide * h.Flow),
        new("F-11 dry", "CO2", "5.7e-7 CO2 Q (100-H2O)/100, CO2 dry",
            h => Carbon * h.CarbonDioxide * h.Flow * Dry(h)),
        new("F-14A", "CO2C", "100 (Fc/Fd) (20.9-O2)/20.9, O2 dry",
            h => 100 * h.CarbonFactor / Positive(h.DryFactor) * (Air - h.Oxygen) / Air),
        new("F-14B", "CO2C", "(100/20.9) (Fc/Fd) (20.9 (100-H2O)/100 - O2), O2 wet",
            h => 100 / Air * h.CarbonFactor / Positive(h.DryFactor)
                * (Air * Dry(h) - h.Oxygen)),
        new("F-15", "HI", "Q CO2/(100 Fc), CO2 wet",
            h => h.Flow * h.CarbonDioxide / Positive(100 * h.CarbonFactor)),
        new("F-16", "HI", "Q (100-H2O)/(100 Fc) CO2/100, CO2 dry",
            h => h.Flow * Dry(h) * h.CarbonDioxide / Positive(100 * h.CarbonFactor)),
        new("F-17", "HI", "(Q/Fd) (0.209 (100-H2O) - O2)/20.9, O2 wet",
            h => h.Flow / Positive(h.DryFactor) * (Air * Dry(h) - h.Oxygen) / Air),
        new("F-18", "HI", "Q (100-H2O)/(100 Fd) (20.9-O2)/20.9, O2 dry",
            h => h.Flow * Dry(h) / Positive(h.DryFactor) * (Air - h.Oxygen) / Air),
        new("F-19", "HI", "oil GCV/1e6", h => h.Fuel * h.CalorificValue / BtuPerMmBtu),
        new("F-20", "HI", "gas GCV/1e6", h => h.Fuel * h.CalorificValue / BtuPerMmBtu),
        new("F-31", "H2O", "100 (O2 dry - O2 wet)/O2 dry",
            h => 100 * (h.DryOxygen - h.Oxygen) / Positive(h.DryOxygen)),
        new("D-2", "SO2", "2.0 oil S/100", h => 2.0m * h.Fuel * h.Sulphur / 100),
        new("D-4", "SO2", "(2/7000) gas S", h => 2m / 7_000 * h.Fuel * h.Sulphur),
        new("D-5", "SO2", "ER HI, ER = 0.0006 of pipeline gas unless another is given",
            h => (h.Rate ?? Defaults.PipelineGasRate) * h.HeatInput),
        new("G-4", "CO2", "Fc HI 44/385/2000", h => h.CarbonFactor * h.HeatInput * CarbonPerScf),
    ];

    private static readonly ImmutableDictionary<string, HourlyFormula> ByCode =
        All.ToImmutableDictionary(formula => formula.Code, StringComparer.OrdinalIgnoreCase);

    /// <summary>Null for a code that is not known here.</summary>
    public static HourlyFormula? Find(string code) => ByCode.GetValueOrDefault(code);

    /// <summary>
    /// Which formula gives the NOx rate (table 30): by the basis of either channel.
    /// </summary>
    /// <param name="isCapped">
    /// The diluent cap takes the place of O2 while a unit starts or shuts down.
    /// </param>
    public static string NitrogenRate(
        bool nitrogenIsDry, bool diluentIsCarbonDioxide, bool diluentIsDry, bool isCapped = false)
    {
        return (diluentIsCarbonDioxide, nitrogenIsDry, diluentIsDry) switch
        {
            (true, true, true) => "19-6",
            (true, true, false) => "19-9",
            (true, false, true) => "19-8",
            (true, false, false) => "19-7",
            (false, true, true) => "19-1",
            (false, true, false) => isCapped ? "19-5D" : "19-5",
            (false, false, true) => "19-4",
            (false, false, false) => isCapped ? "19-3D" : "19-3",
        };
    }

    private static decimal? OverCarbonDioxide(GasHour hour) => Nitrogen * hour.Concentration
        * hour.CarbonFactor * 100 / Positive(hour.CarbonDioxide);

    /// <summary>The dry share of the gas, 0 to 1; null without moisture.</summary>
    private static decimal? Dry(GasHour hour) => (100 - hour.Moisture) / 100;

    private static decimal? Positive(decimal? divisor) => divisor > 0 ? divisor : null;
}
