using System.Net;
using System.Text.Json;

namespace Monitoring.Tests.Surface;

/// <summary>An influxd with ports and folders of its own.</summary>
internal sealed class OwnInflux : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("own-influx-");
    private readonly HttpClient _http = new();
    private System.Diagnostics.Process? _process;

    public static string? Program { get; } =
        ((string[])["/usr/bin/influxd", "/usr/local/bin/influxd"]).FirstOrDefault(File.Exists);

    public Uri Address { get; private set; } = new("http://127.0.0.1:1");

    public static async Task<OwnInflux> Start(bool withUsers = false)
    {
        Assert.SkipWhen(
            Program is null, "influxd is not installed (apt-get install influxdb)");
        var server = new OwnInflux();
        var (http, rpc) = (FreePort(), FreePort());
        server.Address = new Uri($"http://127.0.0.1:{http}");
        await File.WriteAllTextAsync(server.PathOf("influxdb.conf"), $"""
            bind-address = "127.0.0.1:{rpc}"
            reporting-disabled = true
            [meta]
              dir = "{server.PathOf("meta")}"
            [data]
              dir = "{server.PathOf("data")}"
              wal-dir = "{server.PathOf("wal")}"
            [http]
              bind-address = "127.0.0.1:{http}"
              log-enabled = false
              auth-enabled = {(withUsers ? "true" : "false")}
            [monitor]
              store-enabled = false
            """);
        await server.Restart();
        return server;
    }

    public async Task Restart()
    {
        _process = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo(
                Program!, ["run", "-config", PathOf("influxdb.conf")])
            {
                RedirectStandardError = true, RedirectStandardOutput = true,
            })!;
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        await Eventually.True(() => Query("SHOW DATABASES") is not null, "influxd answers", 60);
    }

    public void Kill()
    {
        if (_process is { } process)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
            _process = null;
        }
    }

    public long Count(string measurement, string field)
    {
        var series = Query($"SELECT COUNT(\"{field}\") FROM \"{measurement}\"")?
            .GetProperty("results")[0];
        return series is { } found && found.TryGetProperty("series", out var rows)
            ? rows[0].GetProperty("values")[0][1].GetInt64()
            : 0;
    }

    /// <summary>Writes a line with a time in milliseconds.</summary>
    public async Task Write(string line)
    {
        using var content = new StringContent(line);
        using var answer = await _http.PostAsync(
            new Uri(Address, "/write?db=emissions&precision=ms"), content);
        answer.EnsureSuccessStatusCode();
    }

    public ValueTask DisposeAsync()
    {
        Kill();
        _http.Dispose();
        _folder.Delete(true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Null where it does not answer.</summary>
    public JsonElement? Query(string query)
    {
        try
        {
            var path = "/query?u=root&p=root&db=emissions&epoch=ms&q="
                + Uri.EscapeDataString(query);
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Address, path));
            using var answer = _http.Send(request);
            return JsonDocument.Parse(answer.Content.ReadAsStream()).RootElement;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
