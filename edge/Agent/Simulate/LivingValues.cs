using Monitoring.Agent.Devices;
using Monitoring.Agent.Sites;

namespace Monitoring.Agent.Simulate;

/// <summary>
/// Values that move as a plant's do, where nobody plays others: each point in a band of its own,
/// at a pace of its own; status words say that all is well.
/// </summary>
public static class LivingValues
{
    private const double PeriodSecondsMin = 60;
    private const double PeriodSecondsMore = 7;

    /// <summary>In the units in which they are mostly measured.</summary>
    private static readonly Dictionary<string, (decimal Low, decimal High)> Bands = new()
    {
        ["nox"] = (90, 140),
        ["no"] = (60, 90),
        ["no2"] = (5, 15),
        ["co"] = (20, 40),
        ["so2"] = (30, 60),
        ["dust"] = (2, 6),
        ["co2"] = (8, 12),
        ["o2"] = (6, 9),
        ["h2o"] = (8, 14),
        ["t"] = (110, 140),
        ["p"] = (99, 103),
        ["flow"] = (40_000, 60_000),
        ["v"] = (8, 14),
    };

    public static Played From(DateTimeOffset start) => (device, point, now) =>
    {
        var isStatus = point.Quantity == "status" || point.Registers.Type == RegisterType.Bit
            || device.Map.StatusRules.Any(rule => rule.Point == point.Id);
        var (low, high) = Band(point);
        var index = device.Map.Points.IndexOf(point);
        var period = PeriodSecondsMin + PeriodSecondsMore * index;
        return isStatus
            ? Quiet(device.Map, point)
            : Wave.At(low, high, (now - start).TotalSeconds / period + index / 10.0);
    };

    private static (decimal Low, decimal High) Band(DevicePoint point)
    {
        var (min, max) = (PointLimits.End(point, false), PointLimits.End(point, true));
        var (low, high) = Bands.GetValueOrDefault(point.Quantity, (10, 20));
        return low >= min && high <= max
            ? (low, high)
            : (min + 0.4m * (max - min), min + 0.6m * (max - min));
    }

    /// <summary>A word that no status rule finds fault with.</summary>
    private static long Quiet(DeviceMap map, DevicePoint point)
    {
        var rules = map.StatusRules.Where(rule => rule.Point == point.Id).ToList();
        var allSet = rules.Where(rule => rule.EqualTo is 0).Aggregate(0L, (a, r) => a | r.Mask);
        return rules.Any(rule => rule.Matches(0)) && !rules.Any(rule => rule.Matches(allSet))
            ? allSet
            : 0;
    }
}
