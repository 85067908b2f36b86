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
    long OwnExcessGrams, long ApportionedGrams, int WindowsKnown, int WindowsExpected);

/// <summary>What the period was for the bubble.</summary>
public sealed record BubbleVerdict(long EmittedGrams, long CapGrams, long ExcessGrams)
{
    public bool IsBroken => ExcessGrams > 0;
}

/// <summary>What a member owes for its part of a breach.</summary>
public sealed record Charge(
    string Id, string Member, long ApportionedGrams, long MinorUnits);

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

    /// <summary>None unless the bubble is broken; only amounts above 0.</summary>
    public required ImmutableArray<Charge> Charges { get; init; }

    public required long TotalMinorUnits { get; init; }

    public required ImmutableArray<string> FactIds { get; init; }

    public required Trace Trace { get; init; }
}
