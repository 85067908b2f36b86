using System.Collections.Immutable;
using Monitoring.Core.Ledger;

namespace Monitoring.Core.Fund;

/// <summary>Commands about what members owe for a period, and its corrections.</summary>
internal static class ChargeRules
{
    public static Decision Book(FundState state, FundCommand.BookCharges it, FundTerms terms)
    {
        if (it.Transaction is { } entry
            && (LinesFault(state, entry, it.Lines) ?? FloorFault(entry, terms)) is { } refused)
        {
            return refused;
        }

        ImmutableArray<BookEvent> behind =
        [
            .. DutiesOf(state, it.PeriodId, it.Lines),
            .. it.Transaction is { } booked
                ? it.Lines.Where(line => line.MinorUnits > 0)
                    .Select(line => new ChargeDue(
                        line.ChargeId, line.Member, it.PeriodId, line.MinorUnits, it.DueMs,
                        booked.IdempotencyKey))
                    .Append((BookEvent)new ChargesStand(it.PeriodId, booked.IdempotencyKey))
                : [],
        ];
        return it.Transaction is { } transaction
            ? FundRules.Book(state, [transaction], behind)
            : Decision.Accept(behind);
    }

    /// <summary>
    /// Reversal, new charges, and a loan for each lot that was spent meanwhile, all together.
    /// </summary>
    public static Decision Restate(FundState state, string id, FundCommand.Restate it)
    {
        var ledger = state.Ledger;
        var old = state.Standing.TryGetValue(it.PeriodId, out var key)
            ? ledger.Entries[key]
            : null;
        if (old is null && it.Transaction is null)
        {
            // Nobody paid and nobody pays; what is due in kind may be another amount all the same.
            ImmutableArray<BookEvent> duties = [.. DutiesOf(state, it.PeriodId, it.Lines)];
            return duties.IsEmpty
                ? Decision.Refuse(FundVerdict.NoSuchCharges)
                : Decision.Accept(duties);
        }

        if (old is not null && it.Transaction is not null
            && old.Postings.SequenceEqual(it.Transaction.Postings))
        {
            return Decision.Refuse(FundVerdict.NothingChanged);
        }

        if (it.Transaction is { } entry && LinesFault(state, entry, it.Lines) is { } refused)
        {
            return refused;
        }

        var linked = ImmutableArray.CreateBuilder<Transaction>();
        if (old is not null)
        {
            linked.Add(old.Reversal(
                $"reversal/{id}", FundPostings.KindOfChange(it.PeriodId, it.OpenPeriodId),
                it.OpenPeriodId));
        }

        if (it.Transaction is { } repost)
        {
            linked.Add(repost);
        }

        var after = ledger.With(new Booked(linked.ToImmutable()));
        if (LoanFor(after, linked, id, it.OpenPeriodId) is { } loan)
        {
            linked.Add(loan);
        }

        return FundRules.Book(
            state, linked.ToImmutable(),
            [
                .. DutiesOf(state, it.PeriodId, it.Lines), .. Schedule(state, it),
                new ChargesStand(it.PeriodId, it.Transaction?.IdempotencyKey),
            ]);
    }

    private static Decision? LinesFault(
        FundState state, Transaction entry, ImmutableArray<MemberDue> lines)
    {
        var owed = entry.Postings.Where(posting => posting.Amount > 0)
            .GroupBy(posting => posting.Account)
            .ToDictionary(group => group.Key, group => group.SumWide(one => one.Amount));
        var expected = lines.Where(line => line.MinorUnits > 0)
            .GroupBy(line => Accounts.Receivable(line.Member))
            .ToDictionary(group => group.Key, group => group.SumWide(one => one.MinorUnits));
        if (owed.Count != expected.Count
            || owed.Any(pair => expected.GetValueOrDefault(pair.Key) != pair.Value))
        {
            return Decision.Refuse(FundVerdict.LinesDiffer);
        }

        // The charge of that id would be lost. A repeat of what is booked changes nothing.
        var ids = lines.Where(line => line.MinorUnits > 0).Select(line => line.ChargeId).ToList();
        var isTaken = ids.Distinct().Count() < ids.Count || ids.Exists(state.Charges.ContainsKey);
        return isTaken && !state.Ledger.Entries.ContainsKey(entry.IdempotencyKey)
            ? Decision.Refuse(
                FundVerdict.NameTaken, "a charge is booked already under one of these ids")
            : null;
    }

