namespace Monitoring.Wire;

/// <summary>
/// Every size and count on the wire. Relations between them are checked by the compiler.
/// </summary>
public static class WireLimits
{
    /// <summary>Points of one device, so readings of one record.</summary>
    public const int ReadingsPerRecordMax = 500;

    /// <summary>UTF-8 bytes of a text value.</summary>
    public const int TextBytesMax = 64;

    /// <summary>Devices of one gateway.</summary>
    public const int DevicesPerGatewayMax = 200;

    /// <summary>A payload of our own stays under this, so that every broker takes it.</summary>
    public const int PayloadBytesMax = 64 * 1024;

    /// <summary>A payload of anybody's above this is refused before it is decoded.</summary>
    public const int PayloadBytesRefused = 256 * 1024;

    /// <summary>Metrics of one decoded payload.</summary>
    public const int MetricsPerPayloadMax = 5_000;

    /// <summary>UTF-8 bytes of a metric's name.</summary>
    public const int MetricNameBytesMax = 200;

    /// <summary>Bytes of one encoded record, in the journal and in the hub's record log.</summary>
    public const int RecordBytesMax = 60 * 1024;

    // A full record fits into one payload, or a full journal could never drain.
    // A negative number does not compile. 60 bytes: head, name, time, value, quality and reason
    // of a reading as a Sparkplug metric, next to its text.
    private const uint PayloadBytesSpare =
        PayloadBytesMax - 1024 - ReadingsPerRecordMax * (60 + TextBytesMax);
}
