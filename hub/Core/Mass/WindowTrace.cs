using System.Collections.Immutable;
using Monitoring.Core.Averaging;
using Monitoring.Core.Standardisation;
using Monitoring.Core.Validity;
using Monitoring.Wire.Documents;

namespace Monitoring.Core.Mass;

/// <summary>Writes down how the numbers of a window came about.</summary>
internal static class WindowTrace
{
    public static Trace Of(WindowResult result) => new()
    {
        Title = $"window of {result.Source}",
        Span = SpanOf(result.Window),
        Rule = result.Profile.Source,
        Note = result.NoFactBecause is { } why ? $"no mass: {why}" : "",
        Parts =
        [
            .. result.Pollutants.Select(one => OfMass(result, one)),
            .. result.Derived.Select(one => OfDerived(result, one)),
            .. result.Pollutants.Select(one => OfWay(one.Validated, result.Profile)),
            .. result.Parts.Select(part => OfPart(part, result.Profile)),
        ],
    };

    public static Trace OfMass(WindowResult result, PollutantWays pollutant)
    {
        var fact = result.Facts.FirstOrDefault(one =>
            one.Pollutant == pollutant.Mean.Binding.Quantity);
        var profile = result.Profile;
        if (pollutant.Rate is { } rate)
        {
            return Shared(result, OfRate(result, rate, fact));
        }

        return Shared(result, new Trace
        {
            Title = $"mass of {pollutant.Mean.Binding.Quantity}",
            Explains = fact?.Id,
            Span = SpanOf(result.Window),
            Rule = "concentration x flow at reference state x length / 3600000, "
                + "rounded half away from zero; 0 where one is negative",
            Result = fact is null ? null : TraceValue.Of(fact.Milligrams, "mg"),
            Note = (fact is null ? $"none: {NoMass(result, pollutant)}" : "")
                + OperatingNote(result),
            Constants =
            [
                TraceConstant.Of("length", result.OperatingMs, "ms", profile.Source),
                TraceConstant.Of(
                    "length of an hour", WindowCalculation.MsPerHour, "ms", "definition"),
            ],
            Parts = [OfWay(pollutant.Booked, profile), OfWay(result.BookedFlow, profile)],
        });
    }

    public static Trace OfDerived(WindowResult result, DerivedRate derived) => Shared(
        result,
        OfRate(
            result, derived.Rate,
            result.Facts.FirstOrDefault(one => one.Pollutant == derived.Pollutant)));

    // The unit's part on top, the mass of the whole stack below.
    private static Trace Shared(WindowResult result, Trace mass) => result.Share is not { } share
        ? mass
        : mass with
        {
            Rule = "mass of the stack x load / sum of loads, rest of the split to the largest "
                + "remainders; " + mass.Rule,
            Parts = [.. mass.Parts, .. share.Loads.Select(load => OfWay(load, result.Profile))],
        };

    private static Trace OfRate(WindowResult result, Way rate, Fact? fact)
    {
        var isTons = rate.Quantity == QuantityUnits.CarbonDioxide;
        return new Trace
        {
            Title = $"mass of {rate.Quantity}",
            Explains = fact?.Id,
            Span = SpanOf(result.Window),
            Rule = "rate x " + (isTons ? "short ton x " : "")
                + "pound x length / 3600000, rounded half away from zero",
            Result = fact is null ? null : TraceValue.Of(fact.Milligrams, "mg"),
            Note = (fact is null ? $"none: {result.NoFactBecause ?? rate.AbsentBecause}" : "")
                + OperatingNote(result),
            Constants =
            [
                TraceConstant.Of("length", result.OperatingMs, "ms", result.Profile.Source),
                Constants.Pound.ToTrace(),
                .. isTons ? (TraceConstant[])[Constants.ShortTon.ToTrace()] : [],
            ],
            Parts = [OfWay(rate, result.Profile)],
        };
    }

