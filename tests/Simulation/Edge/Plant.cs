using System.Collections.Immutable;
using Monitoring.Agent.Uplink.Sparkplug;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.Simulation;

/// <summary>
/// The instruments of one gateway. They come and go, their points change, and their links fail;
/// no two images of them are the same.
/// </summary>
public sealed class Plant(Dice dice)
{
    private static readonly string[] Names = ["analyser", "meter", "stack"];
    private static readonly string[] Points = ["nox", "flow", "o2"];

    private readonly Dictionary<string, long> _lostUntilMs = [];
    private long _images;

    public ImmutableArray<UplinkDevice> Devices { get; private set; } = Some(dice);

    public void Change() => Devices = Some(dice);

    public void Lose(long untilMs) =>
        _lostUntilMs[Devices[dice.Next(0, Devices.Length)].Id] = untilMs;

    /// <summary>An image of each device.</summary>
    public ImmutableArray<JournalRecord.Image> Sample(Boot boot, WallClock clock, long nowMs)
    {
        var images = ImmutableArray.CreateBuilder<JournalRecord.Image>();
        var state = clock.WrongByMs == 0 ? ClockState.Synced : ClockState.Unsynced;
        foreach (var device in Devices)
        {
            _images++;
            var isLost = _lostUntilMs.GetValueOrDefault(device.Id) > nowMs;
            images.Add(new JournalRecord.Image(
                device.Id, clock.NowMs, boot, state,
                [.. device.Points.Select(point => Read(point, clock.NowMs, isLost))]));
        }

        return images.DrainToImmutable();
    }

    private Reading Read(DeclaredPoint point, long timeMs, bool isLost)
    {
        if (isLost || dice.Hits(0.05))
        {
            var reason = isLost ? Reason.Timeout : Reason.OutOfRange;
            return new Reading(point.Name, null, Quality.Bad, reason, timeMs);
        }

        var value = point.Kind switch
        {
            ValueKind.Real => PointValue.Real(_images / 4.0),
            ValueKind.Integer => PointValue.Integer(_images),
            ValueKind.Flag => PointValue.Flag(_images % 2 == 0),
            _ => PointValue.Of($"image {_images}"),
        };
        return new Reading(point.Name, value, Quality.Good, Reason.None, timeMs);
    }

    private static ImmutableArray<UplinkDevice> Some(Dice dice)
    {
        var devices = ImmutableArray.CreateBuilder<UplinkDevice>();
        foreach (var name in Names.Where(_ => dice.Hits(0.5)).DefaultIfEmpty(Names[0]))
        {
            devices.Add(new UplinkDevice(
                name,
                [
                    .. Points.Where(_ => dice.Hits(0.5)).DefaultIfEmpty(Points[0]).Select(
                        point => new DeclaredPoint(point, dice.Pick(Enum.GetValues<ValueKind>()))),
                ]));
        }

        return devices.ToImmutable();
    }
}
