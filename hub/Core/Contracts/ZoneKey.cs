using System.Collections.Immutable;

namespace Monitoring.Core.Contracts;

/// <summary>Where what a source emits comes down.</summary>
/// <param name="Shares">Zones and their parts, which sum to <see cref="Whole"/>.</param>
/// <param name="Provenance">How the parts were found, one of <see cref="Provenances"/>.</param>
public sealed record ZoneKey(ImmutableArray<(string Zone, int Parts)> Shares, string Provenance)
{
    /// <summary>Parts in a million.</summary>
    public const int Whole = 1_000_000;

    public const string Declared = "declared";

    private const decimal PartsPerPercent = Whole / 100m;

    public static ImmutableArray<string> Provenances { get; } =
        [Declared, "distance-decay", "dispersion-model", "deposition-measured"];

    /// <summary>Counts up with each key that was agreed on; 0 where none is written.</summary>
    public int Version { get; init; }

    /// <summary>
    /// How far each part may be off either way, in percentage points at 95 % confidence, as those
    /// who found the key state it; null where no key is written.
    /// </summary>
    public decimal? UncertaintyPoints { get; init; }

    public bool IsWhole =>
        Shares.All(share => share.Parts > 0) && Shares.Sum(share => share.Parts) == Whole;

    /// <summary>All of it in one zone.</summary>
    public static ZoneKey In(string zone) => new([(zone, Whole)], Declared);

    public static decimal PercentOf(int parts) => parts / PartsPerPercent;

    internal static int PartsOf(decimal percent) => (int)(percent * PartsPerPercent);
}
