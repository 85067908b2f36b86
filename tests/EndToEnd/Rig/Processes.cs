using System.Globalization;
using System.Net;

namespace Monitoring.Tests.Rig;

/// <summary>What the kernel knows of a process.</summary>
public static class Processes
{
    private const string StateListening = "0A";

    /// <summary>Living processes of a group, as the first part of their stat line.</summary>
    public static IReadOnlyList<string> InGroup(int group) =>
    [
        .. Directory.EnumerateDirectories("/proc").Select(Stat)
            .Where(stat => stat.Length > 0)
            .Where(stat =>
            {
                // State, parent and group come after the name, which may hold anything.
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                return fields[0] != "Z" && fields[2] == group.ToString();
            }),
    ];

    /// <summary>Resident memory, in megabytes (10^6 bytes).</summary>
    public static double ResidentMegabytes(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status")
            .First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        var kilobytes = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return long.Parse(kilobytes, CultureInfo.InvariantCulture) * 1.024 / 1000;
    }

    /// <summary>Open files and sockets.</summary>
    public static int Handles(int process) =>
        Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Count();

    /// <summary>Where a process listens by TCP.</summary>
    public static IReadOnlyList<IPEndPoint> Listeners(int process)
    {
        var sockets = Directory.EnumerateFileSystemEntries($"/proc/{process}/fd")
            .Select(file => new FileInfo(file).LinkTarget ?? "")
            .Where(target => target.StartsWith("socket:[", StringComparison.Ordinal))
            .Select(target => target["socket:[".Length..^1])
            .ToHashSet();
        return
        [
            .. new[] { "tcp", "tcp6" }
                .SelectMany(table => File.ReadLines($"/proc/{process}/net/{table}").Skip(1))
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(row => row[3] == StateListening && sockets.Contains(row[9]))
                .Select(row => EndPoint(row[1])),
        ];
    }

    /// <summary>Hexadecimal; each 32 bits in the order of the machine.</summary>
    private static IPEndPoint EndPoint(string text)
    {
        var parts = text.Split(':');
        var bytes = Convert.FromHexString(parts[0]);
        for (var word = 0; word < bytes.Length; word += 4)
        {
            Array.Reverse(bytes, word, 4);
        }

        var address = new IPAddress(bytes);
        return new IPEndPoint(
            address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address,
            int.Parse(parts[1], NumberStyles.HexNumber, null));
    }

    private static string Stat(string folder)
    {
        try
        {
            var stat = Path.Combine(folder, "stat");
            return char.IsAsciiDigit(Path.GetFileName(folder)[0]) && File.Exists(stat)
                ? File.ReadAllText(stat)
                : "";
        }
        catch (IOException)
        {
            // It has just ended.
            return "";
        }
    }
}
