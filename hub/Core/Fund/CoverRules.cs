using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;
using Monitoring.Core.Ledger;

namespace Monitoring.Core.Fund;

/// <summary>What covers what a member emitted, as its settlement says.</summary>
public sealed record MemberCover(string Member, CoveredGrams Grams);

/// <summary>
/// What becomes of all members' allowances of a vintage when its period is final.
/// </summary>
/// <param name="Settlement">The settlement that it follows.</param>
/// <param name="IsBanked">What is left over is kept; otherwise it ends.</param>
public sealed record PeriodCover(
    string PeriodId, string Vintage, string Next, string Settlement, bool IsBanked,
    ImmutableArray<MemberCover> Members);

/// <summary>A period's allowances were given up, banked or retired.</summary>
/// <param name="Keys">Of the entries that hold, one a member that had any.</param>
/// <param name="Met">What of which duty they met; below 0 where it was met too far before.</param>
public sealed record PeriodCovered(
    string PeriodId, string Settlement, ImmutableArray<string> Keys,
    ImmutableArray<DutyMet> Met) : BookEvent
{
    /// <summary>What its settlement counted and members no longer had; null where nothing.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<CoverShort>? Short { get; init; }
}

/// <summary>
/// Grams that a settlement let cover what was emitted, and that were gone when they were to be
/// given up: borrowed ones were sold, banked ones surrendered by hand. The member is not let off:
/// what it borrowed it owes in the next settlement, where it holds as much less.
/// </summary>
/// <param name="Of"><see cref="Borrowed"/> or <see cref="Banked"/>.</param>
/// <param name="AtMs">When they were covered, UTC milliseconds.</param>
public sealed record CoverShort(string Member, string Of, long Grams, long AtMs)
{
    public const string Borrowed = "borrowed";
    public const string Banked = "banked";
}

/// <param name="Duty">Its id.</param>
public sealed record DutyMet(string Duty, long Grams);

/// <summary>
/// At the date of holding a member's allowances cover what it emitted: first what it owes of the
/// vintage is given up, then what its settlement counted is surrendered, and the rest is banked
/// or retired. A settlement that is put right takes all that back and does it again in the open
/// period, together with the later periods that began with something else then.
/// </summary>
public static class CoverRules
{
    /// <summary>The hub's own requests for it begin so.</summary>
    public const string RequestPrefix = "cover/";

    private const string Kind = "cover";
    private const string KindAgain = "cover-restated";

    public static Decision Cover(
        FundState state, string id, FundCommand.Cover it, AllowanceTerms terms, long nowMs)
    {
        var issued = it.Periods.SelectMany(period => (string[])[period.Vintage, period.Next])
            .Distinct().Select(vintage => AllowanceMoves.Issue(state.Ledger, terms, vintage))
            .Where(booked => !booked.IsEmpty).Select(booked => (BookEvent)new Booked(booked))
            .ToImmutableArray();
        var book = new Linked(state.With(issued));
        foreach (var covered in it.Periods.Reverse()
            .Select(period => state.Covers.GetValueOrDefault(period.PeriodId))
            .OfType<PeriodCovered>())
        {
            book.TakeBack(covered, id, it.BookedIn);
        }

        foreach (var period in it.Periods)
        {
            book.Add(period, id, it.BookedIn, terms, nowMs);
        }

        if (book.Transactions.Count == 0)
        {
            return Told(Decision.Accept([.. issued, .. book.Behind]));
        }

        var decision = FundRules.Book(
            state.With(issued), book.Transactions.ToImmutable(), [.. book.Behind]);
        return decision.Answer.IsAccepted
            ? Told(decision with { Events = [.. issued, .. decision.Events] })
            : decision;
    }

    // Whoever asked is told what lacks.
    private static Decision Told(Decision decision) => decision with
    {
        Answer = decision.Answer with
        {
            Detail = string.Join("; ", decision.Events.OfType<PeriodCovered>()
                .SelectMany(covered => (covered.Short ?? []).Select(one => string.Create(
                    CultureInfo.InvariantCulture,
                    $"{covered.PeriodId} lacks of {one.Member} {one.Grams} g {one.Of}")))),
        },
    };

