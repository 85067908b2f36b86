using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Core.Settlement;
using Monitoring.Server.Notify;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>A period as it is settled, and what of the books that rests on.</summary>
/// <param name="Pollutants">Their names, with a space between.</param>
/// <param name="Seen">The newest window that was written when its facts were read.</param>
public sealed record SettledPeriod(
    Period Period, string Pollutants, PeriodSettlement Settlement, long Seen)
{
    /// <summary>
    /// The rows of the journal that it rests on, where those tell what members did; null: it
    /// rests on none.
    /// </summary>
    public long? JournalRows { get; init; }
}

/// <summary>Why a settlement cannot be booked as it is.</summary>
public enum JournalVerdict
{
    /// <summary>Something was written since what it rests on was read.</summary>
    WentOn,
}

/// <summary>
/// Settlements and the fund's ledger. One writer a contract; nothing is ever changed.
/// </summary>
public sealed class LedgerBook
{
    private readonly Books _books;
    private volatile Left? _carried;

    public LedgerBook(Books books) => _books = books;

    /// <summary>
    /// The end of what is settled, by which contract, and the hash of its version; null for
    /// nothing.
    /// </summary>
    public (string Contract, string Hash, DateTimeOffset Until)? SettledUntil()
    {
        using var connection = _books.Database.Connect();
        var (contract, hash, endMs) = connection.QuerySingleOrDefault<(string?, string, long)>(
            "SELECT contract, contract_hash, end_ms FROM settlement ORDER BY end_ms DESC LIMIT 1");
        return contract is null
            ? null
            : (contract, hash, DateTimeOffset.FromUnixTimeMilliseconds(endMs));
    }

    /// <summary>The same with the number of rows that it was made of.</summary>
    public (FundState State, long Rows) Journal() =>
        _books.Journal.Read() is var books ? (books.State, books.Rows) : default;

    /// <summary>What the fund's one writer knows.</summary>
    public FundState Books() => _books.Journal.Read().State;

    /// <summary>The settlement of that id, or the one with a charge of that id.</summary>
    public PeriodSettlement? SettlementFor(string id) => Settlement(
        "id = @id OR id = (SELECT settlement FROM charge WHERE charge.id = @id)", new { id });

    /// <summary>With what members begin a period: what the settled one before it left.</summary>
    public ImmutableArray<CarryOver> CarriedInto(string contract, long startMs)
    {
        using var connection = _books.Database.Connect();
        var seq = connection.QuerySingleOrDefault<long>(
            "SELECT seq FROM settlement WHERE contract = @contract AND end_ms <= @startMs "
                + "ORDER BY end_ms DESC, revision DESC LIMIT 1",
            new { contract, startMs });
        if (seq == 0)
        {
            return [];
        }

        // Every look at the balance asks for it, and a settlement never changes.
        if (_carried is not { } last || last.Seq != seq)
        {
            _carried = last = new Left(seq, JsonSerializer.Deserialize<PeriodSettlement>(
                connection.QuerySingle<string>(
                    "SELECT verdict FROM settlement WHERE seq = @seq", new { seq }))!.Carried);
        }

        return last.Carried;
    }

    /// <summary>The start of the first settled period after a time; null for none.</summary>
    public long? NextSettledMs(string contract, DateTimeOffset end)
    {
        using var connection = _books.Database.Connect();
        return connection.QuerySingleOrDefault<long?>(
            "SELECT start_ms FROM settlement WHERE contract = @contract AND end_ms > @endMs "
                + "ORDER BY end_ms LIMIT 1",
            new { contract, endMs = end.ToUnixTimeMilliseconds() });
    }

    /// <summary>How many settled periods begin at a time or later.</summary>
    public long SettledFrom(string contract, long startMs)
    {
        using var connection = _books.Database.Connect();
        return connection.QuerySingle<long>(
            "SELECT COUNT(DISTINCT period) FROM settlement WHERE contract = @contract "
                + "AND start_ms >= @startMs",
            new { contract, startMs });
    }

