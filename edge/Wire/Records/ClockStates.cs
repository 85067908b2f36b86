namespace Monitoring.Wire.Records;

/// <summary>The names of clock states on the wire.</summary>
public static class ClockStates
{
    public static string NameOf(ClockState state) => state switch
    {
        ClockState.Synced => "synced",
        ClockState.Held => "held",
        _ => "unsynced",
    };

    /// <summary>
    /// The state of that name; a name that is not known is no promise of a right clock.
    /// </summary>
    public static ClockState Parse(string? name) => name switch
    {
        "synced" => ClockState.Synced,
        "held" => ClockState.Held,
        _ => ClockState.Unsynced,
    };
}
