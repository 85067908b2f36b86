using System.Globalization;
using Monitoring.Wire;

namespace Monitoring.Core.Contracts;

/// <summary>
/// One period of a bubble, half-open, in UTC. Periods follow each other without a hole, counted
/// from midnight.
/// </summary>
public sealed record Period
{
    private Period(string bubble, DateTimeOffset start, TimeSpan length)
    {
        Bubble = bubble;
        Start = start;
        End = start + length;
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
        var length = contract.Bubble.Period;
        Invariant.That(length > TimeSpan.Zero && TimeSpan.TicksPerDay % length.Ticks == 0);
        var ticks = instant.UtcTicks;
        var start = new DateTimeOffset(ticks - (ticks % length.Ticks), TimeSpan.Zero);
        return new Period(contract.Bubble.Id, start, length);
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
