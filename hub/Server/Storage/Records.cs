using System.Collections.Immutable;
using Monitoring.Wire.Records;

namespace Monitoring.Server.Storage;

/// <summary>A gateway: the Sparkplug group (plant) and edge node.</summary>
public readonly record struct GatewayId(string Plant, string Node)
{
    public override string ToString() => $"{Plant}/{Node}";

    public static GatewayId Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return new GatewayId(text[..slash], text[(slash + 1)..]);
    }
}

/// <summary>An instrument behind a gateway.</summary>
public readonly record struct DeviceId(GatewayId Gateway, string Name)
{
    public override string ToString() => $"{Gateway}/{Name}";
}

/// <summary>Records of one journal to store, and the position that they bring it to.</summary>
/// <param name="Committed">The last offset without a hole once these are stored.</param>
/// <param name="Gap">Offsets that the gateway no longer has; null where there are none.</param>
public sealed record JournalAppend(
    GatewayId Gateway,
    string Epoch,
    ImmutableArray<(long Offset, JournalRecord Record)> Records,
    long Committed,
    JournalRecord.Gap? Gap,
    long ReceivedMs)
{
    /// <summary>Records that cannot be read; kept as they came.</summary>
    public ImmutableArray<QuarantinedRecord> Quarantined { get; init; } = [];
}

/// <summary>A record that could never be read: its whole payload, and why.</summary>
public sealed record QuarantinedRecord(long Offset, string Topic, string Fault, byte[] Bytes);

/// <summary>A quarantined record as the log holds it.</summary>
public sealed record QuarantineRow(
    string Plant, string Node, string Epoch, long Offset, long ReceivedMs, string Topic,
    string Fault, byte[] Bytes);

/// <summary>A record as the log holds it.</summary>
public sealed record StoredRecord(
    long Id, GatewayId Gateway, string Epoch, long Offset, long ReceivedMs, JournalRecord Record);

/// <summary>How far one journal is stored.</summary>
/// <param name="WentBackMs">When it was found put back to an older state; null: never.</param>
/// <param name="RefusedFault">
/// Why the newest payload since the last stored record was refused; null: none was.
/// </param>
public sealed record GatewayPositionRow(
    string Plant, string Node, string Epoch, long Committed, long? ReceivedMs, long? WentBackMs,
    string? RefusedFault);

/// <summary>
/// Images of a device that one source takes: all, those in windows that are not closed yet, and
/// those stored after their window was closed and not worked into it yet.
/// </summary>
public sealed record SpanCount(long Images, long Open, long Late);

/// <summary>Offsets that will never come.</summary>
public sealed record GapRow(
    string Plant, string Node, string Epoch, long First, long Last, string Reason, long DeclaredMs);

/// <summary>A gateway's clock was set right.</summary>
public sealed record CorrectionRow
{
    public required string Plant { get; init; }

    public required string Node { get; init; }

    public required string Epoch { get; init; }

    public required long First { get; init; }

    public required long Last { get; init; }

    /// <summary>By how much later its records were than they say.</summary>
    public required long ShiftMs { get; init; }

    public required long DeclaredMs { get; init; }

    /// <summary>Images that are averaged at their right time.</summary>
    public required long Moved { get; init; }

    /// <summary>
    /// Images that stayed at their wrong time; none since corrections open windows again.
    /// </summary>
    public required long Kept { get; init; }
}

/// <summary>A payload that could not be read, cut to the first bytes.</summary>
public sealed record RejectRow(long ReceivedMs, string Topic, string Fault, byte[] Bytes);

/// <summary>The bytes of records are past their retention and were deleted.</summary>
public sealed class RecordsDeletedException(long first, long last) : RecordLogException(
    $"the raw records {first} to {last} are past archive.delete_after_days and were deleted");

/// <summary>The record log could not be written or read; nothing of the batch is stored.</summary>
public class RecordLogException : Exception
{
    public RecordLogException(Exception inner) : base(inner.Message, inner)
    {
    }

    public RecordLogException(string message) : base(message)
    {
    }
}
