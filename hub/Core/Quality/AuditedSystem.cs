namespace Monitoring.Core.Quality;

/// <summary>What the monitoring system under a relative accuracy test measures.</summary>
public enum AuditedSystem
{
    /// <summary>SO2 or NOx, ppm.</summary>
    Concentration,

    /// <summary>NOx, lb/mmBtu.</summary>
    NitrogenRate,

    /// <summary>SO2, lb/mmBtu.</summary>
    SulphurRate,

    /// <summary>CO2 or O2, percent.</summary>
    Diluent,

    /// <summary>Percent of H2O.</summary>
    Moisture,

    /// <summary>scfh.</summary>
    Flow,

    /// <summary>Mercury, HCl or HF: they have no bias test.</summary>
    AirToxic,
}
