using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Monitoring.Core;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Transparency;

namespace Monitoring.Server.Api;

/// <summary>One objection; its answer is null until somebody decided.</summary>
public sealed record ObjectionAnswer(
    string Id, string Member, string PeriodId, string Grounds, bool? IsUpheld, string? Answer);

/// <summary>All objections; without one, the reason.</summary>
public sealed record ObjectionsAnswer(IReadOnlyList<ObjectionAnswer> Objections, string? Reason);

/// <summary>
/// Objections to what a period came to. Whoever files one signs it with the key that the contract
/// names for it, so that nobody needs a password and nobody files for another.
/// </summary>
public static class ObjectionRoutes
{
    private const string Title = "objection";

    internal static void Map(IEndpointRouteBuilder api)
    {
        api.MapRead(
            "/fund/objections", "Objections to what periods came to, with their answers.",
            AnswersOf);
        api.MapPost("/fund/objections", File)
            .WithName("fund-objections-file")
            .WithSummary("Files an objection: a note signed by a party of the contract.")
            .Accepts<string>("text/plain").ProducesProblem(400).ProducesProblem(422);
        api.MapPost("/fund/objections/answers", Answer)
            .WithName("fund-objections-answer")
            .WithSummary("Answers an objection: a note signed by one whom the contract names.")
            .Accepts<string>("text/plain").ProducesProblem(400).ProducesProblem(422);
    }

    /// <summary>Answered twice with the same words it is the same answer.</summary>
    public static FundRequest RequestOf(FundCommand.AnswerObjection it) => new(
        $"answer/{ContentId.Of("answer", it.Objection, $"{it.IsUpheld}", it.Answer)}", it);

    /// <summary>
    /// What a member signs: a title, the period, its grounds, and an id of its own where it gives
    /// one.
    /// </summary>
    public static string TextOf(string period, string grounds, string? id = null) =>
        $"{Title}\n{period}\n{grounds.ReplaceLineEndings(" ")}\n"
            + (id is null ? "" : $"{id.ReplaceLineEndings(" ")}\n");

    /// <summary>
    /// Filed twice under one id of the member's it is the same objection; without an id, where it
    /// says the same.
    /// </summary>
    public static FundRequest RequestOf(
        string member, string period, string grounds, string? id = null) => new(
        id is null
            ? $"{Title}/{ContentId.Of(Title, member, period, grounds)}"
            : $"{Title}/{member}/{id}",
        new FundCommand.FileObjection(member, period, grounds));

    /// <summary>What a signed note asks for; null where no party has signed it.</summary>
    public static FundRequest? RequestOf(string body, Contract contract)
    {
        var note = SignedNote.Parse(body);
        var signer = contract.Parties.FirstOrDefault(party =>
            party.Key is { } key && note?.SignatureOf(key) is not null);
        return signer is not null
            && note!.Text.Split('\n') is [Title, var period, var grounds, .. var rest]
            && (rest is [""] or [{ Length: > 0 }, ""])
            && (rest.Length == 2 ? rest[0] : null) is var id
            && TextOf(period, grounds, id) == note.Text
            ? RequestOf(signer.Member, period, grounds, id)
            : null;
    }

    internal static ObjectionsAnswer AnswersOf(HubView view)
    {
        var all = new Dictionary<string, ObjectionAnswer>();
        foreach (var body in view.Stores.Books.Acts(Title))
        {
            // The newest word on each holds.
            var one = JsonSerializer.Deserialize<Objection>(body)!;
            all[one.Id] = new ObjectionAnswer(
                one.Id, one.Member, one.PeriodId, one.Grounds,
                one.Answer is null ? null : one.IsUpheld, one.Answer);
        }

        return new ObjectionsAnswer(
            [.. all.Values], all.Count == 0 ? "nobody has objected to anything" : null);
    }

    // Nobody answers over the network unless the contract says by which key.
    private static async Task<IResult> Answer(HttpRequest request, HubView view) =>
        await BodyOf(request) is { } body && AnswerNote.Parse(body) is { } asked
        && AnswerNote.IsSigned(asked, view.Contract.Law.Answerers)
            ? Ask(request, view, RequestOf(asked))
            : TypedResults.Problem(
                title: "The answer is not signed by one whom the contract names (law.answers).",
                detail: "Send what 'monitoring-hub objection answer --key FILE --url URL' sends.",
                statusCode: StatusCodes.Status400BadRequest);

    private static async Task<string?> BodyOf(HttpRequest request)
    {
        var buffer = new byte[SignedNote.CharactersMax + 1];
        var length = await request.Body.ReadAtLeastAsync(
            buffer, buffer.Length, throwOnEndOfStream: false, request.HttpContext.RequestAborted);
        return length == buffer.Length ? null : Encoding.UTF8.GetString(buffer, 0, length);
    }

    private static async Task<IResult> File(HttpRequest request, HubView view)
    {
        if (await BodyOf(request) is not { } body
            || RequestOf(body, view.Contract) is not { } asked)
        {
            return TypedResults.Problem(
                title: "The objection is not signed by a party.",
                detail: "Send what 'monitoring-hub objection file --key FILE --url URL' sends.",
                statusCode: StatusCodes.Status400BadRequest);
        }

        return Ask(request, view, asked);
    }

    private static IResult Ask(HttpRequest request, HubView view, FundRequest asked)
    {
        var books = request.HttpContext.RequestServices.GetRequiredService<Books>();
        var answer = books.Journal.Take(
            asked, FundClauses.TermsOf(view.Contract, view.Cluster), view.NowMs());
        return answer.IsAccepted
            ? TypedResults.Text($"{asked.Id}\n")
            : TypedResults.Problem(
                title: answer.Reason, detail: answer.Detail,
                statusCode: StatusCodes.Status422UnprocessableEntity);
    }
}
