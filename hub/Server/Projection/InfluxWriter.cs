using System.Collections.Concurrent;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Projection;

/// <summary>
/// Writes batches of points. Those that InfluxDB refuses for good are put aside with what it said
/// and hold up no other.
/// </summary>
public sealed class InfluxWriter(
    InfluxDatabase influx, RefusedPoints refused, TimeProvider time, ILogger<InfluxWriter> log)
{
    // A batch is full before; it may go on by the points of one row, or of some windows.
    private const int LinesPerWriteMax = 10_000;
    private const int StatementsAtOnceMax = 100;
    private const int ReasonCharactersMax = 500;
    private const int ReasonsLoggedMax = 100;

    private readonly ConcurrentDictionary<string, bool> _loggedReasons = [];
    private bool _cannotDelete;

    /// <summary>Null, or why it has to wait; then some of it may be written.</summary>
    public async Task<string?> DeleteAsync(PointBatch batch, CancellationToken stopping)
    {
        foreach (var some in batch.Deletes.Chunk(StatementsAtOnceMax))
        {
            switch (await influx.QueryAsync(string.Join("; ", some), stopping))
            {
                case QueryAnswer.NotNow(var reason):
                    return reason;
                case QueryAnswer.Refused(var reason) when !_cannotDelete:
                    // 3.x deletes nothing. The new revision is written over the old one.
                    _cannotDelete = true;
                    log.InfluxCannotDelete(Cut(reason));
                    break;
                default:
                    break;
            }
        }

        return null;
    }

    /// <summary>Null, or why it has to wait; then some of it may be written.</summary>
    public async Task<string?> WriteAsync(PointBatch batch, CancellationToken stopping)
    {
        for (var first = 0; first < batch.Lines; first += LinesPerWriteMax)
        {
            var count = Math.Min(LinesPerWriteMax, batch.Lines - first);
            if (await WriteAsync(batch, first, count, stopping) is { } trouble)
            {
                return trouble;
            }
        }

        return null;
    }

    private async Task<string?> WriteAsync(
        PointBatch batch, int first, int count, CancellationToken stopping)
    {
        switch (await influx.WriteAsync(batch.Bytes(first, count), stopping))
        {
            case WriteAnswer.Taken:
                return null;
            case WriteAnswer.NotNow(var reason):
                return Cut(reason);
            case WriteAnswer.Refused(var reason) when InfluxAnswers.IsOnlyExpiry(reason):
                return null;
            case WriteAnswer.Refused(var reason) when IsAllSaid(batch, first, count, reason):
                return null;
            case WriteAnswer.TooLong(var reason) when count == 1:
                PutAside([batch.Text(first)], reason);
                return null;
            default:
                // Halves of halves lead to the one that is refused; the rest goes in.
                var middle = count / 2;
                return await WriteAsync(batch, first, middle, stopping)
                    ?? await WriteAsync(batch, first + middle, count - middle, stopping);
        }
    }

    /// <summary>The refusal names its points; they are put aside, and all others stored.</summary>
    private bool IsAllSaid(PointBatch batch, int first, int count, string reason)
    {
        var lines = Enumerable.Range(first, count);
        if (count == 1 || InfluxAnswers.DroppedIn(reason) == count)
        {
            PutAside([.. lines.Select(batch.Text)], reason);
            return true;
        }

        var unreadable = InfluxAnswers.UnreadableIn(reason);
        var found = lines.Select(batch.Text).Where(unreadable.ContainsKey).ToList();
        foreach (var line in found)
        {
            PutAside([line], unreadable[line]);
        }

        // Only then is the rest known to be stored.
        return found.Count > 0 && found.Count == unreadable.Count
            && (found.Count == count || InfluxAnswers.DroppedIn(reason) == 0);
    }

    private void PutAside(List<string> lines, string reason)
    {
        refused.Add(lines, Cut(reason), time.GetUtcNow().ToUnixTimeMilliseconds());
        if (_loggedReasons.Count < ReasonsLoggedMax && _loggedReasons.TryAdd(Cut(reason), true))
        {
            log.InfluxRefusedPoints(lines.Count, Cut(reason), lines[0]);
        }
    }

    private static string Cut(string text) => text[..Math.Min(text.Length, ReasonCharactersMax)];
}
