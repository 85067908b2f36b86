namespace Monitoring.Core.Part75;

/// <summary>What an hourly formula takes.</summary>
public enum GasInput
{
    /// <summary>SO2 or NOx, ppm.</summary>
    Concentration,

    /// <summary>Of wet gas, scfh.</summary>
    Flow,

    /// <summary>Percent H2O.</summary>
    Moisture,

    /// <summary>Percent O2.</summary>
    Oxygen,

    /// <summary>Percent CO2.</summary>
    CarbonDioxide,

    /// <summary>mmBtu/h.</summary>
    HeatInput,

    /// <summary>lb/mmBtu.</summary>
    Rate,

    /// <summary>Fd, dscf/mmBtu.</summary>
    DryFactor,

    /// <summary>Fc, scf CO2/mmBtu.</summary>
    CarbonFactor,

    /// <summary>Fw, wscf/mmBtu.</summary>
    WetFactor,

    /// <summary>lb/h of oil, gal/h of it, or hundreds of scf/h of gas.</summary>
    FuelFlow,

    /// <summary>Btu for each of those.</summary>
    CalorificValue,

    /// <summary>Percent of oil by weight, or grains in 100 scf of gas.</summary>
    Sulphur,

    /// <summary>lb of SO2/mmBtu that a fuel has by default.</summary>
    SulphurRate,

    /// <summary>Percent O2 of wet gas, beside a monitor of dry gas.</summary>
    WetOxygen,
}

/// <summary>
/// The inputs of one hour; null: not there. Each formula says on which basis (wet or dry) it
/// takes a value; the channel's own mark decides which formula applies.
/// </summary>
public sealed class GasHour(Func<GasInput, decimal?> of)
{
    public decimal? Concentration => of(GasInput.Concentration);

    public decimal? Flow => of(GasInput.Flow);

    public decimal? Oxygen => of(GasInput.Oxygen);

    public decimal? CarbonDioxide => of(GasInput.CarbonDioxide);

    public decimal? HeatInput => of(GasInput.HeatInput);

    public decimal? Rate => of(GasInput.Rate);

    public decimal? DryFactor => of(GasInput.DryFactor);

    public decimal? CarbonFactor => of(GasInput.CarbonFactor);

    public decimal? WetFactor => of(GasInput.WetFactor);

    public decimal? FuelFlow => of(GasInput.FuelFlow);

    public decimal? CalorificValue => of(GasInput.CalorificValue);

    public decimal? Sulphur => of(GasInput.Sulphur);

    public decimal? SulphurRate => of(GasInput.SulphurRate);

    public decimal? WetOxygen => of(GasInput.WetOxygen);

    /// <summary>The dry share of the gas, 0 to 1; null without moisture.</summary>
    public decimal? Dry => (100 - of(GasInput.Moisture)) / 100;
}
