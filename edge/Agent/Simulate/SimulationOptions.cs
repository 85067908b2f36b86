namespace Monitoring.Agent.Simulate;

/// <summary>What to simulate and where, as it was written on the command line.</summary>
/// <param name="File">A device map or a site.</param>
public sealed record SimulationOptions(string File)
{
    /// <summary>Of a device map: units and ranges of them, such as <c>1,3-5</c>.</summary>
    public string? Units { get; init; }

    /// <summary>Of a device map: the variant, by its own id; null: the map itself.</summary>
    public string? Variant { get; init; }

    /// <summary>Of a device map: host and port for Modbus TCP.</summary>
    public string? Listen { get; init; }

    /// <summary>The same for RTU over TCP.</summary>
    public string? RtuListen { get; init; }

    /// <summary>Of a device map: a link to a pseudo terminal that speaks RTU.</summary>
    public string? Pty { get; init; }

    /// <summary>What happens; null: nothing does.</summary>
    public string? Script { get; init; }

    /// <summary>Values to play; null: made up.</summary>
    public string? Replay { get; init; }

    /// <summary>How long a row of the replay stays.</summary>
    public string Step { get; init; } = "10s";
}
