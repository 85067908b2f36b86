using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Exports;
using Monitoring.Core.Mass;
using Monitoring.Core.Standardisation;
using Monitoring.Core.Validity;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Exports;

/// <summary>
/// Minutes, hours or days of a source as messages of HJ 212-2017: what was measured at the
/// reference state, or entered by a person, with its mark; where nothing was measured only the
/// mark, which tells why. Each hour, or part of it, is worked out again from its records.
/// </summary>
public sealed class Hj212Export(
    StoredWindows windows, FactBook facts, TimeZoneInfo zone, Hj212Sender sender)
{
    private const decimal SecondsPerHour = 3_600;
    private const decimal MilligramsPerKilogram = 1_000_000;
    private const int Decimals = 6;
    private const long DayMs = 86_400_000;
    private const long MsPerHour = 3_600_000;
    private const long MsPerMinute = 60_000;

    /// <summary>Hours as frames, each with its line end; empty where there are none.</summary>
    /// <param name="sentAt">Local time. Each message has an id of its own from there on.</param>
    public string Hours(string source, long fromMs, long toMs, DateTime sentAt) => Frames(
        Hj212Span.Hour, sentAt,
        facts.NewestIn(source, fromMs, toMs).Select(windows.Again).OfType<WindowResult>()
            .Select(result => (Local(result.Window.StartMs), ValuesOf(result))));

    /// <summary>Averages of some minutes.</summary>
    /// <exception cref="ArgumentException">The source has no averages of that length.</exception>
    public string Minutes(
        string source, (long FromMs, long ToMs) span, int minutes, Profile profile,
        DateTime sentAt)
    {
        var lengthMs = minutes * MsPerMinute;
        var first = profile.FirstLevel is { } level ? (long)level.Length.TotalMilliseconds : 1;
        return profile.WindowMs % lengthMs != 0 || lengthMs % first != 0
            ? throw new ArgumentException(
                $"{minutes} minutes do not divide the window of '{profile.Id}', or are no "
                    + "multiple of its first level.")
            : Frames(
                Hj212Span.Minutes, sentAt,
                facts.NewestIn(source, span.FromMs, span.ToMs)
                    .SelectMany(row => windows.PartsOf(row, lengthMs))
                    .Select(part => (Local(part.Window.StartMs), ValuesOf(part))));
    }

    /// <summary>Days that are over, each of the hours that begin in it by the local clock.
    /// </summary>
    /// <exception cref="ArgumentException">The profile does not say when a day is valid.
    /// </exception>
    public string Days(
        string source, (long FromMs, long ToMs) span, Profile profile, DateTime sentAt)
    {
        if (profile.Levels.FirstOrDefault(level => level.Span == LevelSpan.Day) is not { } valid)
        {
            throw new ArgumentException($"Profile '{profile.Id}' has no days.");
        }

        var least = (int)Math.Ceiling(valid.HoursMin * MsPerHour / profile.WindowMs);

        // A window after its end says that a day is over; its last hours may be beyond the span.
        var rows = facts.NewestIn(
            source, span.FromMs,
            span.ToMs > long.MaxValue - DayMs ? long.MaxValue : span.ToMs + DayMs);
        var end = rows.Count == 0 ? 0 : rows.Max(row => row.EndMs);
        return Frames(
            Hj212Span.Day, sentAt,
            from row in rows
            group row by DateOnly.FromDateTime(Local(row.StartMs)) into day
            let startMs = Level.StartMsOf(day.Key, zone)
            where span.FromMs <= startMs && startMs < span.ToMs
                && Level.StartMsOf(day.Key.AddDays(1), zone) <= end
            select (
                Local(startMs),
                Hj212Message.DayOf(
                    day.Select(windows.Again).OfType<WindowResult>().Select(ValuesOf),
                    least, Decimals)));
    }

    private DateTime Local(long timeMs) => TimeZoneInfo.ConvertTime(
        DateTimeOffset.FromUnixTimeMilliseconds(timeMs), zone).DateTime;

    private string Frames(
        Hj212Span span, DateTime sentAt,
        IEnumerable<(DateTime Start, ImmutableArray<Hj212Value> Values)> messages)
    {
        var frames = new List<string>();
        foreach (var (start, values) in messages)
        {
            frames.AddRange(Hj212Message.Of(
                    span, sender, start, sentAt.AddMilliseconds(frames.Count), values)
                .Select(Hj212Frame.Encode));
        }

        return string.Concat(frames);
    }

    private static ImmutableArray<Hj212Value> ValuesOf(WindowResult result)
    {
        var hours = result.OperatingMs / 1_000m / SecondsPerHour;
        var flow = NumberOf(result.Flow, result.BookedFlow);
        return
        [
            .. from one in result.Pollutants
               let quantity = one.Mean.Binding.Quantity
               where Hj212Message.CodeOf(quantity) is not null
               select new Hj212Value(
                   quantity, Rounded(NumberOf(one.Concentration, one.Booked)),
                   result.Profile.ReferenceOxygenPercent is null
                       ? null
                       : Rounded(one.Standardised.Value),
                   Rounded(result.Facts.Where(fact => fact.Pollutant == quantity)
                       .Select(fact => (decimal?)fact.Milligrams).FirstOrDefault()
                       / MilligramsPerKilogram),
                   MarkOf(result, one.Concentration, one.Booked)),
            .. result.HasFlow
                ? (Hj212Value[])
                [
                    new Hj212Value(
                        QuantityUnits.Flow, Rounded(flow / SecondsPerHour), null,
                        Rounded(flow * hours),
                        MarkOf(result, result.Flow, result.BookedFlow)),
                ]
                : [],
        ];
    }

    /// <summary>What a rule put in the place of something missing is not sent.</summary>
    private static decimal? NumberOf(Way measured, Way booked) =>
        booked.Replaced?.Status == Status.Manual ? booked.Value : measured.Value;

    private static char MarkOf(WindowResult result, Way measured, Way booked)
    {
        var status = booked.Replaced?.Status == Status.Manual ? Status.Manual
            : measured.Value is not null ? measured.Mean!.Worst
            : measured.Means().SelectMany(mean => mean.Judged)
                .Where(one => one.ExcludedBy is not null).CountBy(one => one.Status)
                .OrderByDescending(pair => pair.Value).Select(pair => (Status?)pair.Key)
                .FirstOrDefault() ?? Status.NoSignal;
        return (result.Operation.Share == 0
            ? StatusFlags.Hj212Stopped
            : StatusFlags.Of(status).Hj212 ?? StatusFlags.Of(Status.NoSignal).Hj212!)[0];
    }

    private static decimal? Rounded(decimal? value) =>
        value is { } number ? Rounding.ToDecimals(number, Decimals) : null;
}
