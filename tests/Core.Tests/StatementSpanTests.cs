using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;

namespace Monitoring.Tests.Core;

/// <summary>What a statement says of a year stays what it is in the years after.</summary>
public sealed class StatementSpanTests
{
    private const long Year = 365 * Ageing.DayMs;

    private static readonly FundTerms Terms = new()
    {
        Allowances = new AllowanceTerms { Bubble = "b", Pollutant = "nox" },
        Currency = "EUR",
        SelfPercent = 100,
    };

    private readonly Teller _teller = new(Terms);

    [Fact]
    public void A_year_opens_with_what_was_before_it_and_knows_nothing_of_what_comes_later()
    {
        // The second year's charge is booked when it is over, and paid after that.
        Charge("b/1", 100_00, 10);
        Pay("first", 100_00, Year / 2);
        Project(Year - 10);
        Charge("b/2", 70_00, Year + 10);
        var first = StatementOf(0);
        Assert.Equal("0 100.00 0 100.00", Text(first));
        Assert.Equal(
            (100_00, 0, 60_00, 5),
            (first.CashMinor, first.OwedMinor, first.PromisedMinor, first.Shares));
        Assert.Equal(ProjectState.Committed, first.Projects.Single().State);

        var before = first.ToString();
        _teller.NowMs = Year + 20;
        Do("tranche", new FundCommand.PayTranche("p", 1, "invoice"));
        Do("shares 2", new FundCommand.IssueShares("river", 1));
        Charge("b/3", 5_00, (2 * Year) + 10);
        Pay("second", 30_00, (2 * Year) + 20);
        first = StatementOf(0);
        Assert.Equal("0 100.00 0 100.00", Text(first));
        Assert.Equal(
            (100_00, 0, 60_00, 5),
            (first.CashMinor, first.OwedMinor, first.PromisedMinor, first.Shares));
        Assert.Equal(60_00, first.Projects.Single().PromisedMinor);

        // A period's charge is its own year's, whenever it is booked; money, when it moves.
        var second = StatementOf(1);
        Assert.Equal("100.00 70.00 -60.00 110.00", Text(second));
        Assert.Equal(
            (40_00, 70_00, 0, 6),
            (second.CashMinor, second.OwedMinor, second.PromisedMinor, second.Shares));
        Assert.Equal(60_00, second.Projects.Single().PaidMinor);
        var third = StatementOf(2);
        Assert.Equal("110.00 5.00 0 115.00", Text(third));
        Assert.Equal((70_00, 45_00), (third.CashMinor, third.OwedMinor));
        Assert.Equal("0 0 0 0", Text(StatementOf(-1)));

        // What is there and what is owed is what the lots hold, in each of them.
        Assert.All([first, second, third], statement => Assert.Equal(
            statement.ClosingMinor,
            statement.CashMinor + statement.OwedMinor - statement.UnmatchedMinor
                + statement.DeficitMinor));
    }

    private FundStatement StatementOf(int year) => FundStatement.Of(
        _teller.Rows, "EUR",
        period => period.StartsWith("b/", StringComparison.Ordinal)
            ? (period[2] - '1') * Year
            : null,
        year * Year, (year + 1) * Year);

    private static string Text(FundStatement statement)
    {
        var line = statement.Lines.SingleOrDefault();
        return string.Join(' ', ((long?[])
            [line?.OpeningMinor, line?.ChargedMinor, line?.PaidMinor, line?.ClosingMinor])
            .Select(amount => amount is null or 0 ? "0" : $"{amount / 100m:F2}"));
    }

    private void Charge(string period, long amount, long nowMs)
    {
        _teller.NowMs = nowMs;
        var entry = Transaction.Of($"charge {period}", "charge", period,
        [
            new Posting(Accounts.Receivable("m"), Terms.Money, amount, period),
            new Posting(Accounts.Local("z"), Terms.Money, -amount, period)
            {
                Lot = $"m/nox/{period}",
            },
        ]);
        Do($"charges {period}", new FundCommand.BookCharges(
            period, entry, [new MemberDue(period, "m", amount, 0, "")], 0));
    }

    private void Pay(string id, long amount, long nowMs)
    {
        _teller.NowMs = nowMs;
        Do($"pay {id}", new FundCommand.TakePayment(id, "m", amount, "", nowMs));
    }

    private void Project(long nowMs)
    {
        _teller.NowMs = nowMs;
        Do("shares", new FundCommand.IssueShares("river", 5));
        Do("call", new FundCommand.OpenCall(new Programme(
            "call", "A call", Purpose.Abatement, "z", "nox", 100_00, 9 * Year)));
        Do("apply", new FundCommand.Apply(new Project("p", "call", "m", "s", "z", 60_00, 1)));
        Do("appraise", new FundCommand.Appraise("p", 80));
        Do("vote", new FundCommand.Vote("p", 3, 1));
        Do("commit", new FundCommand.Commit("p", [60_00], 9 * Year));
    }

    private void Do(string id, FundCommand command) =>
        Assert.Equal("Accepted", _teller.Ask(id, command));
}
