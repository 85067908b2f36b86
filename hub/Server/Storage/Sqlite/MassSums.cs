using Dapper;
using Microsoft.Data.Sqlite;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>
/// Sums of the newest facts: whole days and hours from the sums that the books keep, the edges
/// from the facts themselves, so that a year costs hardly more than a day.
/// </summary>
public sealed class MassSums(Books books)
{
    private const long HourMs = 3_600_000, DayMs = 24 * HourMs;

    private const string NewestFacts =
        $"""
        FROM fact JOIN window w ON w.id = fact."window"
        WHERE fact.pollutant = @pollutant AND fact.member = @member
            AND fact.start_ms >= @fromMs AND fact.start_ms < @toMs AND {BookReader.NewestRevision}
        """;

    private const string KeptSums =
        """
        FROM mass_sum
        WHERE pollutant = @pollutant AND member = @member AND span_ms = @spanMs
            AND number >= @fromMs / @spanMs AND number < @toMs / @spanMs
        """;

    /// <summary>Milligrams of a member's windows that begin in [fromMs, toMs).</summary>
    public long BegunIn(string pollutant, string member, long fromMs, long toMs)
    {
        using var connection = books.Database.Connect();
        using var look = connection.BeginTransaction(deferred: true);
        return Parts(fromMs, toMs).Sum(part => Sum(
            connection, part.SpanMs == 1 ? NewestFacts : KeptSums,
            (pollutant, member, part.SpanMs), (part.FromMs, part.ToMs)));
    }

    /// <summary>Those of them that begin in [fromMs, toMs) and end after it.</summary>
    public long OpenAt(string pollutant, string member, long fromMs, long toMs)
    {
        using var connection = books.Database.Connect();
        return Sum(
            connection, NewestFacts + " AND fact.end_ms > @toMs", (pollutant, member, 1),
            (fromMs, toMs));
    }

    private static long Sum(
        SqliteConnection connection, string rows,
        (string Pollutant, string Member, long SpanMs) of, (long FromMs, long ToMs) span) =>
        connection.QuerySingle<long>(
            "SELECT COALESCE(SUM(milligrams), 0) " + rows,
            new
            {
                pollutant = of.Pollutant, member = of.Member, spanMs = of.SpanMs,
                fromMs = span.FromMs, toMs = span.ToMs,
            });

    /// <summary>A time cut into whole days, whole hours around them, and the rest.</summary>
    private static IEnumerable<(long SpanMs, long FromMs, long ToMs)> Parts(long fromMs, long toMs)
    {
        var (hourMs, hourEndMs) = Whole(HourMs, fromMs, toMs);
        var (dayMs, dayEndMs) = Whole(DayMs, hourMs, hourEndMs);
        return new[]
        {
            (1, fromMs, hourMs), (HourMs, hourMs, dayMs), (DayMs, dayMs, dayEndMs),
            (HourMs, dayEndMs, hourEndMs), (1, hourEndMs, toMs),
        }.Where(part => part.Item2 < part.Item3);
    }

    /// <summary>The whole spans within a time; an empty one at its end where none is.</summary>
    private static (long FromMs, long ToMs) Whole(long spanMs, long fromMs, long toMs)
    {
        var (first, last) = ((fromMs + spanMs - 1) / spanMs * spanMs, toMs / spanMs * spanMs);
        return first < last ? (first, last) : (toMs, toMs);
    }
}
