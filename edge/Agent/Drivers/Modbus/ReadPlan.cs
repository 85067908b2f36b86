using System.Collections.Immutable;
using Monitoring.Agent.Devices;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>One request of a plan and the points that it brings.</summary>
/// <param name="Points">Their places in the map's list of points.</param>
public sealed record PlannedRead(ReadBlock Block, ImmutableArray<int> Points);

/// <summary>A point that no request may bring.</summary>
/// <param name="Point">Its place in the map's list of points.</param>
/// <param name="Why">A clause for people.</param>
public sealed record UnreadablePoint(int Point, Reason Reason, string Why);

/// <summary>
/// The requests that read a device in the least time on its link: each readable point is whole in
/// one of them. A hole between points is read over where that is cheaper than another request.
/// No I/O; the same map, cost and learning give the same plan.
/// </summary>
public sealed class ReadPlan
{
    private ReadPlan(
        ImmutableArray<PlannedRead> reads, ImmutableArray<UnreadablePoint> unreadable)
    {
        Reads = reads;
        Unreadable = unreadable;
    }

    /// <summary>By table, then by address.</summary>
    public ImmutableArray<PlannedRead> Reads { get; }

    /// <summary>In the order of the map.</summary>
    public ImmutableArray<UnreadablePoint> Unreadable { get; }

    public static ReadPlan For(DeviceMap map, LinkCost cost, DeviceLearning learned)
    {
        var unreadable = ImmutableArray.CreateBuilder<UnreadablePoint>();
        var readable = new List<PlannedSpan>();
        for (var i = 0; i < map.Points.Length; i++)
        {
            if (map.Points[i].Source is not PointSource.Registers source)
            {
                unreadable.Add(new UnreadablePoint(
                    i, Reason.Configuration, "where it is must be asked of the device first"));
            }
            else if (WhyNot(source, map.Limits, learned) is var (reason, why))
            {
                unreadable.Add(new UnreadablePoint(i, reason, why));
            }
            else
            {
                readable.Add(new PlannedSpan(RangeOf(source), [i]));
            }
        }

        var reads = readable.GroupBy(span => span.Range.Table).OrderBy(table => table.Key)
            .SelectMany(table => new TablePlan(map.Limits, cost, learned, table).Cheapest());
        return new ReadPlan([.. reads], unreadable.ToImmutable());
    }

    private static (Reason Reason, string Why)? WhyNot(
        PointSource.Registers source, RequestLimits limits, DeviceLearning learned)
    {
        var own = RangeOf(source);
        var max = limits.CountMax(own.Table);
        if (own.Count > max)
        {
            return (Reason.Configuration,
                $"it takes {own.Count} registers and a request of this device has {max}");
        }

        if (limits.Forbidden.Any(own.Overlaps))
        {
            return (Reason.Configuration, "the device map forbids to ask for its registers");
        }

        return learned.Refused.Any(own.Contains)
            ? (Reason.IllegalAddress, "the device refused to read its registers")
            : null;
    }

    private static RegisterRange RangeOf(PointSource.Registers source) =>
        new(source.Table, source.Address, source.Address + source.Count - 1);
}
