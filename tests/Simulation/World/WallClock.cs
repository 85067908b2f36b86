namespace Monitoring.Tests.Simulation;

/// <summary>The clock of one node: the time of the world, and how wrong it is.</summary>
public sealed class WallClock : TimeProvider
{
    private const long StartMs = 1_772_323_200_000;

    private long _worldMs;

    public long WrongByMs { get; set; }

    public long NowMs => StartMs + _worldMs + WrongByMs;

    public long WorldMs => _worldMs;

    public void Set(long worldMs) => _worldMs = worldMs;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(NowMs);
}
