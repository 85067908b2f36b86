namespace Monitoring.Core.Quality;

/// <summary>What an analyser measures; it decides in which form its error is stated.</summary>
public enum AnalyserKind
{
    /// <summary>SO2 or NOx, in ppm.</summary>
    Oxides,

    /// <summary>CO2 or O2, in percent of the gas.</summary>
    Diluent,

    /// <summary>A flow monitor, in the unit of its signal.</summary>
    Flow,

    /// <summary>
    /// A flow monitor that measures a difference of pressure, in inches of water: it has an
    /// alternative specification of its own.
    /// </summary>
    PressureFlow,

    /// <summary>Micrograms a standard cubic metre.</summary>
    Mercury,
}