    /// <summary>
    /// The starts of periods that were settled before the one in front of them was put right.
    /// </summary>
    public IReadOnlyList<long> SettledBeforeCarry(string contract)
    {
        using var connection = _books.Database.Connect();
        return connection.Query<long>(
            """
            SELECT DISTINCT next.start_ms FROM settlement s JOIN settlement next ON next.seq = (
                SELECT seq FROM settlement WHERE contract = @contract AND end_ms > s.end_ms
                ORDER BY end_ms, revision DESC LIMIT 1)
            WHERE s.contract = @contract AND s.revision > 1 AND next.seq < s.seq
            """,
            new { contract }).AsList();
    }

    /// <summary>
    /// The starts of periods whose allowances cover what an earlier settlement of them said.
    /// </summary>
    public IReadOnlyList<long> CoveredBefore(string contract)
    {
        var covers = Books().Covers;
        if (covers.IsEmpty)
        {
            return [];
        }

        using var connection = _books.Database.Connect();
        return
        [
            .. connection.Query<(string Period, long StartMs, string Id)>(
                """
                SELECT period, start_ms, id FROM settlement s
                WHERE contract = @contract AND revision > 1 AND NOT EXISTS(
                    SELECT 1 FROM settlement later WHERE later.contract = s.contract
                        AND later.period = s.period AND later.revision > s.revision)
                """,
                new { contract })
                .Where(row => covers.TryGetValue(row.Period, out var cover)
                    && cover.Settlement != row.Id)
                .Select(row => row.StartMs),
        ];
    }

    /// <summary>How the facts of a settled period changed since; null: they did not.</summary>
    public SettledChange? ChangeOf(string settlement)
    {
        using var connection = _books.Database.Connect();
        return SettledChanges.Read(connection, [settlement]).SingleOrDefault();
    }

    /// <summary>The settlement of a period that holds, and when its first one was told.</summary>
    public (PeriodSettlement Settlement, long ToldMs)? StandingOf(string contract, string period)
    {
        using var connection = _books.Database.Connect();
        var (json, toldMs) = connection.QuerySingleOrDefault<(string?, long)>(
            """
            SELECT verdict, (SELECT settled_ms FROM settlement first
                WHERE first.contract = @contract AND first.period = @period AND revision = 1)
            FROM settlement WHERE contract = @contract AND period = @period
            ORDER BY revision DESC LIMIT 1
            """,
            new { contract, period });
        return json is null
            ? null
            : (JsonSerializer.Deserialize<PeriodSettlement>(json)!, toldMs);
    }

    /// <summary>
    /// The settlements that hold of periods that begin in a span, the oldest first; of more than
    /// so many the newest. And the one before the first of them, if there is one.
    /// </summary>
    public (PeriodSettlement? Before, ImmutableArray<PeriodSettlement> In) StandingIn(
        string contract, long fromMs, long untilMs, int max)
    {
        using var connection = _books.Database.Connect();
        var rows = connection.Query<(long StartMs, string Verdict)>(
            """
            SELECT start_ms, verdict FROM settlement s
            WHERE contract = @contract AND start_ms < @untilMs AND NOT EXISTS(
                SELECT 1 FROM settlement later WHERE later.contract = s.contract
                    AND later.period = s.period AND later.revision > s.revision)
            ORDER BY end_ms DESC LIMIT @max + 1
            """,
            new { contract, untilMs, max }).Reverse()
            .Select(row => (
                row.StartMs, It: JsonSerializer.Deserialize<PeriodSettlement>(row.Verdict)!))
            .ToList();
        var first = rows.FindIndex(row => row.StartMs >= fromMs);
        first = first < 0 ? rows.Count : Math.Max(first, rows.Count - max);
        return (
            first > 0 ? rows[first - 1].It : null,
            [.. rows.Skip(first).Select(row => row.It)]);
    }

    /// <summary>The settled periods of a contract that can still be booked in.</summary>
    public IReadOnlyList<long> Unsealed(string contract)
    {
        var ledger = Books().Ledger;
        using var connection = _books.Database.Connect();
        return
        [
            .. connection.Query<(string Period, long StartMs)>(
                "SELECT DISTINCT period, start_ms FROM settlement WHERE contract = @contract",
                new { contract })
                .Where(row => ledger.StateOf(row.Period) != PeriodState.Sealed)
                .Select(row => row.StartMs),
        ];
    }

    /// <summary>Keeps notices that are of no step; one that is there already stays.</summary>
    public Task TellAsync(IReadOnlyList<Notice> notices) => _books.Database.WriteAsync(
        (connection, transaction) => NoticeBook.Insert(connection, transaction, notices));

