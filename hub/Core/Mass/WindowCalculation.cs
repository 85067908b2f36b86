using System.Collections.Immutable;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Core.Gaps;
using Monitoring.Core.Standardisation;
using Monitoring.Core.Validity;
using Monitoring.Wire;

namespace Monitoring.Core.Mass;

/// <summary>Turns the images of one window into averages, standardised values and masses.</summary>
public static class WindowCalculation
{
    internal const long MsPerHour = 3_600_000;

    /// <param name="images">The window's images of each device the source needs.</param>
    /// <param name="revision">1, or one more than that of the facts it replaces.</param>
    /// <param name="beside">What there is beside the images; null: nothing.</param>
    public static WindowResult Compute(
        SourceBinding source, Profile profile, Window window,
        IReadOnlyDictionary<string, ImmutableArray<SourceImage>> images,
        int revision, DateTimeOffset knownAt,
        BesideImages? beside = null)
    {
        Invariant.That(revision >= 1 && source.Profile == profile.Id);
        beside ??= BesideImages.Nothing;
        var averages = WindowAverages.Compute(source, profile, window, images)
            .Without(beside.Amended.Excluded);
        var ways = new StackWays(
            source, profile, averages, window.Start, beside.Amended.Biases);
        var filling = new Filling(profile, averages, beside);
        var pollutants = PollutantsOf(averages, ways, filling);
        var flow = filling.Of(ways.Flow);
        var hourly = HourlyRates.Of(
            source, profile, ways, averages.Operation, pollutants, flow);
        pollutants = WithRates(pollutants, hourly, source.HasFlow);
        var derived = DerivedOf(source, profile, hourly);
        var share = source.CommonStack is { } stack
            ? StackShare.Of(stack, source, ways, averages.Operation)
            : null;
        var isStopped = averages.Operation.Share == 0;
        var noFact = isStopped ? null
            : profile.Exclusion == Exclusion.Image && !averages.IsCovered
                ? WindowAverages.RuleCoverage
                : (source.HasFlow ? flow.AbsentBecause : null) ?? share?.AbsentBecause
                    ?? NothingOf(pollutants, derived);
        var result = new WindowResult
        {
            Source = source.Id,
            Profile = profile,
            Window = window,
            Revision = revision,
            Averages = averages.Quantities,
            Coverage = averages.Coverage,
            Operation = averages.Operation,
            Pollutants = pollutants,
            Flow = ways.Flow,
            BookedFlow = flow,
            HasFlow = source.HasFlow,
            Derived = derived,
            Share = share,
            Hourly = hourly,
            Substituted = [.. filling.Substituted],
            Parts = PartsOf(source, profile, window, images, beside.Amended),
            // Without a fact no image is behind one, and each of them names the rule.
            Fates = [.. averages.Fates.Select(fate =>
                fate with { ExcludedBy = fate.ExcludedBy ?? noFact })],
            Facts = [],
            NoFactBecause = noFact,
        };
        return noFact is not null ? result : result with
        {
            Facts =
            [
                .. pollutants.Where(one => isStopped || one.Emitted.Value is not null)
                    .Select(one => MakeFact(
                        result, one.Mean.Binding.Quantity, MassOf(result, one),
                        one.Rate is null || source.HasFlow ? [one.Booked, flow] : [one.Rate],
                        knownAt)),
                .. derived.Where(one => isStopped || one.Rate.Value is not null)
                    .Select(one => MakeFact(
                        result, one.Pollutant, RateMass(result, one.Rate), [one.Rate],
                        knownAt)),
            ],
        };
    }

    /// <summary>
    /// Concentration (mg/m3, dry, at the reference state and the actual oxygen) times flow
    /// (m3/h at the same state) times time, rounded once. Nothing is taken out of the air: where
    /// either is negative, as around an instrument's zero, the mass is 0.
    /// </summary>
    /// <param name="lengthMs">How long it was emitted.</param>
    public static long MassMilligrams(decimal concentration, decimal flowM3PerH, long lengthMs) =>
        concentration < 0 || flowM3PerH < 0
            ? 0
            : Rounding.ToWhole(concentration * flowM3PerH * lengthMs / MsPerHour);

    /// <summary>What a rate gives in a time, mg.</summary>
    internal static long RateMilligrams(Way rate, long lengthMs) => Rounding.ToWhole(
        rate.Value!.Value * Constants.Pound.Value
            * (rate.Quantity == QuantityUnits.CarbonDioxide ? Constants.ShortTon.Value : 1)
            * lengthMs / MsPerHour);

    // Without a flow nothing but a formula gives a mass.
    private static ImmutableArray<PollutantWays> WithRates(
        ImmutableArray<PollutantWays> pollutants, ImmutableArray<HourlyValue> hourly,
        bool hasFlow) =>
    [
        .. pollutants.Select(one => one with
        {
            Rate = RateOf(hourly, one.Mean.Binding.Quantity)
                ?? (hasFlow ? null : NoRate(one.Mean.Binding.Quantity)),
        }),
    ];

    private static Way? RateOf(ImmutableArray<HourlyValue> hourly, string pollutant) =>
        hourly.FirstOrDefault(value => HourlyRates.PollutantOf(value.Parameter) == pollutant)
            ?.Adjusted;

    private static Way NoRate(string pollutant) =>
        Way.NotMeasured(pollutant, HourlyRates.RuleNothing);

    /// <summary>Why nothing at all has a mass; null where something has.</summary>
    private static string? NothingOf(
        ImmutableArray<PollutantWays> pollutants, ImmutableArray<DerivedRate> derived)
    {
        var emitted = pollutants.Select(one => one.Emitted)
            .Concat(derived.Select(one => one.Rate)).ToList();
        return emitted.Any(way => way.Value is not null)
            ? null
            : emitted.Select(way => way.AbsentBecause).FirstOrDefault()
                ?? HourlyRates.RuleNothing;
    }

