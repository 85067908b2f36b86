namespace Monitoring.Core.Alerts;

/// <summary>What is watched.</summary>
public enum AlertLevel
{
    /// <summary>The forecast of a member's mass at the period's end, against its holding.</summary>
    Forecast = 1,

    /// <summary>A member's mass so far, against its holding.</summary>
    Member = 2,

    /// <summary>The mass of all so far, against the cap.</summary>
    Bubble = 3,
}

public enum AlertChange
{
    Raised = 1,
    Cleared = 2,
}

/// <summary>Why an alert changed.</summary>
public enum AlertReason
{
    ReachedThreshold = 1,
    FellBelowHysteresis = 2,
    PeriodEnded = 3,
}

/// <summary>Which alert: one for each contract, period, subject and level.</summary>
/// <param name="Subject">The member's id, or the bubble's.</param>
public sealed record AlertKey(
    string ContractId, string PeriodId, string Subject, AlertLevel Level);

/// <summary>What is known at one instant about what an alert watches.</summary>
public sealed record AlertObservation
{
    public required AlertKey Key { get; init; }

    /// <summary>Milligrams; null where nothing is known yet, which changes nothing.</summary>
    public required long? ValueMilligrams { get; init; }

    public required long LimitMilligrams { get; init; }

    public required int ThresholdPercent { get; init; }

    public required int HysteresisPercent { get; init; }

    /// <summary>The period is not settled, so the value may still change.</summary>
    public required bool IsProvisional { get; init; }
}

/// <summary>Where an alert stands. Stored; it makes each transition happen once.</summary>
/// <param name="Transitions">How many there were.</param>
public sealed record AlertState(AlertKey Key, bool IsRaised, int Transitions)
{
    public static AlertState Initial(AlertKey key) => new(key, false, 0);
}

/// <summary>One change of one alert: what a notice tells.</summary>
public sealed record AlertTransition
{
    /// <summary>Follows from key, period and number, so a repeat has the same.</summary>
    public required string Id { get; init; }

    public required AlertKey Key { get; init; }

    public required AlertChange Change { get; init; }

    public required AlertReason Reason { get; init; }

    public string PeriodId => Key.PeriodId;

    /// <summary>Null where the period ended and nothing is known of the new one.</summary>
    public required long? ValueMilligrams { get; init; }

    public required long LimitMilligrams { get; init; }

    public required int ThresholdPercent { get; init; }

    public required bool IsProvisional { get; init; }

    public required DateTimeOffset At { get; init; }
}
