using System.Collections.Immutable;
using Monitoring.Core.Ledger;

namespace Monitoring.Core.Fund;

/// <summary>
/// An officer's word that a final period is to be put right, for a reason that its contract lets
/// count. The hub works it out again from the facts as they are, and books the difference.
/// </summary>
/// <param name="Reason">Such as <c>audit</c> or <c>court</c>.</param>
/// <param name="Sha256">Of the document that says so, hexadecimal.</param>
/// <param name="Amendments">Ids of the amendments that it rests on; none where data came late.
/// </param>
/// <param name="Settlement">The settlement that came of it; null as long as none did.</param>
public sealed record RestatementOrder(
    string Id, string PeriodId, string Reason, string Sha256, ImmutableArray<string> Amendments,
    string? Settlement) : BookEvent;

/// <summary>For which reasons a final period may be put right, and how long.</summary>
/// <param name="UntilMs">The end of the time for it, UTC milliseconds; null: it has none.</param>
public sealed record RestatementTerms(ImmutableArray<string> Reasons, long? UntilMs);

/// <summary>Which orders are taken.</summary>
internal static class RestatementRules
{
    /// <summary>It needs no order: the hub puts right what became known later by itself.</summary>
    public const string LateFacts = "late-facts";

    private const int Sha256Length = 64;
    private const int AmendmentsMax = 100;

    public static Decision Order(
        FundState state, string id, FundCommand.OrderRestatement it, FundTerms terms, long nowMs)
    {
        if (terms.RestatementIn?.Invoke(it.PeriodId) is not { } rule)
        {
            return Decision.Refuse(
                FundVerdict.NoSuchPeriod, $"'{it.PeriodId}' is no period of the contract");
        }

        var allowed = rule.Reasons.Remove(LateFacts);
        if (!allowed.Contains(it.Reason))
        {
            return Decision.Refuse(
                FundVerdict.ReasonNotAllowed,
                it.Reason == LateFacts && rule.Reasons.Contains(LateFacts)
                    ? "what became known later is put right by the hub itself"
                : allowed.IsEmpty ? "the contract lets nobody order it"
                : $"the contract lets it be ordered for {string.Join(", ", allowed)}");
        }

        if (it.Sha256.Length != Sha256Length || !it.Sha256.All(char.IsAsciiHexDigitLower))
        {
            return Decision.Refuse(
                FundVerdict.EvidenceMissing, "'sha256' is that of the document that says so: "
                    + $"{Sha256Length} digits of 0-9 and a-f, as 'sha256sum FILE' shows them");
        }

        if (nowMs >= rule.UntilMs)
        {
            return Decision.Refuse(
                FundVerdict.TooLate, $"{it.PeriodId} may be put right no more");
        }

        if (it.Amendments.Length > AmendmentsMax
            || it.Amendments.FirstOrDefault(one => terms.IsAmendment?.Invoke(one) == false)
                is not null)
        {
            return Decision.Refuse(
                FundVerdict.NoSuchAmendment, "it names an amendment that the books do not have, "
                    + $"or more than {AmendmentsMax}; 'amend' shows their ids");
        }

        return state.Ledger.StateOf(it.PeriodId) < PeriodState.Final
            ? Decision.NotYet(
                FundVerdict.TooEarly, $"{it.PeriodId} is {state.Ledger.StateOf(it.PeriodId)}: "
                    + "until it is final the hub puts it right by itself")
            : Decision.Accept(new RestatementOrder(
                id, it.PeriodId, it.Reason, it.Sha256, it.Amendments, Settlement: null));
    }

    public static Decision Close(FundState state, FundCommand.CloseOrder it) =>
        state.Orders.TryGetValue(it.Order, out var order)
            ? Decision.Accept(order with { Settlement = it.Settlement })
            : Decision.Refuse(FundVerdict.NothingChanged);
}