    /// <summary>Transactions that are booked together, and the books after each of them.</summary>
    private sealed class Linked(FundState state)
    {
        private FundState _after = state;

        public ImmutableArray<Transaction>.Builder Transactions { get; } =
            ImmutableArray.CreateBuilder<Transaction>();

        public List<BookEvent> Behind { get; } = [];

        public void TakeBack(PeriodCovered covered, string id, string bookedIn)
        {
            foreach (var key in covered.Keys.Reverse())
            {
                Book(_after.Ledger.Entries[key]
                    .Reversal($"reversal/{id}/{key}", KindAgain, bookedIn));
            }

            foreach (var met in covered.Met)
            {
                var duty = _after.Duties[met.Duty];
                Happen(duty with { MetGrams = duty.MetGrams - met.Grams });
            }
        }

        public void Add(
            PeriodCover period, string id, string bookedIn, AllowanceTerms terms, long nowMs)
        {
            var lacking = ImmutableArray.CreateBuilder<CoverShort>();
            var keys = ImmutableArray.CreateBuilder<string>();
            var met = ImmutableArray.CreateBuilder<DutyMet>();
            foreach (var member in period.Members)
            {
                lacking.AddRange(ShortOf(period, member, terms, nowMs));
                var owed = MeetDuties(period, member.Member, met, terms);
                var transaction = AllowanceMoves.Cover(
                    ($"{Kind}/{id}/{period.PeriodId}/{member.Member}",
                        bookedIn == period.PeriodId ? Kind : KindAgain, bookedIn),
                    _after.Ledger, terms, (member.Member, period.Vintage, period.Next),
                    member.Grams with { Owed = owed, IsBanked = period.IsBanked });
                if (!transaction.Postings.IsEmpty)
                {
                    keys.Add(transaction.IdempotencyKey);
                    Book(transaction);
                }
            }

            Happen(new PeriodCovered(
                period.PeriodId, period.Settlement, keys.ToImmutable(), met.ToImmutable())
            {
                Short = lacking.Count > 0 ? lacking.ToImmutable() : null,
            });
        }

        private IEnumerable<CoverShort> ShortOf(
            PeriodCover period, MemberCover it, AllowanceTerms terms, long nowMs)
        {
            var (borrowed, banked) = AllowanceMoves.LackingFor(
                _after.Ledger, terms, (it.Member, period.Vintage, period.Next), it.Grams);
            return ((CoverShort[])
                [
                    new(it.Member, CoverShort.Borrowed, borrowed, nowMs),
                    new(it.Member, CoverShort.Banked, banked, nowMs),
                ]).Where(one => one.Grams > 0);
        }

        // What was given up too much before comes back, and counts as the member's own.
        private long MeetDuties(
            PeriodCover period, string member, ImmutableArray<DutyMet>.Builder met,
            AllowanceTerms terms)
        {
            var free = (long)_after.Ledger.At(
                Accounts.Holding(member), Asset.Allowance(terms.Pollutant, period.Vintage))
                .FreeDebit;
            var sum = 0L;
            foreach (var duty in _after.Duties.Values
                .Where(duty => duty.Member == member && duty.Vintage == period.Vintage
                    && duty.MetGrams != duty.DueGrams)
                .OrderBy(duty => duty.DueGrams - duty.MetGrams)
                .ThenBy(duty => duty.Id, StringComparer.Ordinal).ToList())
            {
                var grams = Math.Min(duty.DueGrams - duty.MetGrams, free - sum);
                if (grams != 0)
                {
                    sum += grams;
                    met.Add(new DutyMet(duty.Id, grams));
                    Happen(duty with { MetGrams = duty.MetGrams + grams });
                }
            }

            return sum;
        }

        private void Book(Transaction transaction)
        {
            Transactions.Add(transaction);
            _after = _after.With(new Booked([transaction]));
        }

        private void Happen(BookEvent happened)
        {
            Behind.Add(happened);
            _after = _after.With(happened);
        }
    }
}
