using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;

namespace Monitoring.Agent.Simulate;

/// <summary>
/// Values to play: a CSV with a column for each <c>device/point</c>; lines that begin with
/// <c>#</c> are comments.
/// </summary>
public sealed class ReplayTable
{
    private readonly ImmutableArray<ImmutableDictionary<string, decimal>> _rows;

    private ReplayTable(ImmutableArray<ImmutableDictionary<string, decimal>> rows) => _rows = rows;

    public int Rows => _rows.Length;

    public static string Column(string device, string point) => $"{device}/{point}";

    public decimal Value(int row, string device, string point) =>
        _rows[row][Column(device, point)];

    /// <summary>The row of an instant: it changes on multiples of the step in UTC.</summary>
    public int RowAt(DateTimeOffset instant, TimeSpan step) =>
        (int)((instant - DateTimeOffset.UnixEpoch).Ticks / step.Ticks % _rows.Length);

    /// <summary>The table as it is played, a row for each step.</summary>
    public Played Play(TimeSpan step) =>
        (device, point, now) => Value(RowAt(now, step), device.Id, point.Id);

    public static ReplayTable? ReadFile(string path, Site site, Faults faults)
    {
        try
        {
            return Read(path, File.ReadAllLines(path), site, faults);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add(path, 0, "the file cannot be read", "name a CSV file with --replay");
            return null;
        }
    }

    public static ReplayTable? Read(
        string source, IReadOnlyList<string> lines, Site site, Faults faults)
    {
        var points = Points(site);
        string[]? header = null;
        var rows = ImmutableArray.CreateBuilder<ImmutableDictionary<string, decimal>>();
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].Length == 0 || lines[i].StartsWith('#'))
            {
                continue;
            }

            var cells = lines[i].Split(',');
            if (header is null)
            {
                header = cells;
                CheckHeader(source, i + 1, header, points, faults);
            }
            else if (!faults.Any)
            {
                rows.Add(ReadRow(new Fault(source, i + 1, "", ""), header, cells, points, faults));
            }
        }

        if (rows.Count is 0 or > AgentLimits.ReplayRowsMax && !faults.Any)
        {
            faults.Add(
                source, 0, $"there are {rows.Count} rows",
                $"write a head line and 1 to {AgentLimits.ReplayRowsMax} rows");
        }

        return faults.Any ? null : new ReplayTable(rows.ToImmutable());
    }

    private static Dictionary<string, DevicePoint> Points(Site site) =>
        site.Gateways.SelectMany(gateway => gateway.Devices)
            .Where(device => device.Map.Protocol == DeviceProtocol.Modbus)
            .SelectMany(device => device.Map.Points
                .Where(point => point.Id != device.Map.SequencePoint)
                .Select(point => (Column: Column(device.Id, point.Id), Point: point)))
            .DistinctBy(entry => entry.Column)
            .ToDictionary(entry => entry.Column, entry => entry.Point, StringComparer.Ordinal);

    private static void CheckHeader(
        string source, int line, string[] header, Dictionary<string, DevicePoint> points,
        Faults faults)
    {
        foreach (var name in header.Where(name => !points.ContainsKey(name)))
        {
            faults.Add(source, line, $"column '{name}' is no point of the site", "remove it");
        }

        foreach (var name in points.Keys.Except(header, StringComparer.Ordinal))
        {
            faults.Add(source, line, $"there is no column '{name}'", "add it");
        }
    }

    private static ImmutableDictionary<string, decimal> ReadRow(
        Fault at, string[] header, string[] cells, Dictionary<string, DevicePoint> points,
        Faults faults)
    {
        var row = ImmutableDictionary.CreateBuilder<string, decimal>(StringComparer.Ordinal);
        for (var i = 0; i < header.Length; i++)
        {
            var text = i < cells.Length ? cells[i] : "";
            if (decimal.TryParse(
                    text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                && RegisterCodec.Encode(points[header[i]], value) is not null)
            {
                row[header[i]] = value;
                continue;
            }

            faults.Add(
                at.Source, at.Line, $"'{text}' does not fit '{header[i]}'",
                "write a number that the point's registers can hold");
        }

        return row.ToImmutable();
    }
}
