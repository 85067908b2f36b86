using Microsoft.Data.Sqlite;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>
/// The changes that this process makes to one file, one after the other. Those that wait together
/// share a transaction, so that one fsync serves many and none waits for a lock. One that fails
/// takes back itself and no other. Whoever adds one waits for it, so no more wait than there are
/// callers.
/// </summary>
internal sealed class SharedWrites(Database database)
{
    private const int PerTransactionMax = 128;
    private const string Savepoint = "one";

    private readonly Queue<Change> _waiting = new();
    private bool _isRunning;

    public Task AddAsync(Action<SqliteConnection, SqliteTransaction> make)
    {
        var change = new Change(
            make, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_waiting)
        {
            _waiting.Enqueue(change);
            if (_isRunning)
            {
                return change.Done.Task;
            }

            _isRunning = true;
        }

        _ = Task.Run(WriteAll);
        return change.Done.Task;
    }

    private void WriteAll()
    {
        while (Next() is { Count: > 0 } batch)
        {
            try
            {
                Write(batch);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // Nothing of it is stored.
                batch.ForEach(change => change.Done.TrySetException(e));
            }
        }
    }

    private List<Change> Next()
    {
        var batch = new List<Change>();
        lock (_waiting)
        {
            while (batch.Count < PerTransactionMax && _waiting.TryDequeue(out var change))
            {
                batch.Add(change);
            }

            _isRunning = batch.Count > 0;
        }

        return batch;
    }

    private void Write(List<Change> batch)
    {
        var failed = new List<(Change Change, Exception Why)>();
        using (var connection = database.Connect())
        using (var transaction = connection.BeginTransaction())
        {
            foreach (var change in batch)
            {
                transaction.Save(Savepoint);
                try
                {
                    change.Make(connection, transaction);
                }
                catch (Exception e) when (e is not OutOfMemoryException)
                {
                    failed.Add((change, e));
                    TakeBack(transaction, e);
                }

                transaction.Release(Savepoint);
            }

            transaction.Commit();
        }

        failed.ForEach(it => it.Change.Done.SetException(it.Why));
        batch.ForEach(change => change.Done.TrySetResult());
    }

    private static void TakeBack(SqliteTransaction transaction, Exception why)
    {
        try
        {
            transaction.Rollback(Savepoint);
        }
        catch (SqliteException)
        {
            // A full disk, say, has taken back the whole transaction.
            throw new StoreException(why.Message, why);
        }
    }

    private sealed record Change(
        Action<SqliteConnection, SqliteTransaction> Make, TaskCompletionSource Done);
}
