using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;

namespace Monitoring.Benchmarks.HubAlert;

/// <summary>Takes the notices of a hub, and keeps when each came.</summary>
internal sealed class NoticeReceiver : IDisposable
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);

    private readonly HttpListener _listener = new();
    private readonly BlockingCollection<(string Subject, string Level, string Start, long At)>
        _raised = [];

    /// <param name="address">With a slash at its end.</param>
    public NoticeReceiver(Uri address)
    {
        _listener.Prefixes.Add(address.ToString());
        _listener.Start();
        new Thread(Listen) { IsBackground = true }.Start();
    }

    /// <summary>
    /// Waits for the alert of that member's mass that is raised for the period that begins then;
    /// gives the timestamp of its arrival.
    /// </summary>
    public long Await(string member, DateTimeOffset start)
    {
        while (_raised.TryTake(out var notice, WaitMax))
        {
            if (notice.Subject == member && notice.Level == "member"
                && DateTimeOffset.Parse(notice.Start, null) == start)
            {
                return notice.At;
            }
        }

        throw new InvalidOperationException($"no notice of {member} for {start:O} came");
    }

    public void Dispose() => _listener.Close();

    private void Listen()
    {
        try
        {
            while (true)
            {
                var call = _listener.GetContext();
                var at = TimeProvider.System.GetTimestamp();
                using var notice = JsonDocument.Parse(call.Request.InputStream);
                call.Response.Close();
                var root = notice.RootElement;
                if (root.GetProperty("kind").GetString() == "raised")
                {
                    _raised.Add((
                        root.GetProperty("subject").GetProperty("id").GetString()!,
                        root.GetProperty("level").GetString()!,
                        root.GetProperty("period").GetProperty("start").GetString()!, at));
                }
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The end.
        }
    }
}
