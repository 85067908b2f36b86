namespace Monitoring.Wire.Sparkplug;

/// <summary>What a hub asks of a gateway.</summary>
public abstract record NodeCommand
{
    private NodeCommand()
    {
    }

    /// <summary>Send all births again.</summary>
    /// <param name="AskedMs">The time in the request, by which the birth names it.</param>
    public sealed record Rebirth(long? AskedMs) : NodeCommand;

    /// <summary>
    /// Everything of this epoch up to this offset is stored for good. Cumulative.
    /// </summary>
    public sealed record Commit(string Epoch, long Offset) : NodeCommand;

    /// <summary>
    /// The store of the hub was put back and ends at this offset: send again what is still held
    /// after it, although it was committed.
    /// </summary>
    public sealed record Rewind(string Epoch, long Offset) : NodeCommand;
}

/// <summary>The payloads that a hub sends as NCMD: QoS 0, not retained, no seq.</summary>
public static class HostMessages
{
    public static byte[] Commit(string epoch, long offset, long nowMs) =>
        OfJournal(epoch, MetricNames.CommitOffset, offset, nowMs);

    public static byte[] Rewind(string epoch, long offset, long nowMs) =>
        OfJournal(epoch, MetricNames.CommitRewind, offset, nowMs);

    public static byte[] Rebirth(long nowMs) => PayloadEncoder.Encode(new Payload
    {
        TimestampMs = nowMs,
        Metrics =
        [
            new Metric
            {
                Name = MetricNames.Rebirth,
                TimestampMs = nowMs,
                Type = DataType.Boolean,
                Value = MetricValue.Boolean(true),
            },
        ],
    });

    /// <summary>The commands in a payload; those that are not ours are passed over.</summary>
    public static IEnumerable<NodeCommand> Commands(Payload payload)
    {
        if (payload.Find(MetricNames.Rebirth)?.Value is { Kind: MetricValueKind.Boolean, Bits: 1 })
        {
            yield return new NodeCommand.Rebirth(payload.TimestampMs);
        }

        if (payload.Find(MetricNames.CommitEpoch)?.Value.Text is { } epoch
            && payload.Find(MetricNames.CommitOffset)?.Value.AsLong() is { } offset)
        {
            yield return new NodeCommand.Commit(epoch, offset);
        }

        if (payload.Find(MetricNames.CommitEpoch)?.Value.Text is { } of
            && payload.Find(MetricNames.CommitRewind)?.Value.AsLong() is { } upTo)
        {
            yield return new NodeCommand.Rewind(of, upTo);
        }
    }

    private static byte[] OfJournal(string epoch, string name, long offset, long nowMs) =>
        PayloadEncoder.Encode(new Payload
        {
            TimestampMs = nowMs,
            Metrics =
            [
                new Metric
                {
                    Name = MetricNames.CommitEpoch,
                    TimestampMs = nowMs,
                    Type = DataType.String,
                    Value = MetricValue.String(epoch),
                },
                new Metric
                {
                    Name = name,
                    TimestampMs = nowMs,
                    Type = DataType.Int64,
                    Value = MetricValue.Long(offset),
                },
            ],
        });
}
