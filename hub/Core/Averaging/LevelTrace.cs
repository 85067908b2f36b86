using System.Collections.Immutable;
using System.Globalization;

namespace Monitoring.Core.Averaging;

/// <summary>One window's part of a longer average, and the id of its own trace.</summary>
public sealed record LevelPart(string Id, Window Window, decimal? Value, string? AbsentBecause);

/// <summary>Writes down how an average over a longer span came about.</summary>
public static class LevelTrace
{
    private const long LongestDayMs = 25 * 3_600_000L;

    /// <param name="parts">In order of time.</param>
    /// <param name="zone">Whose days a longer span is told in.</param>
    public static Trace OfMean(
        string quantity, LevelAverage average, Profile profile, IReadOnlyList<LevelPart> parts,
        TimeZoneInfo zone) => new()
    {
        Title = $"{average.Level.Id} average of {quantity}",
        Span = SpanOf(average.Window),
        Rule = "sum of the windows / their number"
            + $", to {profile.AverageDecimals} decimals",
        Result = average.Value is { } value
            ? TraceValue.Of(value, QuantityUnits.MilligramsPerM3)
            : null,
        Note = (average.AbsentBecause is { } why ? $"none: {why}; " : "")
            + $"{average.Counted} windows counted, {average.NotOperating} standing, "
            + $"{average.Lost} lost, of {average.Expected}",
        Constants =
        [
            profile.Constant("least hours", average.Level.HoursMin, "h", "levels").ToTrace(),
            .. average.Level.LostMax is { } most
                ? (TraceConstant[])
                    [profile.Constant("most windows lost", most, "", "levels").ToTrace()]
                : [],
        ],
        Parts = PartsOf(parts, QuantityUnits.MilligramsPerM3, average.Window, zone),
    };

    /// <param name="each">The uncertainty of each part; null where it is not stated.</param>
    public static Trace OfTotal(
        string quantity, LevelAverage total, IReadOnlyList<LevelPart> parts,
        RelativeUncertainty? each, TimeZoneInfo zone) =>
        new()
        {
            Title = $"{total.Level.Id} total of {quantity}",
            Span = SpanOf(total.Window),
            Rule = "sum of the masses of the windows",
            Result = total.Value is { } value ? TraceValue.Of(value, "mg") : null,
            Note = (total.AbsentBecause is { } why ? $"none: {why}; " : "")
                + $"{total.Counted} windows with a mass, of {total.Expected}",
            Parts =
            [
                .. each is { } stated ? (Trace[])[OfUncertainty(parts, stated)] : [],
                .. PartsOf(parts, "mg", total.Window, zone),
            ],
        };

    private static Trace OfUncertainty(IReadOnlyList<LevelPart> parts, RelativeUncertainty each)
    {
        const string Source = "cluster.yaml, concentration and flow";
        var total = UncertainTotal.Of(parts.Select(part => part.Value ?? 0), each);
        return new Trace
        {
            Title = "standard uncertainty of the total",
            Rule = "root of random^2 + systematic^2; random: root of the sum of (mass x random "
                + "share)^2; systematic: total x systematic share; to whole mg",
            Result = Milligrams(total.Combined),
            Constants =
            [
                TraceConstant.Of("random share", each.Random, "", Source),
                TraceConstant.Of("systematic share", each.Systematic, "", Source),
            ],
            Parts =
            [
                new Trace { Title = "random", Result = Milligrams(total.Random) },
                new Trace { Title = "systematic", Result = Milligrams(total.Systematic) },
            ],
        };
    }

    private static TraceValue Milligrams(decimal mass) =>
        TraceValue.Of(Rounding.ToDecimals(mass, 0), "mg");

    private static ImmutableArray<Trace> PartsOf(
        IReadOnlyList<LevelPart> parts, string unit, Window span, TimeZoneInfo zone)
    {
        if (span.LengthMs <= LongestDayMs)
        {
            return
            [
                .. parts.Select(part => new Trace
                {
                    Title = "window",
                    Explains = part.Id,
                    Span = SpanOf(part.Window),
                    Result = part.Value is { } value ? TraceValue.Of(value, unit) : null,
                    Note = (part.AbsentBecause is { } why ? $"none: {why}; " : "")
                        + $"its own trace: {part.Id}",
                }),
            ];
        }

        // The windows of a day stand in the trace of that day.
        return
        [
            .. from part in parts
               group part by TimeZoneInfo.ConvertTime(part.Window.Start, zone).Date into day
               let counted = day.Count(part => part.Value is not null)
               select new Trace
               {
                   Title = string.Create(
                       CultureInfo.InvariantCulture, $"sum of {day.Key:yyyy-MM-dd}"),
                   Result = TraceValue.Of(day.Sum(part => part.Value ?? 0), unit),
                   Note = $"{counted} windows of {day.Count()}",
               },
        ];
    }

    private static TraceSpan SpanOf(Window window) => new(window.StartMs, window.EndMs);
}
