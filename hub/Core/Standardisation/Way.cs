using System.Collections.Immutable;
using Monitoring.Core.Averaging;
using Monitoring.Core.Validity;

namespace Monitoring.Core.Standardisation;

/// <summary>One step of a value on its way, as it was worked out.</summary>
/// <param name="Rule">The formula.</param>
/// <param name="Value">Rounded to the profile's decimals; null for none.</param>
/// <param name="Uses">Other values that go into it.</param>
public sealed record Step(
    string Title, string Rule, decimal? Value, string Unit, ImmutableArray<Constant> Constants,
    ImmutableArray<Way> Uses);

/// <summary>What took the place of a value that was missing.</summary>
/// <param name="Missing">The way that gave none.</param>
/// <param name="Status">Such as <see cref="Validity.Status.Substituted"/>.</param>
/// <param name="Value">At the profile's decimals; what follows is of the steps.</param>
public sealed record Replacement(
    Way Missing, Status Status, string Rule, ImmutableArray<Constant> Inputs, decimal Value,
    string Unit);

/// <summary>
/// A value and how it came about: the mean of what was read, and the steps from there. Where a
/// step gives nothing, what follows has nothing either, and says by which rule.
/// </summary>
public sealed record Way
{
    // No quantity of any stack is near it. It keeps products far from the ends of a decimal.
    private const decimal MagnitudeMax = 1e8m;
    private const string RuleOutOfRange = "out-of-range";

    /// <summary>Null for a quantity that is not measured.</summary>
    public required QuantityAverage? Mean { get; init; }

    public required string Quantity { get; init; }

    public required decimal? Value { get; init; }

    public required string Unit { get; init; }

    public required string? AbsentBecause { get; init; }

    public ImmutableArray<Step> Steps { get; init; } = [];

    /// <summary>Null for what was measured.</summary>
    public Replacement? Replaced { get; init; }

    public static Way Of(QuantityAverage mean) => new()
    {
        Mean = mean,
        Quantity = mean.Binding.Quantity,
        Value = mean.Value,
        Unit = mean.Binding.Unit,
        AbsentBecause = mean.AbsentBecause,
    };

    public static Way NotMeasured(string quantity, string rule) => new()
    {
        Mean = null,
        Quantity = quantity,
        Value = null,
        Unit = QuantityUnits.UnitOf(quantity),
        AbsentBecause = rule,
    };

    /// <summary>A number that nobody measured, such as one of the fuel.</summary>
    public static Way Given(string quantity, string title, Constant constant) => new()
    {
        Mean = null,
        Quantity = quantity,
        Value = constant.Value,
        Unit = constant.Unit,
        AbsentBecause = null,
        Steps = [new Step(title, "", constant.Value, constant.Unit, [constant], [])],
    };

    /// <summary>The mean that it starts from, and those of all that it uses.</summary>
    public IEnumerable<QuantityAverage> Means() =>
        (Mean is { } mean ? (IEnumerable<QuantityAverage>)[mean] : [])
            .Concat(Steps.SelectMany(step => step.Uses).SelectMany(used => used.Means()));

    /// <summary>A value in the place of this one, which is missing.</summary>
    public Way ReplacedBy(
        decimal value, Status status, string rule, ImmutableArray<Constant> inputs,
        int decimals)
    {
        var (rounded, unit) = (
            Rounding.ToDecimals(value, decimals), QuantityUnits.UnitOf(Quantity));
        return new Way
        {
            Mean = null,
            Quantity = Quantity,
            Value = rounded,
            Unit = unit,
            AbsentBecause = null,
            Replaced = new Replacement(this, status, rule, inputs, rounded, unit),
        };
    }

    /// <summary>
    /// One step further. The step's value and rule count only where this way and all that it uses
    /// have a value.
    /// </summary>
    /// <param name="absentBecause">The rule where the step gives no value.</param>
    public Way Then(Step step, int decimals, string absentBecause)
    {
        var absent = AbsentBecause;
        foreach (var used in step.Uses)
        {
            absent ??= used.AbsentBecause;
        }

        absent ??= step.Value is null ? absentBecause
            : Math.Abs(step.Value.Value) > MagnitudeMax ? RuleOutOfRange
            : null;
        var value = absent is null
            ? Rounding.ToDecimals(step.Value!.Value, decimals)
            : (decimal?)null;
        return this with
        {
            Value = value,
            Unit = step.Unit,
            AbsentBecause = absent,
            Steps = Steps.Add(step with { Value = value }),
        };
    }
}
