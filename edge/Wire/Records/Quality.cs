namespace Monitoring.Wire.Records;

/// <summary>
/// How far a reading can be trusted. The numbers are those of the Sparkplug property
/// <c>Quality</c>; 64 (uncertain) is the OPC classic value and is ours.
/// </summary>
public enum Quality
{
    /// <summary>Not to be used; the reason says why. Also the quality of an absent value.</summary>
    Bad = 0,

    /// <summary>Measured, but something casts doubt on it; the reason says what.</summary>
    Uncertain = 64,

    /// <summary>Measured as it should be.</summary>
    Good = 192,

    /// <summary>Was good once; the device or gateway is no longer heard.</summary>
    Stale = 500,
}
