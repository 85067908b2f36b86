using Dapper;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Server.Commands;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;

namespace Monitoring.Tests.Surface;

/// <summary>What officers ask of the books line by line.</summary>
public sealed class FundAskTests : IDisposable
{
    private const string Period = "demo-bubble/2026-11-24T10:15:00Z";

    private readonly HubCommands _hub = new();

    public void Dispose() => _hub.Dispose();

    [Fact]
    public void A_period_that_does_not_exist_or_is_not_settled_is_moved_by_nobody()
    {
        Assert.Equal(ExitCode.Failed, _hub.Ask(
            Move("typo", "demo-bubble/zzz", "sealed"),
            Move("between", "demo-bubble/2026-11-24T10:15:01Z", "closing"),
            Move("year", "fund/2026", "closing"),
            Move("early", Period, "noticed")));
        Assert.Equal(
            ["typo: NoSuchPeriod", "between: NoSuchPeriod", "year: NoSuchPeriod",
                "early: NotSettled"],
            _hub.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(" (")[0]));
        Assert.Contains("'demo-bubble/zzz' is no period of the contract", _hub.Output);
        Assert.Equal(
            PeriodState.Open, _hub.Books.Journal.Read().State.Ledger.StateOf(Period));
    }

    [Theory]
    [InlineData("""{"id":"a","ask":"move_period","to":"final"}""", "period_id")]
    [InlineData("""{"id":"a","ask":"file_objection","member":null,"period_id":"x","grounds":"y"}""",
        "member")]
    [InlineData("""{"id":"a","ask":"commit","project":"x"}""", "tranches_minor")]
    [InlineData("""{"id":"a","ask":"restate"}""", "use one of")]
    [InlineData("""{"ask":"accrue_interest"}""", "id")]
    public void A_line_that_lacks_something_is_named_with_it_and_nothing_is_asked(
        string line, string told)
    {
        Assert.Equal(
            ExitCode.BadInput, _hub.Ask("""{"id":"ok","ask":"accrue_interest"}""", line));
        Assert.Contains("requests.jsonl:2:", _hub.Errors);
        Assert.Contains(told, _hub.Errors);
        Assert.Contains("Nothing was asked.", _hub.Errors);
        Assert.Empty(_hub.Books.Journal.Read().Answers);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named_and_nothing_is_asked()
    {
        Assert.Equal(ExitCode.BadInput, _hub.Run("fund", "ask", _hub.Folder.File("none.jsonl")));
        Assert.Contains("none.jsonl: the file cannot be read; name a file", _hub.Errors);
        Assert.Contains("Nothing was asked.", _hub.Errors);
    }

    [Fact]
    public void The_same_lines_asked_again_change_nothing()
    {
        const string Share =
            """{"id":"share-1","ask":"issue_shares","holder":"river-7","shares":3}""";
        Assert.Equal(ExitCode.Ok, _hub.Ask(Share, Share));
        Assert.Equal(ExitCode.Ok, _hub.Ask(Share));
        Assert.Equal("share-1: Accepted\n", _hub.Output);
        Assert.Equal(3, _hub.Books.Journal.Read().State.Shares["river-7"]);
        Assert.Equal(
            ExitCode.Failed, _hub.Ask(Share.Replace("3}", "4}", StringComparison.Ordinal)));
        Assert.Equal("share-1: IdConflict\n", _hub.Output);
    }

    [Fact]
    public void Who_is_no_party_objects_to_nothing_and_no_project_is_for_an_unknown_source()
    {
        Assert.Equal(ExitCode.Failed, _hub.Ask(
            Object("nobody", "nobody-at-all", Period), Object("typo", "member-a", "demo-bubble/x"),
            Object("early", "member-a", Period),
            Json(
                "{'id':'call','ask':'open_call','programme':{'id':'c','title':'',",
                "'purpose':'abatement','zone':'river','pollutant':'nox','budget_minor':9,",
                "'until_ms':9000000000000}}"),
            Json(
                "{'id':'apply','ask':'apply','project':{'id':'p','programme':'c',",
                "'beneficiary':'member-a','source':'chimney','zone':'river',",
                "'requested_minor':9,'expected_grams':1}}")));
        Assert.Equal(
            ["nobody: NoSuchMember", "typo: NoSuchPeriod", "early: NotNoticed", "call: Accepted",
                "apply: NoSuchSource"],
            _hub.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(" (")[0]));
        Assert.Contains("the parties are member-a, member-b", _hub.Output);
        Assert.Contains("the sources are stack-a, stack-b", _hub.Output);
    }

    [Fact]
    public void Shares_go_to_another_holder_and_never_become_more()
    {
        string Transfer(string id, string from, string to, long shares) => Json(
            $"{{'id':'{id}','ask':'transfer_shares','holder':'{from}','to':'{to}',",
            $"'shares':{shares}}}");
        Assert.Equal(ExitCode.Failed, _hub.Ask(
            """{"id":"i","ask":"issue_shares","holder":"river-7","shares":3}""",
            Transfer("more", "river-7", "hill-2", 4), Transfer("self", "river-7", "river-7", 1),
            Transfer("none", "nobody", "hill-2", 1), Transfer("t", "river-7", "hill-2", 3)));
        Assert.Equal(
            ["i: Accepted", "more: AboveShares", "self: SameHolder", "none: AboveShares",
                "t: Accepted"],
            _hub.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(" (")[0]));

        // Who gave all of them away is in the register no more; the log tells of both.
        Assert.Equal(
            [KeyValuePair.Create("hill-2", 3L)], _hub.Books.Journal.Read().State.Shares);
        using var connection = _hub.Books.Database.Connect();
        Assert.Equal(
            ["{\"Holder\":\"river-7\",\"Shares\":3}", "{\"Holder\":\"river-7\",\"Shares\":0}",
                "{\"Holder\":\"hill-2\",\"Shares\":3}"],
            connection.Query<string>("SELECT body FROM act WHERE kind = 'shares' ORDER BY seq"));
    }

    [Fact]
    public void A_project_is_measured_in_spans_that_are_asked_with_their_offset()
    {
        Assert.Equal(ExitCode.Failed, _hub.Ask(Json(
            "{'id':'m','ask':'measure','project':'p',",
            "'before':{'from':'2026-01-01T00:00:00+02:00','until':'2026-02-01T00:00:00+02:00'},",
            "'after':{'from':'2026-03-01T00:00:00+02:00','until':'2026-04-01T00:00:00+03:00'}}")));
        Assert.Equal("m: NoSuchProject\n", _hub.Output);
        Assert.Equal(ExitCode.BadInput, _hub.Ask(Json(
            "{'id':'m','ask':'measure','project':'p'}")));
        Assert.Contains("before", _hub.Errors);
    }

    [Fact]
    public void Books_that_were_changed_are_told_and_neither_shown_nor_written_on()
    {
        _hub.Ask("""{"id":"share-1","ask":"issue_shares","holder":"river-7","shares":3}""");
        using (var connection = _hub.Books.Database.Connect())
        {
            connection.Execute(
                "DROP TRIGGER journal_stays; "
                    + "UPDATE journal SET events = replace(events, ':3}', ':9000}')");
        }

        Assert.Equal(ExitCode.BadInput, _hub.Run("fund", "owed"));
        Assert.Equal("", _hub.Output);
        Assert.Contains("table 'journal', row 1 ('share-1')", _hub.Errors);
        Assert.Contains("monitoring-hub restore", _hub.Errors);
    }

    private static string Object(string id, string member, string period) => Json(
        $"{{'id':'{id}','ask':'file_objection','member':'{member}',",
        $"'period_id':'{period}','grounds':'x'}}");

    private static string Json(params string[] parts) =>
        string.Concat(parts).Replace('\'', '"');

    private static string Move(string id, string period, string to) =>
        $$"""{"id":"{{id}}","ask":"move_period","period_id":"{{period}}","to":"{{to}}"}""";
}
