using System.Collections.Immutable;
using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Core.Ingest;
using Monitoring.Server.Storage.Archive;
using Monitoring.Wire;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>
/// The evidence: every record as it came, and how far each journal is stored, in one transaction.
/// </summary>
public sealed class RecordLog : IAsyncDisposable
{
    private const int RejectsKeptMax = 1_000;
    private const int RejectBytesKeptMax = 4_096;
    private const int ReadMax = 10_000;

    /// <summary>Images of one device in one window: a day of one a second, and some more.</summary>
    public const int ImagesPerWindowMax = 100_000;

    // A record from further ahead has a wrong clock: kept as evidence, but it moves no window.
    internal const string ClockNotAhead = "time_ms <= received_ms + 120000";

    /// <summary>The row of a device by <c>@Plant</c>, <c>@Node</c> and <c>@Name</c>.</summary>
    internal const string DeviceRow =
        """
        (SELECT device.id FROM device JOIN gateway ON gateway.id = device.gateway
         WHERE plant = @Plant AND node = @Node AND name = @Name)
        """;

    private const string WhereInSpan =
        $"""
        WHERE record.device = {DeviceRow} AND time_ms >= @fromMs AND time_ms < @toMs
            AND id <= @idMax AND {ClockNotAhead}
        """;

    private readonly Database _database;
    private readonly RecordWriter _writer;
    private long _clockVersion;

    private RecordLog(Database database)
    {
        _database = database;
        Archives = new Archives(database);
        _writer = new RecordWriter(this);
    }

    /// <summary>
    /// The file is where it was opened. One that was moved or deleted can still be written, and
    /// all of it is gone with the process.
    /// </summary>
    public bool IsThere => File.Exists(_database.Path);

    public Archives Archives { get; }

    /// <summary>Grows whenever a correction of a clock is stored or applied.</summary>
    public long ClockVersion => Interlocked.Read(ref _clockVersion);

    internal void ClocksChanged() => Interlocked.Increment(ref _clockVersion);

    /// <summary>The bytes of a record, from its archive where its row has none.</summary>
    internal byte[] BytesOf(long id, byte[] kept) =>
        kept.Length > 0 ? kept : Archives.BytesOf(id);

    /// <summary>For readers of their own.</summary>
    internal Database Database => _database;

    public static RecordLog Open(string path) =>
        new(Database.Open(path, RecordSchema.Migrations));

    /// <summary>
    /// Stores records and position together; completes when they survive a power cut.
    /// </summary>
    public Task AppendAsync(JournalAppend append) => _writer.AppendAsync(append);

    /// <summary>
    /// How far that journal is stored; for one never heard of, the position of the gateway's
    /// newest other journal, or <see cref="GatewayPosition.Unseen"/>.
    /// </summary>
    public GatewayPosition PositionOf(GatewayId gateway, string epoch)
    {
        using var connection = _database.Connect();
        var row = connection.QuerySingleOrDefault<(string? Epoch, long Committed, long WentBack)>(
            """
            SELECT name, committed, went_back_ms IS NOT NULL
            FROM epoch JOIN gateway ON gateway.id = epoch.gateway
            WHERE plant = @Plant AND node = @Node
            ORDER BY name = @epoch DESC, epoch.id DESC LIMIT 1
            """,
            new { gateway.Plant, gateway.Node, epoch });
        return row.Epoch is null
            ? GatewayPosition.Unseen
            : new GatewayPosition(row.Epoch, row.Committed) { WentBack = row.WentBack == 1 };
    }

    /// <summary>Notes for good that a journal was put back to an older state.</summary>
    public void MarkWentBack(GatewayId gateway, string epoch, long nowMs)
    {
        using var connection = _database.Connect();
        connection.Execute(
            """
            UPDATE epoch SET went_back_ms = COALESCE(went_back_ms, @nowMs)
            WHERE name = @epoch
              AND gateway = (SELECT id FROM gateway WHERE plant = @Plant AND node = @Node)
            """,
            new { gateway.Plant, gateway.Node, epoch, nowMs });
    }

    /// <summary>The id of the newest record, 0 for none.</summary>
    public long NewestId()
    {
        using var connection = _database.Connect();
        return connection.QuerySingle<long>("SELECT COALESCE(MAX(id), 0) FROM record");
    }

    /// <summary>
    /// Records of one device with a time in [fromMs, toMs), in order of time, but for those
    /// whose clock was more than two minutes ahead of the hub's.
    /// </summary>
    /// <param name="idMax">Records stored after this one are passed over.</param>
    /// <returns>
    /// Null where there are more than <see cref="ImagesPerWindowMax"/>: a mean over a part of them
    /// would be a wrong number that looks like a right one.
    /// </returns>
    public ImmutableArray<StoredRecord>? ReadDevice(
        DeviceId device, long fromMs, long toMs, long idMax = long.MaxValue)
    {
        using var connection = _database.Connect();
        ImmutableArray<StoredRecord> records =
        [
            .. Read(
                connection, $"{WhereInSpan} ORDER BY time_ms, id LIMIT @ImagesPerWindowMax + 1",
                new
                {
                    device.Gateway.Plant, device.Gateway.Node, device.Name, fromMs, toMs, idMax,
                    ImagesPerWindowMax,
                }),
        ];
        return records.Length <= ImagesPerWindowMax ? records : null;
    }

