using System.Collections.Immutable;

namespace Monitoring.Core.Contracts;

/// <summary>What members and bubble may emit in a period; grams, not below 0.</summary>
/// <param name="Members">In the order of the contract.</param>
public sealed record QuotaLimits(long BubbleGrams, ImmutableArray<Holding> Members)
{
    public bool IsSameAs(QuotaLimits other) =>
        BubbleGrams == other.BubbleGrams && Members.SequenceEqual(other.Members);

    /// <summary>What the contract gives, before anything was sold or carried.</summary>
    public static QuotaLimits Given(Contract contract, Period period) =>
        new(contract.Bubble.CapIn(period), contract.Bubble.HoldingsIn(period));
}
