using System.Collections.Immutable;
using Monitoring.Core.Averaging;

namespace Monitoring.Core.Standardisation;

/// <summary>
/// Takes the averages of one window through the steps of its profile, in the order of the
/// European rules: calibrate the averaged signal, bring it to mg/m3, take out the water, go to the
/// reference state, to the reference oxygen, and take off the confidence interval.
/// </summary>
public sealed class StackWays
{
    /// <summary>The quantity has calibrations, and none of them holds at that time.</summary>
    public const string RuleNoCalibration = "no-calibration";

    public const string RuleReferenceState = "reference-state";
    public const string RuleOxygenTooHigh = "oxygen-too-high";
    public const string RuleOxygenNotMeasured = "oxygen-not-measured";
    public const string RuleMoistureNotMeasured = "moisture-not-measured";
    public const string RuleMoistureTooHigh = "moisture-too-high";
    public const string RuleNoLimit = "no-limit";

    private const decimal MoisturePercentMax = 99m;

    private readonly SourceBinding _source;
    private readonly Profile _profile;
    private readonly WindowAverages _averages;
    private readonly DateTimeOffset _at;
    private readonly ReferenceState _state;
    private readonly Way _temperature;
    private readonly Way _pressure;
    private readonly Way _moisture;

    /// <param name="at">The start of the window: the version of a calibration by it.</param>
    public StackWays(
        SourceBinding source, Profile profile, WindowAverages averages, DateTimeOffset at)
    {
        _source = source;
        _profile = profile;
        _averages = averages;
        _at = at;
        _state = ReferenceState.Of(profile);
        _temperature = Calibrated(QuantityUnits.Temperature, WindowAverages.RuleCoverage);
        _pressure = Calibrated(QuantityUnits.Pressure, WindowAverages.RuleCoverage);
        _moisture = Calibrated(QuantityUnits.Moisture, RuleMoistureNotMeasured);
        Oxygen = Dry(Calibrated(QuantityUnits.Oxygen, RuleOxygenNotMeasured), false);
        Flow = FlowAtReference();
    }

    /// <summary>Per cent of dry gas.</summary>
    public Way Oxygen { get; }

    /// <summary>At the reference state, dry, m3/h.</summary>
    public Way Flow { get; }

    /// <summary>mg/m3, dry, at the reference state and the oxygen that was measured.</summary>
    public Way Concentration(string pollutant)
    {
        var way = Dry(ToMilligrams(Calibrated(pollutant, WindowAverages.RuleCoverage)), false);
        return way.Mean?.Binding.IsAtStackState == true ? AtReferenceState(way) : way;
    }

    /// <summary>At the reference oxygen; as it is in a profile that has none.</summary>
    public Way Standardised(Way concentration) =>
        _profile.ReferenceOxygenPercent is not { } reference
            ? concentration
            : concentration.Then(
                new Step(
                    $"{concentration.Quantity} at reference oxygen",
                    "(c - Or) / (c - o2) x concentration" + Rounded,
                    concentration.Value is { } value && Oxygen.Value is { } oxygen
                        ? _state.AtReferenceOxygen(value, oxygen)
                        : null,
                    QuantityUnits.MilligramsPerM3,
                    [
                        _profile.Constant(
                            "c", _profile.OxygenConstantPercent, "%", "oxygen_constant_percent"),
                        _profile.Constant("Or", reference, "%", "oxygen_percent"),
                    ],
                    [Oxygen]),
                _profile.AverageDecimals, RuleOxygenTooHigh);

    /// <summary>
    /// What limits are held against: less the confidence interval, where the profile takes one
    /// off, and nothing where the plant ran for too little of the window.
    /// </summary>
    public Way Validated(Way standardised)
    {
        if (_averages.Operation.Share < _profile.OperatingMin)
        {
            // Whatever else was missing: nothing is lost of a window that does not count.
            return (standardised with { AbsentBecause = null }).Then(
                new Step(
                    $"{standardised.Quantity} for limits",
                    "none where the plant ran for less than the least share of the window", null,
                    standardised.Unit,
                    [
                        _profile.Constant(
                            "least share", _profile.OperatingMin, "", "operating_min"),
                        new Constant(
                            "share that it ran", _averages.Operation.Share, "", "operating"),
                    ],
                    []),
                _profile.AverageDecimals, WindowAverages.RuleNotOperating);
        }

        if (_profile.LimitOf(standardised.Quantity)?.Confidence is not { } share)
        {
            return standardised;
        }

        var limit = _source.LimitOf(standardised.Quantity, _profile);
        var fromProfile = !_source.Limits.ContainsKey(standardised.Quantity);
        var interval = _profile.Constant("share", share, "", "confidence");
        return standardised.Then(
            new Step(
                $"{standardised.Quantity} less the confidence interval",
                "value - share x emission limit value, not below 0" + Rounded,
                standardised.Value is { } value && limit is { } number
                    ? Math.Max(0, value - share * number)
                    : null,
                QuantityUnits.MilligramsPerM3,
                limit is not { } given ? [interval]
                    : [
                        interval,
                        fromProfile
                            ? _profile.Constant(
                                "emission limit value", given, "mg/m3", "limits")
                            : new Constant(
                                "emission limit value", given, "mg/m3",
                                $"cluster.yaml, {_source.Id}"),
                    ],
                []),
            _profile.AverageDecimals, RuleNoLimit);
    }

