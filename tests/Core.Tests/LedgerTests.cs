using System.Collections.Immutable;
using CsCheck;
using Monitoring.Core.Ledger;

namespace Monitoring.Tests.Core;

/// <summary>The ledger as a state machine: limits, reservations, reversals, periods.</summary>
public sealed class LedgerTests
{
    private const string Period = "b/2026";
    private static readonly Asset Nox = Asset.Allowance("nox", "2026");

    [Fact]
    public void A_limit_counts_what_is_reserved()
    {
        var state = Holds("a", 100);
        var first = Move("one", "a", "b", 60);
        Assert.Equal(BookingVerdict.Accepted, LedgerRules.JudgeReservation(state, first));
        state = state.With(new Reserved(first, 1_000));

        Assert.Equal(100, state.At(Accounts.Holding("a"), Nox).Net);
        Assert.Equal(40, state.At(Accounts.Holding("a"), Nox).FreeDebit);
        Assert.Equal(0, state.At(Accounts.Holding("b"), Nox).Net);
        foreach (var (amount, verdict) in ((long, BookingVerdict)[])
            [(40, BookingVerdict.Accepted), (41, BookingVerdict.LimitPassed)])
        {
            Assert.Equal(verdict, LedgerRules.Judge(state, [Move("two", "a", "b", amount)]));
            Assert.Equal(
                verdict, LedgerRules.JudgeReservation(state, Move("two", "a", "b", amount)));
        }

        // What is promised to somebody cannot be given on before it has come.
        Assert.Equal(
            BookingVerdict.LimitPassed, LedgerRules.Judge(state, [Move("two", "b", "c", 1)]));
    }

    [Theory]
    [InlineData(Outcome.Posted, 40, 60)]
    [InlineData(Outcome.Void, 100, 0)]
    [InlineData(Outcome.Expired, 100, 0)]
    public void A_reservation_comes_to_one_end(Outcome outcome, long left, long arrived)
    {
        var state = Holds("a", 100).With(new Reserved(Move("one", "a", "b", 60), 1_000));
        var end = new Resolved("one", outcome);
        Assert.Equal(StepVerdict.Accepted, LedgerRules.Judge(state, end));
        state = state.With(end);

        Assert.Equal(left, state.At(Accounts.Holding("a"), Nox).FreeDebit);
        Assert.Equal(arrived, state.At(Accounts.Holding("b"), Nox).FreeDebit);
        foreach (var again in Enum.GetValues<Outcome>())
        {
            Assert.Equal(
                again == outcome ? StepVerdict.AlreadyDone : StepVerdict.EndedOtherwise,
                LedgerRules.Judge(state, new Resolved("one", again)));
        }

        // Its key is used up, whatever became of it.
        Assert.NotEqual(
            BookingVerdict.Accepted, LedgerRules.Judge(state, [Move("one", "a", "b", 1)]));
        Assert.Equal(
            BookingVerdict.KeyConflict,
            LedgerRules.JudgeReservation(state, Move("one", "a", "b", 60)));
        Assert.Equal(
            StepVerdict.Unknown, LedgerRules.Judge(state, new Resolved("none", outcome)));
    }

    [Fact]
    public void A_reservation_expires_at_its_time_and_not_before()
    {
        var state = Holds("a", 100).With(new Reserved(Move("one", "a", "b", 60), 1_000));
        Assert.Empty(LedgerRules.Expire(state, 999));
        Assert.Equal(
            new Resolved("one", Outcome.Expired), Assert.Single(LedgerRules.Expire(state, 1_000)));
    }

