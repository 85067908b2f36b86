using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Server.Commands;
using Monitoring.Server.Engine;
using Monitoring.Tests.Core;

namespace Monitoring.Tests.Surface;

/// <summary>From a file of the bank to what is owed and what the year came to.</summary>
public sealed class FundImportTests : IDisposable
{
    private const string Period = "demo-bubble/2026-11-24T10:15:00Z";
    private const string Head = "id,date,amount,reference\n";
    private const string First = "b1,2026-11-25,10.00,charge of member-a\n";

    private readonly HubCommands _hub = new();
    private readonly FundTerms _terms = FundClauses.TermsOf(Shipped.Contract, Shipped.Cluster);

    public FundImportTests()
    {
        var entry = Transaction.Of("charge/1", "charge", Period,
        [
            new Posting(Accounts.Receivable("member-a"), _terms.Money, 23_00, "c"),
            new Posting(Accounts.Local("river"), _terms.Money, -23_00, "c")
            {
                Lot = $"member-a/nox/{Period}",
            },
        ]);
        Do("charges", new FundCommand.BookCharges(
            Period, entry, [new MemberDue("c", "member-a", 23_00, 0, "")], long.MaxValue));
    }

    public void Dispose() => _hub.Dispose();

    [Fact]
    public void Each_line_is_booked_once_found_again_or_said_to_be_unknown()
    {
        PayTranche();
        var file = Head + First + "b2,2026-11-25,5.00,who knows\n"
            + "b3,2026-11-26,-6.00,bill tranche/p/1\nb4,2026-11-26,-1.00,fee\n";
        Assert.Equal(ExitCode.Ok, Import(file));
        Assert.Equal(
            [
                "b1  EUR 10.00  booked for member-a",
                "b2  EUR 5.00  booked; its reference names no member and no charge, or more than "
                    + "one",
                "b3  EUR -6.00  is tranche/p/1",
                "b4  EUR -1.00  NOT IN THE BOOKS: no paid tranche has this amount and its name in "
                    + "the reference",
                "Cash in the books: EUR 15.00; nobody's yet: EUR 5.00.",
            ],
            Lines());

        Assert.Equal(ExitCode.Ok, Import(file));
        Assert.Equal(["b1  EUR 10.00  was booked before", "b2  EUR 5.00  was booked before"],
            Lines()[..2]);
        Assert.Equal("Cash in the books: EUR 15.00; nobody's yet: EUR 5.00.", Lines()[^1]);

        Assert.Equal(ExitCode.Ok, _hub.Run("fund", "owed"));
        Assert.Equal(
            ["member-a  EUR 13.00  nothing late", "member-b  EUR 0.00  nothing late"], Lines());
    }

    [Fact]
    public void A_line_that_has_another_amount_than_before_is_told_and_fails()
    {
        Assert.Equal(ExitCode.Ok, Import(Head + First));
        Assert.Equal(ExitCode.Failed, Import(Head + First.Replace("10.00", "11.00")));
        Assert.Equal("b1  EUR 11.00  DIFFERS: booked before as EUR 10.00", Lines()[0]);
        Assert.Equal("Cash in the books: EUR 10.00; nobody's yet: EUR 0.00.", Lines()[^1]);
    }

    [Fact]
    public void Of_a_file_with_a_fault_nothing_is_booked()
    {
        Assert.Equal(
            ExitCode.BadInput, Import(Head + First + "b2,today,5.00,x\nb1,2026-11-25,1.001,x\n"));
        Assert.Contains("bank.csv:3: 'date' is 'today'", _hub.Errors);
        Assert.Contains("bank.csv:4: 'amount' is '1.001'", _hub.Errors);
        Assert.Contains("2 faults; nothing was booked.", _hub.Errors);
        Assert.Equal("", _hub.Output);
        Assert.Empty(_hub.Books.Journal.Read().State.Payments);
        Assert.Equal(ExitCode.BadInput, _hub.Run("import", _hub.Folder.File("none.csv")));
    }

    [Fact]
    public void A_statement_wants_a_span_and_its_digest_is_told_where_it_is_published()
    {
        Assert.Equal(ExitCode.BadInput, _hub.Run("fund", "statement"));
        Assert.Equal(ExitCode.BadInput, _hub.Run("fund", "statement", "--year", "0"));
        Assert.Equal(
            ExitCode.BadInput, _hub.Run("fund", "statement", "--year", "2026", "--period", Period));
        Assert.Equal(
            ExitCode.Ok,
            _hub.Run("fund", "statement", "--year", "2026", "--language", "uk", "--publish"));
        Assert.Contains("Для зони river", _hub.Output);
        Assert.Contains("EUR 23.00", _hub.Output);
        var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(
            System.Text.Encoding.UTF8.GetBytes(_hub.Output)));
        Assert.Contains(digest, _hub.Errors);
        Assert.Contains($"statement/2026/uk/{digest}", _hub.Books.Journal.Read().Answers.Keys);
        Assert.Equal(ExitCode.Ok, _hub.Run("fund", "statement", "--year", "2025"));
        Assert.DoesNotContain("EUR 23.00", _hub.Output);
    }

    [Fact]
    public void The_register_of_shares_names_holders_as_they_named_themselves()
    {
        Do("s1", new FundCommand.IssueShares("river-7", 3));
        Do("s2", new FundCommand.IssueShares("hill-2", 2));
        Do("s3", new FundCommand.IssueShares("river-7", 1));
        Assert.Equal(ExitCode.Ok, _hub.Run("fund", "shares"));
        Assert.Equal(["hill-2  2", "river-7  4", "6 shares of 2 holders"], Lines());
    }

    private void PayTranche()
    {
        Do("paid", new FundCommand.IssueShares("river-7", 3));
        Do("call", new FundCommand.OpenCall(new Programme(
            "call", "A call", Purpose.Abatement, "river", "nox", 10_00, long.MaxValue)));
        Do("apply", new FundCommand.Apply(
            new Project("p", "call", "contractor", "stack-b", "river", 10_00, 1)));
        Do("appraise", new FundCommand.Appraise("p", 100));
        Do("vote", new FundCommand.Vote("p", 2, 1));
        Do("early", new FundCommand.TakePayment("b0", "member-b", 6_00, "", 0));
        Do("commit", new FundCommand.Commit("p", [6_00], long.MaxValue));
        Do("tranche", new FundCommand.PayTranche("p", 1, "invoice"));
    }

    private void Do(string id, FundCommand command) => Assert.Equal(
        "Accepted",
        _hub.Books.Journal.Take(new FundRequest(id, command), _terms, 1).Reason);

    private int Import(string text) => _hub.Run("import", _hub.Folder.Write("bank.csv", text));

    private string[] Lines() => _hub.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
