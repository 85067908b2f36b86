using Monitoring.Wire.Documents;

namespace Monitoring.Agent.Devices;

/// <summary>What the input lines of a GPIO device mean. Which they are, the site says.</summary>
internal static class GpioPointReader
{
    private static readonly TimeSpan DebounceMax = TimeSpan.FromSeconds(10);

    public static PointSource Read(DocumentNode item)
    {
        var isLevel = item.OneOf("input", "pulses", "level") == "level";
        var debounce = item.Duration("debounce", TimeSpan.Zero, DebounceMax);
        var bias = !item.Has("bias") ? LineBias.AsIs : item.OneOf("bias", "up", "down") switch
        {
            "up" => LineBias.Up,
            _ => LineBias.Down,
        };
        if (isLevel)
        {
            return new PointSource.GpioLevel(
                item.OneOf("active", "high", "low") == "low", debounce)
            {
                Bias = bias,
            };
        }

        var rateMax = (double?)item.OptionalNumber("pulses_per_second_max", 0.001m, 5_000);
        var isRising = item.OneOf("edge", "rising", "falling") != "falling";
        return new PointSource.GpioCounter(isRising, debounce, rateMax) { Bias = bias };
    }
}