    private static ImmutableArray<DerivedRate> DerivedOf(
        SourceBinding source, Profile profile, ImmutableArray<HourlyValue> hourly) =>
    [
        .. HourlyRates.DerivedPollutants(source, profile).Select(pollutant =>
            new DerivedRate(pollutant, RateOf(hourly, pollutant) ?? NoRate(pollutant))),
    ];

    private static ImmutableArray<PollutantWays> PollutantsOf(
        WindowAverages averages, StackWays ways, Filling filling) =>
    [
        .. from average in averages.Quantities
           let pollutant = average.Binding.Quantity
           where QuantityUnits.IsPollutant(pollutant)
           let concentration = ways.Concentration(pollutant)
           let standardised = ways.Standardised(concentration)
           select new PollutantWays(
               average, concentration, standardised, ways.Validated(standardised))
           {
               Booked = filling.Of(concentration),
           },
    ];

    /// <summary>Each part is worked out of its own images, as a window of its own.</summary>
    private static ImmutableArray<PartResult> PartsOf(
        SourceBinding source, Profile profile, Window window,
        IReadOnlyDictionary<string, ImmutableArray<SourceImage>> images, AmendedWindow amended)
    {
        var results = ImmutableArray.CreateBuilder<PartResult>();
        foreach (var part in profile.Parts
            .Where(part => source.Quantities.Any(one => one.Quantity == part.Pollutant)))
        {
            var lengthMs = (long)part.Length.TotalMilliseconds;
            var needed = source with
            {
                Quantities =
                [
                    .. source.Quantities.Where(one => one.Quantity == part.Pollutant
                        || !QuantityUnits.IsPollutant(one.Quantity)),
                ],
            };
            for (var startMs = window.StartMs; startMs < window.EndMs; startMs += lengthMs)
            {
                var span = new Window(startMs, startMs + lengthMs);
                var averages = WindowAverages.Compute(
                    needed, profile, span,
                    images.ToDictionary(
                        device => device.Key,
                        device => device.Value
                            .Where(one => span.Contains(one.Image.TimeMs)).ToImmutableArray()))
                    .Without(amended.Excluded);
                var ways = new StackWays(
                    needed, profile, averages, span.Start, amended.Biases);
                results.Add(new PartResult(
                    part.Id, span,
                    ways.Validated(ways.Standardised(ways.Concentration(part.Pollutant)))));
            }
        }

        return results.ToImmutable();
    }

    /// <summary>Puts there what takes the place of something missing, or entered for it.
    /// </summary>
    private sealed class Filling(
        Profile profile, WindowAverages averages, BesideImages beside)
    {
        /// <summary>What rules gave, also where a person entered something else.</summary>
        public List<Way> Substituted { get; } = [];

        public Way Of(Way measured)
        {
            var way = measured;
            if (measured.Value is null && averages.Operation.Share > 0
                && beside.Substitutes.TryGetValue(measured.Quantity, out var found)
                && found.Value is { } value)
            {
                way = measured.ReplacedBy(
                    value, Status.Substituted, found.Method, found.Inputs,
                    profile.AverageDecimals);
                Substituted.Add(way);
            }

            return beside.Amended.Entered.TryGetValue(measured.Quantity, out var entry)
                ? measured.ReplacedBy(
                    entry.Value!.Value, Status.Manual, Entered(entry), [],
                    profile.AverageDecimals)
                : way;
        }

        private static string Entered(Amendment entry) =>
            $"entered by {entry.Author} ({entry.Kind.ToString().ToLowerInvariant()}, "
                + $"{entry.Id}): {entry.Reason}";
    }

    private static long MassOf(WindowResult result, PollutantWays pollutant) =>
        result.OperatingMs == 0 ? 0
        : pollutant.Rate is { } rate ? RateMass(result, rate)
        : Shared(result, MassMilligrams(
            pollutant.Booked.Value!.Value, result.BookedFlow.Value!.Value, result.OperatingMs));

    private static long RateMass(WindowResult result, Way rate) => result.OperatingMs == 0
        ? 0
        : Shared(result, RateMilligrams(rate, result.OperatingMs));

    /// <summary>What of the stack's mass is this unit's.</summary>
    private static long Shared(WindowResult result, long milligrams) =>
        result.Share?.Of(milligrams) ?? milligrams;

    /// <param name="factors">Every quantity of the formula lends its doubt to the mass.</param>
    private static Fact MakeFact(
        WindowResult result, string pollutant, long milligrams, Way[] factors,
        DateTimeOffset knownAt)
    {
        var replaced = factors.FirstOrDefault(way => way.Replaced is not null)?.Replaced;
        var isRate = result.Derived.Any(one => one.Pollutant == pollutant)
            || result.Pollutants.Any(one =>
                one.Mean.Binding.Quantity == pollutant && one.Rate is not null);
        var fact = new Fact
        {
            Id = "",
            Source = result.Source,
            Pollutant = pollutant,
            Window = result.Window,
            Milligrams = milligrams,
            Method = (isRate ? "hourly-rate" : "concentration-times-flow")
                + (result.Share is null ? "" : "-shared") + $"/{result.Profile.Id}",
            Quality = replaced is { } instead
                ? Statuses.NameOf(instead.Status)
                : QuantityAverage.WorstOf(factors.SelectMany(way => way.Means())),
            Revision = result.Revision,
            KnownAt = knownAt,
            Inputs = [.. result.Fates.Where(fate => fate.IsUsed).Select(fate => fate.Record)],
        };
        return fact with { Id = Fact.IdOf(fact) };
    }
}
