using System.Collections.Immutable;
using static Monitoring.Core.Quality.En14181;

namespace Monitoring.Core.Quality;

/// <summary>One pair of a parallel measurement.</summary>
/// <param name="TimeMs">UTC milliseconds.</param>
/// <param name="Raw">The averaged raw signal of the instrument.</param>
/// <param name="Reference">Of the reference method, at the conditions of the instrument.</param>
/// <param name="StandardFactor">
/// What makes a value at these conditions one at standard conditions.
/// </param>
public readonly record struct ParallelPair(
    long TimeMs, decimal Raw, decimal Reference, decimal StandardFactor);

/// <summary>How the function was found.</summary>
public enum Qal2Method
{
    /// <summary>Regression, where the values are spread.</summary>
    A,

    /// <summary>Through the zero of the instrument, where they are not and are high.</summary>
    B,

    /// <summary>Regression with points of reference materials, where they are low.</summary>
    C,
}

/// <summary>What a plant's permit and instrument give to a calibration.</summary>
/// <param name="LimitValue">The limit value, standardised.</param>
/// <param name="Interval">The permitted confidence interval as a share of it, 0.2 of 20 %.</param>
/// <param name="RawZero">The raw signal at zero, such as 4 of 4-20 mA.</param>
/// <param name="Materials">Raw signal and value of zero and span gas, for method C.</param>
public sealed record Qal2Terms(
    decimal LimitValue, decimal Interval, decimal RawZero,
    ImmutableArray<(decimal Raw, decimal Value)> Materials);

/// <summary>A calibration of EN 14181; without a function where something speaks against it.
/// </summary>
/// <param name="MeanDifference">Reference less instrument, standardised.</param>
/// <param name="Deviation">Of these differences.</param>
/// <param name="DeviationMax">What the variability test permits.</param>
/// <param name="RangeMax">The end of the valid calibration range.</param>
/// <param name="Faults">In plain words; empty where it passes.</param>
public sealed record Qal2(
    Qal2Method? Method, decimal Intercept, decimal Slope, decimal MeanDifference,
    decimal Deviation, decimal DeviationMax, decimal RangeMax, ImmutableArray<string> Faults)
{
    private const long DayMs = 86_400_000;

    public bool Passes => Faults.IsEmpty;

    public static Qal2 Of(ImmutableArray<ParallelPair> pairs, Qal2Terms terms)
    {
        var faults = FaultsOf(pairs);
        if (!faults.IsEmpty)
        {
            return Refused(faults);
        }

        var standard = pairs.Select(pair => pair.Reference * pair.StandardFactor).ToList();
        var method = standard.Max() - standard.Min() >= terms.Interval * terms.LimitValue
            ? Qal2Method.A
            : standard.Min() >= LowShare.Value * terms.LimitValue ? Qal2Method.B : Qal2Method.C;
        if (method == Qal2Method.C && terms.Materials.IsEmpty)
        {
            return Refused(
            [
                "The values are close together and low: method C needs readings of zero and span "
                    + "gas.",
            ]);
        }

        if (LineOf(method, pairs, terms) is not { } line)
        {
            return Refused(["The raw signal does not change: no line goes through it."]);
        }

        return Judged(method, line, pairs, terms);
    }

    private static Qal2 Judged(
        Qal2Method method, (decimal Intercept, decimal Slope) line,
        ImmutableArray<ParallelPair> pairs, Qal2Terms terms)
    {
        var (intercept, slope) = line;
        var differences = Differences.Of(pairs, intercept, slope);
        var most = Variability.Permitted(terms.Interval, terms.LimitValue)
            * Variability.Factor(pairs.Length);
        var highest = pairs.Max(pair => (intercept + slope * pair.Raw) * pair.StandardFactor);
        return new Qal2(
            method, intercept, slope, differences.Mean, differences.Deviation, most,
            Math.Max(RangeOverMost.Value * highest, RangeShareMin.Value * terms.LimitValue),
            differences.Deviation <= most
                ? []
                : ["The variability test fails: the instrument scatters too much."]);
    }

    private static ImmutableArray<string> FaultsOf(ImmutableArray<ParallelPair> pairs)
    {
        var faults = ImmutableArray.CreateBuilder<string>();
        if (pairs.Length < PairsMin.Whole)
        {
            faults.Add($"{pairs.Length} pairs are too few: at least {PairsMin.Whole}.");
        }

        var days = pairs.Select(pair => pair.TimeMs / DayMs).Distinct().ToList();
        if (days.Count < DaysMin.Whole)
        {
            faults.Add($"They are of {days.Count} days: at least {DaysMin.Whole}.");
        }

        if (days.Count > 0 && days.Max() - days.Min() >= DaysMax.Whole)
        {
            faults.Add($"They are spread over more than {DaysMax.Whole} days.");
        }

        return faults.ToImmutable();
    }

    /// <summary>Null where the raw signal does not change.</summary>
    private static (decimal Intercept, decimal Slope)? LineOf(
        Qal2Method method, ImmutableArray<ParallelPair> pairs, Qal2Terms terms)
    {
        var points = pairs.Select(pair => (pair.Raw, Value: pair.Reference)).ToList();
        if (method == Qal2Method.C)
        {
            points.AddRange(terms.Materials);
        }

        var raw = points.Sum(point => point.Raw) / points.Count;
        var value = points.Sum(point => point.Value) / points.Count;
        if (method == Qal2Method.B)
        {
            return raw == terms.RawZero
                ? null
                : (-value / (raw - terms.RawZero) * terms.RawZero, value / (raw - terms.RawZero));
        }

        var squares = points.Sum(point => (point.Raw - raw) * (point.Raw - raw));
        if (squares == 0)
        {
            return null;
        }

        var slope = points.Sum(point => (point.Raw - raw) * (point.Value - value)) / squares;
        return (value - slope * raw, slope);
    }

    private static Qal2 Refused(ImmutableArray<string> faults) =>
        new(null, 0, 0, 0, 0, 0, 0, faults);
}

/// <summary>Reference less calibrated instrument, at standard conditions.</summary>
internal readonly record struct Differences(decimal Mean, decimal Deviation)
{
    public static Differences Of(
        ImmutableArray<ParallelPair> pairs, decimal intercept, decimal slope)
    {
        var all = pairs
            .Select(pair => (pair.Reference - intercept - slope * pair.Raw) * pair.StandardFactor)
            .ToList();
        var mean = all.Sum() / all.Count;
        return new Differences(
            mean,
            SquareRoot.Of(all.Sum(one => (one - mean) * (one - mean)) / (all.Count - 1)));
    }
}
