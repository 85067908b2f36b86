using System.Collections.Concurrent;
using System.Net;

namespace Monitoring.Tests.Servers;

/// <summary>One request as it came; header names in lower case.</summary>
public sealed record WebhookRequest(
    string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>An HTTP receiver in this process that records what it is sent.</summary>
public sealed class WebhookServer : IAsyncDisposable
{
    private const int BodyCharactersMax = 1_000_000;

    private readonly HttpListener _listener;
    private readonly Task _loop;
    private readonly ConcurrentQueue<WebhookRequest> _requests = new();
    private int _refusalsLeft;

    private WebhookServer(HttpListener listener, Uri address)
    {
        _listener = listener;
        Address = address;
        _loop = Answer();
    }

    public Uri Address { get; }

    /// <summary>Every request in the order it came, the refused ones as well.</summary>
    public IReadOnlyList<WebhookRequest> Requests => [.. _requests];

    /// <param name="refuseFirst">How many requests to answer with 500 before the first 200.</param>
    public static WebhookServer Start(int refuseFirst = 0)
    {
        var address = new Uri($"http://127.0.0.1:{Ports.Free()}/");
        var listener = new HttpListener();
        listener.Prefixes.Add(address.ToString());
        listener.Start();
        var server = new WebhookServer(listener, address);
        server.Refuse(refuseFirst);
        return server;
    }

    /// <summary>Answers the next requests with 500.</summary>
    public void Refuse(int count) => Volatile.Write(ref _refusalsLeft, count);

    /// <summary>The first requests, as soon as there are so many; fails at the deadline.</summary>
    public async Task<IReadOnlyList<WebhookRequest>> WaitFor(int count, TimeSpan atMost)
    {
        var end = TimeProvider.System.GetUtcNow() + atMost;
        while (_requests.Count < count)
        {
            if (TimeProvider.System.GetUtcNow() > end)
            {
                Assert.Fail($"{_requests.Count} of {count} requests came.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        return Requests;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _loop;
    }

    private async Task Answer()
    {
        while (true)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                await Record(context.Request);
                context.Response.StatusCode = TakeRefusal() ? 500 : 200;
                context.Response.Close();
            }
            catch (Exception fault) when (fault is HttpListenerException or IOException)
            {
                // The sender went away, or this server was closed.
                if (!_listener.IsListening)
                {
                    return;
                }
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Record(HttpListenerRequest request)
    {
        using var reader = new StreamReader(request.InputStream, request.ContentEncoding);
        var buffer = new char[BodyCharactersMax];
        var length = await reader.ReadBlockAsync(buffer);
        var headers = request.Headers.AllKeys.OfType<string>().ToDictionary(
            name => name.ToLowerInvariant(), name => request.Headers[name] ?? "");
        _requests.Enqueue(new WebhookRequest(
            request.HttpMethod, request.Url?.AbsolutePath ?? "", headers,
            new string(buffer, 0, length)));
    }

    private bool TakeRefusal()
    {
        // One loop answers, so only Refuse races with this.
        var left = Volatile.Read(ref _refusalsLeft);
        Volatile.Write(ref _refusalsLeft, Math.Max(0, left - 1));
        return left > 0;
    }
}
