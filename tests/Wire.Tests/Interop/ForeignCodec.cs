using System.Diagnostics;
using System.Text.Json;

namespace Monitoring.Tests.Interop;

/// <summary>The npm package sparkplug-payload behind two functions.</summary>
internal static class ForeignCodec
{
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(60);

    public static async Task<JsonElement> Decode(byte[] payload)
    {
        var json = await Run("decode", Convert.ToHexStringLower(payload));
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    /// <param name="json">The package's own form of a payload, on one line.</param>
    public static async Task<byte[]> Encode(string json) =>
        Convert.FromHexString(await Run("encode", json));

    private static async Task<string> Run(string direction, string line)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..");
        folder = Path.Combine(folder, "tests", "Wire.Tests", "Interop");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "sparkplug-payload")))
        {
            Assert.Skip("sparkplug-payload is not installed (npm ci in tests/Wire.Tests/Interop)");
        }

        var start = new ProcessStartInfo("node", [Path.Combine(folder, "codec.mjs"), direction])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var node = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(AtMost);
        using var kill = deadline.Token.Register(() => node.Kill());
        var faults = node.StandardError.ReadToEndAsync();
        await node.StandardInput.WriteLineAsync(line);
        node.StandardInput.Close();
        var answer = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, await faults);
        return answer.TrimEnd('\n');
    }
}
