using System.Globalization;
using Monitoring.Core.Averaging;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>
/// Keeps the longer averages of a source up with its windows: closes each span that the source
/// has passed, and works a closed one out again when one of its windows has a new revision. What
/// it writes follows from stored windows alone, so whenever and however often it runs, the rows
/// come out the same.
/// </summary>
public sealed class LevelAverages(
    LevelBook levels, ClusterMap cluster, ProfileSet profiles)
{
    private const int WindowsAtOnceMax = 500;
    private const string MassUnit = "mg";

    /// <summary>Works in what there is; true where that was something.</summary>
    public async Task<bool> AdvanceAsync(string source)
    {
        var hasLevels = cluster.Sources.Any(one =>
            one.Id == source && !profiles[one.Profile].Levels.IsEmpty);
        var windows = hasLevels ? levels.WindowsAfterCursor(source, WindowsAtOnceMax) : [];
        if (windows.Count == 0)
        {
            return false;
        }

        var seen = windows[^1].Id;
        var untilMs = levels.WindowsUntil(source, seen);
        var spans = new HashSet<(Level Level, Window Span)>();
        foreach (var window in windows)
        {
            if (BindingAt(source, window.StartMs) is { } binding)
            {
                spans.UnionWith(
                    from level in profiles[binding.Profile].Levels
                    from span in SpansOf(binding, level, window, untilMs)
                    select (level, span));
            }
        }

        await levels.WriteAsync(
            source,
            [
                .. spans.OrderBy(one => one.Span.EndMs)
                    .SelectMany(one => Revised(source, one.Level, one.Span, seen)),
            ],
            seen);
        return true;
    }

    /// <summary>What a span of a level says, of windows up to a row of the books.</summary>
    public IEnumerable<LevelRow> Compute(string source, Level level, Window span, long seen)
    {
        if (BindingAt(source, span.EndMs - 1) is not { } binding)
        {
            yield break;
        }

        var profile = profiles[binding.Profile];
        var expected = ExpectedIn(source, span, profile);
        var values = levels.ValuesOf(source, span, seen).ToLookup(row => row.Quantity);
        var masses = levels.MassesOf(source, span, seen)
            .ToDictionary(row => row.Pollutant, row => (row.Milligrams, row.Count));
        foreach (var pollutant in binding.Quantities.Select(one => one.Quantity)
            .Where(QuantityUnits.IsPollutant))
        {
            var quantity = pollutant + LevelBook.ValidatedSuffix;
            var average = values[quantity]
                .Aggregate(
                    default(LevelSum), (sum, row) => sum.Add(row.Number, row.AbsentBecause))
                .Close(level, span, profile, expected);
            yield return RowOf(source, average, quantity, QuantityUnits.MilligramsPerM3, seen);

            var (milligrams, count) = masses.GetValueOrDefault(pollutant);
            var total = new LevelAverage(
                level, span, count > 0 ? milligrams : null,
                count > 0 ? null : LevelAverage.RuleHours, (int)count, 0,
                Math.Max(0, expected - (int)count));
            yield return RowOf(
                source, total, pollutant + LevelBook.MassSuffix, MassUnit, seen);
        }
    }

    /// <summary>The spans that a window touches and those that it closes.</summary>
    private IEnumerable<Window> SpansOf(
        SourceBinding source, Level level, WindowRow window, long untilMs)
    {
        var zone = source.TimeZone;
        var windowMs = window.EndMs - window.StartMs;
        if (level.Span == LevelSpan.Rolling)
        {
            var lengthMs = (long)level.RollingLength.TotalMilliseconds;
            return levels
                .WindowStarts(source.Id, new Window(window.StartMs, window.StartMs + lengthMs))
                .Select(startMs => level.Containing(startMs, zone, windowMs));
        }

        var spans = new List<Window>();
        var own = level.Containing(window.StartMs, zone, windowMs);
        if (own.EndMs <= untilMs)
        {
            spans.Add(own);
        }

        // Time without any window is passed over, not forgotten.
        for (var next = level.Containing(
                levels.ClosedUntil(source.Id, level.Id) ?? own.StartMs, zone, windowMs);
            next.EndMs <= untilMs;
            next = level.Containing(next.EndMs, zone, windowMs))
        {
            spans.Add(next);
        }

        return spans;
    }

    private IEnumerable<LevelRow> Revised(string source, Level level, Window span, long seen)
    {
        var old = levels.NewestOf(source, level.Id, span.StartMs)
            .ToDictionary(row => row.Quantity);
        foreach (var row in Compute(source, level, span, seen))
        {
            var before = old.GetValueOrDefault(row.Quantity);
            if (before is null || !before.SaysWhat(row))
            {
                yield return row with { Revision = (before?.Revision ?? 0) + 1 };
            }
        }
    }

    /// <summary>Its windows, but for those before the source was there or after.</summary>
    private int ExpectedIn(string source, Window span, Profile profile)
    {
        var bindings = cluster.Sources.Where(one => one.Id == source).ToList();
        var fromMs = bindings.Min(one => one.From).ToUnixTimeMilliseconds();
        var untilMs = bindings.Max(one => one.Until ?? DateTimeOffset.MaxValue)
            .ToUnixTimeMilliseconds();
        var lengthMs = Math.Min(span.EndMs, untilMs) - Math.Max(span.StartMs, fromMs);
        return (int)(Math.Max(0, lengthMs) / profile.WindowMs);
    }

    // Of a source that is bound no more, the last binding.
    private SourceBinding? BindingAt(string source, long timeMs)
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(timeMs);
        return cluster.SourceAt(source, time)
            ?? cluster.Sources.LastOrDefault(one => one.Id == source && one.From <= time);
    }

    private static LevelRow RowOf(
        string source, LevelAverage average, string quantity, string unit, long seen) => new()
    {
        Source = source,
        Level = average.Level.Id,
        Quantity = quantity,
        Unit = unit,
        StartMs = average.Window.StartMs,
        EndMs = average.Window.EndMs,
        Revision = 1,
        Value = average.Value?.ToString(CultureInfo.InvariantCulture),
        AbsentBecause = average.AbsentBecause,
        Counted = average.Counted,
        Lost = average.Lost,
        Expected = average.Expected,
        Seen = seen,
    };
}