    public Answer Ask(FundRequest request, FundTerms terms, long nowMs) =>
        _books.Journal.Take(request, terms, nowMs);

    /// <summary>
    /// Books a settlement, its charges, the steps of its period and the notices of them, in one
    /// transaction and once: a repeat changes nothing.
    /// </summary>
    /// <param name="requests">What follows from it; all of it has to be accepted.</param>
    public Answer Book(
        SettledPeriod settled, IReadOnlyList<FundRequest> requests, FundTerms terms, long nowMs,
        params IReadOnlyList<Notice> notices)
    {
        using var connection = _books.Database.Connect();
        using var unit = connection.BeginTransaction();
        if (IsSettled(connection, settled.Settlement))
        {
            return Answer.Accepted with { Reason = nameof(BookingVerdict.AlreadyBooked) };
        }

        if (HasGoneOn(connection, unit, settled))
        {
            return Answer.Refused(JournalVerdict.WentOn);
        }

        // The log tells a settlement before the entries that book its charges.
        Insert(connection, unit, settled, nowMs);
        var answers = _books.Journal.TakeWithin(connection, unit, requests, terms, nowMs);
        if (answers.FirstOrDefault(answer => !answer.IsAccepted) is { } refused)
        {
            return refused;
        }

        NoticeBook.Insert(connection, unit, notices);
        unit.Commit();
        return Answer.Accepted;
    }

    // Windows of the period, or reports of what its members did, were written meanwhile: the log
    // tells them before the settlement, which has to rest on them.
    private static bool HasGoneOn(
        SqliteConnection connection, SqliteTransaction unit, SettledPeriod settled) =>
        (settled.JournalRows is { } rows && rows != connection.QuerySingle<long>(
            "SELECT COUNT(*) FROM journal", transaction: unit))
        || connection.QuerySingle<bool>(
            "SELECT EXISTS(SELECT 1 FROM window WHERE id > @Seen AND start_ms >= @startMs "
                + "AND start_ms < @endMs)",
            new
            {
                settled.Seen, startMs = settled.Period.Start.ToUnixTimeMilliseconds(),
                endMs = settled.Period.End.ToUnixTimeMilliseconds(),
            },
            unit);

    // It takes the place of the newest one, or of none; any other is told already.
    private static bool IsSettled(SqliteConnection connection, PeriodSettlement settlement) =>
        connection.QuerySingleOrDefault<string?>(
            "SELECT id FROM settlement WHERE contract = @ContractId AND period = @PeriodId "
                + "ORDER BY revision DESC LIMIT 1",
            new { settlement.ContractId, settlement.PeriodId }) != settlement.Replaces;

    private static void Insert(
        SqliteConnection connection, SqliteTransaction unit, SettledPeriod settled, long nowMs)
    {
        var (period, settlement) = (settled.Period, settled.Settlement);
        var seq = connection.QuerySingle<long>(
            """
            INSERT INTO settlement(id, contract, contract_hash, period, start_ms, end_ms,
                settled_ms, emitted_g, cap_g, excess_g, total_minor, windows_known,
                windows_expected, verdict, pollutant, seen, revision)
            VALUES(@Id, @ContractId, @ContractHash, @PeriodId, @StartMs, @EndMs,
                @nowMs, @EmittedGrams, @CapGrams, @ExcessGrams, @TotalMinorUnits, @WindowsKnown,
                @WindowsExpected, @Verdict, @Pollutant, @Seen,
                (SELECT COUNT(*) + 1 FROM settlement
                    WHERE contract = @ContractId AND period = @PeriodId)) RETURNING seq
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
                Pollutant = settled.Pollutants, settled.Seen,
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
        PublicLog.Append(connection, unit, BookLeaf.Settlement, seq);
    }

    private sealed record Left(long Seq, ImmutableArray<CarryOver> Carried);

    private PeriodSettlement? Settlement(string where, object parameters)
    {
        using var connection = _books.Database.Connect();
        var json = connection.QuerySingleOrDefault<string>(
            $"SELECT verdict FROM settlement WHERE {where}", parameters);
        return json is null ? null : JsonSerializer.Deserialize<PeriodSettlement>(json);
    }
}