    [Fact]
    public void A_reversal_is_exact_and_there_is_one()
    {
        var move = Move("one", "a", "b", 60);
        var state = Holds("a", 100).With(new Booked([move]));
        var reversal = move.Reversal("back", "restatement", "b/2027");

        Assert.Equal(BookingVerdict.NothingToReverse, LedgerRules.Judge(
            state, [Move("other", "a", "b", 60).Reversal("back", "restatement", "b/2027")]));
        Assert.Equal(BookingVerdict.InexactReversal, LedgerRules.Judge(
            state, [Transaction.Of("back", "restatement", "b/2027",
                Move("x", "b", "a", 59).Postings, "one")]));
        Assert.Equal(BookingVerdict.Accepted, LedgerRules.Judge(state, [reversal]));
        state = state.With(new Booked([reversal]));
        Assert.Equal(100, state.At(Accounts.Holding("a"), Nox).Net);
        Assert.Equal(60, state.At(Accounts.Holding("b"), Nox).Debits);
        Assert.Equal(60, state.At(Accounts.Holding("b"), Nox).Credits);

        Assert.Equal(BookingVerdict.AlreadyReversed, LedgerRules.Judge(
            state, [move.Reversal("again", "restatement", "b/2027")]));
        Assert.Equal(BookingVerdict.NothingToReverse, LedgerRules.Judge(
            state, [reversal.Reversal("again", "restatement", "b/2027")]));
    }

    [Fact]
    public void What_is_linked_is_booked_together_and_covered_together()
    {
        var state = Holds("a", 100);
        var there = Move("one", "b", "c", 60);
        var here = Move("two", "a", "b", 60);
        Assert.Equal(BookingVerdict.LimitPassed, LedgerRules.Judge(state, [there]));
        Assert.Equal(BookingVerdict.Accepted, LedgerRules.Judge(state, [there, here]));
        state = state.With(new Booked([there, here]));
        Assert.Equal(BookingVerdict.AlreadyBooked, LedgerRules.Judge(state, [there, here]));
        Assert.Equal(
            BookingVerdict.KeyConflict,
            LedgerRules.Judge(state, [here, Move("three", "a", "b", 1)]));
    }

    [Fact]
    public void A_period_goes_on_step_by_step()
    {
        var state = LedgerState.Empty;
        var steps = Enum.GetValues<PeriodState>();
        foreach (var now in steps)
        {
            foreach (var to in steps)
            {
                Assert.Equal(
                    to == now ? StepVerdict.AlreadyDone
                        : (int)to == (int)now + 1 ? StepVerdict.Accepted
                        : StepVerdict.OutOfOrder,
                    LedgerRules.Judge(state, new PeriodMoved(Period, to)));
            }

            if (now != PeriodState.Sealed)
            {
                state = state.With(new PeriodMoved(Period, now + 1));
            }
        }
    }

    [Theory]
    [InlineData("allocation", PeriodState.Noticed)]
    [InlineData("payment", PeriodState.Open)]
    [InlineData("restatement", PeriodState.Open)]
    [InlineData("transfer", PeriodState.Noticed)]
    [InlineData("surrender", PeriodState.Noticed)]
    [InlineData("correction", PeriodState.Noticed)]
    [InlineData("loan", PeriodState.Noticed)]
    [InlineData("charge", PeriodState.Final)]
    [InlineData("bank", PeriodState.Final)]
    [InlineData("make-good", PeriodState.Final)]
    public void Each_kind_is_booked_until_its_step_and_no_later(string kind, PeriodState last)
    {
        var state = Holds("a", 100);
        foreach (var now in Enum.GetValues<PeriodState>())
        {
            state = state.With(new PeriodMoved(Period, now));
            Assert.Equal(
                now <= last ? BookingVerdict.Accepted : BookingVerdict.PeriodClosed,
                LedgerRules.Judge(state, [Move("one", "a", "b", 1, kind)]));
        }
    }

    [Fact]
    public void A_sealed_period_seals_all_before_it_and_none_after_nor_of_another_bubble()
    {
        var state = LedgerState.Empty.With(new PeriodMoved("b/2026", PeriodState.Sealed));
        Assert.Equal(PeriodState.Sealed, state.StateOf("b/2025"));
        Assert.Equal(PeriodState.Sealed, state.StateOf("b/2026"));
        Assert.Equal(PeriodState.Open, state.StateOf("b/2027"));
        Assert.Equal(PeriodState.Open, state.StateOf("c/2025"));
    }

