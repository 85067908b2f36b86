using System.Collections.Immutable;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;

namespace Monitoring.Tests.Core;

/// <summary>Corrections of charges, by the ids of the charges.</summary>
public sealed class ChargeCorrectionTests
{
    private const string Old = "b/2026";
    private const string Open = "b/2027";

    private static readonly FundTerms Terms = new()
    {
        Allowances = new AllowanceTerms { Bubble = "b", Pollutant = "nox" }, Currency = "EUR",
    };

    private readonly Teller _teller = new(Terms);

    public ChargeCorrectionTests() => Assert.Equal(
        "Accepted", _teller.Ask("charges", Book("first", 100)));

    /// <summary>A charge is told from another by its id, so none takes the place of one.</summary>
    [Fact]
    public void A_correction_under_the_id_of_a_charge_that_is_booked_is_refused()
    {
        Assert.Equal("Accepted", _teller.Ask("down", Restate("second", 60)));
        Assert.Equal("NameTaken", _teller.Ask("up", Restate("first", 100, "again")));
        Assert.Equal("NameTaken", _teller.Ask("other", Book("first", 70, "b/2028")));
        Assert.Equal(60, _teller.Owed("m"));
        Assert.Equal(60, _teller.State.Charges["first"].MinorUnits);
        _teller.AssertIdentity();

        // A repeat of what is booked is no other charge, whoever asks.
        Assert.Equal("Accepted", _teller.Ask("repeat", Book("first", 100)));
        Assert.Equal("Accepted", _teller.Ask("up with its own", Restate("third", 100)));
        Assert.Equal(
            ["first 60", "third 40"],
            _teller.State.Charges.Values.Select(one => $"{one.Id} {one.MinorUnits}"));
        _teller.AssertIdentity();
    }

    [Fact]
    public void A_correction_whose_members_and_entry_differ_is_refused()
    {
        var right = Restate("second", 60);
        Assert.Equal("LinesDiffer", _teller.Ask(
            "down", right with { Lines = [right.Lines[0] with { MinorUnits = 59 }] }));
        Assert.Equal(100, _teller.Owed("m"));
    }

    /// <summary>Less is due then, so that the new charge owes nothing by itself.</summary>
    [Fact]
    public void A_payment_may_name_a_charge_as_the_last_correction_booked_it()
    {
        _teller.Ask("down", Restate("second", 60));
        Assert.All(
            (string[])["first", "second"],
            id => Assert.Equal("m", BankStatement.MemberOf(_teller.State, [], $"invoice {id}")));
        Assert.Null(BankStatement.MemberOf(_teller.State, [], "invoice third"));
    }

    private static FundCommand.BookCharges Book(string charge, long amount, string period = Old) =>
        new(period, Entry($"charge/{period}", "charge", period, (charge, amount)),
            Lines(charge, amount), 0);

    private static FundCommand.Restate Restate(string charge, long amount, string key = "") => new(
        Old, Open,
        Entry($"restatement/{charge}/{key}", "restatement", Open, (charge, amount)),
        Lines(charge, amount), 0, "audit");

    private static ImmutableArray<MemberDue> Lines(string charge, long amount) =>
        [new MemberDue(charge, "m", amount, 0, "")];

    private static Transaction Entry(
        string key, string kind, string period, (string Id, long Amount) charge) =>
        Transaction.Of(key, kind, period,
        [
            new Posting(Accounts.Receivable("m"), Terms.Money, charge.Amount, charge.Id),
            new Posting(Accounts.Reserve, Terms.Money, -charge.Amount, charge.Id)
            {
                Lot = $"m/nox/{Old}",
            },
        ]);
}
