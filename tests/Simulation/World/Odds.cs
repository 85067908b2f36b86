namespace Monitoring.Tests.Simulation;

/// <summary>How likely each fault is in one world; every one of them comes from the seed.</summary>
public sealed record Odds
{
    // Of one message.
    public required double Lost { get; init; }
    public required double Doubled { get; init; }
    public required double Late { get; init; }

    // In one second, of one node.
    public required double BrokerForgets { get; init; }
    public required double LinkCut { get; init; }
    public required double PowerCut { get; init; }
    public required double ProcessKilled { get; init; }
    public required double DiskFills { get; init; }
    public required double DiskFails { get; init; }
    public required double DiskDamaged { get; init; }
    public required double ClockJumps { get; init; }
    public required double DevicesChange { get; init; }
    public required double DeviceLost { get; init; }
    public required double HubRestored { get; init; }

    /// <summary>Of one write of a journal: power or process go in its midst.</summary>
    public required double DiesInWrite { get; init; }

    /// <summary>Of one step of the hub between two others.</summary>
    public required double HubDies { get; init; }

    /// <summary>Of one transaction of the hub's store.</summary>
    public required double StoreFails { get; init; }

    /// <summary>How much later than the others a late message is, in ms.</summary>
    public required int LateMsMax { get; init; }

    public static Odds Of(Dice dice) => new()
    {
        Lost = dice.Odds(0.3),
        Doubled = dice.Odds(0.2),
        Late = dice.Odds(0.3),
        BrokerForgets = dice.Odds(0.1),
        LinkCut = dice.Odds(0.1),
        PowerCut = dice.Odds(0.06),
        ProcessKilled = dice.Odds(0.06),
        DiskFills = dice.Odds(0.1),
        DiskFails = dice.Odds(0.1),
        DiskDamaged = dice.Odds(0.02),
        ClockJumps = dice.Odds(0.05),
        DevicesChange = dice.Odds(0.1),
        DeviceLost = dice.Odds(0.1),
        HubRestored = dice.Odds(0.1),
        DiesInWrite = dice.Odds(0.05),
        HubDies = dice.Odds(0.02),
        StoreFails = dice.Odds(0.05),
        LateMsMax = dice.Pick(500, 5_000, 20_000),
    };

    /// <summary>The healed world: nothing goes wrong any more.</summary>
    public static Odds None { get; } = new()
    {
        Lost = 0,
        Doubled = 0,
        Late = 0,
        BrokerForgets = 0,
        LinkCut = 0,
        PowerCut = 0,
        ProcessKilled = 0,
        DiskFills = 0,
        DiskFails = 0,
        DiskDamaged = 0,
        ClockJumps = 0,
        DevicesChange = 0,
        DeviceLost = 0,
        HubRestored = 0,
        DiesInWrite = 0,
        HubDies = 0,
        StoreFails = 0,
        LateMsMax = 1,
    };
}
