using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Monitoring.Benchmarks.HubProject;

/// <summary>An influxd with ports and a folder of its own, gone when it is disposed.</summary>
internal sealed class Influxd : IDisposable
{
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bench-influx-");
    private readonly Process _process;

    public Influxd()
    {
        var (http, rpc) = (FreePort(), FreePort());
        Address = new Uri($"http://127.0.0.1:{http}");
        var settings = Path.Combine(_folder.FullName, "influxdb.conf");
        File.WriteAllText(settings, $"""
            bind-address = "127.0.0.1:{rpc}"
            reporting-disabled = true
            [meta]
              dir = "{_folder.FullName}/meta"
            [data]
              dir = "{_folder.FullName}/data"
              wal-dir = "{_folder.FullName}/wal"
            [http]
              bind-address = "127.0.0.1:{http}"
              log-enabled = false
            [monitor]
              store-enabled = false
            """);
        _process = Process.Start(new ProcessStartInfo("influxd", ["run", "-config", settings])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        }) ?? throw new InvalidOperationException("influxd does not start.");
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        WaitUntilItAnswers().GetAwaiter().GetResult();
    }

    public Uri Address { get; }

    public async Task<JsonElement> QueryAsync(HttpClient http, string query)
    {
        using var form = new FormUrlEncodedContent([new("q", query)]);
        using var answer = await http.PostAsync(new Uri(Address, "/query?db=emissions"), form);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    /// <summary>A measurement that lost points is none.</summary>
    public async Task RequireAsync(HttpClient http, long points)
    {
        var answer = await QueryAsync(http, "SELECT COUNT(\"value\") FROM \"reading\"");
        var found = answer.GetProperty("results")[0].GetProperty("series")[0]
            .GetProperty("values")[0][1].GetInt64();
        if (found != points)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture, $"{found} points of {points} are in influxd."));
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _folder.Delete(true);
    }

    private async Task WaitUntilItAnswers()
    {
        using var http = new HttpClient();
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(Address, "/ping"));
                return;
            }
            catch (HttpRequestException)
                when (TimeProvider.System.GetElapsedTime(start) < StartMax)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
