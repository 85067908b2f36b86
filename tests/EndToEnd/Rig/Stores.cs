using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Tests.Crash;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Rig;

/// <summary>Looks into the files of the programs, without changing them.</summary>
public static class Stores
{
    public const string SequencePoint = "sequence";

    /// <summary>What a simulator says it served.</summary>
    public static List<ServedImage> Served(DemoFiles files, string plant)
    {
        var images = new List<ServedImage>();
        foreach (var line in File.ReadLines(files.ServedLog(plant)))
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            images.Add(new ServedImage(
                new ImageName(
                    plant, root.GetProperty("device").GetString()!,
                    root.GetProperty("sequence").GetInt64()),
                root.GetProperty("utc_ms").GetInt64(),
                root.GetProperty("values").EnumerateObject()
                    .ToDictionary(value => value.Name, value => value.Value.GetDouble())));
        }

        return images;
    }

    /// <summary>Every image in the hub's record log, in the order in which it was stored.</summary>
    public static List<StoredImage> Stored(DemoFiles files)
    {
        using var connection = Open(files.RecordsFile);
        return connection.Query<(string Plant, string Epoch, long Offset, byte[] Bytes)>(
            """
            SELECT plant, epoch.name, "offset", bytes FROM record
            JOIN epoch ON epoch.id = record.epoch JOIN gateway ON gateway.id = epoch.gateway
            WHERE record.device IS NOT NULL ORDER BY record.id
            """)
            .Select(row => ToImage(row.Plant, row.Epoch, row.Offset, row.Bytes))
            .ToList();
    }

    /// <summary>The journal of a stopped edge, with how far the hub has it.</summary>
    public static JournalEnd JournalEnd(DemoFiles files, string plant)
    {
        using var journal = Open(files.JournalFile(plant));
        var meta = journal.Query<(string Key, string Value)>("SELECT key, value FROM meta")
            .ToDictionary(row => row.Key, row => row.Value);
        using var records = Open(files.RecordsFile);
        var committed = records.QuerySingleOrDefault<long>(
            """
            SELECT committed FROM epoch JOIN gateway ON gateway.id = epoch.gateway
            WHERE plant = @plant AND name = @epoch
            """,
            new { plant, epoch = meta["epoch"] });
        return new JournalEnd(
            plant, meta["epoch"], long.Parse(meta["last"]), committed,
            records.QuerySingle<long>("SELECT COUNT(*) FROM gap"));
    }

    /// <summary>How many images of a plant are stored, and the time of the newest.</summary>
    public static (long Images, long NewestMs) Progress(DemoFiles files, string plant)
    {
        if (!File.Exists(files.RecordsFile))
        {
            return (0, 0);
        }

        using var connection = Open(files.RecordsFile);
        return connection.QuerySingle<(long, long)>(
            """
            SELECT COUNT(*), COALESCE(MAX(time_ms), 0) FROM record
            JOIN device ON device.id = record.device JOIN gateway ON gateway.id = device.gateway
            WHERE plant = @plant
            """,
            new { plant });
    }

    /// <summary>How many points the readings in the record log are: one a place and time.</summary>
    public static int Points(DemoFiles files)
    {
        using var connection = Open(files.RecordsFile);
        return connection.Query<(string Plant, byte[] Bytes)>(
            """
            SELECT plant, bytes FROM record JOIN epoch ON epoch.id = record.epoch
                JOIN gateway ON gateway.id = epoch.gateway
            WHERE record.device IS NOT NULL
            """,
            buffered: false)
            .SelectMany(row =>
            {
                var image = (JournalRecord.Image)RecordFormat.Decode(row.Bytes, out _)!;
                return image.Readings.Select(reading =>
                    (row.Plant, image.Device, reading.Point, reading.TimeMs));
            })
            .Distinct().Count();
    }

    public static long CountIn(string file, string table)
    {
        using var connection = Open(file);
        return connection.QuerySingle<long>($"SELECT COUNT(*) FROM {table}");
    }

    public static SqliteConnection Open(string file)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = file,
            Mode = SqliteOpenMode.ReadOnly,
            Pooling = false,
        }.ConnectionString);
        connection.Open();
        return connection;
    }

    private static StoredImage ToImage(string plant, string epoch, long offset, byte[] bytes)
    {
        var image = Assert.IsType<JournalRecord.Image>(RecordFormat.Decode(bytes, out _));
        var sequence = image.Readings.FirstOrDefault(it => it.Point == SequencePoint).Value;
        return new StoredImage(
            new ImageName(plant, image.Device, (long?)sequence?.AsNumber()), epoch, offset,
            image.TimeMs,
            image.Readings.Where(reading => reading.Point != SequencePoint)
                .ToImmutableDictionary(reading => reading.Point, it => it.Value?.AsNumber()));
    }
}
