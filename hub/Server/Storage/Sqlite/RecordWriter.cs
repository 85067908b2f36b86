using System.Collections.Immutable;
using System.Threading.Channels;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Wire.Records;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>
/// The one writer of records. Appends of all gateways that wait together share one transaction,
/// so one fsync serves many.
/// </summary>
internal sealed class RecordWriter : IAsyncDisposable
{
    private const int AppendsPerTransactionMax = 512;
    private const int AppendsWaitingMax = 4_096;
    private const int IdsKeptMax = 100_000;

    private readonly RecordLog _log;
    private readonly Channel<Append> _appends =
        Channel.CreateBounded<Append>(AppendsWaitingMax);

    private readonly Task _loop;

    // Used by the loop only.
    private readonly Dictionary<(GatewayId Gateway, string Epoch), long> _epochs = [];
    private readonly Dictionary<(GatewayId Gateway, string Device), long> _devices = [];
    private RecordInsert? _insert;

    public RecordWriter(RecordLog log)
    {
        _log = log;
        _loop = Task.Run(WriteAsync);
    }

    /// <summary>
    /// Stores records and position together; completes when they survive a power cut.
    /// </summary>
    public async Task AppendAsync(JournalAppend append)
    {
        // Encoded here, so that a record that cannot be fails its own gateway and no other.
        ImmutableArray<byte[]> bytes =
            [.. append.Records.Select(one => RecordFormat.Encode(one.Record))];
        var entry = new Append(append, bytes, new TaskCompletionSource(
            TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            await _appends.Writer.WriteAsync(entry);
        }
        catch (ChannelClosedException e)
        {
            throw new RecordLogException(e);
        }

        await entry.Done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _appends.Writer.TryComplete();
        await _loop;
        _insert?.Dispose();
    }

    private async Task WriteAsync()
    {
        while (await _appends.Reader.WaitToReadAsync())
        {
            var batch = new List<Append>();
            while (batch.Count < AppendsPerTransactionMax && _appends.Reader.TryRead(out var next))
            {
                batch.Add(next);
            }

            try
            {
                Write(batch);
                batch.ForEach(append => append.Done.SetResult());
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // Whatever it was, the next batch has to find a writer.
                // Nothing of it is stored, so nothing is committed; the gateways send it again.
                // The ids learned in this transaction went with it.
                _epochs.Clear();
                _devices.Clear();
                _insert?.Dispose();
                _insert = null;
                batch.ForEach(append => append.Done.SetException(new RecordLogException(e)));
            }
        }
    }

    private void Write(List<Append> batch)
    {
        if (!_log.IsThere)
        {
            throw new RecordLogException(
                $"{_log.Database.Path} was moved or deleted; stop the hub and put it back");
        }

        var insert = _insert ??= new RecordInsert(_log.Database);
        var connection = insert.Connection;
        using var transaction = insert.Begin();
        if (_epochs.Count + _devices.Count > IdsKeptMax)
        {
            _epochs.Clear();
            _devices.Clear();
        }

        var hasCorrection = false;
        foreach (var (append, bytes, _) in batch)
        {
            var epoch = EpochId(connection, append.Gateway, append.Epoch);
            foreach (var ((offset, record), encoded) in append.Records.Zip(bytes))
            {
                long? device = record is JournalRecord.Image image
                    ? DeviceRowId(connection, append.Gateway, image.Device)
                    : null;
                insert.Run(epoch, offset, device, (record.TimeMs, append.ReceivedMs), encoded);
                if (record is JournalRecord.Gap gap)
                {
                    InsertGap(connection, epoch, gap);
                }
                else if (record is JournalRecord.Correction correction)
                {
                    ClockRevisions.Insert(connection, epoch, correction);
                    hasCorrection = true;
                }
            }

            if (append.Gap is { } declared)
            {
                InsertGap(connection, epoch, declared);
            }

            Quarantine.Insert(connection, epoch, append);
            connection.Execute(
                "UPDATE epoch SET committed = MAX(committed, @Committed) WHERE id = @epoch",
                new { append.Committed, epoch });
        }

        transaction.Commit();
        if (hasCorrection)
        {
            _log.ClocksChanged();
        }
    }

    private static void InsertGap(
        SqliteConnection connection, long epoch, JournalRecord.Gap gap) =>
        connection.Execute(
            """
            INSERT OR IGNORE INTO gap(epoch, first, last, reason, declared_ms)
            VALUES(@epoch, @First, @Last, @Reason, @TimeMs)
            """,
            new { epoch, gap.First, gap.Last, Reason = Reasons.NameOf(gap.Reason), gap.TimeMs });

    private long EpochId(SqliteConnection connection, GatewayId gateway, string name)
    {
        if (!_epochs.TryGetValue((gateway, name), out var id))
        {
            id = connection.QuerySingle<long>(
                """
                INSERT OR IGNORE INTO gateway(plant, node) VALUES(@Plant, @Node);
                INSERT OR IGNORE INTO epoch(gateway, name, committed)
                    SELECT id, @name, 0 FROM gateway WHERE plant = @Plant AND node = @Node;
                SELECT epoch.id FROM epoch JOIN gateway ON gateway.id = epoch.gateway
                WHERE plant = @Plant AND node = @Node AND name = @name;
                """,
                new { gateway.Plant, gateway.Node, name });
            _epochs[(gateway, name)] = id;
        }

        return id;
    }

    private long DeviceRowId(SqliteConnection connection, GatewayId gateway, string name)
    {
        if (!_devices.TryGetValue((gateway, name), out var id))
        {
            id = connection.QuerySingle<long>(
                """
                INSERT OR IGNORE INTO device(gateway, name)
                    SELECT id, @name FROM gateway WHERE plant = @Plant AND node = @Node;
                SELECT device.id FROM device JOIN gateway ON gateway.id = device.gateway
                WHERE plant = @Plant AND node = @Node AND name = @name;
                """,
                new { gateway.Plant, gateway.Node, name });
            _devices[(gateway, name)] = id;
        }

        return id;
    }

    private sealed record Append(
        JournalAppend Journal, ImmutableArray<byte[]> Bytes, TaskCompletionSource Done);
}
