using System.Text.RegularExpressions;
using Monitoring.Agent.Devices;
using Monitoring.Wire.Documents;

namespace Monitoring.Agent.Probe;

/// <summary>
/// A point that an engineer picked, written into a device map: as text, so that what a person
/// wrote there stays as it is.
/// </summary>
public static partial class MapEntry
{
    /// <summary>The map's text with the point after its last one.</summary>
    /// <param name="entry">The point as a line of YAML, in braces.</param>
    /// <returns>Null, and faults, where the map would not be sound.</returns>
    public static (string Text, DeviceMap Map)? Append(
        string source, string text, string entry, Faults faults)
    {
        var before = DeviceMapReader.Read(source, text, faults);
        if (faults.Any)
        {
            return null;
        }

        var lines = text.TrimEnd('\n').Split('\n').ToList();
        var points = lines.FindIndex(line => PointsKey().IsMatch(line));
        var item = points < 0 ? null : lines.Skip(points + 1).FirstOrDefault(
            line => Item().IsMatch(line));
        var end = points < 0 ? -1 : lines.FindIndex(points + 1, line => OtherKey().IsMatch(line));
        end = end < 0 ? lines.Count : end;
        while (end > 0 && Empty().IsMatch(lines[end - 1]))
        {
            // Comments and empty lines before a key belong to what comes after them.
            end--;
        }

        var indent = item is null ? "  " : Item().Match(item).Groups[1].Value;
        lines.Insert(Math.Max(end, points + 1), $"{indent}- {entry}");
        var whole = string.Join('\n', lines) + "\n";
        var map = DeviceMapReader.Read(source, whole, faults);
        if (!faults.Any && map.Points.Length != before.Points.Length + 1)
        {
            faults.Add(
                source, points + 1, "the list of points is not one item a line",
                $"add this line yourself: - {entry}");
        }

        return faults.Any ? null : (whole, map);
    }

    /// <summary>A map with this one point.</summary>
    public static (string Text, DeviceMap Map)? Start(
        string source, RegisterTable table, string entry, Faults faults)
    {
        var id = Path.GetFileNameWithoutExtension(source);
        var text = $"""
            id: {id}
            title: {id}
            source: read with monitoring-edge probe; name the manual here
            protocol: modbus
            function: {table.ToString().ToLowerInvariant()}
            address_base: 0
            points:
              - {entry}

            """;
        var map = DeviceMapReader.Read(source, text, faults);
        return faults.Any ? null : (text, map);
    }

    /// <summary>Whatever happens, the file is the old one or the new one.</summary>
    public static void Replace(string path, string text)
    {
        var beside = path + ".new";
        File.WriteAllText(beside, text);
        File.Move(beside, path, overwrite: true);
    }

    [GeneratedRegex(@"^points:\s*(#.*)?$")]
    private static partial Regex PointsKey();

    [GeneratedRegex(@"^(\s*)- ")]
    private static partial Regex Item();

    [GeneratedRegex(@"^[^\s#-]")]
    private static partial Regex OtherKey();

    [GeneratedRegex(@"^\s*(#.*)?$")]
    private static partial Regex Empty();
}
