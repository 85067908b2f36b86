using System.Globalization;

namespace Monitoring.Core.Contracts;

/// <summary>
/// One period of a bubble, half-open, in UTC. Periods follow each other without a hole.
/// </summary>
public sealed record Period
{
    private Period(string bubble, DateTimeOffset start, DateTimeOffset end)
    {
        Bubble = bubble;
        Start = start;
        End = end;
        Id = $"{bubble}/{start.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)}";
    }

    /// <summary>Such as <c>demo-bubble/2026-11-24T10:15:00Z</c>.</summary>
    public string Id { get; }

    public string Bubble { get; }

    public DateTimeOffset Start { get; }

    public DateTimeOffset End { get; }

    public TimeSpan Length => End - Start;

    public bool Contains(DateTimeOffset instant) => Start <= instant && instant < End;

    public static Period Containing(Contract contract, DateTimeOffset instant)
    {
        var (start, end) = contract.Bubble.Period.Containing(instant);
        return new Period(contract.Bubble.Id, start, end);
    }

    public Period Next(Contract contract) => Containing(contract, End);

    /// <summary>The period of that id under that contract, or null where there is none.</summary>
    public static Period? Parse(Contract contract, string id)
    {
        var slash = id.IndexOf('/', StringComparison.Ordinal);
        return slash > 0
            && DateTimeOffset.TryParseExact(
                id[(slash + 1)..], "yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal, out var start)
            && Containing(contract, start) is var period && period.Id == id
            ? period
            : null;
    }
}
