using System.Collections.Immutable;
using Monitoring.Core.Averaging;
using Monitoring.Core.Part75;

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

    /// <summary>The last audit is there, and gave no bias factor.</summary>
    public const string RuleNoBiasFactor = "no-bias-factor";

    public const decimal PpmPerPercent = 10_000m;

    private const decimal MoisturePercentMax = 99m;

    private readonly SourceBinding _source;
    private readonly Profile _profile;
    private readonly WindowAverages _averages;
    private readonly DateTimeOffset _at;
    private readonly ReferenceState _state;
    private readonly Way _temperature;
    private readonly Way _pressure;
    private readonly IReadOnlyDictionary<string, BiasFactor> _biases;
    private readonly ImmutableArray<StackWays> _ducts;

    // Of the duct that the source's own quantities are of.
    private readonly Way _own;

    /// <param name="at">The start of the window: the version of a calibration by it.</param>
    /// <param name="biases">By quantity, the factor of the audit in force.</param>
    public StackWays(
        SourceBinding source, Profile profile, WindowAverages averages, DateTimeOffset at,
        IReadOnlyDictionary<string, BiasFactor> biases)
    {
        _biases = biases;
        _source = source;
        _profile = profile;
        _averages = averages;
        _at = at;
        _state = ReferenceState.Of(profile);
        _temperature = Calibrated(QuantityUnits.Temperature, WindowAverages.RuleCoverage);
        _pressure = Calibrated(QuantityUnits.Pressure, WindowAverages.RuleCoverage);
        OxygenAsRead = Reported(Calibrated(QuantityUnits.Oxygen, RuleOxygenNotMeasured), "O2C");
        Moisture = Reported(MoistureOrDefault(), "H2O");
        Oxygen = Dry(OxygenAsRead, false);
        (FlowReported, Flow) = FlowAtReference();
        _own = Flow;
        _ducts =
        [
            .. source.Ducts.Select(duct => new StackWays(
                source with { Ducts = [] }, profile, averages.OfDuct(duct), at,
                BiasesOf(duct))),
        ];
        if (!_ducts.IsEmpty)
        {
            FlowReported = null;
            Oxygen = Weighted(ways => ways.Oxygen, Oxygen);
            Flow = FlowWeighting.Sum(
                [_own, .. _ducts.Select(duct => duct.Flow)], profile.AverageDecimals);
        }
    }

    /// <summary>Per cent; that of the fuel where none is measured and hours have formulas.
    /// </summary>
    public Way Moisture { get; }

    /// <summary>It follows from oxygen of dry and of wet gas.</summary>
    public bool IsMoistureDerived => _profile.HasHourlyFormulas
        && _averages.Find(QuantityUnits.Moisture) is null
        && _averages.Find(QuantityUnits.WetOxygen) is not null
        && OxygenAsRead.Mean?.Binding.IsWet == false;

    /// <summary>Per cent of the gas that its channel sees.</summary>
    public Way OxygenAsRead { get; }

    /// <summary>Of wet gas, scf/h, as reported and adjusted; null: it is not measured so.
    /// </summary>
    public (Way Unadjusted, Way Adjusted)? FlowReported { get; }

    /// <summary>Per cent of dry gas.</summary>
    public Way Oxygen { get; }

    /// <summary>At the reference state, dry, m3/h.</summary>
    public Way Flow { get; }

    /// <summary>mg/m3, dry, at the reference state and the oxygen that was measured.</summary>
    public Way Concentration(string pollutant)
    {
        var way = Dry(ToMilligrams(AsRead(pollutant).Adjusted), false);
        way = way.Mean?.Binding.IsAtStackState == true ? AtReferenceState(way) : way;
        return _ducts.IsEmpty ? way : Weighted(duct => duct.Concentration(pollutant), way);
    }

    private Dictionary<string, BiasFactor> BiasesOf(string duct) =>
        _biases.Select(pair => (Quantity: QuantityUnits.OfDuct(pair.Key, duct), pair.Value))
            .Where(one => one.Quantity is not null)
            .ToDictionary(one => one.Quantity!, one => one.Value);

    private Way Weighted(Func<StackWays, Way> of, Way own) => FlowWeighting.Mean(
        [(own, _own), .. _ducts.Select(duct => (of(duct), duct.Flow))],
        _profile.AverageDecimals);

    /// <summary>
    /// As the channel sees it: where hours are reported, at their precision; and adjusted for
    /// bias, where the profile asks for it.
    /// </summary>
    public (Way Unadjusted, Way Adjusted) AsRead(string pollutant)
    {
        var way = Calibrated(pollutant, WindowAverages.RuleCoverage);
        if (ParameterOf(way) is { } parameter)
        {
            way = Reported(way, parameter);
            return (way, Adjusted(way, parameter));
        }

        return (way, Adjusted(way, null));
    }

    /// <summary>By its calibration, where it has one.</summary>
    public Way AsMeasured(string quantity) => Calibrated(quantity, WindowAverages.RuleCoverage);

    /// <summary>
    /// By what name an hour of it is reported; null where its unit is not that of a report.
    /// </summary>
    public static string? ParameterOf(Way way) => (way.Quantity, way.Unit) switch
    {
        ("so2", QuantityUnits.PartsPerMillion) => "SO2C",
        ("nox", QuantityUnits.PartsPerMillion) => "NOXC",
        (QuantityUnits.CarbonDioxide, QuantityUnits.Percent) => "CO2C",
        _ => null,
    };

    /// <summary>The last audit of it was of lb/mmBtu.</summary>
    public bool IsRateAudited(string pollutant) =>
        _profile.AdjustsBias && _biases.TryGetValue(pollutant, out var bias) && bias.IsOfRate;

    /// <summary>At the precision of reports, in a profile that reports hours.</summary>
    public Way Reported(Way way, string parameter)
    {
        var precision = ReportedPrecision.Of(parameter)!;
        return !_profile.HasHourlyFormulas ? way : way.Then(
            new Step(
                $"{way.Quantity} as {parameter} is reported",
                $"to {precision.Step} {precision.Unit}, halves away from zero",
                way.Value is { } value ? precision.Round(value) : null, way.Unit, [], []),
            _profile.AverageDecimals, RuleReferenceState);
    }

    /// <summary>Times the bias factor of the last audit, where the profile asks for it.</summary>
    /// <param name="parameter">At its precision; null: at that of the profile.</param>
    /// <param name="isRate">It is a rate of NOx.</param>
    public Way Adjusted(Way way, string? parameter, bool isRate = false)
    {
        if (!_profile.AdjustsBias || !_biases.TryGetValue(way.Quantity, out var bias)
            || (bias.IsOfRate && parameter == "NOXC") || (isRate && !bias.IsOfRate)
            || (parameter is not null && !BiasAdjustment.IsAdjusted(parameter)))
        {
            return way;
        }

        var precision = ReportedPrecision.Of(parameter ?? "");
        return way.Then(
            new Step(
                $"{way.Quantity} adjusted for bias",
                "value x bias factor" + (precision is null
                    ? Rounded
                    : $", to {precision.Step}, halves away from zero"),
                way.Value is { } value && bias.Factor is { } factor
                    ? precision is null ? value * factor
                        : BiasAdjustment.Adjust(value, factor, precision)
                    : null,
                way.Unit,
                bias.Factor is { } number
                    ? [new Constant("bias factor", number, "", bias.Test)]
                    : [],
                []),
            _profile.AverageDecimals, RuleNoBiasFactor);
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

    private Way MoistureOrDefault() => IsMoistureDerived ? MoistureOfOxygen()
        : _profile.HasHourlyFormulas && _averages.Find(QuantityUnits.Moisture) is null
        && Fuel.Find(_source.Fuel)?.Moisture is { } moisture
            ? Way.Given(QuantityUnits.Moisture, "moisture of the fuel's gas", moisture)
            : Calibrated(QuantityUnits.Moisture, RuleMoistureNotMeasured);

    private Way MoistureOfOxygen()
    {
        var formula = HourlyFormulas.Of("F-31");
        var wet = Reported(AsMeasured(QuantityUnits.WetOxygen), "O2C");
        return OxygenAsRead.Then(
            new Step(
                "moisture by F-31", $"F-31: {formula.Text}" + Rounded,
                formula.Of(input => input == GasInput.Oxygen ? OxygenAsRead.Value : wet.Value),
                QuantityUnits.Percent, formula.Constants, [wet]),
            _profile.AverageDecimals, RuleMoistureNotMeasured);
    }

    private Way ToMilligrams(Way way)
    {
        if (Constants.MolarMassOf(way.Quantity) is not { } molarMass
            || way.Unit is not (QuantityUnits.PartsPerMillion or QuantityUnits.Percent))
        {
            return way;
        }

        var (factor, text) = way.Unit == QuantityUnits.Percent
            ? (PpmPerPercent, "% x 10000")
            : (1, "ppm");
        var volume = _profile.MolarVolume;
        return way.Then(
            new Step(
                $"{way.Quantity} as a mass", text + " x molar mass / molar volume" + Rounded,
                way.Value * factor * molarMass.Value / volume.Value,
                QuantityUnits.MilligramsPerM3, [molarMass, volume], []),
            _profile.AverageDecimals, RuleReferenceState);
    }

    private Way Dry(Way way, bool isFlow)
    {
        if (way.Mean?.Binding.IsWet != true)
        {
            return way;
        }

        var dry = Moisture.Value is { } moisture and >= 0 and <= MoisturePercentMax
            ? (100 - moisture) / 100
            : (decimal?)null;
        return way.Then(
            new Step(
                $"{way.Quantity} in dry gas",
                (isFlow ? "wet x (100 - h2o) / 100" : "wet x 100 / (100 - h2o)") + Rounded,
                isFlow ? way.Value * dry : way.Value / dry,
                way.Unit, [], [Moisture]),
            _profile.AverageDecimals, RuleMoistureTooHigh);
    }

    private Way AtReferenceState(Way way) => way.Then(
        new Step(
            $"{way.Quantity} at reference state",
            "concentration x (Tc + t) / T0 x p0 / p" + Rounded,
            way.Value is { } value && _temperature.Value is { } t && _pressure.Value is { } p
                ? _state.ConcentrationAtReference(value, t, p)
                : null,
            QuantityUnits.MilligramsPerM3, StateConstants, [_temperature, _pressure]),
        _profile.AverageDecimals, RuleReferenceState);

    private ((Way Unadjusted, Way Adjusted)? Reported, Way Flow) FlowAtReference()
    {
        var flow = Calibrated(QuantityUnits.Flow, WindowAverages.RuleCoverage);
        var atState = flow.Then(
            new Step(
                "flow at reference state",
                "flow x T0 / (Tc + t) x p / p0" + Rounded,
                flow.Value is { } q && _temperature.Value is { } t && _pressure.Value is { } p
                    ? _state.FlowAtReference(q, t, p)
                    : null,
                flow.Unit, StateConstants, [_temperature, _pressure]),
            _profile.AverageDecimals, RuleReferenceState);
        if (!_profile.HasHourlyFormulas || flow.Mean?.Binding.IsWet != true)
        {
            return (null, Dry(Adjusted(atState, null), true));
        }

        var reported = Reported(InCubicFeet(atState), "FLOW");
        var adjusted = Adjusted(reported, "FLOW");
        var metric = adjusted.Then(
            new Step(
                "flow in m3/h", "scf/h x cubic foot" + Rounded,
                adjusted.Value * Constants.CubicFoot.Value, flow.Unit, [Constants.CubicFoot], []),
            _profile.AverageDecimals, RuleReferenceState);
        return ((reported, adjusted), Dry(metric, true));
    }

    /// <summary>m3/h of any gas as scf/h of the same.</summary>
    public Way InCubicFeet(Way flow) => flow.Then(
        new Step(
            "flow in cubic feet", "m3/h / cubic foot" + Rounded,
            flow.Value / Constants.CubicFoot.Value, "scf/h", [Constants.CubicFoot], []),
        _profile.AverageDecimals, RuleReferenceState);

    private ImmutableArray<Constant> StateConstants =>
    [
        _profile.Constant("T0", _profile.ReferenceTemperatureK, "K", "reference_state"),
        _profile.Constant("p0", _profile.ReferencePressureKpa, "kPa", "reference_state"),
        _profile.Constant("Tc", _profile.CelsiusZeroK, "K", "reference_state"),
    ];
}