    private string Rounded => $", to {_profile.AverageDecimals} decimals";

    private Way Calibrated(string quantity, string ruleNotMeasured)
    {
        if (_averages.Find(quantity) is not { } mean)
        {
            return Way.NotMeasured(quantity, ruleNotMeasured);
        }

        var way = Way.Of(mean);
        if (mean.Binding.Calibrations.IsEmpty)
        {
            return way;
        }

        var function = mean.Binding.CalibrationAt(_at);
        return way.Then(
            new Step(
                $"{quantity} by its calibration",
                "a + b x mean" + Rounded,
                mean.Value is { } x ? function?.Apply(x) : null,
                function?.Unit ?? mean.Binding.Unit,
                function is null ? [] :
                [
                    new Constant("a", function.A, function.Unit, function.Document),
                    new Constant("b", function.B, "", function.Document),
                ],
                []),
            _profile.AverageDecimals, RuleNoCalibration);
    }

    private Way ToMilligrams(Way way) =>
        way.Unit == QuantityUnits.PartsPerMillion
        && Constants.MolarMassOf(way.Quantity) is { } molarMass
            ? way.Then(
                new Step(
                    $"{way.Quantity} as a mass",
                    "ppm x molar mass / molar volume" + Rounded,
                    way.Value * molarMass.Value / Constants.MolarVolume.Value,
                    QuantityUnits.MilligramsPerM3, [molarMass, Constants.MolarVolume], []),
                _profile.AverageDecimals, RuleReferenceState)
            : way;

    private Way Dry(Way way, bool isFlow)
    {
        if (way.Mean?.Binding.IsWet != true)
        {
            return way;
        }

        var dry = _moisture.Value is { } moisture and >= 0 and <= MoisturePercentMax
            ? (100 - moisture) / 100
            : (decimal?)null;
        return way.Then(
            new Step(
                $"{way.Quantity} in dry gas",
                (isFlow ? "wet x (100 - h2o) / 100" : "wet x 100 / (100 - h2o)") + Rounded,
                isFlow ? way.Value * dry : way.Value / dry,
                way.Unit, [], [_moisture]),
            _profile.AverageDecimals, RuleMoistureTooHigh);
    }

    private Way AtReferenceState(Way way) => way.Then(
        new Step(
            $"{way.Quantity} at reference state",
            "concentration x (273.15 + t) / T0 x p0 / p" + Rounded,
            way.Value is { } value && _temperature.Value is { } t && _pressure.Value is { } p
                ? _state.ConcentrationAtReference(value, t, p)
                : null,
            QuantityUnits.MilligramsPerM3, StateConstants, [_temperature, _pressure]),
        _profile.AverageDecimals, RuleReferenceState);

    private Way FlowAtReference()
    {
        var flow = Calibrated(QuantityUnits.Flow, WindowAverages.RuleCoverage);
        var atState = flow.Then(
            new Step(
                "flow at reference state",
                "flow x T0 / (273.15 + t) x p / p0" + Rounded,
                flow.Value is { } q && _temperature.Value is { } t && _pressure.Value is { } p
                    ? _state.FlowAtReference(q, t, p)
                    : null,
                flow.Unit, StateConstants, [_temperature, _pressure]),
            _profile.AverageDecimals, RuleReferenceState);
        return Dry(atState, true);
    }

    private ImmutableArray<Constant> StateConstants =>
    [
        _profile.Constant("T0", _profile.ReferenceTemperatureK, "K", "reference_state"),
        _profile.Constant("p0", _profile.ReferencePressureKpa, "kPa", "reference_state"),
    ];
}
