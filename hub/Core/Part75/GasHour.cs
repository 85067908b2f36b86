namespace Monitoring.Core.Part75;

/// <summary>
/// What the monitors of an hour say, as an hourly formula needs it. Null: not measured. Each
/// formula says on which basis (wet or dry) it takes a value; the channel's own mark decides
/// which formula applies.
/// </summary>
public sealed record GasHour
{
    /// <summary>SO2 or NOx, ppm.</summary>
    public decimal? Concentration { get; init; }

    /// <summary>Wet flow, scfh.</summary>
    public decimal? Flow { get; init; }

    /// <summary>Percent H2O.</summary>
    public decimal? Moisture { get; init; }

    /// <summary>Percent O2.</summary>
    public decimal? Oxygen { get; init; }

    /// <summary>Percent O2 of the dry gas, where a formula takes both.</summary>
    public decimal? DryOxygen { get; init; }

    /// <summary>Percent CO2.</summary>
    public decimal? CarbonDioxide { get; init; }

    /// <summary>mmBtu/h.</summary>
    public decimal? HeatInput { get; init; }

    /// <summary>lb/mmBtu, measured or by default.</summary>
    public decimal? Rate { get; init; }

    /// <summary>dscf/mmBtu.</summary>
    public decimal? DryFactor { get; init; }

    /// <summary>scf CO2/mmBtu.</summary>
    public decimal? CarbonFactor { get; init; }

    /// <summary>wscf/mmBtu.</summary>
    public decimal? WetFactor { get; init; }

    /// <summary>
    /// Moisture of the ambient air as a fraction; null: the default of equation 19-2.
    /// </summary>
    public decimal? AmbientMoisture { get; init; }

    /// <summary>The diluent cap in percent O2.</summary>
    public decimal? OxygenCap { get; init; }

    /// <summary>lb/h of oil, 100 scf/h of gas, or a volume.</summary>
    public decimal? Fuel { get; init; }

    /// <summary>Btu for each unit of fuel.</summary>
    public decimal? CalorificValue { get; init; }

    /// <summary>Percent of oil by weight, or grains for 100 scf of gas.</summary>
    public decimal? Sulphur { get; init; }
}
