using System.Globalization;

namespace Monitoring.Tests.Servers;

/// <summary>The scripts beside this file take a free port themselves and print it.</summary>
internal static class ScriptPort
{
    private const string Mark = "listening on ";

    public static async Task<int> ReadPort(this Child script)
    {
        var line = await script.WaitForLine(Mark, TimeSpan.FromSeconds(30));
        return int.Parse(line.AsSpan(Mark.Length), CultureInfo.InvariantCulture);
    }
}
