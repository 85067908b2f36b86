using System.Diagnostics;
using Monitoring.Agent;
using Monitoring.Agent.Witness;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Storage;
using Monitoring.Tests.Surface;
using Monitoring.Wire.Transparency;

namespace Monitoring.Tests.Transparency;

/// <summary>A hub that serves, a gateway that watches, and a resident who checks.</summary>
public sealed class WholeCircleTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_resident_finds_all_well_and_the_witness_under_it()
    {
        var files = new WitnessFiles(_folder.Path);
        var key = files.Key("plant-a/gateway-1");
        await using var hub = new SeededHub { Witnesses = [key.Verifier] };
        new PublicLog(hub.Books).Begin(WrittenBooks.ContractTold);
        await hub.Start();
        using var http = new HttpClient();
        var witness = new LogWitness(
            new WitnessedLog(
                new Uri(hub.Http.BaseAddress!, "log"), WrittenBooks.Signer.Verifier,
                TimeSpan.FromMinutes(1)),
            key, files, http, Log.Silent(TimeProvider.System), TimeProvider.System);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await witness.Look(patience.Token) != WitnessOutcome.Cosigned)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
        }

        var remember = _folder.File("remembered");
        for (var i = 0; i < 2; i++)
        {
            var (code, said) = await Verify(
                hub.Http.BaseAddress!.ToString(), "--key",
                WrittenBooks.Signer.Verifier.ToString(), "--witness", key.Verifier.ToString(),
                "--remember", remember);
            Assert.Equal("", code == 0 ? "" : said);
            Assert.StartsWith("All is well: 1 leaf of", said, StringComparison.Ordinal);
        }

        var (missing, why) = await Verify("http://127.0.0.1:1");
        Assert.Equal(3, missing);
        Assert.StartsWith("Nothing was checked", why, StringComparison.Ordinal);
        Assert.Equal(2, (await Verify()).Code);
    }

    private static async Task<(int Code, string Said)> Verify(params string[] arguments)
    {
        var start = new ProcessStartInfo(
            Path.Combine(AppContext.BaseDirectory, "monitoring-verify"), arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync()
            + await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, said);
    }
}
