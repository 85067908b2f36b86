using System.Diagnostics;

namespace Monitoring.Tests.Storage;

/// <summary>The npm package hyparquet, a reader of Parquet that is not the hub's.</summary>
internal static class ForeignReader
{
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(120);

    /// <summary>The rows of a file, each a list of texts in JSON.</summary>
    public static async Task<string[]> Lines(string path)
    {
        var folder = Path.Combine(
            AppContext.BaseDirectory, "..", "..", "..", "..", "tests", "Hub.Tests", "Interop");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "hyparquet")))
        {
            Assert.Skip("hyparquet is not installed (npm ci in tests/Hub.Tests/Interop)");
        }

        var start = new ProcessStartInfo("node", [Path.Combine(folder, "archive.mjs"), path])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var node = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(AtMost);
        using var kill = deadline.Token.Register(() => node.Kill());
        var faults = node.StandardError.ReadToEndAsync();
        var answer = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, await faults);
        return answer.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
