using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core.Fund;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>What a statement is about; UTC milliseconds.</summary>
public sealed record StatementSpan(string Name, long FromMs, long UntilMs);

/// <summary>The fund in a span, with what its settled periods say.</summary>
/// <param name="Now">The books as they stand, also where the span is long over.</param>
public sealed record FundReport(
    StatementSpan Span, FundStatement Statement, ImmutableArray<PeriodInsight> Insights,
    FundState Now);

/// <summary>
/// Statements of the fund. One reads the whole journal, so the last ones are kept as long as
/// nothing is booked, and only one is worked out at a time; of those who wait for it a few.
/// </summary>
public sealed class Statements(Books books, ContractVersions versions, Insights insights)
{
    public const int YearMin = 1970;
    public const int YearMax = 9000;
    public const int PeriodsMax = 24;
    private const int KeptMax = 8;
    private const int WaitingMax = 4;

    private readonly Lock _lock = new();
    private readonly Queue<(long Rows, FundReport Report)> _kept = new();
    private int _waiting;

    /// <summary>The books as they stand.</summary>
    public FundState Now => books.Journal.Read().State;

    /// <summary>A calendar year of the contract's time zone; null for one out of bounds.</summary>
    public StatementSpan? Year(int year)
    {
        if (year is < YearMin or > YearMax)
        {
            return null;
        }

        var rule = versions.Newest.Bubble.Period;
        return new StatementSpan(
            year.ToString(CultureInfo.InvariantCulture),
            rule.Midnight(new DateTime(year, 1, 1)).ToUnixTimeMilliseconds(),
            rule.Midnight(new DateTime(year + 1, 1, 1)).ToUnixTimeMilliseconds());
    }

    /// <summary>The calendar year of an instant where the contract is.</summary>
    public int YearAt(DateTimeOffset instant) =>
        TimeZoneInfo.ConvertTime(instant, versions.Newest.Bubble.Period.Zone).Year;

    /// <summary>One period by its id; null where the contract has no such.</summary>
    public StatementSpan? Period(string id) => versions.Parse(id) is { } period
        ? new StatementSpan(
            id, period.Start.ToUnixTimeMilliseconds(), period.End.ToUnixTimeMilliseconds())
        : null;

    /// <returns>Null where too many wait already; ask again a little later.</returns>
    public FundReport? TryOf(StatementSpan span)
    {
        try
        {
            return Interlocked.Increment(ref _waiting) > WaitingMax ? null : Of(span);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    public FundReport Of(StatementSpan span)
    {
        lock (_lock)
        {
            var now = books.Journal.Read();
            foreach (var (rows, kept) in _kept)
            {
                if (rows == now.Rows && kept.Span == span)
                {
                    return kept;
                }
            }

            var report = new FundReport(
                span,
                FundStatement.Of(
                    books.Journal.Rows(), versions.Newest.Currency.Code,
                    id => versions.Parse(id)?.Start.ToUnixTimeMilliseconds(), span.FromMs,
                    span.UntilMs),
                insights.Settled(span.FromMs, span.UntilMs, PeriodsMax), now.State);
            _kept.Enqueue((now.Rows, report));
            if (_kept.Count > KeptMax)
            {
                _kept.Dequeue();
            }

            return report;
        }
    }

    /// <summary>The statement of a span, as it is printed and published.</summary>
    public string TextOf(StatementSpan span, string language) => TextOf(Of(span), language);

    public string TextOf(FundReport report, string language) => StatementText.Render(
        report.Statement, language, report.Span.Name, versions.Newest.Currency.Show,
        report.Insights)
        + StatementText.ZoneKeys(
            versions.Within(
                DateTimeOffset.FromUnixTimeMilliseconds(report.Span.FromMs),
                DateTimeOffset.FromUnixTimeMilliseconds(report.Span.UntilMs)),
            language);
}
