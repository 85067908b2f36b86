using System.Numerics;

namespace Monitoring.Verifier;

/// <summary>The mass of one pollutant that the log tells of one window.</summary>
internal sealed record Mass(
    string Id, string Source, long StartMs, string Member, string Pollutant,
    BigInteger Milligrams)
{
    /// <summary>Where it comes down.</summary>
    public string Zone { get; init; } = "";

    public long EndMs { get; init; }

    /// <summary>It was substituted or entered by a person, and not measured.</summary>
    public bool IsFilled { get; init; }
}