    [Fact]
    public void A_reservation_of_a_period_that_went_on_can_only_be_given_up()
    {
        var state = Holds("a", 100).With(new Reserved(Move("one", "a", "b", 60), 1_000))
            .With(new PeriodMoved(Period, PeriodState.Final));
        Assert.Equal(
            StepVerdict.PeriodClosed,
            LedgerRules.Judge(state, new Resolved("one", Outcome.Posted)));
        Assert.Equal(
            StepVerdict.Accepted, LedgerRules.Judge(state, new Resolved("one", Outcome.Void)));
    }

    [Fact]
    public void Ids_of_earlier_releases_stay_what_they_are()
    {
        // Written down when a transaction had no lots and no reversals.
        var entry = Transaction.Of("key", "charge", "bubble/period",
        [
            new Posting("member:a:receivable", Asset.Money("EUR"), 5, "charge"),
            new Posting("fund:reserve", Asset.Money("EUR"), -5, "charge"),
        ]);
        Assert.Equal("hmdy6czlbvzfyvaqkousqceeob", entry.Id);
    }

    [Fact]
    public void Other_lots_and_other_reversals_are_other_ids()
    {
        var postings = Move("k", "a", "b", 5).Postings;
        string[] ids =
        [
            Transaction.Of("k", "transfer", Period, postings).Id,
            Transaction.Of("k", "transfer", Period, postings, "x").Id,
            Transaction.Of(
                "k", "transfer", Period, [postings[0] with { Lot = "l" }, postings[1]]).Id,
            Transaction.Of(
                "k", "transfer", Period, [postings[0], postings[1] with { Lot = "l" }]).Id,
        ];
        Assert.Equal(4, ids.Distinct().Count());
    }

    /// <summary>Whatever is asked in whatever order, no account passes its limit.</summary>
    [Fact]
    public void No_order_of_bookings_and_reservations_passes_a_limit()
    {
        var step = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3], Gen.Long[1, 80], Gen.Int[0, 3],
            Gen.Int[0, 30]);
        step.Array[0, 40].Sample(steps =>
        {
            var state = Holds("m0", 100);
            foreach (var (index, (from, to, amount, what, which)) in steps.Index())
            {
                state = After(state, $"k{index}", (from, to, amount), what, $"k{which}");
                Assert.All(state.Balances, pair => Assert.True(
                    Accounts.SideOf(pair.Key.Account, pair.Key.Asset.Kind) switch
                    {
                        AccountSide.Debit => pair.Value.FreeDebit >= 0,
                        AccountSide.Credit => pair.Value.FreeCredit >= 0,
                        _ => true,
                    }));
                Assert.Equal(0, state.Balances.Sum(pair => (long)pair.Value.Net));
                Assert.Equal(
                    0, state.Balances.Sum(pair =>
                        (long)(pair.Value.PendingDebits - pair.Value.PendingCredits)));
            }
        });
    }

    private static LedgerState After(
        LedgerState state, string key, (int From, int To, long Amount) move, int what,
        string which)
    {
        var (from, to, amount) = move;
        if (what >= 2)
        {
            var end = new Resolved(which, what == 2 ? Outcome.Posted : Outcome.Void);
            return LedgerRules.Judge(state, end) == StepVerdict.Accepted ? state.With(end) : state;
        }

        var transaction = Move(key, $"m{from}", $"m{to}", amount);
        return what == 0
            ? LedgerRules.Judge(state, [transaction]) == BookingVerdict.Accepted
                ? state.With(new Booked([transaction]))
                : state
            : LedgerRules.JudgeReservation(state, transaction) == BookingVerdict.Accepted
                ? state.With(new Reserved(transaction, 1_000))
                : state;
    }

    private static LedgerState Holds(string member, long grams) =>
        LedgerState.Empty.With(new Booked([Transaction.Of("allocation", "allocation", Period,
        [
            new Posting(Accounts.Holding(member), Nox, grams, ""),
            new Posting(Accounts.Cap("b"), Nox, -grams, ""),
        ])]));

    private static Transaction Move(
        string key, string from, string to, long grams, string kind = "transfer") =>
        Transaction.Of(key, kind, Period,
        [
            new Posting(Accounts.Holding(from), Nox, -grams, ""),
            new Posting(Accounts.Holding(to), Nox, grams, ""),
        ]);
}
