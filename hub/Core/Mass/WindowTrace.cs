using System.Collections.Immutable;
using Monitoring.Core.Averaging;

namespace Monitoring.Core.Mass;

/// <summary>Writes down how the numbers of a window came about.</summary>
internal static class WindowTrace
{
    public static string MassTitle(string pollutant) => $"mass of {pollutant}";

    public static string StandardisedTitle(string pollutant) =>
        $"{pollutant} at reference oxygen";

    public static Trace Of(WindowResult result, Profile profile)
    {
        var parts = ImmutableArray.CreateBuilder<Trace>();
        foreach (var average in result.Averages)
        {
            if (QuantityUnits.IsPollutant(average.Binding.Quantity))
            {
                parts.Add(OfMass(result, profile, average));
            }
        }

        foreach (var value in result.Standardised)
        {
            parts.Add(OfStandardised(result, profile, value));
        }

        return new Trace
        {
            Title = $"window of {result.Source}",
            Span = new TraceSpan(result.Window.StartMs, result.Window.EndMs),
            Rule = profile.Source,
            Note = result.NoFactBecause is { } why ? $"no mass: {why}" : "",
            Parts = parts.ToImmutable(),
        };
    }

    private static Trace OfMass(WindowResult result, Profile profile, QuantityAverage average)
    {
        var pollutant = average.Binding.Quantity;
        var fact = result.Facts.FirstOrDefault(one => one.Pollutant == pollutant);
        return new Trace
        {
            Title = MassTitle(pollutant),
            Explains = fact?.Id,
            Span = new TraceSpan(result.Window.StartMs, result.Window.EndMs),
            Rule = "concentration x flow at reference state x length / 3600000, "
                + "rounded half away from zero; 0 where one is negative",
            Result = fact is null ? null : TraceValue.Of(fact.Milligrams, "mg"),
            Note = fact is null ? $"none: {result.NoFactBecause}" : "",
            Constants =
            [
                TraceConstant.Of("length", result.Window.LengthMs, "ms", profile.Source),
                TraceConstant.Of(
                    "length of an hour", WindowCalculation.MsPerHour, "ms", "definition"),
            ],
            Parts = [OfAverage(average, profile), OfFlow(result, profile)],
        };
    }

    private static Trace OfFlow(WindowResult result, Profile profile)
    {
        var flow = result.FlowAtReference;
        return new Trace
        {
            Title = "flow at reference state",
            Rule = "flow x T0 / (273.15 + t) x p / p0" + Rounded(profile),
            Result = flow.Value is { } value ? TraceValue.Of(value, flow.Unit) : null,
            Note = flow.AbsentBecause is { } why ? $"none: {why}" : "",
            Constants =
            [
                TraceConstant.Of("T0", profile.ReferenceTemperatureK, "K", profile.Source),
                TraceConstant.Of("p0", profile.ReferencePressureKpa, "kPa", profile.Source),
            ],
            Parts =
            [
                .. result.Averages
                    .Where(average => average.Binding.Quantity is QuantityUnits.Flow
                        or QuantityUnits.Temperature or QuantityUnits.Pressure)
                    .Select(average => OfAverage(average, profile)),
            ],
        };
    }

    private static Trace OfStandardised(
        WindowResult result, Profile profile, DerivedValue value) => new()
    {
        Title = StandardisedTitle(value.Name),
        Rule = "(c - Or) / (c - o2) x concentration" + Rounded(profile),
        Result = value.Value is { } number ? TraceValue.Of(number, value.Unit) : null,
        Note = value.AbsentBecause is { } why ? $"none: {why}" : "",
        Constants =
        [
            TraceConstant.Of("c", profile.OxygenConstantPercent, "%", profile.Source),
            TraceConstant.Of("Or", profile.ReferenceOxygenPercent, "%", profile.Source),
        ],
        Parts =
        [
            .. result.Averages
                .Where(it => it.Binding.Quantity == value.Name
                    || it.Binding.Quantity == QuantityUnits.Oxygen)
                .Select(it => OfAverage(it, profile)),
        ],
    };

    private static Trace OfAverage(QuantityAverage average, Profile profile) => new()
    {
        Title = $"mean of {average.Binding.Quantity}",
        Rule = "sum of the readings / their number" + Rounded(profile),
        Result = average.Value is { } value ? TraceValue.Of(value, average.Binding.Unit) : null,
        Note = (average.AbsentBecause is { } why ? $"none: {why}; " : "")
            + $"{average.Coverage.Usable} of {average.Coverage.Expected} images usable "
            + $"({average.Coverage.Percent} %)",
        Constants =
        [
            TraceConstant.Of(
                "least share of images", profile.CoverageMin * 100, "%", profile.Source),
        ],
        Readings = average.Readings,
    };

    private static string Rounded(Profile profile) =>
        $", to {profile.AverageDecimals} decimals";
}
