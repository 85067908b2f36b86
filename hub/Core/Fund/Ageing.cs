using System.Collections.Immutable;
using Monitoring.Core.Ledger;

namespace Monitoring.Core.Fund;

/// <summary>One charge and what of it is still open.</summary>
/// <param name="OpenMinor">With interest; payments go to the oldest charge first.</param>
/// <param name="DaysLate">Whole days since it was due; 0 while it is not late.</param>
public sealed record OpenCharge(ChargeDue Charge, long OpenMinor, int DaysLate);

/// <summary>What of a member is late the longest.</summary>
/// <param name="About">The charge or the duty.</param>
/// <param name="Days">Whole days, at least one.</param>
public sealed record LateDue(string About, long DueMs, int Days);

/// <summary>How old what is owed is, and what follows from it.</summary>
public static class Ageing
{
    public const long DayMs = 86_400_000;

    /// <summary>Charges of a member that are not paid, oldest first.</summary>
    public static ImmutableArray<OpenCharge> Of(FundState state, string member, long nowMs)
    {
        var charges = state.Charges.Values.Where(charge => charge.Member == member)
            .OrderBy(charge => charge.DueMs).ThenBy(charge => charge.Id, StringComparer.Ordinal)
            .ToList();
        var owed = charges.Sum(charge => charge.MinorUnits + charge.InterestMinor);
        var paid = owed - (long)state.Ledger.Balances
            .Where(pair => pair.Key.Account == Accounts.Receivable(member))
            .SumWide(pair => pair.Value.Net);
        var open = ImmutableArray.CreateBuilder<OpenCharge>();
        foreach (var charge in charges)
        {
            var amount = charge.MinorUnits + charge.InterestMinor;
            var covered = Math.Clamp(paid, 0, amount);
            paid -= covered;
            if (amount > covered)
            {
                open.Add(new OpenCharge(
                    charge, amount - covered,
                    (int)Math.Max(0, (nowMs - charge.DueMs) / DayMs)));
            }
        }

        return open.ToImmutable();
    }

    /// <summary>
    /// How late the oldest open charge of a member is, or what it owes in kind, in whole days.
    /// </summary>
    public static int DaysLate(FundState state, string member, long nowMs) =>
        OldestLate(state, member, nowMs)?.Days ?? 0;

    /// <summary>Null where nothing is late by a whole day.</summary>
    public static LateDue? OldestLate(FundState state, string member, long nowMs) =>
        Of(state, member, nowMs)
            .Select(open => new LateDue(open.Charge.Id, open.Charge.DueMs, open.DaysLate))
            .Concat(state.Duties.Values
                .Where(duty => duty.Member == member && duty.DueMs > 0
                    && duty.MetGrams < duty.DueGrams)
                .Select(duty => new LateDue(
                    duty.Id, duty.DueMs, (int)Math.Max(0, (nowMs - duty.DueMs) / DayMs))))
            .Where(late => late.Days > 0)
            .OrderBy(late => late.DueMs).ThenBy(late => late.About, StringComparer.Ordinal)
            .FirstOrDefault();

    /// <summary>What a member owes in kind and has not given up; grams.</summary>
    public static long OwedGrams(FundState state, string member) => state.Duties.Values
        .Where(duty => duty.Member == member)
        .Sum(duty => Math.Max(0, duty.DueGrams - duty.MetGrams));
}
