using Microsoft.Data.Sqlite;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>
/// The one statement of the hot path, prepared once, on the connection of the writer. Opening one
/// and preparing it for every transaction would cost more than the records do.
/// </summary>
internal sealed class RecordInsert : IDisposable
{
    private readonly SqliteCommand _command;
    private readonly SqliteParameter _epoch;
    private readonly SqliteParameter _offset;
    private readonly SqliteParameter _device;
    private readonly SqliteParameter _timeMs;
    private readonly SqliteParameter _receivedMs;
    private readonly SqliteParameter _bytes;

    public RecordInsert(Database database)
    {
        Connection = database.Connect();
        _command = Connection.CreateCommand();

        // A record that is already there stays as it is: the same offset is the same content.
        _command.CommandText =
            """
            INSERT OR IGNORE INTO record(epoch, "offset", device, time_ms, received_ms, bytes)
            VALUES($epoch, $offset, $device, $time, $received, $bytes)
            """;
        _epoch = _command.Parameters.Add("$epoch", SqliteType.Integer);
        _offset = _command.Parameters.Add("$offset", SqliteType.Integer);
        _device = _command.Parameters.Add("$device", SqliteType.Integer);
        _timeMs = _command.Parameters.Add("$time", SqliteType.Integer);
        _receivedMs = _command.Parameters.Add("$received", SqliteType.Integer);
        _bytes = _command.Parameters.Add("$bytes", SqliteType.Blob);
    }

    public SqliteConnection Connection { get; }

    public SqliteTransaction Begin() => _command.Transaction = Connection.BeginTransaction();

    public void Run(
        long epoch, long offset, long? device, (long TimeMs, long ReceivedMs) times, byte[] bytes)
    {
        _epoch.Value = epoch;
        _offset.Value = offset;
        _device.Value = device ?? (object)DBNull.Value;
        _timeMs.Value = times.TimeMs;
        _receivedMs.Value = times.ReceivedMs;
        _bytes.Value = bytes;
        _command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        _command.Dispose();
        Connection.Dispose();
    }
}
