using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Server.Transparency;
using Monitoring.Wire.Transparency;

namespace Monitoring.Server.Api;

/// <summary>
/// The public log as C2SP tlog-tiles has it: a signed checkpoint, and tiles that never change.
/// Anybody can copy it and check it without this program.
/// </summary>
internal static class LogRoutes
{
    private const string Plain = "text/plain; charset=utf-8";
    private const string Bytes = "application/octet-stream";
    private const string Lines = "application/jsonl";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var log = routes.MapGroup("/log").ExcludeFromDescription();
        log.MapGet("/checkpoint", (Witnesses witnesses, HttpResponse response) =>
            Note(response, witnesses.Newest(), "Nothing was published yet."));
        log.MapGet("/cosigned", (Witnesses witnesses, HttpResponse response) =>
            Note(response, witnesses.NewestCosigned(), "No witness has signed yet."));
        log.MapGet("/proof/{index:long}", (
            long index, Witnesses witnesses, HttpResponse response) =>
            Note(response, witnesses.Proof(index), $"The log has no entry {index} yet."));
        log.MapGet("/vkey", (NoteSigner signer) =>
            TypedResults.Text(signer.Verifier + "\n", Plain));
        log.MapGet("/tile/{**rest}", Tile);
        log.MapPost("/cosignature", Take);
        var oneReader = new SemaphoreSlim(1);
        log.MapGet("/books", (PublicLog books, HttpResponse response, CancellationToken cancel) =>
            WriteBooks(oneReader, books, response, cancel));
    }

    private static IResult Note(HttpResponse response, string? note, string whyNone)
    {
        response.Headers.CacheControl = "no-cache";
        return note is null ? Missing(whyNone) : TypedResults.Text(note, Plain);
    }

    private static IResult Tile(string rest, PublicLog log, HttpResponse response)
    {
        if (TilePath.Parse($"tile/{rest}") is not { } path || log.TileOf(path) is not { } bytes)
        {
            return Missing(
                $"The log has no tile/{rest}; the size in /log/checkpoint says which it has.");
        }

        var seconds = (long)LogLimits.TileKept.TotalSeconds;
        response.Headers.CacheControl = string.Create(
            CultureInfo.InvariantCulture, $"public, max-age={seconds}, immutable");
        return TypedResults.Bytes(bytes, Bytes);
    }

    private static async Task<IResult> Take(HttpRequest request, Witnesses witnesses)
    {
        var buffer = new byte[LogLimits.CosignatureBytesMax + 1];
        var length = await request.Body.ReadAtLeastAsync(
            buffer, buffer.Length, throwOnEndOfStream: false, request.HttpContext.RequestAborted);
        var verdict = length > LogLimits.CosignatureBytesMax
            ? CosignatureVerdict.NotANote
            : witnesses.Take(Encoding.UTF8.GetString(buffer, 0, length));
        return verdict switch
        {
            CosignatureVerdict.Taken => TypedResults.NoContent(),
            CosignatureVerdict.NotANote => Refused(
                StatusCodes.Status400BadRequest, "The body is no signed note."),
            CosignatureVerdict.NotOurCheckpoint => Refused(
                StatusCodes.Status422UnprocessableEntity,
                "The note is no checkpoint that this log has signed."),
            _ => Refused(
                StatusCodes.Status403Forbidden,
                "No signature under it is of a witness that this hub knows (log.witnesses_file)."),
        };
    }

    /// <summary>
    /// What lies in the books, said once more as leaves, a line each. The first line says how many
    /// leaves the log had at that instant.
    /// </summary>
    private static async Task WriteBooks(
        SemaphoreSlim oneReader, PublicLog log, HttpResponse response, CancellationToken cancel)
    {
        // A slow reader would keep the write-ahead log growing, and so would many in a row.
        if (!await oneReader.WaitAsync(TimeSpan.Zero, cancel))
        {
            response.Headers.RetryAfter = "10";
            await Refused(
                StatusCodes.Status503ServiceUnavailable,
                "Somebody reads the books just now; ask again in ten seconds.")
                .ExecuteAsync(response.HttpContext);
            return;
        }

        try
        {
            using var late = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            late.CancelAfter(LogLimits.BooksReadWithin);
            response.ContentType = Lines;
            response.Headers.CacheControl = "no-cache";
            foreach (var lines in log.BookLines().Chunk(LogLimits.BookLinesAtOnce))
            {
                await response.Body.WriteAsync(
                    lines.SelectMany(line => line).ToArray(), late.Token);
            }
        }
        finally
        {
            oneReader.Release();
        }
    }

    private static ProblemHttpResult Missing(string why) =>
        Refused(StatusCodes.Status404NotFound, why);

    private static ProblemHttpResult Refused(int status, string why) =>
        TypedResults.Problem(title: "The public log.", detail: why, statusCode: status);
}
