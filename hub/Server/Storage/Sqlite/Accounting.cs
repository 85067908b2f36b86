using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Core.Averaging;
using Monitoring.Server.Engine;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>What became of the images of one device. The parts sum to what is stored.</summary>
/// <param name="Used">Behind facts.</param>
/// <param name="Excluded">Not behind facts, by the rule that is named.</param>
/// <param name="Open">In windows that are not closed yet.</param>
/// <param name="ReadingsPerImage">Of the quantities that its source takes from it.</param>
public sealed record DeviceAccount(
    DeviceId Device, long Stored, long Used, IReadOnlyDictionary<string, long> Excluded, long Open,
    int ReadingsPerImage)
{
    /// <summary>
    /// Always 0, or images were lost or counted twice between the log and the books.
    /// </summary>
    public long Unaccounted => Stored - Used - Excluded.Values.Sum() - Open;
}

/// <summary>Holds the record log against the books, image by image.</summary>
public sealed class Accounting(
    RecordLog records, Books books, ClusterMap cluster, ProfileSet profiles)
{
    private const string RuleUnbound = "device-not-bound";
    private const string RuleLate = "late";
    private const string RuleClockAhead = "clock-ahead";

    /// <summary>All devices of the log, seen at one instant of it and of the books.</summary>
    public IReadOnlyList<DeviceAccount> Report()
    {
        using var connection = books.Database.Connect();
        records.AttachTo(connection);
        try
        {
            using var look = connection.BeginTransaction(deferred: true);

            // Books first, log second: what is stored between the two is late or open there.
            var positions = connection
                .Query<(string Source, long NextMs)>("SELECT * FROM source_position")
                .ToDictionary(row => row.Source, row => row.NextMs);
            return
            [
                .. RecordCounts.Devices(connection).Select(device =>
                    AccountOf(connection, device, positions)),
            ];
        }
        finally
        {
            connection.Execute("DETACH DATABASE log");
        }
    }

    private DeviceAccount AccountOf(
        SqliteConnection connection, DeviceId device, Dictionary<string, long> positions)
    {
        var (images, ahead) = RecordCounts.CountAll(connection, device);
        var bindings = BindingsOf(device);
        var excluded = new Dictionary<string, long>();
        var (used, open, unbound) = (0L, 0L, images - ahead);
        foreach (var source in bindings)
        {
            var span = new Window(
                source.From.ToUnixTimeMilliseconds(),
                source.Until?.ToUnixTimeMilliseconds() ?? long.MaxValue);
            var windowMs = (long)profiles[source.Profile].Window.TotalMilliseconds;
            var count = RecordCounts.CountSpan(
                connection, device, source.Id, span, windowMs,
                positions.GetValueOrDefault(source.Id));
            unbound -= count.Images;
            open += count.Open;
            Add(excluded, RuleLate, count.Late);
            foreach (var (rule, fated) in FatesOf(connection, source.Id, device.Name, span))
            {
                if (rule.Length == 0)
                {
                    used += fated;
                }
                else
                {
                    Add(excluded, rule, fated);
                }
            }
        }

        Add(excluded, RuleUnbound, unbound);
        Add(excluded, RuleClockAhead, ahead);
        var newest = bindings.LastOrDefault();
        return new DeviceAccount(
            device, images, used, excluded, open,
            newest?.Quantities.Count(quantity => quantity.Device == device.Name) ?? 0);
    }

    /// <summary>The bindings that take the device's images, one at a time, in order.</summary>
    private List<SourceBinding> BindingsOf(DeviceId device)
    {
        var all = new List<SourceBinding>();
        foreach (var source in cluster.Sources
            .Where(source => source.Plant == device.Gateway.Plant
                && source.Gateway == device.Gateway.Node && source.Devices.Contains(device.Name))
            .OrderBy(source => source.From))
        {
            // A device that feeds two sources at once is accounted for by the first.
            if (all.Count == 0 || all[^1].Until <= source.From)
            {
                all.Add(source);
            }
        }

        return all;
    }

    private static IEnumerable<(string Rule, long Images)> FatesOf(
        SqliteConnection connection, string source, string device, Window span) =>
        connection.Query<(string Rule, long Images)>(
            $"""
            SELECT rule, SUM(images) FROM fate JOIN window w ON w.id = fate."window"
            WHERE w.source = @source AND device = @device
              AND w.start_ms >= @StartMs AND w.start_ms < @EndMs AND {BookReader.NewestRevision}
            GROUP BY rule
            """,
            new { source, device, span.StartMs, span.EndMs });

    private static void Add(Dictionary<string, long> fates, string rule, long images)
    {
        if (images != 0)
        {
            fates[rule] = fates.GetValueOrDefault(rule) + images;
        }
    }
}
