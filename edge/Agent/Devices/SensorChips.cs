using System.Collections.Immutable;

namespace Monitoring.Agent.Devices;

/// <summary>The I2C sensors there is a driver for, and what each of them measures.</summary>
public static class SensorChips
{
    /// <summary>Sensirion SCD40 and SCD41. CO2 in ppm, °C, % of relative humidity.</summary>
    public const string Scd4x = "scd4x";

    /// <summary>Bosch BME280. °C, % of relative humidity, Pa.</summary>
    public const string Bme280 = "bme280";

    /// <summary>Texas Instruments ADS1115. Volts, or milliamperes over a shunt.</summary>
    public const string Ads1115 = "ads1115";

    /// <summary>The names of each driver's channels.</summary>
    public static readonly ImmutableDictionary<string, ImmutableArray<string>> Channels =
        ImmutableDictionary.CreateRange<string, ImmutableArray<string>>(
        [
            new(Scd4x, ["co2", "t", "rh"]),
            new(Bme280, ["t", "rh", "p"]),
            new(Ads1115, ["ain0", "ain1", "ain2", "ain3"]),
        ]);
}

/// <summary>How a sensor is to be set up.</summary>
public sealed record SensorSettings
{
    public static readonly SensorSettings Standard = new();

    /// <summary>
    /// The sensor takes the lowest CO2 it saw in a week for outdoor air. Wrong wherever that
    /// never comes by, so off unless told.
    /// </summary>
    public bool AutoCalibration { get; init; }

    /// <summary>Air pressure that CO2 is corrected for, in hPa; null: the sensor's own.</summary>
    public int? AmbientPressureHpa { get; init; }
}

/// <summary>The input ranges of the ADS1115.</summary>
public static class ConverterRange
{
    /// <summary>Up to here a current loop is to be told from a short circuit.</summary>
    public const double LoopAmperesMax = 0.021;

    /// <summary>Full scales in volts, in the order of the chip's own numbers.</summary>
    public static readonly ImmutableArray<double> All = [6.144, 4.096, 2.048, 1.024, 0.512, 0.256];
}
