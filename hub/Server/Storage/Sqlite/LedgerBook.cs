using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Core.Contracts;
using Monitoring.Core.Ledger;
using Monitoring.Core.Settlement;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>
/// Settlements and the fund's ledger. One writer a contract; nothing is ever changed.
/// </summary>
public sealed class LedgerBook
{
    private readonly Database _books;

    public LedgerBook(Books books) => _books = books.Database;

    /// <summary>The end of what is settled, and by which contract; null for nothing.</summary>
    public (string Contract, DateTimeOffset Until)? SettledUntil()
    {
        using var connection = _books.Connect();
        var (contract, endMs) = connection.QuerySingleOrDefault<(string?, long)>(
            "SELECT contract, end_ms FROM settlement ORDER BY end_ms DESC LIMIT 1");
        return contract is null
            ? null
            : (contract, DateTimeOffset.FromUnixTimeMilliseconds(endMs));
    }

    /// <summary>The settlement of that id, or the one with a charge of that id.</summary>
    public PeriodSettlement? SettlementFor(string id) => Settlement(
        "id = @id OR id = (SELECT settlement FROM charge WHERE charge.id = @id)", new { id });

    /// <summary>How the facts of a settled period changed since; null: they did not.</summary>
    public SettledChange? ChangeOf(string settlement)
    {
        using var connection = _books.Connect();
        return SettledChanges.Read(connection, [settlement]).SingleOrDefault();
    }

    /// <summary>
    /// Books a settlement and its charges, in one transaction and once: a repeat changes nothing.
    /// </summary>
    /// <param name="transaction">Null where nobody pays.</param>
    public BookingVerdict Book(
        Period period, PeriodSettlement settlement, Transaction? transaction, long nowMs)
    {
        using var connection = _books.Connect();
        using var unit = connection.BeginTransaction();
        if (IsSettled(connection, settlement))
        {
            return BookingVerdict.AlreadyBooked;
        }

        if (transaction is not null)
        {
            var booked = Find(connection, transaction.IdempotencyKey);
            var verdict = LedgerRules.Judge(transaction, booked);
            if (verdict != BookingVerdict.Accepted)
            {
                return verdict;
            }

            Insert(connection, unit, transaction, nowMs);
        }

        Insert(connection, unit, period, settlement, nowMs);
        unit.Commit();
        return BookingVerdict.Accepted;
    }

    private static bool IsSettled(SqliteConnection connection, PeriodSettlement settlement) =>
        connection.QuerySingle<long>(
            "SELECT COUNT(*) FROM settlement WHERE contract = @ContractId AND period = @PeriodId",
            new { settlement.ContractId, settlement.PeriodId }) > 0;

    private static void Insert(
        SqliteConnection connection, SqliteTransaction unit, Transaction transaction, long nowMs)
    {
        var entry = connection.QuerySingle<long>(
            """
            INSERT INTO entry(id, idempotency_key, kind, period, booked_ms)
            VALUES(@Id, @IdempotencyKey, @Kind, @PeriodId, @nowMs) RETURNING seq
            """,
            new
            {
                transaction.Id, transaction.IdempotencyKey, transaction.Kind, transaction.PeriodId,
                nowMs,
            },
            unit);
        connection.Execute(
            "INSERT INTO posting(entry, account, asset, amount, charge) "
                + "VALUES(@entry, @Account, @Asset, @Amount, @Charge)",
            transaction.Postings.Select(posting => new
            {
                entry, posting.Account, Asset = posting.Asset.ToString(), posting.Amount,
                posting.Charge,
            }),
            unit);
    }

    private static void Insert(
        SqliteConnection connection, SqliteTransaction unit, Period period,
        PeriodSettlement settlement, long nowMs)
    {
        connection.Execute(
            """
            INSERT INTO settlement(id, contract, contract_hash, period, start_ms, end_ms,
                settled_ms, emitted_g, cap_g, excess_g, total_minor, windows_known,
                windows_expected, verdict)
            VALUES(@Id, @ContractId, @ContractHash, @PeriodId, @StartMs, @EndMs,
                @nowMs, @EmittedGrams, @CapGrams, @ExcessGrams, @TotalMinorUnits, @WindowsKnown,
                @WindowsExpected, @Verdict)
            """,
            new
            {
                settlement.Id, settlement.ContractId, settlement.ContractHash, settlement.PeriodId,
                StartMs = period.Start.ToUnixTimeMilliseconds(),
                EndMs = period.End.ToUnixTimeMilliseconds(),
                nowMs, settlement.Bubble.EmittedGrams, settlement.Bubble.CapGrams,
                settlement.Bubble.ExcessGrams, settlement.TotalMinorUnits,
                WindowsKnown = settlement.Members.Sum(member => member.WindowsKnown),
                WindowsExpected = settlement.Members.Sum(member => member.WindowsExpected),
                Verdict = JsonSerializer.Serialize(settlement),
            },
            unit);
        connection.Execute(
            "INSERT INTO charge VALUES(@Id, @Settlement, @Member, @ApportionedGrams, @MinorUnits)",
            settlement.Charges.Select(charge => new
            {
                charge.Id, Settlement = settlement.Id, charge.Member, charge.ApportionedGrams,
                charge.MinorUnits,
            }),
            unit);
    }

    private static Transaction? Find(SqliteConnection connection, string key)
    {
        var head = connection.QuerySingleOrDefault<
            (long Seq, string Id, string Kind, string Period)>(
            "SELECT seq, id, kind, period FROM entry WHERE idempotency_key = @key", new { key });
        if (head.Id is null)
        {
            return null;
        }

        var postings = connection.Query<(string Account, string Asset, long Amount, string Charge)>(
            "SELECT account, asset, amount, charge FROM posting WHERE entry = @Seq ORDER BY id",
            new { head.Seq });
        return new Transaction
        {
            Id = head.Id,
            IdempotencyKey = key,
            Kind = head.Kind,
            PeriodId = head.Period,
            Postings =
            [
                .. postings.Select(row => new Posting(
                    row.Account, Asset.Parse(row.Asset)!, row.Amount, row.Charge)),
            ],
        };
    }

    private PeriodSettlement? Settlement(string where, object parameters)
    {
        using var connection = _books.Connect();
        var json = connection.QuerySingleOrDefault<string>(
            $"SELECT verdict FROM settlement WHERE {where}", parameters);
        return json is null ? null : JsonSerializer.Deserialize<PeriodSettlement>(json);
    }
}