    private static Decision? FloorFault(Transaction entry, FundTerms terms)
    {
        var local = entry.Postings
            .Where(posting => posting.Account.StartsWith("fund:local:", StringComparison.Ordinal))
            .SumWide(posting => -posting.Amount);
        // What goes back to members at once never was the fund's.
        var total = entry.Postings.Where(posting => posting.Lot.Length > 0)
            .SumWide(posting => -posting.Amount);
        // Whole minor units: what the split rounds away is no breach of the floor.
        return local < total * terms.LocalFloorPercent / 100
            ? Decision.Refuse(FundVerdict.BelowLocalFloor)
            : null;
    }

    private static IEnumerable<Duty> DutiesOf(
        FundState state, string periodId, ImmutableArray<MemberDue> lines)
    {
        var due = lines.Where(line => line.MakeGoodGrams > 0)
            .ToDictionary(line => $"{periodId}/{line.Member}");
        var standing = state.Duties.Values
            .Where(duty => duty.PeriodId == periodId && !due.ContainsKey(duty.Id))
            .Select(duty => duty with { DueGrams = 0 });
        return due.Select(pair => state.Duties.GetValueOrDefault(pair.Key) is { } duty
                ? duty with { DueGrams = pair.Value.MakeGoodGrams }
                : new Duty(
                    pair.Key, pair.Value.Member, periodId, pair.Value.Vintage,
                    pair.Value.MakeGoodGrams, 0)
                {
                    DueMs = pair.Value.MakeGoodDueMs,
                })
            .Concat(standing);
    }

    /// <summary>
    /// What is due when, after a correction: more gets a new date, less is taken off the newest.
    /// </summary>
    private static IEnumerable<BookEvent> Schedule(FundState state, FundCommand.Restate it)
    {
        var standing = state.Charges.Values.Where(charge => charge.PeriodId == it.PeriodId)
            .ToLookup(charge => charge.Member);
        var lines = it.Lines.ToDictionary(line => line.Member);
        foreach (var member in standing.Select(group => group.Key).Union(lines.Keys)
            .Order(StringComparer.Ordinal))
        {
            var line = lines.GetValueOrDefault(member);
            var change = (line?.MinorUnits ?? 0)
                - standing[member].Sum(charge => charge.MinorUnits);
            if (change > 0)
            {
                yield return new ChargeDue(
                    line!.ChargeId, member, it.PeriodId, change, it.DueMs,
                    it.Transaction!.IdempotencyKey);
            }

            foreach (var charge in standing[member].OrderByDescending(charge => charge.DueMs))
            {
                var less = Math.Min(Math.Max(0, -change), charge.MinorUnits);
                if (less > 0)
                {
                    change += less;
                    yield return charge with { MinorUnits = charge.MinorUnits - less };
                }
            }
        }
    }

    /// <summary>
    /// Fills lots that the correction left below 0: out of the other lots of the same account,
    /// then the reserve, then the common part. What they cannot fill is a deficit that everybody
    /// sees. Null where no lot is below.
    /// </summary>
    private static Transaction? LoanFor(
        LedgerState after, IEnumerable<Transaction> linked, string id, string periodId)
    {
        var postings = ImmutableArray.CreateBuilder<Posting>();
        var free = Lots.Of(after).Where(lot => lot.FreeMinor > 0)
            .Select(lot => lot.Place).ToDictionary(place => place, place =>
                (long)after.Balances[place].FreeCredit);
        foreach (var place in linked.SelectMany(one => one.Postings).Select(Place.Of)
            .Where(place => place.Lot.Length > 0).Distinct())
        {
            var missing = (long)Int128.Max(0, -after.Balances[place].FreeCredit);
            if (missing == 0)
            {
                continue;
            }

            postings.Add(Line(place, -missing));
            foreach (var lender in LendersOf(place, free.Keys))
            {
                var part = Math.Min(missing, free[lender]);
                missing -= part;
                free[lender] -= part;
                if (part > 0)
                {
                    postings.Add(Line(lender, part));
                }
            }

            if (missing > 0)
            {
                postings.Add(Line(new Place(Accounts.Deficit, place.Asset, ""), missing));
            }
        }

        return postings.Count == 0
            ? null
            : Transaction.Of($"loan/{id}", "loan", periodId, postings.ToImmutable());
    }

    private static List<Place> LendersOf(Place place, IEnumerable<Place> all)
    {
        string[] accounts = [place.Account, Accounts.Reserve, Accounts.Programme];
        return
        [
            .. all.Where(one => one.Asset == place.Asset && accounts.Contains(one.Account))
                .OrderBy(one => Array.IndexOf(accounts, one.Account))
                .ThenBy(one => one.Lot, StringComparer.Ordinal),
        ];
    }

    private static Posting Line(Place place, long amount) =>
        new(place.Account, place.Asset, amount, "") { Lot = place.Lot };
}
