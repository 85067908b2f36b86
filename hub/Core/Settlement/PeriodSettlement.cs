using System.Collections.Immutable;
using Monitoring.Core.Contracts;

namespace Monitoring.Core.Settlement;

/// <summary>The mass of one fact, and the member it counts for.</summary>
/// <param name="FactId">The id of the fact, its latest revision.</param>
public sealed record EmittedMass(
    string FactId, string Source, string Member, string Pollutant,
    DateTimeOffset Start, DateTimeOffset End, long Milligrams);

/// <summary>What the period was for one member. Grams, but for the sum of its facts.</summary>
/// <param name="OwnExcessGrams">Above its own holding; no fault by itself.</param>
/// <param name="ApportionedGrams">Its part of the bubble's excess; 0 while that holds.</param>
/// <param name="WindowsKnown">Windows of its sources that have a fact.</param>
/// <param name="WindowsExpected">
/// Windows of its sources in the period. What is not known is not counted, and is not 0 either.
/// </param>
public sealed record MemberVerdict(
    string Member, long Milligrams, long EmittedGrams, long HoldingGrams,
    long OwnExcessGrams, long ApportionedGrams, int WindowsKnown, int WindowsExpected)
{
    /// <summary>What it pays the higher rate for; its own excess where that is a breach.</summary>
    public long AnswersForGrams { get; init; }

    /// <summary>To be handed over in kind out of the next holding.</summary>
    public long MakeGoodGrams { get; init; }

    /// <summary>What its own excess is measured against.</summary>
    public long LevelGrams { get; init; }

    /// <summary>How its account covers what it emitted.</summary>
    public Coverage Coverage { get; init; } = new(0, 0, 0, 0, 0);

    /// <summary>What of its holding is left; 0 where it is used up.</summary>
    public long LeftGrams => Math.Max(0, HoldingGrams - EmittedGrams);
}

/// <summary>What the period was for the bubble.</summary>
/// <param name="CapGrams">With variability, and with what members banked and borrowed.</param>
public sealed record BubbleVerdict(long EmittedGrams, long CapGrams, long ExcessGrams)
{
    public bool IsBroken => ExcessGrams > 0;
}

/// <summary>The test at the end of a part of the period; a broken gate costs nothing.</summary>
/// <param name="Subject">The member, or the bubble.</param>
/// <param name="LimitGrams">With the slack in it.</param>
public sealed record GateVerdict(
    DateTimeOffset Start, DateTimeOffset End, string Subject, long Grams, long LimitGrams)
{
    public bool IsBroken => Grams > LimitGrams;
}

/// <summary>One step of a charge.</summary>
/// <param name="Grams">The mass of the member in that step.</param>
public sealed record ChargeLine(
    ChargedPart Part, long Grams, long TimesThousandths, long MinorUnits);

/// <summary>What a member owes for the period.</summary>
public sealed record Charge(
    string Id, string Member, long ApportionedGrams, long MinorUnits)
{
    /// <summary>In the order of the contract's tiers; they sum to the charge.</summary>
    public ImmutableArray<ChargeLine> Lines { get; init; } = [];
}

/// <summary>What a member gets of the revenue for what it made.</summary>
public sealed record Refund(string Member, long MinorUnits);

/// <summary>What one source emitted in the period; by it a charge finds its zones.</summary>
public sealed record SourceMass(string Source, string Member, long Milligrams);

/// <summary>
/// The outcome of one period under one contract. The same contract and the same facts, in any
/// order, give the same settlement.
/// </summary>
public sealed record PeriodSettlement
{
    public required string Id { get; init; }

    public required string ContractId { get; init; }

    public required string ContractHash { get; init; }

    public required string PeriodId { get; init; }

    public required BubbleVerdict Bubble { get; init; }

    /// <summary>In the order of the contract's parties.</summary>
    public required ImmutableArray<MemberVerdict> Members { get; init; }

    public required ImmutableArray<SourceMass> Sources { get; init; }

    /// <summary>Only amounts above 0; without a tier for all mass, only after a breach.</summary>
    public required ImmutableArray<Charge> Charges { get; init; }

    /// <summary>The settlement of the same period that it took the place of.</summary>
    public string? Replaces { get; init; }

    /// <summary>What members held, where that is not what the contract gives them.</summary>
    public ImmutableArray<MemberAccount> Accounts { get; init; } = [];

    /// <summary>What members did, where the contract asks for it.</summary>
    public ImmutableArray<Activity> Activities { get; init; } = [];

    public ImmutableArray<GateVerdict> Gates { get; init; } = [];

    public ImmutableArray<Refund> Refunds { get; init; } = [];

    /// <summary>With what each member begins the next period.</summary>
    public ImmutableArray<CarryOver> Carried { get; init; } = [];

    public required long TotalMinorUnits { get; init; }

    /// <summary>Stands for all facts; see <see cref="PeriodFacts.Root"/>.</summary>
    public string FactsRoot { get; init; } = "";

    public required Trace Trace { get; init; }
}