    /// <summary>The last step on top, what went into it below.</summary>
    public static Trace OfWay(Way way, Profile profile)
    {
        if (way.Steps.IsEmpty && way.Replaced is { } replaced)
        {
            return new Trace
            {
                Title = $"{way.Quantity} in the place of what was not measured",
                Rule = replaced.Rule + Rounded(profile),
                Result = TraceValue.Of(replaced.Value, replaced.Unit),
                Note = Statuses.NameOf(replaced.Status),
                Constants = [.. replaced.Inputs.Select(input => input.ToTrace())],
                Parts = [OfWay(replaced.Missing, profile)],
            };
        }

        if (way.Steps.IsEmpty)
        {
            return way.Mean is { } mean
                ? OfAverage(mean, profile)
                : new Trace { Title = way.Quantity, Note = $"none: {way.AbsentBecause}" };
        }

        var step = way.Steps[^1];
        return new Trace
        {
            Title = step.Title,
            Rule = step.Rule,
            Result = step.Value is { } value ? TraceValue.Of(value, step.Unit) : null,
            Note = step.Value is null ? $"none: {way.AbsentBecause}" : "",
            Constants = [.. step.Constants.Select(constant => constant.ToTrace())],
            Parts =
            [
                .. Before(way, profile),
                .. step.Uses.Select(used => OfWay(used, profile)),
            ],
        };
    }

    // Below a number that nobody measured there is nothing.
    private static IEnumerable<Trace> Before(Way way, Profile profile)
    {
        var steps = way.Steps.RemoveAt(way.Steps.Length - 1);
        var isGiven = steps.IsEmpty && way.Mean is null && way.Replaced is null
            && way.AbsentBecause is null;
        return isGiven ? [] : [OfWay(way with { Steps = steps }, profile)];
    }

    public static Trace OfPart(PartResult part, Profile profile) =>
        OfWay(part.Validated, profile) with { Span = SpanOf(part.Window) };

    public static Trace OfAverage(QuantityAverage average, Profile profile) => new()
    {
        Title = $"mean of {average.Binding.Quantity}",
        Rule = (profile.FirstLevel is { } first
                ? $"sum of the averages of {DocumentText.Format(first.Length)} / their number"
                : "sum of the readings / their number")
            + Rounded(profile),
        Result = average.Value is { } value ? TraceValue.Of(value, average.Binding.Unit) : null,
        Note = (average.AbsentBecause is { } why ? $"none: {why}; " : "")
            + $"{average.Coverage.Usable} of {average.Coverage.Expected} "
            + (profile.FirstLevel is null ? "images" : "averages")
            + $" usable ({average.Coverage.Percent} %)" + ExclusionNote(average),
        Constants =
        [
            profile.Constant(
                profile.FirstLevel is null ? "least share of images" : "least share of averages",
                profile.CoverageMin * 100, "%", "coverage_min").ToTrace(),
        ],
        Parts = [.. average.FirstLevel.Select(mean => OfFirstLevel(average, mean, profile))],
        Readings = profile.FirstLevel is null ? [.. average.ReadingsIn(average.Window)] : [],
    };

    private static Trace OfFirstLevel(
        QuantityAverage average, FirstLevelMean mean, Profile profile)
    {
        var length = profile.FirstLevel!.Length;
        var span = new Window(mean.StartMs, mean.StartMs + (long)length.TotalMilliseconds);
        return new Trace
        {
            Title = $"mean of {average.Binding.Quantity} over {DocumentText.Format(length)}",
            Span = SpanOf(span),
            Rule = "sum of the readings / their number" + Rounded(profile),
            Result = mean.Value is { } value ? TraceValue.Of(value, average.Binding.Unit) : null,
            Note = mean.Value is null
                ? $"none: {WindowAverages.RuleCoverage}, {mean.Usable} readings usable"
                : "",
            Readings = [.. average.ReadingsIn(span)],
        };
    }

    // A person asks first which rule dropped the others.
    private static string ExclusionNote(QuantityAverage average)
    {
        var rules = average.Judged.Where(one => one.ExcludedBy is not null)
            .CountBy(one => one.ExcludedBy!)
            .Select(rule => $"{rule.Value} by {rule.Key}");
        var text = string.Join(", ", rules);
        return text.Length > 0 ? $"; excluded: {text}" : "";
    }

    private static string? NoMass(WindowResult result, PollutantWays pollutant) =>
        result.NoFactBecause ?? pollutant.Booked.AbsentBecause;

    private static string OperatingNote(WindowResult result) => result.Operation.All == 0
        ? ""
        : $"the plant ran in {result.Operation.Running} of {result.Operation.All} images";

    private static TraceSpan SpanOf(Window window) => new(window.StartMs, window.EndMs);

    private static string Rounded(Profile profile) =>
        $", to {profile.AverageDecimals} decimals";
}
