using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Gaps;
using Monitoring.Core.Mass;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>A window in whose place something else belongs than the books have.</summary>
public sealed record RefillWindow(
    SourceBinding Binding, Window Window, IReadOnlyDictionary<string, Substitute> Substitutes);

/// <summary>A look at the gaps of a source.</summary>
/// <param name="To">The newest window row that it saw.</param>
public sealed record GapLook(IReadOnlyList<RefillWindow> Windows, long To);

/// <summary>The gaps of a source that last, and its availability.</summary>
/// <param name="UntilMs">The end of its newest hour.</param>
/// <param name="SilentSinceMs">
/// The end of the newest hour that was heard, where more are over since; null: there are none.
/// </param>
public sealed record SourceGaps(
    string Source, string Profile, long UntilMs, long? SilentSinceMs,
    ImmutableArray<QuantityStanding> Quantities,
    ImmutableArray<(string Pollutant, GapCost? Cost)> Pollutants);

/// <summary>
/// Says what takes the place of hours that were not measured. It follows from stored hours alone:
/// an hour that comes late, or ends a gap, changes what is in the place of others, and these get
/// a new revision. So whenever and however often it runs, the books come out the same.
/// </summary>
public sealed class GapFilling(
    GapBook gaps, SourceClocks clocks, ClusterMap cluster, ProfileSet profiles)
{
    private const long MsPerHour = 3_600_000;

    // What touches an hour may be three years after it, and rests on three years before.
    private static readonly long LookbackMs = 2 * GapConstants.ClockHours.Whole * MsPerHour;

    private static readonly IReadOnlyDictionary<string, Substitute> Nothing =
        ImmutableDictionary<string, Substitute>.Empty;

    /// <summary>For a command, which has the stores and no host.</summary>
    public static GapFilling Of(Books books, ClusterMap cluster, ProfileSet profiles) => new(
        new GapBook(books), new SourceClocks(new FactBook(books), cluster, profiles), cluster,
        profiles);

    /// <summary>What takes the place of what one window lacks.</summary>
    /// <param name="seen">Window rows after this one are passed over.</param>
    /// <param name="instead">By quantity, hours in the place of those in the books.</param>
    public IReadOnlyDictionary<string, Substitute> Of(
        SourceBinding source, WindowResult measured, long seen,
        ILookup<string, MeasuredHour>? instead = null)
    {
        if (measured.Profile.MissingData == GapRule.None || measured.Operation.Share == 0)
        {
            return Nothing;
        }

        var ways = measured.Filled.Where(way => way.Value is null)
            .Select(way => way.Quantity).ToList();
        if (ways.Count == 0)
        {
            return Nothing;
        }

        var startMs = measured.Window.StartMs;
        var stored = HoursOf(source.Id, startMs - LookbackMs, seen);
        return ways.ToDictionary(quantity => quantity, quantity =>
        {
            var hours = With(
                [new MeasuredHour(startMs, null, false) { Load = measured.Load }],
                With(instead?[quantity] ?? [], stored.GetValueOrDefault(quantity, [])));
            var series = SeriesOf(source, measured.Profile, quantity, hours);
            return series.At(hours.IndexOf(hours.First(hour => hour.StartMs == startMs)));
        });
    }

    /// <summary>Null where no window was written since the last look.</summary>
    public GapLook? Look(string source)
    {
        if (!cluster.Sources.Any(one => one.Id == source && Fills(one))
            || gaps.Changed(source) is not var (changedMs, to))
        {
            return null;
        }

        return new GapLook(
            gaps.IsMissingFrom(source, EarliestTouched(source, changedMs))
                ? FilledOtherwise(
                    source, HoursOf(source, changedMs - LookbackMs, long.MaxValue), changedMs)
                : [],
            to);
    }

    /// <summary>What would be filled otherwise if hours in the books were others.</summary>
    /// <param name="instead">By quantity, those in their place.</param>
    public IReadOnlyList<RefillWindow> If(string source, ILookup<string, MeasuredHour> instead)
    {
        var changedMs = instead.SelectMany(hours => hours).Min(hour => hour.StartMs);
        var stored = HoursOf(source, changedMs - LookbackMs, long.MaxValue);
        return FilledOtherwise(
            source, stored.ToDictionary(
                pair => pair.Key, pair => With(instead[pair.Key], pair.Value)),
            changedMs);
    }

    private List<RefillWindow> FilledOtherwise(
        string source, Dictionary<string, ImmutableArray<MeasuredHour>> hours, long changedMs)
    {
        var found = new Dictionary<long, RefillWindow>();
        foreach (var quantity in hours.Keys)
        {
            Collect(source, quantity, hours[quantity], changedMs, found);
        }

        if (found.Count == 0)
        {
            return [];
        }

        var stored = gaps.SubstitutesFrom(source, found.Keys.Min()).ToLookup(row => row.StartMs);
        return
        [
            .. found.Values.Where(one => !IsStored(one, stored[one.Window.StartMs]))
                .OrderBy(one => one.Window.StartMs),
        ];
    }

    /// <summary>
    /// Null for a source without windows, or whose profile neither fills gaps nor has longer
    /// averages to lose. What is over by the clock and was not heard yet is missing like all
    /// others, while that lasts.
    /// </summary>
    public SourceGaps? Standing(string source, DateTimeOffset now)
    {
        if (cluster.Sources.LastOrDefault(one => one.Id == source) is not { } binding)
        {
            return null;
        }

        var profile = profiles[binding.Profile];
        if (!Fills(binding))
        {
            return !profile.Levels.IsEmpty && clocks.Of(source, now) is { } at
                && !(binding.Until <= now)
                ? UnfilledGaps.Of(gaps, at)
                : null;
        }

        if (gaps.NewestHourOf(source) is not { } newestMs)
        {
            return null;
        }

        var silent = SilentHours(binding, newestMs, now);
        var series = HoursOf(source, newestMs - LookbackMs, long.MaxValue)
            .ToDictionary(pair => pair.Key, pair =>
                SeriesOf(binding, profile, pair.Key, pair.Value.AddRange(silent)));
        var flow = series.GetValueOrDefault(QuantityUnits.Flow);
        return new SourceGaps(
            source, profile.Id, newestMs + MsPerHour * (1 + silent.Length),
            silent.IsEmpty ? null : newestMs + MsPerHour,
            [.. series.Values.Select(QuantityStanding.Of)],
            [
                .. series.Values.Where(one => flow is not null && one != flow)
                    .Select(one => (one.Quantity, PollutantGap.CostOf(one, flow!))),
            ]);
    }

    /// <summary>How a gap that lasts is filled and what it costs; null where none does.</summary>
    public Trace? TraceOf(string source, string quantity, DateTimeOffset now) =>
        Standing(source, now) is { } standing
        && standing.Quantities.FirstOrDefault(one => one.Quantity == quantity)
            is { SinceMs: { } sinceMs, Now: { } filled } found
            ? new Trace
            {
                Title = $"gap of {quantity} of {source}",
                Span = new TraceSpan(sinceMs, standing.UntilMs),
                Rule = filled.Method,
                Result = filled.Value is { } value ? TraceValue.Of(value, found.Unit) : null,
                Note = string.Create(
                    CultureInfo.InvariantCulture, $"{found.GapHours:0.###} hours, and it lasts")
                    + (standing.SilentSinceMs is null
                        ? ""
                        : "; the gateway is silent, and the hours are those of the hub's clock"),
                Constants = [.. filled.Inputs.Select(input => input.ToTrace())],
                Parts =
                [
                    .. standing.Pollutants.Where(one => one.Cost is not null)
                        .Select(one => CostTrace(one.Pollutant, one.Cost!)),
                ],
            }
            : null;

    private static Trace CostTrace(string pollutant, GapCost cost) => new()
    {
        Title = $"cost of the gap in {pollutant}",
        Rule = "hours x (booked - usual) / 1000000",
        Result = TraceValue.Of(cost.SoFar, "t"),
        Note = cost.HarderAtHours is { } hours ? $"a harder rule from hour {hours} on" : "",
        Constants =
        [
            TraceConstant.Of("hours", cost.Hours, "h", "of the gap so far"),
            TraceConstant.Of(
                "booked", cost.BookedGramsPerHour ?? cost.UsualGramsPerHour, "g/h",
                "by the rule that fills it"),
            TraceConstant.Of(
                "usual", cost.UsualGramsPerHour, "g/h", "mean of the last 720 measured hours"),
        ],
    };

    private static ImmutableArray<MeasuredHour> SilentHours(
        SourceBinding binding, long newestMs, DateTimeOffset now) =>
    [
        .. Enumerable.Range(1, (int)SourceClocks.SilentWindows(
                binding, newestMs + MsPerHour, MsPerHour, now))
            .Select(i => new MeasuredHour(newestMs + i * MsPerHour, null, false)),
    ];

    public void Done(string source, GapLook look) => gaps.Done(source, look.To);

    private static ImmutableArray<MeasuredHour> With(
        IEnumerable<MeasuredHour> instead, ImmutableArray<MeasuredHour> hours)
    {
        var others = instead.ToDictionary(hour => hour.StartMs);
        return
        [
            .. hours.Where(hour => !others.ContainsKey(hour.StartMs)).Concat(others.Values)
                .OrderBy(hour => hour.StartMs),
        ];
    }

    private void Collect(
        string source, string quantity, ImmutableArray<MeasuredHour> hours, long changedMs,
        Dictionary<long, RefillWindow> found)
    {
        if (BindingAt(source, hours[^1].StartMs) is not { } last)
        {
            return;
        }

        var touched = SeriesOf(last, profiles[last.Profile], quantity, hours)
            .TouchedFrom(changedMs);
        for (var i = touched; i < hours.Length; i++)
        {
            if (!hours[i].IsMissing || BindingAt(source, hours[i].StartMs) is not { } binding
                || !Fills(binding))
            {
                continue;
            }

            var startMs = hours[i].StartMs;
            var substitute = SeriesOf(binding, profiles[binding.Profile], quantity, hours).At(i);
            var substitutes = found.GetValueOrDefault(startMs)?.Substitutes ?? Nothing;
            found[startMs] = new RefillWindow(
                binding, new Window(startMs, startMs + MsPerHour),
                new Dictionary<string, Substitute>(substitutes) { [quantity] = substitute });
        }
    }

    private bool IsStored(RefillWindow one, IEnumerable<SubstituteRow> rows)
    {
        var decimals = profiles[one.Binding.Profile].AverageDecimals;
        var kept = rows.ToDictionary(
            row => row.Quantity,
            row => ((decimal?)LevelBook.NumberOf(row.Value), row.Method));
        var now = one.Substitutes.Where(pair => pair.Value.Value is not null).ToDictionary(
            pair => pair.Key + GapBook.SubstituteSuffix,
            pair => ((decimal?)Rounding.ToDecimals(pair.Value.Value!.Value, decimals),
                pair.Value.Method));
        return kept.Count == now.Count && now.All(pair =>
            kept.TryGetValue(pair.Key, out var before) && before == pair.Value);
    }

    /// <summary>No hour before it can have another substitute for what changed then.</summary>
    private long EarliestTouched(string source, long changedMs)
    {
        var before = changedMs - MsPerHour;
        return BindingAt(source, changedMs) is { } binding
            && profiles[binding.Profile].MissingData == GapRule.Part75
                ? before
                : before - GapConstants.ClockHours.Whole * MsPerHour;
    }

    private Dictionary<string, ImmutableArray<MeasuredHour>> HoursOf(
        string source, long fromMs, long seen)
    {
        var rows = gaps.HoursOf(source, fromMs, seen).ToLookup(row => row.Quantity);
        var loads = rows[QuantityUnits.Load].ToDictionary(row => row.StartMs, row => row.Number);
        return rows.Where(of => of.Key != QuantityUnits.Load).ToDictionary(
            of => of.Key[..^GapBook.ReferenceSuffix.Length],
            of => of.Select(row => new MeasuredHour(
                row.StartMs, row.Number, row.AbsentBecause == WindowAverages.RuleNotOperating)
            {
                Load = loads.GetValueOrDefault(row.StartMs),
            }).ToImmutableArray());
    }

    private static GapSeries SeriesOf(
        SourceBinding source, Profile profile, string quantity,
        ImmutableArray<MeasuredHour> hours) => new(
        profile.MissingData, quantity, QuantityUnits.UnitOf(quantity),
        source.Potentials.TryGetValue(quantity, out var most) ? most : null, source.TimeZone,
        hours)
    {
        LoadMost = source.Potentials.TryGetValue(QuantityUnits.Load, out var load) ? load : null,
    };

    private bool Fills(SourceBinding source) =>
        profiles[source.Profile].MissingData != GapRule.None;

    private SourceBinding? BindingAt(string source, long timeMs) =>
        cluster.SourceAt(source, DateTimeOffset.FromUnixTimeMilliseconds(timeMs));
}
