using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Monitoring.Server.Projection;

/// <summary>How InfluxDB answered a write.</summary>
public abstract record WriteAnswer
{
    private WriteAnswer()
    {
    }

    public sealed record Taken : WriteAnswer;

    /// <summary>Some of these points are refused and would be again; the rest is stored.</summary>
    public sealed record Refused(string Reason) : WriteAnswer;

    /// <summary>The body is too long to be taken at once.</summary>
    public sealed record TooLong(string Reason) : WriteAnswer;

    /// <summary>It may work later: no answer, no database, no rights, or its own trouble.</summary>
    public sealed record NotNow(string Reason) : WriteAnswer;
}

/// <summary>What a statement came to.</summary>
public abstract record QueryAnswer
{
    private QueryAnswer()
    {
    }

    /// <param name="Values">The first row by column; empty where there is none.</param>
    public sealed record Done(IReadOnlyDictionary<string, double> Values) : QueryAnswer;

    /// <summary>It was understood and not done, which 2.x and 3.x say to many.</summary>
    public sealed record Refused(string Reason) : QueryAnswer;

    public sealed record NotNow(string Reason) : QueryAnswer;
}

/// <summary>InfluxDB by <c>/write</c> and <c>/query</c>, which 1.x to 3.x all answer.</summary>
public sealed class InfluxDatabase(InfluxSettings settings, HttpClient http, TimeProvider time)
{
    // With the lines that it could not read, an answer is longer than what it was asked.
    private const int AnswerBytesMax = 4 * 1024 * 1024;

    // A week a file for a database that keeps for half a year and longer, otherwise a day.
    private const int DaysOfLongShards = 180;

    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(30);

    public Uri Url => settings.Url;

    /// <summary>Makes the database where it is not there, and says how long it keeps.</summary>
    public async Task<QueryAnswer> CreateAsync(CancellationToken stopping)
    {
        var database = Name(settings.Database);
        var made = await QueryAsync($"CREATE DATABASE {database}", stopping);
        if (made is not QueryAnswer.Done || settings.RetentionDays is not { } days)
        {
            return made;
        }

        var shard = days >= DaysOfLongShards ? "7d" : "1d";
        return await QueryAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"ALTER RETENTION POLICY \"autogen\" ON {database} "
                    + $"DURATION {days}d SHARD DURATION {shard} DEFAULT"),
            stopping);
    }

    /// <summary>Runs statements, separated by semicolons.</summary>
    public async Task<QueryAnswer> QueryAsync(string statements, CancellationToken stopping)
    {
        using var form = new FormUrlEncodedContent([new("q", statements)]);
        var (status, text) = await PostAsync($"query?db={Database}", form, stopping);
        var error = InfluxAnswers.ErrorIn(text);
        return status switch
        {
            null => new QueryAnswer.NotNow(text),
            >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests
                or HttpStatusCode.Unauthorized
                => new QueryAnswer.NotNow(Said(status, error ?? text)),
            HttpStatusCode.OK when error is null && InfluxAnswers.FirstRow(text) is { } row
                => new QueryAnswer.Done(row),
            _ => new QueryAnswer.Refused(Said(status, error ?? text)),
        };
    }

    /// <summary>Writes lines with times in milliseconds.</summary>
    public async Task<WriteAnswer> WriteAsync(
        ReadOnlyMemory<byte> lines, CancellationToken stopping)
    {
        using var content = new ReadOnlyMemoryContent(lines);
        content.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        var (status, text) = await PostAsync(
            $"write?db={Database}&precision=ms", content, stopping);
        var error = InfluxAnswers.ErrorIn(text);
        return status switch
        {
            null => new WriteAnswer.NotNow(text),
            >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices => error is null
                ? new WriteAnswer.Taken()
                : new WriteAnswer.Refused(error),
            HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity
                => new WriteAnswer.Refused(error ?? text),
            HttpStatusCode.RequestEntityTooLarge => new WriteAnswer.TooLong(error ?? text),
            _ => new WriteAnswer.NotNow(Said(status, error ?? text)),
        };
    }

    private string Database => Uri.EscapeDataString(settings.Database);

    private static string Said(HttpStatusCode? status, string text) =>
        string.Create(CultureInfo.InvariantCulture, $"HTTP {(int)status!}: {text.Trim()}");

    private static string Name(string text) =>
        $"\"{text.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"";

    private async Task<(HttpStatusCode? Status, string Text)> PostAsync(
        string path, HttpContent content, CancellationToken stopping)
    {
        var root = settings.Url.AbsoluteUri.TrimEnd('/') + "/";
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(root + path));
        request.Content = content;
        if (settings.Username is { } user)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic",
                Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{settings.Password}")));
        }

        using var tooLate = new CancellationTokenSource(AnswerMax, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(
            stopping, tooLate.Token);
        try
        {
            using var answer = await http.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            await answer.Content.LoadIntoBufferAsync(AnswerBytesMax, limit.Token);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync(limit.Token));
        }
        catch (HttpRequestException e)
        {
            return (null, e.Message);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return (null, $"no answer within {AnswerMax.TotalSeconds} s");
        }
    }
}
