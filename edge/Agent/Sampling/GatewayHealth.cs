using System.Collections.Immutable;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Journal;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Agent.Sampling;

/// <summary>
/// How the agent itself does, as an instrument of its own: once a minute an image of it goes the
/// way of all others, so it is there also of the time in which nobody listened. Counts are those
/// since the agent's start, longest times those since the image before.
/// </summary>
public sealed class GatewayHealth(DiskJournal journal, TimeProvider time)
{
    private const string Count = "1";
    private const string Milliseconds = "ms";
    private const string Bytes = "By";

    public static readonly ImmutableArray<DeclaredPoint> Points =
    [
        Declared("images", Count), Declared("overruns", Count), Declared("skipped", Count),
        Declared("requests", Count), Declared("timeouts", Count), Declared("damaged", Count),
        Declared("read-longest", Milliseconds), Declared("append-longest", Milliseconds),
        Declared("journal-bytes", Bytes), Declared("journal-waiting", Count),
        Declared("journal-age", Milliseconds), Declared("disk-free", Bytes),
        new DeclaredPoint("clock-synced", ValueKind.Flag, Count),
    ];

    private long _since = time.GetTimestamp();
    private long _images;
    private long _overruns;
    private long _skipped;
    private TimeSpan _readLongest;
    private TimeSpan _appendLongest;

    /// <summary>What the links ask; from their threads.</summary>
    public RequestCounts Requests { get; } = new();

    public bool IsDue => time.GetElapsedTime(_since) >= AgentLimits.HealthEvery;

    public void Took(Sampled sampled)
    {
        _images++;
        _overruns += sampled.IsOverrun ? 1 : 0;
        _skipped += sampled.Skipped;
        _readLongest = sampled.Took > _readLongest ? sampled.Took : _readLongest;
    }

    public void Appended(TimeSpan took) =>
        _appendLongest = took > _appendLongest ? took : _appendLongest;

    /// <summary>The image of now; the next one is due after a minute.</summary>
    public ImmutableArray<Reading> Readings(long timeMs, bool isClockSynced)
    {
        var position = journal.Position;
        var oldest = journal.Read(position.FirstWaiting, 1, timeMs);
        long?[] numbers =
        [
            _images, _overruns, _skipped,
            Requests.Asked, Requests.Unanswered, Requests.Damaged,
            (long)_readLongest.TotalMilliseconds, (long)_appendLongest.TotalMilliseconds,
            position.UsedBytes, position.Last - position.FirstWaiting + 1,
            oldest.Count > 0 ? Math.Max(0, timeMs - oldest[0].Record.TimeMs) : 0,
            journal.DiskFreeBytes,
        ];
        (_since, _readLongest, _appendLongest) = (time.GetTimestamp(), default, default);
        return
        [
            .. Points.Zip(numbers, (point, number) => number is { } known
                ? Good(point, PointValue.Integer(known), timeMs)
                : new Reading(point.Name, null, Quality.Bad, Reason.DiskSpace, timeMs)),
            Good(Points[^1], PointValue.Flag(isClockSynced), timeMs),
        ];
    }

    private static DeclaredPoint Declared(string name, string unit) =>
        new(name, ValueKind.Integer, unit);

    private static Reading Good(DeclaredPoint point, PointValue value, long timeMs) =>
        new(point.Name, value, Quality.Good, Reason.None, timeMs);
}
