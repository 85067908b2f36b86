using System.Collections.Immutable;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;

namespace Monitoring.Tests.Core;

/// <summary>Whose money a project may have, and until when it can be asked back.</summary>
public sealed class ProjectStageTests
{
    private static readonly FundTerms Terms = new()
    {
        Allowances = new AllowanceTerms { Bubble = "b", Pollutant = "nox" },
        Currency = "EUR",
        SelfPercent = 50,
        OwnersOf = ImmutableDictionary<string, ImmutableHashSet<string>>.Empty
            .Add("stack-m", ["m"]).Add("stack-n", ["n"]),
    };

    private readonly Teller _teller = new(Terms);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Money_is_asked_back_from_who_was_paid_and_never_measured(int stepsOn)
    {
        Start("contractor", "stack-n", [40_00, 30_00]);
        Do("pay", new FundCommand.PayTranche("p", 1, "invoice"));
        if (stepsOn > 0)
        {
            Do("complete", new FundCommand.Complete("p"));
        }

        if (stepsOn > 1)
        {
            Do("verify", new FundCommand.Verify("p", new Abatement(9, 5, 1, 1)));
        }

        Assert.Equal("AbovePaid", _teller.Ask("more", new FundCommand.ClawBack("p", 40_01)));
        Do("back", new FundCommand.ClawBack("p", 40_00));
        Assert.Equal(ProjectState.ClawedBack, _teller.State.Projects["p"].State);
        Assert.Equal(0, _teller.State.Projects["p"].PaidMinor);

        // What was promised besides is free again, and all of it is where it came from.
        Assert.Empty(_teller.State.Ledger.Pending);
        Assert.Equal(100_00, Lots.Of(_teller.State.Ledger).Single().FreeMinor);
        Assert.Equal("OutOfTurn", _teller.Ask("twice", new FundCommand.ClawBack("p", 1)));
        _teller.AssertIdentity();
    }

    [Fact]
    public void Nothing_is_asked_back_where_nothing_was_paid()
    {
        Start("contractor", "stack-n", [40_00]);
        Assert.Equal("AbovePaid", _teller.Ask("back", new FundCommand.ClawBack("p", 1)));
    }

    [Fact]
    public void A_contractor_for_the_payers_own_stack_is_the_payer()
    {
        Charge();
        Apply("contractor", "stack-m");
        Assert.Equal("LotsTooSmall", _teller.Ask(
            "commit", new FundCommand.Commit("p", [80_00], long.MaxValue)));
        Assert.Equal("NoSuchSource", _teller.Ask("other", new FundCommand.Apply(
            new Project("q", "call", "contractor", "chimney", "z", 80_00, 1))));
    }

    private void Start(string beneficiary, string source, ImmutableArray<long> tranches)
    {
        Charge();
        Apply(beneficiary, source);
        Do("commit", new FundCommand.Commit("p", tranches, long.MaxValue));
    }

    private void Apply(string beneficiary, string source)
    {
        Do("shares", new FundCommand.IssueShares("river", 4));
        Do("call", new FundCommand.OpenCall(new Programme(
            "call", "A call", Purpose.Abatement, "z", "nox", 100_00, long.MaxValue)));
        Do("apply", new FundCommand.Apply(
            new Project("p", "call", beneficiary, source, "z", 80_00, 1)));
        Do("appraise", new FundCommand.Appraise("p", 80));
        Do("vote", new FundCommand.Vote("p", 3, 1));
    }

    private void Charge()
    {
        var entry = Transaction.Of("charge", "charge", "b/1",
        [
            new Posting(Accounts.Receivable("m"), Terms.Money, 100_00, "c"),
            new Posting(Accounts.Local("z"), Terms.Money, -100_00, "c") { Lot = "m/nox/b/1" },
        ]);
        Do("charges", new FundCommand.BookCharges(
            "b/1", entry, [new MemberDue("c", "m", 100_00, 0, "")], 0));
        Do("paid", new FundCommand.TakePayment("bank", "m", 100_00, "", 0));
    }

    private void Do(string id, FundCommand command) =>
        Assert.Equal("Accepted", _teller.Ask(id, command));
}
