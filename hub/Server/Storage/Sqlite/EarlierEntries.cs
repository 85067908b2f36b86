using System.Collections.Immutable;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>
/// Entries that were booked before there was a journal. Each becomes a row of it, with the lots
/// that its charges say it filled; the entries themselves stay as they are.
/// </summary>
internal static class EarlierEntries
{
    private const int PayDays = 30;

    public static void TakeOver(Database database)
    {
        using var connection = database.Connect();
        using var unit = connection.BeginTransaction();
        var isDone = connection.QuerySingle<bool>(
            "SELECT EXISTS(SELECT 1 FROM journal) OR NOT EXISTS(SELECT 1 FROM entry)", unit);
        if (isDone)
        {
            return;
        }

        var entries = connection.Query<
            (long Seq, string Id, string Key, string Kind, string Period, long BookedMs)>(
            "SELECT seq, id, idempotency_key, kind, period, booked_ms FROM entry ORDER BY seq",
            transaction: unit).AsList();
        foreach (var entry in entries)
        {
            var lines = connection.Query<(string Account, string Asset, long Amount,
                string Charge, string? Member)>(
                """
                SELECT account, asset, amount, charge, member FROM posting
                    LEFT JOIN charge ON charge.id = posting.charge
                WHERE entry = @Seq ORDER BY posting.id
                """,
                new { entry.Seq }, unit).AsList();
            var pollutant = connection.QuerySingleOrDefault<string?>(
                "SELECT pollutant FROM quota WHERE period = @Period LIMIT 1",
                new { entry.Period }, unit) ?? "unknown";
            var transaction = new Transaction
            {
                Id = entry.Id,
                IdempotencyKey = entry.Key,
                Kind = entry.Kind,
                PeriodId = entry.Period,
                Postings =
                [
                    .. lines.Select(line => new Posting(
                        line.Account, Asset.Parse(line.Asset)!, line.Amount, line.Charge)
                    {
                        Lot = line.Account.StartsWith("fund:", StringComparison.Ordinal)
                            ? new Lot(line.Member ?? "unknown", pollutant, entry.Period).ToString()
                            : "",
                    }),
                ],
            };
            JournalBook.Insert(connection, unit, new JournalRow(
                $"earlier/{entry.Key}", "", Answer.Accepted,
                [new Booked([transaction]), .. Dues(transaction, entry.BookedMs)],
                entry.BookedMs));
        }

        unit.Commit();
    }

    private static IEnumerable<BookEvent> Dues(Transaction transaction, long bookedMs) =>
        transaction.Postings
            .Where(posting => posting.Amount > 0 && posting.Charge.Length > 0
                && posting.Account.StartsWith("member:", StringComparison.Ordinal))
            .Select(posting => new ChargeDue(
                posting.Charge, posting.Account.Split(':')[1], transaction.PeriodId,
                posting.Amount, bookedMs + (PayDays * Ageing.DayMs), transaction.IdempotencyKey))
            .Append((BookEvent)new ChargesStand(
                transaction.PeriodId, transaction.IdempotencyKey));
}
