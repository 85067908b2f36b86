using Monitoring.Agent.Devices;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Commands;

/// <summary>Points and rules as an engineer holds them against the manual.</summary>
internal static class PointText
{
    /// <summary>Where a point is and how its raw value is read.</summary>
    public static (string Where, string Type) Describe(PointSource source) => source switch
    {
        PointSource.Registers registers =>
            ($"{LinkText.Name(registers.Table)} {registers.Address + registers.ValueAt}",
                TypeOf(registers)),
        PointSource.I2cChannel channel => ($"channel {channel.Name}", TypeOf(channel)),
        PointSource.GpioCounter counter =>
            ("line", $"{(counter.OnRising ? "rising" : "falling")} edges, "
                + Debounce(counter.Debounce)
                + (counter.PulsesPerSecondMax is { } max ? $", at most {max} a second" : "")),
        PointSource.GpioLevel level =>
            ("line", $"on when {(level.ActiveLow ? "low" : "high")}, {Debounce(level.Debounce)}"),
        _ => ("found when the device is asked", ""),
    };

    /// <summary>What is done with the raw value; what is not set is not shown.</summary>
    public static string Conversion(DevicePoint point)
    {
        var parts = new List<string>();
        if (point.Scale != 1)
        {
            parts.Add($"x {point.Scale}");
        }

        if (point.Offset != 0)
        {
            parts.Add(point.Offset > 0 ? $"+ {point.Offset}" : $"- {-point.Offset}");
        }

        if (point.Range is { } range)
        {
            parts.Add($"{range.Min} to {range.Max}");
        }

        if (point.Source is PointSource.Registers { Sentinels: { IsEmpty: false } sentinels })
        {
            parts.Add("no value: " + string.Join(' ', sentinels.Select(raw => $"0x{raw:X}")));
        }

        return string.Join(", ", parts);
    }

    public static string Describe(StatusRule rule)
    {
        var bits = $"& 0x{rule.Mask:X}" + (rule.EqualTo is { } value ? $" = 0x{value:X}" : "");
        return $"Where {rule.Point} {bits}: {Reasons.NameOf(rule.Reason)} "
            + $"({rule.Quality.ToString().ToLowerInvariant()}) for "
            + string.Join(", ", rule.AppliesTo);
    }

    private static string TypeOf(PointSource.Registers source)
    {
        var type = source.Type.ToString().ToLowerInvariant();
        return source.Type switch
        {
            RegisterType.Bit => source.Bit is { } bit ? $"bit {bit}" : "bit",
            RegisterType.Text => $"text of {2 * source.TextRegisters} characters",
            _ when source.Width == 1 && source.Order == ByteOrder.Abcd => type + Factor(source),
            _ => $"{type} {source.Order.ToString().ToUpperInvariant()}{Factor(source)}",
        };
    }

    private static string Factor(PointSource.Registers source) => source.ScaleFactorAt is { } at
        ? $", power of ten in {source.Address + at}"
        : "";

    private static string TypeOf(PointSource.I2cChannel channel)
    {
        var range = channel.FullScaleVolts is { } volts ? $"up to {volts} V" : "";
        return channel.ShuntOhms is { } ohms ? $"{range}, mA over {ohms} ohm" : range;
    }

    private static string Debounce(TimeSpan debounce) => debounce == TimeSpan.Zero
        ? "not debounced"
        : $"debounced {DocumentText.Format(debounce)}";
}
