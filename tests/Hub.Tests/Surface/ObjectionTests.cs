using System.Text;
using System.Text.Json;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Server.Api;
using Monitoring.Server.Commands;
using Monitoring.Server.Engine;
using Monitoring.Tests.Core;
using Monitoring.Wire.Transparency;

namespace Monitoring.Tests.Surface;

/// <summary>Who may object over the network: whoever has the key that the contract names.</summary>
public sealed class ObjectionTests
{
    private const string Period = "demo-bubble/2026-11-24T10:15:00Z";

    private static readonly NoteSigner Signer = new(
        "member-a", SignatureKind.Ed25519, [.. Enumerable.Repeat((byte)3, 32)]);

    private static readonly NoteSigner Anna = new(
        "anna", SignatureKind.Ed25519, [.. Enumerable.Repeat((byte)5, 32)]);

    private static readonly Contract Contract = Shipped.Contract with
    {
        Parties =
        [
            new Party("member-a", "core") { Key = Signer.Verifier },
            new Party("member-b", "core"),
        ],
    };

    [Fact]
    public void A_signed_objection_is_the_signers_and_the_same_however_often_it_is_sent()
    {
        var note = Note(ObjectionRoutes.TextOf(Period, "the analyser\nwas biased"));
        var request = ObjectionRoutes.RequestOf(note, Contract)!;
        Assert.Equal(
            new FundCommand.FileObjection("member-a", Period, "the analyser was biased"),
            request.Command);
        Assert.Equal(request.Id, ObjectionRoutes.RequestOf(note, Contract)!.Id);
    }

    [Theory]
    [InlineData("file", "--period", "--grounds")]
    [InlineData("answer", "--id", "--answer")]
    public void A_key_and_an_address_reach_for_the_hub_and_say_where_none_is(
        string command, string about, string why)
    {
        using var hub = new HubCommands();
        var key = hub.Folder.Write("a.key", Shipped.Text("contracts/demo-keys/member-a.key"));
        int Run(string url) => hub.Run(
            "objection", command, "--key", key, "--url", url, about, Period, why, "biased");
        Assert.Equal(ExitCode.Unreachable, Run("http://127.0.0.1:1"));
        Assert.NotEqual(ExitCode.Unreachable, Run("the-hub"));
        Assert.Contains(
            "'the-hub' is no address of a hub; write http://the-hub:8080.", hub.Errors);
    }

    [Fact]
    public void What_no_party_signed_or_what_is_no_objection_asks_for_nothing()
    {
        var text = ObjectionRoutes.TextOf(Period, "grounds");
        var other = new NoteSigner(
            "member-a", SignatureKind.Ed25519, [.. Enumerable.Repeat((byte)4, 32)]);
        Assert.All(
            (string[])
            [
                "", text, new SignedNote(text, [other.Sign(text)]).ToString(),
                Note(text).Replace("grounds", "others", StringComparison.Ordinal),
                Note("payment\nx\ny\n"), Note("objection\nx\n"), Note("objection\nx\ny\n\n"),
                Note("objection\nx\ny\nz\nz\n"),
            ],
            body => Assert.Null(ObjectionRoutes.RequestOf(body, Contract)));
    }

