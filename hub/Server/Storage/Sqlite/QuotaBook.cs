using System.Collections.Immutable;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Core.Alerts;
using Monitoring.Core.Contracts;
using Monitoring.Server.Notify;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>One line of the running balance: a member, or the bubble itself.</summary>
public sealed record QuotaLine(
    string Subject, long AtMs, long UsedMilligrams, long HoldingMilligrams,
    long? ForecastMilligrams);

/// <summary>What one look at the balance changes; stored together or not at all.</summary>
public sealed record QuotaStep(
    Contract Contract, Period Period, ImmutableArray<QuotaLine> Lines,
    ImmutableArray<AlertState> States, ImmutableArray<AlertTransition> Transitions,
    ImmutableArray<Notice> Notices)
{
    /// <summary>
    /// The period is settled: its alerts are over, their states not needed, the next one is due.
    /// </summary>
    public bool IsPeriodOver { get; init; }
}

/// <summary>Running balances, alerts, and which period is next to settle.</summary>
public sealed class QuotaBook
{
    private readonly Database _books;

    public QuotaBook(Books books) => _books = books.Database;

    /// <summary>The start of the next period to settle; null before the first.</summary>
    public long? PositionOf(string contract)
    {
        using var connection = _books.Connect();
        return connection.QuerySingleOrDefault<long?>(
            "SELECT next_ms FROM period_position WHERE contract = @contract", new { contract });
    }

    /// <summary>
    /// The starts of windows in a time, worked out again after a place in the book, that have a
    /// mass of the contract's pollutants and lie in no settled period.
    /// </summary>
    public IReadOnlyList<long> PassedOver(
        Contract contract, long windowId, long fromMs, long untilMs)
    {
        using var connection = _books.Connect();
        return connection.Query<long>(
            """
            SELECT DISTINCT w.start_ms FROM window w INDEXED BY window_reopened
            WHERE w.revision > 1 AND w.id > @windowId
              AND w.start_ms >= @fromMs AND w.start_ms < @untilMs
              AND EXISTS(SELECT 1 FROM fact
                WHERE fact."window" = w.id AND fact.pollutant IN @Pollutants)
              AND NOT EXISTS(SELECT 1 FROM settlement
                WHERE contract = @Id AND start_ms <= w.start_ms AND end_ms > w.start_ms)
            ORDER BY w.start_ms
            """,
            new { contract.Id, contract.Bubble.Pollutants, windowId, fromMs, untilMs }).AsList();
    }

    public ImmutableDictionary<AlertKey, AlertState> AlertStates(string contract, string period)
    {
        using var connection = _books.Connect();
        return connection.Query<(string Subject, string Level, long Raised, long Transitions)>(
            "SELECT subject, level, raised, transitions FROM alert_state "
                + "WHERE contract = @contract AND period = @period",
            new { contract, period })
            .Select(row => new AlertState(
                new AlertKey(contract, period, row.Subject, Enum.Parse<AlertLevel>(row.Level)),
                row.Raised == 1, (int)row.Transitions))
            .ToImmutableDictionary(state => state.Key);
    }

    public Task WriteAsync(QuotaStep step) => _books.WriteAsync(
        (connection, transaction) => Write(connection, transaction, step));

    private static void Write(
        SqliteConnection connection, SqliteTransaction transaction, QuotaStep step)
    {
        var contract = step.Contract;
        connection.Execute(
            """
            INSERT INTO quota(contract, bubble, pollutant, period, subject, at_ms, used_mg,
                holding_mg, forecast_mg)
            VALUES(@Contract, @Bubble, @Pollutant, @Period, @Subject, @AtMs, @UsedMilligrams,
                @HoldingMilligrams, @ForecastMilligrams)
            """,
            step.Lines.Select(line => new
            {
                Contract = contract.Id, Bubble = contract.Bubble.Id, contract.Bubble.Pollutant,
                Period = step.Period.Id, line.Subject, line.AtMs, line.UsedMilligrams,
                line.HoldingMilligrams, line.ForecastMilligrams,
            }),
            transaction);
        connection.Execute(
            "INSERT OR REPLACE INTO alert_state VALUES("
                + "@ContractId, @Subject, @Level, @PeriodId, @Raised, @Transitions)",
            step.States.Select(state => new
            {
                state.Key.ContractId, state.Key.Subject, Level = state.Key.Level.ToString(),
                state.Key.PeriodId, Raised = state.IsRaised ? 1 : 0, state.Transitions,
            }),
            transaction);
        if (step.IsPeriodOver)
        {
            // Together, or a crash between the two would raise the period's alerts once more.
            connection.Execute(
                """
                DELETE FROM alert_state WHERE contract = @Contract AND period = @Period;
                INSERT INTO period_position VALUES(@Contract, @EndMs)
                ON CONFLICT DO UPDATE SET next_ms = MAX(next_ms, excluded.next_ms);
                """,
                new
                {
                    Contract = contract.Id, Period = step.Period.Id,
                    EndMs = step.Period.End.ToUnixTimeMilliseconds(),
                },
                transaction);
        }

        connection.Execute(
            """
            INSERT INTO alert(id, contract, subject, level, change, reason, period, value_mg,
                limit_mg, threshold_percent, provisional, at_ms)
            VALUES(@Id, @ContractId, @Subject, @Level, @Change, @Reason, @PeriodId,
                @ValueMilligrams, @LimitMilligrams, @ThresholdPercent, @Provisional, @AtMs)
            """,
            step.Transitions.Select(transition => new
            {
                transition.Id, transition.Key.ContractId, transition.Key.Subject,
                Level = transition.Key.Level.ToString(), Change = transition.Change.ToString(),
                Reason = transition.Reason.ToString(), transition.PeriodId,
                transition.ValueMilligrams, transition.LimitMilligrams,
                transition.ThresholdPercent, Provisional = transition.IsProvisional ? 1 : 0,
                AtMs = transition.At.ToUnixTimeMilliseconds(),
            }),
            transaction);
        Tell(connection, transaction, step);
        NoticeBook.Insert(connection, transaction, step.Notices);
    }

    // Balances and forecasts as they are issued, so that nobody can make them up afterwards.
    private static void Tell(
        SqliteConnection connection, SqliteTransaction transaction, QuotaStep step)
    {
        if (!step.Lines.IsEmpty && step.Lines[^1].Subject == step.Contract.Bubble.Id)
        {
            PublicLog.Append(
                connection, transaction, BookLeaf.Forecast,
                connection.QuerySingle<long>(
                    "SELECT MAX(id) FROM quota", transaction: transaction));
        }

        foreach (var transition in step.Transitions)
        {
            PublicLog.Append(
                connection, transaction, BookLeaf.Alert,
                connection.QuerySingle<long>(
                    "SELECT seq FROM alert WHERE id = @Id", transition, transaction));
        }
    }
}
