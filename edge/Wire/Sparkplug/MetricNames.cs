namespace Monitoring.Wire.Sparkplug;

/// <summary>
/// The metrics beside the points of an instrument. <c>bdSeq</c> and <c>Node Control/Rebirth</c>
/// are Sparkplug's; the others are ours and transient, so that foreign historians pass them over.
/// </summary>
public static class MetricNames
{
    public const string BdSeq = "bdSeq";
    public const string Rebirth = "Node Control/Rebirth";

    /// <summary>The journal's identity, 32 hexadecimal digits.</summary>
    public const string BufferEpoch = "Buffer/Epoch";

    /// <summary>The lowest offset still in the journal; Last + 1 where it is empty.</summary>
    public const string BufferFirst = "Buffer/First";

    /// <summary>The highest offset ever given; 0 in a new journal.</summary>
    public const string BufferLast = "Buffer/Last";

    /// <summary>
    /// The offset of the record in this payload; its timestamp is the record's time.
    /// </summary>
    public const string BufferOffset = "Buffer/Offset";

    /// <summary>
    /// Property of <see cref="BufferOffset"/>: the journal that the record is from, by its
    /// <see cref="EpochTag"/>. Agents of the first version said it in no record.
    /// </summary>
    public const string Epoch = "Epoch";

    /// <summary>
    /// In an NBIRTH: the time in the request for a rebirth that it answers; null for one that
    /// nobody asked for. Declared by agents that name the journal in each record.
    /// </summary>
    public const string BirthAnswers = "Birth/Answers";

    /// <summary>Bytes that the journal takes.</summary>
    public const string BufferUsed = "Buffer/Used";

    /// <summary>Command, hub to gateway: the epoch that the offset belongs to.</summary>
    public const string CommitEpoch = "Commit/Epoch";

    /// <summary>Command: everything up to this offset is stored for good.</summary>
    public const string CommitOffset = "Commit/Offset";

    /// <summary>Command: send again what is held after this offset.</summary>
    public const string CommitRewind = "Commit/Rewind";

    public const string RecordBoot = "Record/Boot";
    public const string RecordMonotonic = "Record/Monotonic";
    public const string RecordClock = "Record/Clock";

    public const string GapFirst = "Gap/First";
    public const string GapLast = "Gap/Last";
    public const string GapReason = "Gap/Reason";

    /// <summary>A correction of the clock: which run of the agent, which offsets.</summary>
    public const string ClockBoot = "Clock/Boot";

    public const string ClockFirst = "Clock/First";
    public const string ClockLast = "Clock/Last";

    /// <summary>Milliseconds by which those records were later than they say.</summary>
    public const string ClockShift = "Clock/Shift";

    /// <summary>
    /// Property of a point in a birth: its unit, a UCUM code. The name is the usual one.
    /// </summary>
    public const string EngineeringUnit = "engUnit";

    /// <summary>Properties of a metric.</summary>
    public const string Quality = "Quality";

    public const string Reason = "Reason";
}
