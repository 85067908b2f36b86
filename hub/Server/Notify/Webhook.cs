using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Monitoring.Server.Storage;

namespace Monitoring.Server.Notify;

/// <summary>How a notice is signed: HMAC-SHA256 over <c>timestamp.body</c>.</summary>
public static class NoticeSignature
{
    public static string Of(string secret, long unixSeconds, string body) =>
        "v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(
            Encoding.UTF8.GetBytes(secret),
            Encoding.UTF8.GetBytes(
                unixSeconds.ToString(CultureInfo.InvariantCulture) + "." + body)));
}

/// <summary>Posts notices as signed JSON.</summary>
public sealed class Webhook(WebhookSettings settings, HttpClient http, TimeProvider time)
{
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(10);

    /// <summary>Null: it was taken. Otherwise why not.</summary>
    public async Task<string?> SendAsync(NoticeRow notice, CancellationToken stopping)
    {
        var seconds = time.GetUtcNow().ToUnixTimeSeconds();
        using var request = new HttpRequestMessage(HttpMethod.Post, settings.Url);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(notice.Body));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("Monitoring-Notice-Id", notice.Id);
        request.Headers.Add(
            "Monitoring-Timestamp", seconds.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(
            "Monitoring-Signature", NoticeSignature.Of(settings.Secret, seconds, notice.Body));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(AnswerMax);
        try
        {
            using var answer = await http.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return answer.IsSuccessStatusCode ? null : $"HTTP {(int)answer.StatusCode}";
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return $"no answer within {AnswerMax.TotalSeconds} s";
        }
    }
}
