namespace Monitoring.Agent.Probe;

/// <summary>What to look at, as it was written on the command line.</summary>
public sealed record ProbeOptions
{
    /// <summary>tcp://host:port, rtu-tcp://host:port, or the path of a serial line.</summary>
    public required string Link { get; init; }

    public required int Baud { get; init; }

    public required string Framing { get; init; }

    public required string Timeout { get; init; }

    public required string Unit { get; init; }

    public required string Table { get; init; }

    public required int From { get; init; }

    public required int Count { get; init; }

    /// <summary>One type to show; null: all.</summary>
    public string? Type { get; init; }

    /// <summary>A point to write, as YAML in braces; null: none is written.</summary>
    public string? Write { get; init; }

    /// <summary>The map that the point goes to; null: to standard output.</summary>
    public string? Map { get; init; }

    /// <summary>Units to look for; null: no search.</summary>
    public string? ScanUnits { get; init; }

    public bool ScanBaud { get; init; }

    /// <summary>Reads to measure; 0: no measurement.</summary>
    public int Times { get; init; }
}