    /// <summary>
    /// All records of a device with a time in [fromMs, toMs), whatever its clock, each read when
    /// it is asked for.
    /// </summary>
    public IEnumerable<StoredRecord> InSpan(DeviceId device, long fromMs, long toMs)
    {
        using var connection = _database.Connect();
        foreach (var record in Read(
            connection,
            $"WHERE record.device = {DeviceRow} AND time_ms >= @fromMs AND time_ms < @toMs",
            new { device.Gateway.Plant, device.Gateway.Node, device.Name, fromMs, toMs }))
        {
            yield return record;
        }
    }

    /// <summary>As many as <see cref="ReadDevice"/> would read without its limit.</summary>
    public int CountDevice(DeviceId device, long fromMs, long toMs, long idMax)
    {
        using var connection = _database.Connect();
        return connection.QuerySingle<int>(
            $"SELECT COUNT(*) FROM record {WhereInSpan}",
            new
            {
                device.Gateway.Plant, device.Gateway.Node, device.Name, fromMs, toMs, idMax,
            });
    }

    /// <summary>
    /// Records in the order in which they were stored, from after an id; but for those whose
    /// retention is over.
    /// </summary>
    public ImmutableArray<StoredRecord> ReadAfter(long id, int max)
    {
        using var connection = _database.Connect();
        return
        [
            .. Read(
                connection, "WHERE id > @id ORDER BY id LIMIT @max",
                new { id = Math.Max(id, Archives.DeletedUpTo()), max }),
        ];
    }

    /// <summary>
    /// Records in the order in which they were stored, from after an id, each read when it is
    /// asked for. Whoever takes them may stop at any.
    /// </summary>
    public IEnumerable<StoredRecord> After(long id)
    {
        using var connection = _database.Connect();
        foreach (var record in Read(
            connection, "WHERE id > @id ORDER BY id",
            new { id = Math.Max(id, Archives.DeletedUpTo()) }))
        {
            yield return record;
        }
    }

    public ImmutableArray<StoredRecord> ReadIds(IEnumerable<long> ids)
    {
        using var connection = _database.Connect();
        return
        [
            .. Read(
                connection, "WHERE id IN @ids ORDER BY time_ms, id LIMIT @ReadMax",
                new { ids = ids.Take(ReadMax), ReadMax }),
        ];
    }

    /// <summary>
    /// What a gateway's journals brought after the offsets given by journal, each in its order, of
    /// a time before the one given; and how far each was looked through.
    /// </summary>
    public (IReadOnlyList<Arrival> Arrived, IReadOnlyDictionary<string, long> Seen) ArrivedAfter(
        GatewayId gateway, IReadOnlyDictionary<string, long> offsets, long beforeMs, int max)
    {
        using var connection = _database.Connect();
        return Arrivals.Read(connection, gateway, offsets, beforeMs, max);
    }

    /// <summary>The time of a device's newest record; null where it has none.</summary>
    public long? NewestTimeOf(DeviceId device) => TimeOf(device, 0, "DESC");

    /// <summary>The time of a device's oldest record at or after a time; null for none.</summary>
    public long? OldestTimeOf(DeviceId device, long fromMs) => TimeOf(device, fromMs, "ASC");

    /// <summary>Makes this log readable as <c>log</c> on a connection to the books.</summary>
    internal void AttachTo(SqliteConnection books) =>
        books.Execute("ATTACH DATABASE @Path AS log", new { _database.Path });

    public IReadOnlyList<GatewayPositionRow> Gateways()
    {
        using var connection = _database.Connect();
        return connection.Query<GatewayPositionRow>(
            """
            SELECT plant AS Plant, node AS Node, epoch.name AS Epoch, committed AS Committed,
                (SELECT received_ms FROM record WHERE record.epoch = epoch.id
                    ORDER BY "offset" DESC LIMIT 1) AS ReceivedMs,
                went_back_ms AS WentBackMs,
                (SELECT fault FROM reject
                    WHERE received_ms >= COALESCE((
                            SELECT MAX((SELECT received_ms FROM record
                                WHERE record.epoch = own.id ORDER BY "offset" DESC LIMIT 1))
                            FROM epoch AS own WHERE own.gateway = gateway.id), 0)
                        AND (topic = 'spBv1.0/' || plant || '/NBIRTH/' || node
                            OR topic GLOB 'spBv1.0/' || plant || '/[ND]DATA/' || node
                            OR topic GLOB 'spBv1.0/' || plant || '/DDATA/' || node || '/*')
                    ORDER BY id DESC LIMIT 1) AS RefusedFault
            FROM epoch JOIN gateway ON gateway.id = epoch.gateway ORDER BY plant, node, epoch.id
            """)
            .ToList();
    }

