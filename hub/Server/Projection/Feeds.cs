using System.Globalization;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Projection;

/// <summary>One table in the order of its rows, as points.</summary>
/// <param name="Table">Also the name of its field in the measurement <c>projection</c>.</param>
/// <param name="Fill">
/// Adds the points of the rows after one and says the row that it came to; as before where there
/// was none.
/// </param>
/// <param name="Newest">The newest row there is.</param>
public sealed record Feed(string Table, Func<long, PointBatch, long> Fill, Func<long> Newest)
{
    /// <summary>The name of its durable cursor.</summary>
    public string Cursor => CursorOf(Table);

    public static string CursorOf(string table) => $"influx/{table}";
}

/// <summary>All that is projected.</summary>
public sealed class Feeds
{
    private const int RowsAtOnceMax = 200;
    private const string Standing = "standing";

    private readonly RecordLog _records;
    private readonly BookFeed _books;
    private readonly Contract _contract;
    private readonly ClusterMap _cluster;
    private readonly TimeZoneInfo _zone;
    private readonly RetimedPoints _retimed;
    private readonly StandingBoard _board;

    // What is put up is counted on from where the last run of the hub came to.
    private readonly long _boardFrom;

    public Feeds(
        RecordLog records, BookFeed books, Contract contract, ClusterMap cluster,
        TimeZoneInfo zone, StandingBoard board)
    {
        _records = records;
        _books = books;
        _contract = contract;
        _cluster = cluster;
        _zone = zone;
        _retimed = new RetimedPoints(records);
        _board = board;
        _boardFrom = books.Cursor(Feed.CursorOf(Standing));
        All =
        [
            new("window", Windows, () => books.Newest("window")),
            Of(
                "level_average", books.LevelAverages, row => row.Id,
                (batch, row) => LinePoints.OfLevelAverage(batch, row, cluster)),
            Of("quota", books.Quotas, row => row.Id, LinePoints.OfQuota),
            Of(
                "alert", books.Alerts, row => row.Seq,
                (batch, row) => LinePoints.OfAlert(batch, row, TextOf(row))),
            Of(
                "posting", books.AccountMoves, row => row.Entry,
                (batch, row) => LinePoints.OfAccountMove(batch, row, contract.Currency)) with
            {
                // It walks by whole entries.
                Newest = () => books.Newest("entry"),
            },

            Of(
                "warning", books.Warnings, row => row.Seq,
                (batch, row) => StandingPoints.OfWarning(batch, row, cluster)),
            new("amendment", Charts, books.NewestAmendment),
            new(Standing, Standings, () => _boardFrom + _board.Seq),

            // Last, so that a record that cannot be read holds up no other table. What was moved
            // comes after what was written where it stood before.
            new("record", Records, records.NewestId),
            new("retimed", _retimed.Fill, _retimed.Newest),
        ];
    }

    public IReadOnlyList<Feed> All { get; }

    /// <summary>Rows of one table that are not projected yet.</summary>
    public long LagOf(Feed feed) => Math.Max(0, feed.Newest() - _books.Cursor(feed.Cursor));

    /// <summary>Rows that are not projected yet, of all tables.</summary>
    public long Lag() => All.Sum(LagOf);

    private long Records(long after, PointBatch batch)
    {
        foreach (var stored in _records.After(after))
        {
            LinePoints.OfRecord(batch, stored);
            after = stored.Id;
            if (batch.IsFull)
            {
                break;
            }
        }

        return after;
    }

    private long Windows(long after, PointBatch batch)
    {
        var windows = _books.Windows(after, RowsAtOnceMax);
        foreach (var (source, startMs) in windows.Revised)
        {
            LinePoints.WithdrawWindow(batch, source, startMs);
        }

        foreach (var average in windows.Averages)
        {
            LinePoints.OfAverage(batch, average, _cluster);
        }

        foreach (var fact in windows.Facts)
        {
            LinePoints.OfFact(batch, fact, _cluster);
        }

        return windows.Last;
    }

    private long Charts(long after, PointBatch batch)
    {
        var (last, charts) = _books.Charts(after, RowsAtOnceMax);
        foreach (var chart in charts)
        {
            StandingPoints.OfChart(batch, chart, _cluster);
        }

        return last;
    }

    private long Standings(long after, PointBatch batch)
    {
        var last = _boardFrom + _board.Seq;
        foreach (var (_, standing) in _board.After(after - _boardFrom))
        {
            StandingPoints.OfStanding(batch, standing, _cluster);
        }

        return Math.Max(after, last);
    }

    private Feed Of<T>(
        string table, Func<long, int, IReadOnlyList<T>> read, Func<T, long> idOf,
        Action<PointBatch, T> add) => new(
        table,
        (after, batch) =>
        {
            foreach (var row in read(after, RowsAtOnceMax))
            {
                add(batch, row);
                after = idOf(row);
            }

            return after;
        },
        () => _books.Newest(table));

    private string TextOf(AlertRow row) =>
        AlertText.Of(row, _contract, _cluster, _zone)
        ?? string.Create(
            CultureInfo.InvariantCulture,
            $"{row.Level} alert of {row.Subject} {row.Change} in {row.Period}");
}
