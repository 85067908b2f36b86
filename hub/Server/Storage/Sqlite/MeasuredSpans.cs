using System.Security.Cryptography;
using System.Text;
using Dapper;
using Monitoring.Core.Fund;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>What was measured of a source in any span, for the projects of the fund.</summary>
public sealed class MeasuredSpans(Books books)
{
    /// <summary>What the newest facts say that lie wholly in a span.</summary>
    public SpanFacts In(FactSpan span)
    {
        using var connection = books.Database.Connect();
        var facts = connection.Query<(
            string Id, long StartMs, long EndMs, long Milligrams, string Quality)>(
            $"""
            SELECT fact.id, fact.start_ms, fact.end_ms, milligrams, quality
            FROM fact JOIN window w ON w.id = fact."window"
            WHERE w.source = @Source AND fact.pollutant = @Pollutant
                AND w.start_ms >= @FromMs AND w.end_ms <= @UntilMs
                AND {BookReader.NewestRevision}
            ORDER BY fact.start_ms
            """,
            span, buffered: false);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (mass, measuredMs, filledMs, count) = (0L, 0L, 0L, 0L);
        foreach (var fact in facts)
        {
            digest.AppendData(Encoding.UTF8.GetBytes(fact.Id + "\n"));
            mass = checked(mass + fact.Milligrams);
            var isFilled = fact.Quality is "substituted" or "manual";
            measuredMs += isFilled ? 0 : fact.EndMs - fact.StartMs;
            filledMs += isFilled ? fact.EndMs - fact.StartMs : 0;
            count++;
        }

        return new SpanFacts(
            span.FromMs, span.UntilMs, mass, measuredMs, filledMs, count,
            Convert.ToHexStringLower(digest.GetHashAndReset()));
    }
}
