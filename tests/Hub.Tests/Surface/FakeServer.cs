using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Monitoring.Tests.Surface;

/// <summary>One request as it came.</summary>
internal sealed record Received(
    string Path, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>An HTTP server that keeps what it gets and answers as it is told.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeServer(WebApplication app, Uri address) => (_app, Address) = (app, address);

    public Uri Address { get; }

    public ConcurrentQueue<Received> Requests { get; } = [];

    public static async Task<FakeServer> Start(
        Func<Received, (int Status, string Text)> answer, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var app = builder.Build();
        FakeServer? server = null;
        app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var received = new Received(
                context.Request.Path + context.Request.QueryString,
                context.Request.Headers.ToDictionary(
                    header => header.Key, header => header.Value.ToString(),
                    StringComparer.OrdinalIgnoreCase),
                await reader.ReadToEndAsync());
            server!.Requests.Enqueue(received);
            var (status, text) = answer(received);
            context.Response.StatusCode = status;
            if (status != 204)
            {
                await context.Response.WriteAsync(text);
            }
        });
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features
            .Get<IServerAddressesFeature>()!.Addresses.Single();
        return server = new FakeServer(app, new Uri(address));
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

/// <summary>Waits for what another thread does.</summary>
internal static class Eventually
{
    public static async Task True(Func<bool> condition, string what, int seconds = 20)
    {
        var end = TimeProvider.System.GetUtcNow().AddSeconds(seconds);
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetUtcNow() < end, $"not within {seconds} s: {what}");
            await Task.Delay(20);
        }
    }
}
