using System.Collections.Immutable;
using Monitoring.Core.Averaging;
using Monitoring.Wire;

namespace Monitoring.Core.Gaps;

/// <summary>One hour of one quantity as it was measured.</summary>
/// <param name="Value">At the reference state; null: it was not measured.</param>
/// <param name="IsStanding">The plant stood, so nothing was there to measure.</param>
public readonly record struct MeasuredHour(long StartMs, decimal? Value, bool IsStanding)
{
    public bool IsMissing => Value is null && !IsStanding;

    /// <summary>What the unit made; null: nobody measured it.</summary>
    public decimal? Load { get; init; }
}

/// <summary>A run of missing hours; hours in which the plant stood do not end it.</summary>
/// <param name="First">Where it begins in the series.</param>
/// <param name="Last">Where it ends, so far.</param>
public readonly record struct Gap(
    int First, int Last, int Hours, MeasuredHour? Before, MeasuredHour? After);

/// <summary>
/// The hours of one quantity of a source, and what takes the place of those that are missing.
/// It follows from these hours alone, so whoever has the same hours comes to the same number,
/// whenever and in whatever order they came.
/// </summary>
/// <param name="Quantity">A pollutant, or <c>flow</c>.</param>
/// <param name="Potential">The most it can be; null where the way needs none.</param>
/// <param name="Hours">In order of time.</param>
public sealed record GapSeries(
    GapRule Way, string Quantity, string Unit, decimal? Potential, TimeZoneInfo Zone,
    ImmutableArray<MeasuredHour> Hours)
{
    private const long MsPerHour = 3_600_000;
    private const int MonthsPerQuarter = 3;

    /// <summary>The most that the unit can make; null: there are no ranges of load.</summary>
    public decimal? LoadMost { get; init; }

    private bool IsFlow => Quantity == QuantityUnits.Flow;

    /// <summary>The gap that an hour lies in.</summary>
    public Gap GapAt(int index)
    {
        Invariant.That(Hours[index].IsMissing);
        var (first, last, count) = (index, index, 1);
        var before = index - 1;
        for (; before >= 0 && Hours[before].Value is null; before--)
        {
            first = Hours[before].IsMissing ? before : first;
            count += Hours[before].IsMissing ? 1 : 0;
        }

        var after = index + 1;
        for (; after < Hours.Length && Hours[after].Value is null; after++)
        {
            last = Hours[after].IsMissing ? after : last;
            count += Hours[after].IsMissing ? 1 : 0;
        }

        return new Gap(
            first, last, count, before < 0 ? null : Hours[before],
            after == Hours.Length ? null : Hours[after]);
    }

    /// <summary>
    /// What takes the place of a missing hour. Hours that are three years older play no part.
    /// </summary>
    public Substitute At(int index)
    {
        var from = FirstFrom(Hours[index].StartMs - GapConstants.ClockHours.Whole * MsPerHour);
        if (from > 0)
        {
            return (this with { Hours = Hours[from..] }).At(index - from);
        }

        var gap = GapAt(index);
        return Way switch
        {
            GapRule.Part75 => Part75(index, gap),
            GapRule.Mrr => TwoSigma(index, gap),
            GapRule.Hj75 => Chinese(index, gap),
            _ => Substitute.None("the profile fills no gaps"),
        };
    }

    /// <summary>Where hours that changed since may have changed what is before them.</summary>
    /// <param name="changedMs">The start of the first hour that is new or another.</param>
    /// <returns>The place of the first hour to look at.</returns>
    public int TouchedFrom(long changedMs)
    {
        var changed = FirstFrom(changedMs);
        var from = changed;
        for (var before = changed - 1; before >= 0 && Hours[before].Value is null; before--)
        {
            from = before;
        }

        // What was an hour of a period that is over rests on all of that period.
        var period = changed == 0 ? changed : FirstFrom(PeriodOf(Hours[changed - 1].StartMs));
        return Way == GapRule.Part75 ? from : Math.Min(from, period);
    }

    /// <summary>Of the last hours of operation up to one, those that were measured, percent.
    /// </summary>
    public decimal Availability(int last) => Gaps.Availability.Percent(
        OperatingHours(last), Hours[last].StartMs / MsPerHour) ?? 0;

    public ImmutableArray<OperatingHour> OperatingHours(int last) =>
    [
        .. Hours.Take(last + 1).Where(hour => !hour.IsStanding).Select(hour =>
            new OperatingHour(hour.StartMs / MsPerHour, hour.Value is not null)),
    ];

    /// <summary>The same with a gap at its end made longer, or made, to a number of hours.
    /// </summary>
    public GapSeries Lengthened(int hours)
    {
        var startMs = Hours[^1].StartMs;
        var have = Hours[^1].IsMissing ? GapAt(Hours.Length - 1).Hours : 0;
        return this with
        {
            Hours =
            [
                .. Hours, .. Enumerable.Range(1, Math.Max(0, hours - have)).Select(more =>
                    new MeasuredHour(startMs + more * MsPerHour, null, false)
                    {
                        Load = Hours[^1].Load,
                    }),
            ],
        };
    }

    private Substitute Part75(int index, Gap gap)
    {
        var table = IsFlow || Quantity == "nox"
            ? SubstitutionTable.ByLoad
            : SubstitutionTable.Hourly;
        var lookback = Before(gap.First, Part75Substitution.LookbackHours(table));
        var range = table == SubstitutionTable.ByLoad && LoadMost is { } most
            && Hours[index].Load is { } load
                ? LoadRange.Of(load, most)
                : (int?)null;
        var counted = LoadRange.HoursIn(lookback, range, LoadMost);
        var availability = Availability(gap.Last);
        var asked = new Part75Gap(
            table, availability, gap.Hours, gap.Before?.Value, gap.After?.Value,
            Values(counted), Potential!.Value);
        var isInitial = lookback.Length < Part75Substitution.LookbackHours(table);
        return (isInitial ? Part75Substitution.Initial(asked) : Part75Substitution.Of(asked)) with
        {
            Inputs =
            [
                .. Around(gap), .. LookbackOf(counted),
                .. range is { } number
                    ? (Constant[])
                    [
                        new Constant("load range of the hour", number, "", "load of the unit"),
                        LoadRange.Ranges,
                    ]
                    : [],
                new Constant(
                    "availability at the end of the gap", Rounding.ToDecimals(availability, 3),
                    "%", "hours of operation"),
                new Constant(
                    "potential value", Potential.Value, Unit, "cluster.yaml, potentials"),
                .. Part75Substitution.ConstantsOf(asked),
            ],
        };
    }

    private Substitute TwoSigma(int index, Gap gap)
    {
        if (IsFlow)
        {
            return Substitute.None(
                "a missing flow is to come from a mass or energy balance (Article 45)");
        }

        var hours = InPeriod(index, gap);
        return TwoSigmaSubstitution.Of(Values([.. hours.Where(hour => hour.Value is not null)]))
            with { Inputs = [.. Around(gap), .. LookbackOf(hours), GapConstants.Sigmas] };
    }

    private Substitute Chinese(int index, Gap gap)
    {
        var hours = InPeriod(index, gap).Where(hour => !hour.IsStanding).ToList();
        var capture = 100m * hours.Count(hour => hour.Value is not null) / hours.Count;
        var lookback = Before(gap.First, GapConstants.ChineseMost.Whole);
        return ChineseSubstitution.Of(Values(lookback), capture, gap.Hours) with
        {
            Inputs =
            [
                .. Around(gap), .. LookbackOf(lookback),
                new Constant(
                    "captured of the quarter", Rounding.ToDecimals(capture, 3), "%",
                    "hours of operation"),
                GapConstants.CaptureHigh, GapConstants.ChineseLongGap,
            ],
        };
    }

    /// <summary>
    /// The period's hours up to the end of the gap; all of them once the period is over.
    /// </summary>
    private ImmutableArray<MeasuredHour> InPeriod(int index, Gap gap)
    {
        var startMs = PeriodOf(Hours[index].StartMs);
        var endMs = PeriodOf(startMs, next: true);
        var until = Hours[^1].StartMs + MsPerHour >= endMs ? FirstFrom(endMs) : gap.Last + 1;
        return Hours[FirstFrom(startMs)..Math.Min(until, FirstFrom(endMs))];
    }

    /// <summary>The start of the reporting year, or quarter, that an instant lies in.</summary>
    private long PeriodOf(long timeMs, bool next = false)
    {
        var local = TimeZoneInfo.ConvertTime(
            DateTimeOffset.FromUnixTimeMilliseconds(timeMs), Zone);
        var months = Way == GapRule.Hj75 ? MonthsPerQuarter : 12;
        var month = (local.Month - 1) / months * months + 1;
        var start = new DateOnly(local.Year, month, 1);
        return Level.StartMsOf(next ? start.AddMonths(months) : start, Zone);
    }

    /// <summary>The last measured hours before a place, as many as are asked for.</summary>
    private ImmutableArray<MeasuredHour> Before(int index, int count)
    {
        var found = new List<MeasuredHour>(count);
        for (var i = index - 1; i >= 0 && found.Count < count; i--)
        {
            if (Hours[i].Value is not null)
            {
                found.Add(Hours[i]);
            }
        }

        found.Reverse();
        return [.. found];
    }

    private int FirstFrom(long timeMs)
    {
        var (low, high) = (0, Hours.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = Hours[middle].StartMs < timeMs ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private IEnumerable<Constant> Around(Gap gap)
    {
        yield return new Constant(
            "length of the gap", gap.Hours, "h",
            $"from {Time(Hours[gap.First])}, until {Time(Hours[gap.Last])}");
        if (gap.Before is { } before)
        {
            yield return new Constant("hour before", before.Value!.Value, Unit, Time(before));
        }

        if (gap.After is { } after)
        {
            yield return new Constant("hour after", after.Value!.Value, Unit, Time(after));
        }
    }

    private IEnumerable<Constant> LookbackOf(ImmutableArray<MeasuredHour> hours) =>
        hours.IsEmpty ? [] :
        [
            new Constant(
                "hours looked back over", hours.Count(hour => hour.Value is not null), "h",
                $"from {Time(hours[0])}, until {Time(hours[^1])}"),
        ];

    private static ImmutableArray<decimal> Values(ImmutableArray<MeasuredHour> hours) =>
        [.. hours.Select(hour => hour.Value!.Value)];

    private string Time(MeasuredHour hour) => TraceText.Local(hour.StartMs, Zone);
}
