namespace Monitoring.Tests.Fuzz;

/// <summary>Something of the product that reads what others wrote.</summary>
/// <param name="Seeds">Well-formed inputs, to begin with.</param>
/// <param name="Read">Must come back from whatever it is given, without an exception.</param>
internal sealed record Target(
    string Name, IReadOnlyList<byte[]> Seeds, Action<byte[]> Read)
{
    /// <summary>Inputs in a short run.</summary>
    public int Inputs { get; init; } = 10_000;

    /// <summary>No mutation makes an input longer.</summary>
    public int BytesMax { get; init; } = 4_096;

    /// <summary>What reading one input may allocate at most.</summary>
    public long AllocatedBytesMax { get; init; } = 16 << 20;

    public override string ToString() => Name;
}
