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

    /// <summary>Something among these points is refused, and would be again.</summary>
    public sealed record Refused(string Reason) : WriteAnswer;

    /// <summary>The database is not there; making it may help.</summary>
    public sealed record NoDatabase(string Reason) : WriteAnswer;

    /// <summary>It may work later: no answer, no rights, or trouble of its own.</summary>
    public sealed record NotNow(string Reason) : WriteAnswer;
}

/// <summary>InfluxDB by <c>/write</c> and <c>/query</c>, which 1.x to 3.x all answer.</summary>
public sealed class InfluxDatabase(InfluxSettings settings, HttpClient http)
{
    private const int ReasonCharactersMax = 500;

    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(30);

    public Uri Url => settings.Url;

    /// <summary>Null: it is there. Otherwise why not, which 2.x and 3.x say to every try.</summary>
    public async Task<string?> CreateAsync(CancellationToken stopping)
    {
        using var form = new FormUrlEncodedContent(
            [new("q", $"CREATE DATABASE \"{settings.Database}\"")]);
        var (status, text) = await PostAsync("query", form, stopping);
        return status is { } code && (int)code < 300 && !text.Contains("\"error\"") ? null
            : status is null ? text
            : $"HTTP {(int)status}: {text}";
    }

    public async Task<WriteAnswer> WriteAsync(
        IEnumerable<string> lines, CancellationToken stopping)
    {
        using var content = new ByteArrayContent(
            Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        content.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        var (status, text) = await PostAsync(
            $"write?db={Uri.EscapeDataString(settings.Database)}&precision=ms", content, stopping);
        return status switch
        {
            null => new WriteAnswer.NotNow(text),
            >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices => new WriteAnswer.Taken(),
            HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity
                or HttpStatusCode.RequestEntityTooLarge => new WriteAnswer.Refused(text),
            HttpStatusCode.NotFound => new WriteAnswer.NoDatabase(text),
            _ => new WriteAnswer.NotNow($"HTTP {(int)status}: {text}"),
        };
    }

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

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(AnswerMax);
        try
        {
            using var answer = await http.SendAsync(request, limit.Token);
            var text = await answer.Content.ReadAsStringAsync(limit.Token);
            return (answer.StatusCode, ReasonIn(text));
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

    // The reason is in "error" with 1.x and 3.x, in "message" with 2.x.
    private static string ReasonIn(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            foreach (var name in (string[])["error", "message"])
            {
                if (json.RootElement.ValueKind == JsonValueKind.Object
                    && json.RootElement.TryGetProperty(name, out var reason)
                    && reason.ValueKind == JsonValueKind.String)
                {
                    text = reason.GetString()!;
                    break;
                }
            }
        }
        catch (JsonException)
        {
            // Something in between answered, such as a proxy; its own words have to do.
        }

        return text[..Math.Min(text.Length, ReasonCharactersMax)];
    }
}