    public IReadOnlyList<GapRow> Gaps()
    {
        using var connection = _database.Connect();
        return connection.Query<GapRow>(
            """
            SELECT plant AS Plant, node AS Node, epoch.name AS Epoch, first AS First, last AS Last,
                reason AS Reason, declared_ms AS DeclaredMs
            FROM gap JOIN epoch ON epoch.id = gap.epoch JOIN gateway ON gateway.id = epoch.gateway
            ORDER BY gap.id DESC LIMIT @ReadMax
            """,
            new { ReadMax })
            .ToList();
    }

    /// <summary>Keeps a payload that could not be read; beyond the limit the oldest goes.</summary>
    public void Reject(string topic, string fault, ReadOnlySpan<byte> bytes, long receivedMs)
    {
        var kept = bytes[..Math.Min(bytes.Length, RejectBytesKeptMax)].ToArray();
        using var connection = _database.Connect();
        using var transaction = connection.BeginTransaction();
        connection.Execute(
            """
            INSERT INTO reject(received_ms, topic, fault, bytes)
                VALUES(@receivedMs, @topic, @fault, @kept);
            DELETE FROM reject WHERE id <= (SELECT MAX(id) FROM reject) - @RejectsKeptMax;
            INSERT INTO counter VALUES('rejected', 1) ON CONFLICT DO UPDATE SET value = value + 1;
            """,
            new { receivedMs, topic, fault, kept, RejectsKeptMax }, transaction);
        transaction.Commit();
    }

    public (long Count, IReadOnlyList<RejectRow> Newest) Rejects(int max)
    {
        using var connection = _database.Connect();
        var count = connection.QuerySingleOrDefault<long>(
            "SELECT value FROM counter WHERE name = 'rejected'");
        var rows = connection.Query<RejectRow>(
            """
            SELECT received_ms AS ReceivedMs, topic AS Topic, fault AS Fault, bytes AS Bytes
            FROM reject ORDER BY id DESC LIMIT @max
            """,
            new { max });
        return (count, rows.ToList());
    }

    /// <summary>How many records could never be read, and the newest of them.</summary>
    public (long Count, IReadOnlyList<QuarantineRow> Newest) Quarantined(int max)
    {
        using var connection = _database.Connect();
        return Quarantine.Read(connection, max);
    }

    /// <summary>
    /// A STATE timestamp later than every one before it on that broker, also across restarts.
    /// </summary>
    public long NextStateTimestamp(string broker, long nowMs)
    {
        using var connection = _database.Connect();
        return connection.QuerySingle<long>(
            """
            INSERT INTO counter VALUES('state_timestamp ' || @broker, @nowMs)
            ON CONFLICT DO UPDATE SET value = MAX(value + 1, excluded.value) RETURNING value
            """,
            new { broker, nowMs });
    }

    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    private long? TimeOf(DeviceId device, long fromMs, string order)
    {
        using var connection = _database.Connect();
        return connection.QuerySingleOrDefault<long?>(
            $"""
            SELECT time_ms FROM record WHERE time_ms >= @fromMs AND {ClockNotAhead}
              AND device = {DeviceRow}
            ORDER BY time_ms {order} LIMIT 1
            """,
            new { device.Gateway.Plant, device.Gateway.Node, device.Name, fromMs });
    }

    private IEnumerable<StoredRecord> Read(
        SqliteConnection connection, string where, object parameters)
    {
        using var reader = (DbDataReader)connection.ExecuteReader(
            $"""SELECT id, epoch, "offset", received_ms, time_ms, bytes FROM record {where}""",
            parameters);
        var epochs = new Dictionary<long, (GatewayId Gateway, string Name)>();
        var names = new NameTable();
        while (reader.Read())
        {
            var (id, epoch) = (reader.GetInt64(0), reader.GetInt64(1));
            if (!epochs.TryGetValue(epoch, out var journal))
            {
                epochs[epoch] = journal = EpochOf(connection, epoch);
            }

            yield return new StoredRecord(
                id, journal.Gateway, journal.Name, reader.GetInt64(2), reader.GetInt64(3),
                Decode(id, reader.GetInt64(4), reader.GetFieldValue<byte[]>(5), names));
        }
    }

    private static (GatewayId Gateway, string Name) EpochOf(SqliteConnection connection, long id)
    {
        var (plant, node, name) = connection.QuerySingle<(string, string, string)>(
            """
            SELECT plant, node, epoch.name
            FROM epoch JOIN gateway ON gateway.id = epoch.gateway WHERE epoch.id = @id
            """,
            new { id });
        return (new GatewayId(plant, node), name);
    }

    private JournalRecord Decode(long id, long timeMs, byte[] bytes, NameTable names) =>
        ClockRevisions.SeenAt(
            timeMs, RecordFormat.Decode(BytesOf(id, bytes), out var fault, names)
                ?? throw new RecordLogException($"record {id}: {fault}"));
}
