using System.Collections.Immutable;
using Monitoring.Core.Averaging;
using Monitoring.Core.Standardisation;
using Monitoring.Wire;

namespace Monitoring.Core.Mass;

/// <summary>Turns the images of one window into averages, standardised values and masses.</summary>
public static class WindowCalculation
{
    /// <summary>Excludes all images of a window whose flow cannot be put to the state.</summary>
    public const string RuleReferenceState = "reference-state";

    public const string RuleOxygenTooHigh = "oxygen-too-high";
    public const string RuleOxygenNotMeasured = "oxygen-not-measured";

    internal const long MsPerHour = 3_600_000;

    // With it, no mass of a day comes near the end of a long.
    private const decimal FlowM3PerHMax = 1e8m;

    /// <param name="images">The window's images of each device the source needs.</param>
    /// <param name="revision">1, or one more than that of the facts it replaces.</param>
    public static WindowResult Compute(
        SourceBinding source, Profile profile, Window window,
        IReadOnlyDictionary<string, ImmutableArray<SourceImage>> images,
        int revision, DateTimeOffset knownAt)
    {
        Invariant.That(revision >= 1 && source.Profile == profile.Id);
        var averages = WindowAverages.Compute(source, profile, window, images);
        var flow = FlowAtReference(profile, averages);
        var noFact = averages.IsCovered ? flow.AbsentBecause : WindowAverages.RuleCoverage;
        var result = new WindowResult
        {
            Source = source.Id,
            Window = window,
            Revision = revision,
            Averages = averages.Quantities,
            Coverage = averages.Coverage,
            Standardised =
            [
                .. Pollutants(averages).Select(it => Standardise(profile, averages, it)),
            ],
            FlowAtReference = flow,
            // Without a fact no image is behind one, and each of them names the rule.
            Fates = [.. averages.Fates.Select(fate =>
                fate with { ExcludedBy = fate.ExcludedBy ?? noFact })],
            Facts = [],
            NoFactBecause = noFact,
            Trace = new Trace { Title = source.Id },
        };
        if (noFact is null)
        {
            result = result with
            {
                Facts = [.. Pollutants(averages).Select(it =>
                    MakeFact(result, profile, it, knownAt))],
            };
        }

        return result with { Trace = WindowTrace.Of(result, profile) };
    }

    internal static ReferenceState StateOf(Profile profile) => new(
        profile.ReferenceTemperatureK, profile.ReferencePressureKpa,
        profile.ReferenceOxygenPercent, profile.OxygenConstantPercent);

    private static IEnumerable<QuantityAverage> Pollutants(WindowAverages averages) =>
        averages.Quantities.Where(it => QuantityUnits.IsPollutant(it.Binding.Quantity));

    private static DerivedValue FlowAtReference(Profile profile, WindowAverages averages)
    {
        const string Name = QuantityUnits.Flow;
        var unit = QuantityUnits.UnitOf(Name);
        if (averages.Find(Name)?.Value is not { } flow
            || averages.Find(QuantityUnits.Temperature)?.Value is not { } temperature
            || averages.Find(QuantityUnits.Pressure)?.Value is not { } pressure)
        {
            return new DerivedValue(Name, unit, null, WindowAverages.RuleCoverage);
        }

        return StateOf(profile).FlowAtReference(flow, temperature, pressure) is { } atReference
            && Math.Abs(atReference) <= FlowM3PerHMax
            ? new DerivedValue(
                Name, unit, Rounding.ToDecimals(atReference, profile.AverageDecimals), null)
            : new DerivedValue(Name, unit, null, RuleReferenceState);
    }

    private static DerivedValue Standardise(
        Profile profile, WindowAverages averages, QuantityAverage pollutant)
    {
        var (name, unit) = (pollutant.Binding.Quantity, pollutant.Binding.Unit);
        if (averages.Find(QuantityUnits.Oxygen) is not { } oxygen)
        {
            return new DerivedValue(name, unit, null, RuleOxygenNotMeasured);
        }

        if (pollutant.Value is not { } concentration || oxygen.Value is not { } oxygenPercent)
        {
            return new DerivedValue(name, unit, null, WindowAverages.RuleCoverage);
        }

        return StateOf(profile).AtReferenceOxygen(concentration, oxygenPercent) is { } value
            ? new DerivedValue(
                name, unit, Rounding.ToDecimals(value, profile.AverageDecimals), null)
            : new DerivedValue(name, unit, null, RuleOxygenTooHigh);
    }

    private static Fact MakeFact(
        WindowResult result, Profile profile, QuantityAverage pollutant, DateTimeOffset knownAt)
    {
        // Every quantity of the formula lends its doubt to the mass.
        var behind = result.Averages.Where(it => it == pollutant
            || it.Binding.Quantity is QuantityUnits.Flow or QuantityUnits.Temperature
                or QuantityUnits.Pressure);
        var fact = new Fact
        {
            Id = "",
            Source = result.Source,
            Pollutant = pollutant.Binding.Quantity,
            Window = result.Window,
            Milligrams = MassMilligrams(
                pollutant.Value!.Value, result.FlowAtReference.Value!.Value,
                result.Window.LengthMs),
            Method = $"concentration-times-flow/{profile.Id}",
            Quality = QuantityAverage.WorstOf(behind),
            Revision = result.Revision,
            KnownAt = knownAt,
            Inputs = [.. result.Fates.Where(fate => fate.IsUsed).Select(fate => fate.Record)],
        };
        return fact with { Id = Fact.IdOf(fact) };
    }

    /// <summary>
    /// Concentration (mg/m3, dry, at the reference state and the actual oxygen) times flow
    /// (m3/h at the same state) times time, rounded once. Nothing is taken out of the air: where
    /// either is negative, as around an instrument's zero, the mass is 0.
    /// </summary>
    public static long MassMilligrams(decimal concentration, decimal flowM3PerH, long lengthMs) =>
        concentration < 0 || flowM3PerH < 0
            ? 0
            : Rounding.ToWhole(concentration * flowM3PerH * lengthMs / MsPerHour);
}
