namespace Monitoring.Agent.Simulate;

/// <summary>What a script makes of a point, or of the answers of an instrument.</summary>
public abstract record Behaviour
{
    private Behaviour()
    {
    }

    /// <summary>Always the same, in the point's unit.</summary>
    public sealed record Constant(decimal Value) : Behaviour;

    public sealed record Sine(decimal Min, decimal Max, TimeSpan Period) : Behaviour;

    /// <summary>More and more beside what is beneath, from the act's begin on.</summary>
    public sealed record Drift(decimal PerMinute) : Behaviour;

    /// <summary>At most that far from what is beneath, anew ten times a second.</summary>
    public sealed record Noise(decimal Amplitude) : Behaviour;

    /// <summary>As it was when the act began.</summary>
    public sealed record Stuck : Behaviour;

    /// <summary>At an end of the point's range.</summary>
    public sealed record Saturated(bool IsHigh) : Behaviour;

    /// <summary>The raw pattern for "no value" of the point's map; NaN for a float.</summary>
    public sealed record Sentinel : Behaviour;

    /// <summary>These bits of a whole number are set beside those beneath.</summary>
    public sealed record Bits(long Set) : Behaviour;

    /// <summary>The answer comes later, and so do those to what was asked meanwhile.</summary>
    public sealed record Slow(TimeSpan Delay) : Behaviour;

    public sealed record Refusing(byte Code) : Behaviour;

    public sealed record Misanswering(WrongAnswer How) : Behaviour;
}

/// <summary>A way in which an answer is not the one to the request.</summary>
public enum WrongAnswer
{
    /// <summary>None comes.</summary>
    Dead,

    /// <summary>On a line only: the check sum is not that of the frame.</summary>
    BadCrc,

    /// <summary>Only the first half of it comes.</summary>
    Truncated,

    /// <summary>It says that it is of another unit.</summary>
    ForeignUnit,

    /// <summary>It says that it answers another function.</summary>
    WrongFunction,

    /// <summary>By Modbus TCP only: it says that it answers another request.</summary>
    WrongTransaction,

    /// <summary>It comes when the next request has come, before the answer to that.</summary>
    Late,
}

/// <summary>How an instrument answers at an instant.</summary>
public sealed record Conduct(
    TimeSpan Delay, byte? Exception, IReadOnlySet<WrongAnswer> Wrong)
{
    public bool Is(WrongAnswer wrong) => Wrong.Contains(wrong);
}
