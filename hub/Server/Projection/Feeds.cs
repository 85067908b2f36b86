using System.Globalization;
using Monitoring.Core.Alerts;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Server.Notify;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Projection;

/// <summary>Points of some rows, and the row they reach.</summary>
/// <param name="Cursor">The last row; as before where there was none.</param>
public sealed record FeedBatch(IReadOnlyList<string> Lines, long Cursor);

/// <summary>One table in the order of its rows, as points.</summary>
/// <param name="Name">The name of its durable cursor.</param>
/// <param name="Newest">The newest row there is.</param>
public sealed record Feed(
    string Name, Func<long, int, FeedBatch> ReadAfter, Func<long> Newest);

/// <summary>All that is projected.</summary>
public sealed class Feeds(
    RecordLog records, BookFeed books, Contract contract, ClusterMap cluster, TimeZoneInfo zone)
{
    private readonly RecordReader _records = new(records);

    public IReadOnlyList<Feed> All =>
    [
        new("influx/record", Records, _records.NewestId),
        Of("average", books.Averages, row => row.Id, row => LinePoints.OfAverage(row, cluster)),
        Of("fact", books.Facts, row => row.Seq, row => LinePoints.OfFact(row, cluster)),
        Of("quota", books.Quotas, row => row.Id, LinePoints.OfQuota),
        Of("alert", books.Alerts, row => row.Seq, row => LinePoints.OfAlert(row, TextOf(row))),
        Of(
            "posting", books.AccountMoves, row => row.Entry,
            row => LinePoints.OfAccountMove(row, contract.Currency)) with
        {
            // It walks by whole entries.
            Newest = () => books.Newest("entry"),
        },
    ];

    /// <summary>Rows that are not projected yet, of all tables.</summary>
    public long Lag() =>
        All.Sum(feed => Math.Max(0, feed.Newest() - books.Cursor(feed.Name)));

    private FeedBatch Records(long after, int max)
    {
        var rows = records.ReadAfter(after, max);
        return new FeedBatch(
            [.. rows.SelectMany(LinePoints.OfRecord)], rows.IsEmpty ? after : rows[^1].Id);
    }

    private Feed Of<T>(
        string table, Func<long, int, IReadOnlyList<T>> read, Func<T, long> idOf,
        Func<T, string?> lineOf) => new(
        $"influx/{table}",
        (after, max) =>
        {
            var rows = read(after, max);
            return new FeedBatch(
                [.. rows.Select(lineOf).OfType<string>()],
                rows.Count == 0 ? after : idOf(rows[^1]));
        },
        () => books.Newest(table));

    private string TextOf(AlertRow row) =>
        AlertText.Of(row, contract, cluster, zone)
        ?? string.Create(
            CultureInfo.InvariantCulture,
            $"{row.Level} alert of {row.Subject} {row.Change} in {row.Period}");
}

/// <summary>The sentence of a stored alert: the same as its notice says.</summary>
public static class AlertText
{
    /// <summary>Null for an alert of a contract or kind that this release does not know.</summary>
    public static string? Of(
        AlertRow row, Contract contract, ClusterMap cluster, TimeZoneInfo zone) =>
        TransitionOf(row, contract) is { } transition
            ? AlertNotice.Document(transition, contract, cluster, zone).Text
            : null;

    private static AlertTransition? TransitionOf(AlertRow row, Contract contract) =>
        row.Contract == contract.Id
        && Enum.TryParse<AlertLevel>(row.Level, true, out var level)
        && Enum.TryParse<AlertChange>(row.Change, true, out var change)
        && Enum.TryParse<AlertReason>(row.Reason.Replace("-", ""), true, out var reason)
            ? new AlertTransition
            {
                Id = row.Id,
                Key = new AlertKey(row.Contract, row.Period, row.Subject, level),
                Change = change,
                Reason = reason,
                ValueMilligrams = row.ValueMg,
                LimitMilligrams = row.LimitMg,
                ThresholdPercent = (int)row.ThresholdPercent,
                IsProvisional = row.Provisional,
                At = DateTimeOffset.FromUnixTimeMilliseconds(row.AtMs),
            }
            : null;
}
