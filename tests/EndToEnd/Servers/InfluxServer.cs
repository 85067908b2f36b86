using System.Net;
using System.Text.Json;

namespace Monitoring.Tests.Servers;

/// <summary>
/// InfluxDB 1.x on free loopback ports with a configuration and a data folder of its own; never
/// the system's. It survives <see cref="Kill"/> and <see cref="Restart"/> with its data.
/// </summary>
public sealed class InfluxServer : IAsyncDisposable
{
    private const int StartAttemptsMax = 3;

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new();
    private readonly string _program;
    private Child? _child;

    private InfluxServer(string program)
    {
        _program = program;
        Address = new Uri("http://127.0.0.1:1");
    }

    /// <summary>The address without a path, such as <c>http://127.0.0.1:40123/</c>.</summary>
    public Uri Address { get; private set; }

    public string Output => _child?.Output ?? "";

    public static async Task<InfluxServer> Start()
    {
        var server = new InfluxServer(Tool.Require("influxd", "influxdb"));
        for (var attempt = 1; ; attempt++)
        {
            // Another process may take a port between the look and the use.
            var (http, rpc) = (Ports.Free(), Ports.Free());
            server.Address = new Uri($"http://127.0.0.1:{http}");
            await File.WriteAllTextAsync(
                server._folder.File("influxdb.conf"), server.Settings(http, rpc));
            if (await server.TryRun())
            {
                return server;
            }

            if (attempt == StartAttemptsMax)
            {
                var output = server.Output;
                await server.DisposeAsync();
                Assert.Fail($"influxd does not answer. It wrote:\n{output}");
            }
        }
    }

    /// <summary>SIGKILL.</summary>
    public async Task Kill()
    {
        if (_child is { } child)
        {
            child.Kill();
            await child.WaitForExit(TimeSpan.FromSeconds(10));
            await child.DisposeAsync();
            _child = null;
        }
    }

    /// <summary>Starts it after <see cref="Kill"/>, on the same port with the same data.</summary>
    public async Task Restart() =>
        Assert.True(await TryRun(), $"influxd does not answer. It wrote:\n{Output}");

    /// <summary>Writes line protocol with millisecond times.</summary>
    public async Task Write(string database, string lines)
    {
        using var content = new StringContent(lines);
        using var answer = await _http.PostAsync(
            new Uri(Address, $"/write?db={database}&precision=ms"), content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.NoContent, text);
    }

    /// <summary>The answer of <c>/query</c> as it came; it carries its error in the body.</summary>
    public async Task<JsonDocument> Query(string database, string query)
    {
        using var form = new FormUrlEncodedContent([new("q", query)]);
        using var answer = await _http.PostAsync(
            new Uri(Address, $"/query?db={database}&epoch=ms"), form);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
    }

    /// <summary>How many points have that field; 0 where it does not answer.</summary>
    public async Task<long> Count(string database, string measurement, string field)
    {
        try
        {
            using var answer = await Query(
                database, $"SELECT COUNT(\"{field}\") FROM \"{measurement}\"");
            return answer.RootElement.GetProperty("results")[0]
                .TryGetProperty("series", out var series)
                ? series[0].GetProperty("values")[0][1].GetInt64()
                : 0;
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Kill();
        _http.Dispose();
        _folder.Dispose();
    }

    private async Task<bool> TryRun()
    {
        await Kill();
        _child = Child.Start(_program, ["run", "-config", _folder.File("influxdb.conf")]);
        var end = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(30);
        while (TimeProvider.System.GetUtcNow() < end && !_child.HasExited)
        {
            if (await Answers())
            {
                return true;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }

        return false;
    }

    private async Task<bool> Answers()
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri(Address, "/ping"));
            return answer.StatusCode == HttpStatusCode.NoContent;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private string Settings(int http, int rpc) => $"""
        bind-address = "127.0.0.1:{rpc}"
        reporting-disabled = true
        reporting-enabled = false
        [meta]
          dir = "{_folder.File("meta")}"
        [data]
          dir = "{_folder.File("data")}"
          wal-dir = "{_folder.File("wal")}"
          index-version = "tsi1"
        [http]
          bind-address = "127.0.0.1:{http}"
          log-enabled = false
        [monitor]
          store-enabled = false
        """;
}
