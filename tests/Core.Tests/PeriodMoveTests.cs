using System.Collections.Immutable;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;

namespace Monitoring.Tests.Core;

/// <summary>A person moves only what is settled, and never before its dates.</summary>
public sealed class PeriodMoveTests
{
    private const string First = "b/2026-01-01T00:00:00Z";
    private const string Second = "b/2026-01-02T00:00:00Z";
    private const string Unsettled = "b/2026-01-03T00:00:00Z";

    private static readonly FundTerms Hub = new()
    {
        Allowances = new AllowanceTerms { Bubble = "b", Pollutant = "nox" }, Currency = "EUR",
    };

    private static readonly FundTerms Person = Hub with
    {
        ByHand = ImmutableDictionary<string, PeriodDates>.Empty
            .Add(First, new PeriodDates(IsSettled: true, FinalMs: 100, SealedMs: 200))
            .Add(Second, new PeriodDates(IsSettled: true, FinalMs: 150, SealedMs: 250))
            .Add(Unsettled, new PeriodDates(IsSettled: false, FinalMs: 0, SealedMs: 0)),
    };

    private FundBooks _books = FundBooks.Empty;

    [Fact]
    public void A_name_that_is_no_period_moves_nothing_and_seals_nothing()
    {
        Settle(First);
        foreach (var to in Enum.GetValues<PeriodState>())
        {
            Assert.Equal("NoSuchPeriod", Ask("b/zzz", to, 300));
        }

        Assert.Equal(PeriodState.Noticed, _books.State.Ledger.StateOf(First));
    }

    [Fact]
    public void Notice_is_given_by_the_hub_that_settles_and_by_nobody_else()
    {
        Assert.Equal("NotSettled", Ask(Unsettled, PeriodState.Closing, 300));
        Assert.Equal("NotSettled", Ask(Unsettled, PeriodState.Noticed, 300));
        Assert.Equal("NotSettled", Ask(Unsettled, PeriodState.Final, 300));
        Assert.Equal(PeriodState.Open, _books.State.Ledger.StateOf(Unsettled));
    }

    [Fact]
    public void Nobody_hurries_a_period_and_who_came_too_early_may_ask_again()
    {
        Settle(First);
        Assert.Equal("TooEarly", Ask(First, PeriodState.Final, 99));
        Assert.Equal("Accepted", Ask(First, PeriodState.Final, 100));
        Assert.Equal("TooEarly", Ask(First, PeriodState.Sealed, 199));
        Assert.Equal("Accepted", Ask(First, PeriodState.Sealed, 200));
        Assert.Equal("Accepted", Ask(First, PeriodState.Sealed, 201));
    }

    [Fact]
    public void No_period_is_sealed_over_one_that_still_runs()
    {
        Settle(First);
        Settle(Second);
        Assert.Equal("Accepted", Ask(Second, PeriodState.Final, 250));
        Assert.Equal("EarlierOnesStand", Ask(Second, PeriodState.Sealed, 250));
        Ask(First, PeriodState.Final, 251);
        Ask(First, PeriodState.Sealed, 252);
        Assert.Equal("Accepted", Ask(Second, PeriodState.Sealed, 253));
    }

    [Fact]
    public void A_name_that_an_earlier_release_sealed_seals_no_period()
    {
        var ledger = LedgerState.Empty.With(new PeriodMoved("b/zzz", PeriodState.Sealed));
        Assert.Equal(PeriodState.Sealed, ledger.StateOf("b/zzz"));
        Assert.Equal(PeriodState.Open, ledger.StateOf(First));

        // What bears a date still seals all before it.
        ledger = ledger.With(new PeriodMoved(Second, PeriodState.Sealed));
        Assert.Equal(PeriodState.Sealed, ledger.StateOf(First));
        Assert.Equal(PeriodState.Open, ledger.StateOf(Unsettled));
    }

    private void Settle(string period)
    {
        foreach (var to in (PeriodState[])[PeriodState.Closing, PeriodState.Noticed])
        {
            Assert.Equal("Accepted", Take(
                $"hub {to} {period}", new FundCommand.MovePeriod(period, to), Hub, 0));
        }
    }

    private string Ask(string period, PeriodState to, long nowMs) =>
        Take($"{to} {period}", new FundCommand.MovePeriod(period, to), Person, nowMs);

    private string Take(string id, FundCommand command, FundTerms terms, long nowMs)
    {
        var (answer, row) = _books.Decide(new FundRequest(id, command), terms, nowMs);
        _books = row is null ? _books : _books.With(row);
        return answer.Reason;
    }
}
