using Monitoring.Wire.Documents;

namespace Monitoring.Agent.Devices;

/// <summary>Which quantities of an I2C sensor the points are, and how it is set up.</summary>
internal static class I2cPointReader
{
    private const int PressureHpaMin = 700;
    private const int PressureHpaMax = 1_200;
    private const decimal ShuntOhmsMin = 1;
    private const decimal ShuntOhmsMax = 1_000;

    /// <summary>Reads the points of this map.</summary>
    public static Func<DocumentNode, PointSource> Of(DocumentNode map)
    {
        var driver = ReadDriver(map);
        string[] channels = SensorChips.Channels.TryGetValue(driver, out var known)
            ? [.. known]
            : [.. SensorChips.Channels.Values.SelectMany(names => names).Distinct()];
        return item =>
        {
            var channel = new PointSource.I2cChannel(item.OneOf("channel", channels));
            return driver == SensorChips.Ads1115 ? WithConverter(item, channel) : channel;
        };
    }

    /// <summary>The map with its driver and how that is set up.</summary>
    public static DeviceMap WithSensor(DocumentNode node, DeviceMap map)
    {
        var driver = node.Text("driver");
        return driver != SensorChips.Scd4x ? map with { Driver = driver } : map with
        {
            Driver = driver,
            Sensor = new SensorSettings
            {
                AutoCalibration = node.Has("auto_calibration")
                    && node.OneOf("auto_calibration", "false", "true") == "true",
                AmbientPressureHpa =
                    (int?)node.OptionalInteger("ambient_pressure", PressureHpaMin, PressureHpaMax),
            },
        };
    }

    private static string ReadDriver(DocumentNode map) =>
        map.OneOf("driver", [.. SensorChips.Channels.Keys.Order(StringComparer.Ordinal)]);

    private static PointSource.I2cChannel WithConverter(
        DocumentNode item, PointSource.I2cChannel channel)
    {
        var fullScale = (double)item.Number("full_scale", 0, 10);
        var ranges = ConverterRange.All;
        if (item.Has("full_scale") && !ranges.Contains(fullScale))
        {
            item.Fault(
                "full_scale", $"the converter has no range of {fullScale} V",
                $"use one of: {string.Join(", ", ranges)}");
        }

        var shunt = (double?)item.OptionalNumber("shunt", ShuntOhmsMin, ShuntOhmsMax);
        var highest = shunt * ConverterRange.LoopAmperesMax;
        if (highest > fullScale)
        {
            item.Fault(
                "shunt", $"21 mA over {shunt} ohm are {highest} V, more than 'full_scale'",
                "use a smaller shunt or a wider range");
        }

        return channel with { FullScaleVolts = fullScale, ShuntOhms = shunt };
    }
}
