using Monitoring.Wire.Records;

namespace Monitoring.Agent.Devices;

/// <summary>
/// A point as its driver read it: before scale and offset, range and status rules.
/// </summary>
/// <param name="Value">Null: there is none, for the reason given.</param>
/// <param name="Quality">Good unless the driver itself knows of something.</param>
/// <param name="TimeMs">UTC milliseconds: the middle of request and response.</param>
public readonly record struct RawPoint(
    PointValue? Value, Quality Quality, Reason Reason, long TimeMs)
{
    public static RawPoint Good(PointValue value, long timeMs) =>
        new(value, Quality.Good, Reason.None, timeMs);

    public static RawPoint Absent(Reason reason, long timeMs) =>
        new(null, Quality.Bad, reason, timeMs);
}
