using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;

namespace Monitoring.Tests.Core;

/// <summary>Simple interest to the minor unit, however often somebody looks.</summary>
public sealed class InterestTests
{
    private const long Day = Ageing.DayMs;
    private const string Period = "b/2026";

    private readonly Teller _teller = new(new FundTerms
    {
        Allowances = new AllowanceTerms { Bubble = "b", Pollutant = "nox" },
        Currency = "EUR",
        InterestBasisPoints = 1_000,
    });

    [Theory]
    [InlineData(18_25, 1_83)] // 1.825
    [InlineData(22_00, 2_20)]
    [InlineData(1_000_00, 100_00)]
    [InlineData(4, 0)] // 0.4 of a minor unit
    [InlineData(5, 1)] // 0.5
    public void A_year_of_days_comes_to_what_one_look_comes_to(long charge, long interest)
    {
        Charge(charge);
        for (var day = 1; day <= 365; day++)
        {
            Accrue(day * Day);
        }

        Assert.Equal(charge + interest, _teller.Owed("m"));
        Assert.Equal(interest, _teller.State.Charges["c"].InterestMinor);
        _teller.AssertIdentity();

        // At once it is the same.
        var other = new InterestTests();
        other.Charge(charge);
        other.Accrue(365 * Day);
        Assert.Equal(charge + interest, other._teller.Owed("m"));
    }

    [Fact]
    public void A_payment_in_between_lowers_what_bears_interest_from_its_day_on()
    {
        Charge(1_000_00);

        // The hub was down: nobody looked before the money came. 100 days of 1000.00 are 27.397.
        _teller.NowMs = (100 * Day) + 5;
        Assert.Equal("Accepted", _teller.Ask(
            "pay", new FundCommand.TakePayment("bank-1", "m", 400_00, "c", 0)));
        Assert.Equal(627_40, _teller.Owed("m"));

        // Money pays the charge first: 265 days of 600.00 are 43.562, with those before 70.959.
        for (var day = 101; day <= 365; day++)
        {
            Accrue(day * Day);
        }

        Assert.Equal(670_96, _teller.Owed("m"));
        _teller.NowMs = (365 * Day) + 6;
        _teller.Ask("rest", new FundCommand.TakePayment("bank-2", "m", 600_00, "c", 0));
        Assert.Equal(70_96, _teller.Owed("m"));

        // Interest bears none.
        Accrue(900 * Day);
        Assert.Equal(70_96, _teller.Owed("m"));
        _teller.AssertIdentity();
    }

    [Fact]
    public void Money_that_is_placed_later_stops_interest_when_it_is_placed()
    {
        Charge(365_00);
        _teller.NowMs = 10 * Day;
        _teller.Ask("pay", new FundCommand.TakePayment("bank-1", null, 365_00, "?", 0));
        _teller.NowMs = 20 * Day;
        Assert.Equal("Accepted", _teller.Ask("match", new FundCommand.MatchPayment("bank-1", "m")));
        Assert.Equal(2_00, _teller.Owed("m"));
        Accrue(400 * Day);
        Assert.Equal(2_00, _teller.Owed("m"));
    }

    private void Accrue(long nowMs)
    {
        _teller.NowMs = nowMs;
        Assert.Equal(
            "Accepted", _teller.Ask($"interest {nowMs}", new FundCommand.AccrueInterest()));
    }

    private void Charge(long amount)
    {
        var money = Asset.Money("EUR");
        var entry = Transaction.Of("charge", "charge", Period,
        [
            new Posting(Accounts.Receivable("m"), money, amount, "c"),
            new Posting(Accounts.Local("z"), money, -amount, "c") { Lot = $"m/nox/{Period}" },
        ]);
        Assert.Equal("Accepted", _teller.Ask("charges", new FundCommand.BookCharges(
            Period, entry, [new MemberDue("c", "m", amount, 0, "")], 0)));
    }
}
