using System.Globalization;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Mass;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>
/// Explains an average by its row in the books: one of a window from its raw readings, a longer
/// one from its windows.
/// </summary>
public sealed class AverageTraces(
    StoredWindows windows, FactBook facts, LevelBook levels, ClusterMap cluster,
    ProfileSet profiles)
{
    /// <summary>The average of a window is <c>average-</c> and the number of its row.</summary>
    public const string OfWindow = "average-";

    /// <summary>A longer one, or one within a window, is <c>level-</c> and a number.</summary>
    public const string OfLevel = "level-";

    // A trace with more readings than this is no help to a person; it names its windows instead.
    private const long ReadingsMax = 20_000;

    /// <summary>Null for an id that is none of theirs.</summary>
    public Trace? Find(string id)
    {
        try
        {
            return NumberOf(id, OfWindow) is { } average ? Average(average, id)
                : NumberOf(id, OfLevel) is { } level ? Level(level)
                : null;
        }
        catch (RecordsDeletedException e)
        {
            return new Trace { Title = id, Note = e.Message };
        }
    }

    private static long? NumberOf(string id, string prefix) =>
        id.StartsWith(prefix, StringComparison.Ordinal)
        && long.TryParse(
            id.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture,
            out var number)
            ? number
            : null;

    private Trace? Average(long number, string id)
    {
        if (facts.FindAverage(number) is not var (quantity, value, row)
            || windows.Again(row) is not { } result)
        {
            return null;
        }

        var trace = TraceOf(result, quantity) with
        {
            Span = new TraceSpan(row.StartMs, row.EndMs),
        };
        return trace.Result?.Value == value ? trace : trace with
        {
            Note = $"{trace.Note}; worked out again it differs from the stored "
                + $"{value ?? "absence"}: profile or cluster.yaml changed since ({id})",
        };
    }

    private static Trace TraceOf(WindowResult result, string quantity) =>
        quantity == FactBook.FlowAtReference ? result.TraceOfFlow()
        : Without(LevelBook.ValidatedSuffix, quantity) is { } validated
            ? result.TraceOfValidated(validated)
        : Without(FactBook.StandardisedSuffix, quantity) is { } standardised
            ? result.TraceOfStandardised(standardised)
        : Without(GapBook.ReferenceSuffix, quantity) is { } reference
            ? result.TraceAtReference(reference)
        : (Without(GapBook.SubstituteSuffix, quantity)
            ?? Without(AmendmentBook.EnteredSuffix, quantity)) is { } missing
            ? result.TraceOfBooked(missing)
        : quantity.StartsWith(FactBook.HourlyPrefix, StringComparison.Ordinal)
            ? result.TraceOfHourly(
                quantity[FactBook.HourlyPrefix.Length..].ToUpperInvariant())
        : result.TraceOfMean(quantity);

    private static string? Without(string suffix, string quantity) =>
        quantity.EndsWith(suffix, StringComparison.Ordinal) ? quantity[..^suffix.Length] : null;

    private Trace? Level(long number)
    {
        if (levels.Find(number) is not { } row
            || cluster.SourceAt(
                row.Source, DateTimeOffset.FromUnixTimeMilliseconds(row.EndMs - 1))
                is not { } source)
        {
            return null;
        }

        var profile = profiles[source.Profile];
        var span = new Window(row.StartMs, row.EndMs);
        if (profile.Levels.FirstOrDefault(one => one.Id == row.Level) is not { } level)
        {
            return Part(row);
        }

        var average = new LevelAverage(
            level, span, row.Number, row.AbsentBecause, (int)row.Counted,
            (int)(row.Expected - row.Counted - row.Lost), (int)row.Lost);
        if (Without(LevelBook.MassSuffix, row.Quantity) is { } pollutant)
        {
            var masses = facts.FactsOfSource(row.Source, pollutant, span, row.Seen);
            return LevelTrace.OfTotal(
                row.Quantity, average,
                [
                    .. masses.Select(fact => new LevelPart(
                        fact.Id, new Window(fact.StartMs, fact.EndMs), fact.Milligrams, null)),
                ],
                source.MassUncertainty(pollutant), source.TimeZone);
        }

        var values = levels.ValuesOf(row.Source, span, row.Seen)
            .Where(value => value.Quantity == row.Quantity).ToList();
        var trace = LevelTrace.OfMean(
            row.Quantity, average, profile,
            [
                .. values.Select(value => new LevelPart(
                    $"{OfWindow}{value.AverageId}", new Window(value.StartMs, value.EndMs),
                    value.Number, value.AbsentBecause)),
            ],
            source.TimeZone);
        var readings = span.LengthMs / (long)source.Cycle.TotalMilliseconds;
        return readings <= ReadingsMax ? trace.Expand(Find) : trace;
    }

    private Trace? Part(LevelRow row) =>
        facts.WindowOf(row.Seen) is { } window
        && windows.Again(window) is { } result
        && result.Parts.FirstOrDefault(part => part.Level == row.Level
            && part.Window.StartMs == row.StartMs) is { } found
            ? result.TraceOfPart(found)
            : null;
}
