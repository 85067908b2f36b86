using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;

namespace Monitoring.Agent.Probe;

/// <summary>The options of a probe, checked whole.</summary>
public sealed record ProbeTarget(
    SiteLink Link, byte Unit, ReadBlock Block, IReadOnlyList<int> ScanUnits)
{
    private const int UnitMaxOfLine = 247;
    private const int TimesMax = 100_000;
    private const int RegistersLast = ushort.MaxValue;

    /// <summary>The usual ones come first, since a search ends at the first that answers.</summary>
    private static readonly int[] Bauds =
        [9_600, 19_200, 38_400, 115_200, 57_600, 4_800, 2_400, 1_200];

    private static readonly string[] Framings = ["8N1", "8E1", "8N2", "8O1"];

    public static ProbeTarget? Read(ProbeOptions options, Faults faults)
    {
        if (!LinkWord.Framings.Contains(options.Framing))
        {
            faults.Add($"--framing {options.Framing}", 0, "that is no framing",
                $"use one of: {string.Join(", ", LinkWord.Framings)}");
            return null;
        }

        var timeout = DocumentText.ParseDuration(options.Timeout) ?? TimeSpan.Zero;
        if (timeout < AgentLimits.LinkTimeoutMin || timeout > AgentLimits.LinkTimeoutMax)
        {
            faults.Add($"--timeout {options.Timeout}", 0, "that is no time to wait",
                "write 20 ms to 30 s, such as --timeout 300ms");
        }

        var link = LinkWord.Parse(options.Link, options.Baud, options.Framing, timeout);
        if (link is null)
        {
            faults.Add($"--link {options.Link}", 0, "that is no link",
                $"write {LinkWord.Forms}");
        }

        var isLine = link is SiteLink.Serial or SiteLink.Tcp { IsRtu: true };
        var (least, most) = isLine ? (1, UnitMaxOfLine) : (0, (int)byte.MaxValue);
        var units = ReadUnits("--unit", options.Unit, least, most, faults);
        if (units.Count > 1)
        {
            faults.Add($"--unit {options.Unit}", 0, "one unit is looked at",
                "name one, or use --scan-units");
        }

        var scanned = options.ScanUnits is { } text
            ? ReadUnits("--scan-units", text, least, most, faults)
            : units;
        RefuseMisuse(options, link, faults);
        var table = ReadTable(options, faults);
        return faults.Any
            ? null
            : new ProbeTarget(
                link!, (byte)units[0], new ReadBlock(table, options.From, options.Count), scanned);
    }

    /// <summary>The lines that a search of baud rates tries, the usual ones first.</summary>
    public static IEnumerable<SiteLink> Lines(SiteLink.Serial line) =>
        from framing in Framings
        from baud in Bauds
        select LinkWord.Parse(line.Path, baud, framing, line.Timeout);

    private static List<int> ReadUnits(
        string option, string text, int min, int max, Faults faults)
    {
        if (UnitList.Parse(text, min, max) is { } units)
        {
            return units;
        }

        faults.Add($"{option} {text}", 0, $"units on this link are {min} to {max}",
            $"write such as {option} 1,3-5");
        return [min];
    }

    private static void RefuseMisuse(ProbeOptions options, SiteLink? link, Faults faults)
    {
        if (options.ScanBaud && link is SiteLink.Tcp)
        {
            faults.Add("--scan-baud", 0, "only a serial line has a baud rate",
                "name a serial line with --link");
        }

        if (options.Baud is < 300 or > 4_000_000)
        {
            faults.Add($"--baud {options.Baud}", 0, "that is no baud rate",
                "write 300 to 4000000, such as --baud 9600");
        }

        if (options.Times is < 0 or > TimesMax)
        {
            faults.Add($"--times {options.Times}", 0, "that is no number of reads",
                $"write 1 to {TimesMax}");
        }

        if (options.Type is { } type && !RegisterView.Types.Contains(type))
        {
            faults.Add($"--type {type}", 0, "that is no type of a register",
                $"use one of: {string.Join(", ", RegisterView.Types)}");
        }

        if (options.Map is not null && options.Write is null)
        {
            faults.Add($"--map {options.Map}", 0, "there is nothing to write into it",
                "add --write '{id: ..., quantity: ..., unit: ..., address: ..., type: ...}'");
        }
    }

    private static RegisterTable ReadTable(ProbeOptions options, Faults faults)
    {
        if (!Enum.TryParse<RegisterTable>(options.Table, ignoreCase: true, out var table)
            || options.Table.Any(char.IsAsciiDigit))
        {
            faults.Add($"--table {options.Table}", 0, "that is no table",
                "use one of: holding, input, coil, discrete");
        }

        var most = ModbusRequest.IsBits(table) ? RequestLimits.Standard.BitsMax
            : AgentLimits.RegistersPerReadMax;
        if (options.From < 0 || options.Count < 1 || options.Count > most
            || options.From + options.Count > RegistersLast + 1)
        {
            faults.Add($"--from {options.From} --count {options.Count}", 0,
                "these cannot be read at once",
                $"read 1 to {most} of the addresses 0 to {RegistersLast}");
        }

        return table;
    }
}