    [Fact]
    public async Task A_hub_files_what_is_signed_shows_it_and_says_what_it_does_not_take()
    {
        await using var hub = new SeededHub();
        await hub.Start();
        Assert.Equal(
            "nobody has objected to anything",
            (await hub.Get("fund/objections")).GetProperty("reason").GetString());
        var member = NoteSigner.Parse(
            Shipped.Text("contracts/demo-keys/member-a.key").TrimEnd('\n'))!;
        var text = ObjectionRoutes.TextOf(Period, "the analyser was biased");
        Assert.Equal(400, await Post(hub, text));
        var note = new SignedNote(text, [member.Sign(text)]).ToString();
        Assert.Equal(422, await Post(hub, note));

        // Too early is not for ever: the same note is taken once notice is given.
        var terms = FundClauses.TermsOf(Shipped.Contract, Shipped.Cluster);
        foreach (var to in (PeriodState[])[PeriodState.Closing, PeriodState.Noticed])
        {
            hub.Books.Journal.Take(
                new FundRequest($"{to}", new FundCommand.MovePeriod(Period, to)), terms, 1);
        }

        Assert.Equal(200, await Post(hub, note));
        Assert.Equal(200, await Post(hub, note));

        // An id of one's own tells two objections with the same words apart.
        var mine = ObjectionRoutes.TextOf(Period, "the analyser was biased", "mine-1");
        var other = ObjectionRoutes.TextOf(Period, "the flow meter stood still", "mine-1");
        Assert.Equal(200, await Post(hub, new SignedNote(mine, [member.Sign(mine)]).ToString()));
        Assert.Equal(422, await Post(hub, new SignedNote(other, [member.Sign(other)]).ToString()));
        var shown = (await hub.Get("fund/objections")).GetProperty("objections");
        Assert.Equal(2, shown.GetArrayLength());
        Assert.Equal("member-a", shown[0].GetProperty("member").GetString());
        Assert.Equal(JsonValueKind.Null, shown[0].GetProperty("answer").ValueKind);
    }

    /// <summary>With names in the contract an answer is one of theirs, or none.</summary>
    [Fact]
    public void An_answer_is_signed_by_one_whom_the_contract_names()
    {
        using var commands = new HubCommands(Shipped.Text("contracts/demo.yaml").Replace(
            "signatures: required}",
            $"signatures: warned, answers: [{{name: anna, key: {Anna.Verifier}}}]}}",
            StringComparison.Ordinal));
        var key = commands.Folder.Write("anna.key", $"{Anna.Secret()}\n");
        var other = commands.Folder.Write("member-a.key", $"{Signer.Secret()}\n");
        var terms = FundClauses.TermsOf(Shipped.Contract, Shipped.Cluster);
        foreach (var to in (PeriodState[])[PeriodState.Closing, PeriodState.Noticed])
        {
            commands.Books.Journal.Take(
                new FundRequest($"{to}", new FundCommand.MovePeriod(Period, to)), terms, 1);
        }

        commands.Books.Journal.Take(
            new FundRequest("o", new FundCommand.FileObjection("member-a", Period, "why")), terms,
            1);
        int Answer(params string[] more) => commands.Run(
            ["objection", "answer", "--id", "o", "--upheld", "--answer", "drift", .. more]);
        Assert.Equal(ExitCode.Failed, Answer());
        Assert.Contains("NotSigned", commands.Output);
        Assert.Equal(ExitCode.Failed, Answer("--key", other));
        Assert.Null(commands.Books.Journal.Read().State.Objections["o"].Answer);
        Assert.Equal(ExitCode.Ok, Answer("--key", key));
        var answered = commands.Books.Journal.Read().State.Objections["o"];
        Assert.Equal((true, "drift"), (answered.IsUpheld, answered.Answer));
        Assert.True(AnswerNote.IsSigned(
            AnswerNote.Parse(answered.SignedAnswer!)!, [Anna.Verifier]));
        Assert.False(AnswerNote.IsSigned(
            new FundCommand.AnswerObjection("o", IsUpheld: false, "drift")
            {
                Note = answered.SignedAnswer,
            }, [Anna.Verifier]));
    }

    [Fact]
    public async Task Nobody_answers_over_the_network_where_the_contract_names_nobody()
    {
        await using var hub = new SeededHub();
        await hub.Start();
        var text = AnswerNote.TextOf("o", isUpheld: true, "drift");
        Assert.Equal(400, await Post(
            hub, new SignedNote(text, [Anna.Sign(text)]).ToString(), "objections/answers"));
    }

    private static async Task<int> Post(SeededHub hub, string body, string path = "objections")
    {
        using var content = new StringContent(body, Encoding.UTF8, "text/plain");
        using var answer = await hub.Http.PostAsync($"api/v1/fund/{path}", content);
        return (int)answer.StatusCode;
    }

    private static string Note(string text) =>
        new SignedNote(text, [Signer.Sign(text)]).ToString();
}
