using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Core;

/// <summary>Bank statements: what is read, what is refused, whose payment it is.</summary>
public sealed class BankStatementTests
{
    [Theory]
    [InlineData(",")]
    [InlineData(";")]
    public void Lines_are_read_in_any_order_of_columns_and_with_others(string separator)
    {
        var text = string.Join(separator, "\uFEFFDate", "Amount", "Payer", "Id", "Reference")
            + "\r\n" + string.Join(
                separator, "2026-11-24", "1234.50", $"\"A {separator} \"\"Co\"\"\"", "7",
                "for m0") + "\r\n"
            + string.Join(separator, "2026-11-25", "-50", "us", "8", "tranche") + "\n";
        var faults = new Faults();
        var lines = BankStatement.Read("f.csv", text, 2, faults);
        Assert.Empty(faults.All);
        Assert.Equal(
            [
                new BankLine("7", 1_795_478_400_000, 123_450, "for m0"),
                new BankLine("8", 1_795_564_800_000, -5_000, "tranche"),
            ],
            lines);
    }

    [Fact]
    public void Every_fault_is_told_with_its_line()
    {
        var faults = new Faults();
        BankStatement.Read(
            "f.csv",
            """
            id,date,amount,reference
            1,24.11.2026,1.00,x
            2,2026-11-24,"1,000.00",x
            3,2026-11-24,1.005,x
            ,2026-11-24,1.00,x
            5,2026-11-24,1.00
            6,2026-11-24,1.00,x
            6,2026-11-24,1.00,x
            7,2026-11-24,99999999999999999999,x
            """,
            2, faults);
        Assert.Equal([2, 3, 4, 5, 6, 8, 9], faults.All.Select(fault => fault.Line));

        faults = new Faults();
        BankStatement.Read("f.csv", "id,date,sum", 2, faults);
        Assert.Contains("no amount, no reference", Assert.Single(faults.All).Problem);
    }

    [Theory]
    [InlineData("charge of member-a, thanks", "member-a")]
    [InlineData("MEMBER-A/2026", "member-a")]
    [InlineData("c1", "member-b")]
    [InlineData("member-b c1", "member-b")]
    [InlineData("member-a c1", null)]
    [InlineData("member-a member-b", null)]
    [InlineData("member-ab", null)]
    [InlineData("", null)]
    public void A_reference_names_one_member_or_nobody(string reference, string? member)
    {
        var state = FundState.Empty.With(
            new ChargeDue("c1", "member-b", "b/2026", 5, 0, "entry"));
        Assert.Equal(
            member, BankStatement.MemberOf(state, ["member-a", "member-b"], reference));
    }

    [Fact]
    public void The_statement_says_the_same_in_both_languages()
    {
        var state = FundState.Empty.With(new Booked([Transaction.Of("k", "charge", "fund/2026",
        [
            new Posting("member:a:receivable", Asset.Money("EUR"), 1_234, "c"),
            new Posting("fund:local:hill", Asset.Money("EUR"), -1_234, "c")
            {
                Lot = "a/nox/b/2026",
            },
        ])]));
        var statement = FundStatement.Of(state, "EUR", [], [.. state.Ledger.Entries.Values]);
        foreach (var language in StatementText.Languages)
        {
            var text = StatementText.Render(statement, language, "2026", it => $"<{it}>");
            Assert.Contains(language == "en" ? "For the zone hill" : "Для зони hill", text);
            // Charged, at the end, all lots together, and owed.
            Assert.Equal(5, text.Split("<1234>").Length);
        }
    }
}
