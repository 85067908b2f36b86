using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core.Ledger;
using Monitoring.Wire;

namespace Monitoring.Core.Fund;

/// <summary>Commands about payments and interest.</summary>
internal static class PaymentRules
{
    public const string KindPayment = "payment";

    // Hundredths of a percent in a whole, times the days of a year.
    private const long InterestUnit = 10_000 * 365;

    public static Decision Take(
        FundState state, string id, FundCommand.TakePayment it, FundTerms terms, long nowMs)
    {
        if (it.MinorUnits is <= 0 or > LedgerRules.AmountMax)
        {
            return Decision.Refuse(FundVerdict.AmountNotPositive);
        }

        if (it.Member is { } member && !Identifier.IsValid(member))
        {
            return Decision.Refuse(FundVerdict.NoSuchMember);
        }

        // Imported twice under two names, it is still one movement of the bank.
        if (state.Payments.ContainsKey(it.BankId))
        {
            return Decision.Refuse(FundVerdict.NameTaken);
        }

        // Until now what it pays was owed, whoever looked meanwhile.
        var to = it.Member is { } payer ? Accounts.Receivable(payer) : Accounts.Unmatched;
        var (interest, behind) = Late(
            state, id, it.Member is { } late ? [late] : [], terms, nowMs);
        return FundRules.Book(
            state,
            [
                .. interest,
                Transfer($"payment/{it.BankId}", Accounts.Cash, to, it.MinorUnits, terms, nowMs),
            ],
            [
                .. behind,
                new Payment(it.BankId, it.Member, it.MinorUnits, it.Reference, it.ValueMs),
            ]);
    }

    public static Decision Match(
        FundState state, string id, FundCommand.MatchPayment it, FundTerms terms, long nowMs)
    {
        if (!state.Payments.TryGetValue(it.BankId, out var payment) || payment.Member is not null)
        {
            return Decision.Refuse(FundVerdict.NoSuchPayment);
        }

        if (!Identifier.IsValid(it.Member))
        {
            return Decision.Refuse(FundVerdict.NoSuchMember);
        }

        var (interest, behind) = Late(state, id, [it.Member], terms, nowMs);
        return FundRules.Book(
            state,
            [
                .. interest,
                Transfer(
                    $"match/{id}", Accounts.Unmatched, Accounts.Receivable(it.Member),
                    payment.MinorUnits, terms, nowMs),
            ],
            [.. behind, payment with { Member = it.Member }]);
    }

    /// <summary>Interest goes into the lots that its charge filled, and stays there.</summary>
    public static Decision Accrue(FundState state, string id, FundTerms terms, long nowMs) =>
        Late(
            state, id, state.Charges.Values.Select(charge => charge.Member).Distinct(), terms,
            nowMs) is var (booked, behind) && booked.IsEmpty
            ? Decision.Accept(behind)
            : FundRules.Book(state, booked, behind);

    /// <summary>
    /// Interest of whole days on what is open of each charge without interest. What is not a whole
    /// minor unit is kept, so that the sum is rounded once however often one looks.
    /// </summary>
    private static (ImmutableArray<Transaction> Booked, ImmutableArray<BookEvent> Behind) Late(
        FundState state, string id, IEnumerable<string> members, FundTerms terms, long nowMs)
    {
        var postings = ImmutableArray.CreateBuilder<Posting>();
        var behind = ImmutableArray.CreateBuilder<BookEvent>();
        foreach (var open in members.SelectMany(member => Ageing.Of(state, member, nowMs)))
        {
            var charge = open.Charge;
            var days = Math.Max(0, (nowMs - charge.InterestFromMs) / Ageing.DayMs);
            var accrued = (Int128)Math.Max(0, open.OpenMinor - charge.InterestMinor)
                * terms.InterestBasisPoints * days;
            if (accrued == 0)
            {
                continue;
            }

            var interest = Rounding.Quotient(charge.InterestRest + accrued, InterestUnit);
            behind.Add(charge with
            {
                InterestMinor = charge.InterestMinor + interest,
                InterestFromMs = charge.InterestFromMs + (days * Ageing.DayMs),
                InterestRest = (long)(charge.InterestRest + accrued
                    - ((Int128)interest * InterestUnit)),
            });
            if (interest > 0)
            {
                postings.AddRange(Interest(state, charge, interest, terms));
            }
        }

        return (
            postings.Count == 0
                ? []
                : [Transaction.Of(
                    $"interest/{id}", "interest", FundTerms.YearOf(nowMs),
                    postings.ToImmutable())],
            behind.ToImmutable());
    }

    private static IEnumerable<Posting> Interest(
        FundState state, ChargeDue charge, long interest, FundTerms terms)
    {
        // The charge's own lines, whichever of its corrections booked them last.
        var lines = state.Ledger.Entries[charge.Entry].Postings
            .Where(posting => posting.Amount < 0
                && Lot.Parse(posting.Lot)?.Payer == charge.Member)
            .ToList();
        if (lines.Count == 0)
        {
            // All of it went back to the members by what they made; what is late did not.
            return
            [
                new Posting(
                    Accounts.Receivable(charge.Member), terms.Money, interest, charge.Id),
                new Posting(Accounts.Reserve, terms.Money, -interest, charge.Id)
                {
                    Lot = new Lot(
                        charge.Member, terms.Allowances.Pollutant, charge.PeriodId).ToString(),
                },
            ];
        }

        var parts = LargestRemainder.Split(interest, [.. lines.Select(line => -line.Amount)]);
        var asset = lines[0].Asset;
        return lines.Zip(parts).Where(pair => pair.Second > 0)
            .Select(pair => pair.First with { Amount = -pair.Second, Charge = charge.Id })
            .Prepend(new Posting(
                Accounts.Receivable(charge.Member), asset, interest, charge.Id));
    }

    private static Transaction Transfer(
        string key, string debit, string credit, long amount, FundTerms terms, long nowMs) =>
        Transaction.Of(key, KindPayment, FundTerms.YearOf(nowMs),
        [
            new Posting(debit, terms.Money, amount, ""),
            new Posting(credit, terms.Money, -amount, ""),
        ]);
}
