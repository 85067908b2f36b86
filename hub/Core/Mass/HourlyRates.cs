using System.Collections.Immutable;
using Monitoring.Core.Averaging;
using Monitoring.Core.Part75;
using Monitoring.Core.Standardisation;
using Monitoring.Core.Validity;

namespace Monitoring.Core.Mass;

/// <summary>A value of an hour as 40 CFR Part 75 has it reported.</summary>
/// <param name="Parameter">By its ECMPS code, such as SO2C, FLOW, HI.</param>
/// <param name="Adjusted">For bias; the same where nothing is adjusted.</param>
/// <param name="Formula">Its code; empty for what a monitor shows.</param>
public sealed record HourlyValue(string Parameter, Way Unadjusted, Way Adjusted, string Formula);

/// <summary>
/// The hourly values of a source whose flow is of wet gas: what its monitors show, and what
/// follows by formulas that the bases of its channels choose.
/// </summary>
internal sealed class HourlyRates
{
    /// <summary>No formula gives a mass of it with what is bound.</summary>
    public const string RuleNothing = "no-formula";

    private const string RuleNoResult = "no-result";
    private const string RuleNoFuel = "fuel-not-stated";
    private const string Nitrogen = "nox";
    private const string Sulphur = "so2";
    private const decimal CubicFeetPerHundred = 100;

    private readonly SourceBinding _source;
    private readonly Profile _profile;
    private readonly StackWays _ways;
    private readonly Operation _operation;
    private readonly Fuel? _fuel;
    private readonly bool _isTurbine;
    private readonly ImmutableArray<PollutantWays> _pollutants;
    private readonly Way _flow;
    private readonly List<HourlyValue> _values = [];

    private HourlyRates(
        SourceBinding source, Profile profile, StackWays ways, Operation operation,
        ImmutableArray<PollutantWays> pollutants, Way bookedFlow)
    {
        _source = source;
        _profile = profile;
        _ways = ways;
        _operation = operation;
        _fuel = Fuel.Find(source.Fuel);
        _isTurbine = source.IsTurbine;
        _pollutants = pollutants;
        _flow = ways.FlowReported is not { } reported ? bookedFlow
            : bookedFlow.Replaced is null ? reported.Adjusted
            : ways.Reported(ways.InCubicFeet(Wet(bookedFlow)), "FLOW");
    }

    /// <summary>Empty in a profile, or of a source, that is not reported so.</summary>
    public static ImmutableArray<HourlyValue> Of(
        SourceBinding source, Profile profile, StackWays ways, Operation operation,
        ImmutableArray<PollutantWays> pollutants, Way bookedFlow) =>
        !AreReported(source, profile) || operation.Share == 0
            ? []
            : new HourlyRates(source, profile, ways, operation, pollutants, bookedFlow).All();

    /// <summary>Pollutants that nothing measures, and whose mass a formula gives.</summary>
    public static IEnumerable<string> DerivedPollutants(SourceBinding source, Profile profile)
    {
        if (!AreReported(source, profile))
        {
            yield break;
        }

        if (source.Find(Sulphur) is null && source.FuelSample?.HasSulphur == true)
        {
            yield return Sulphur;
        }

        if (source.Find(QuantityUnits.CarbonDioxide) is null && source.Fuel is not null
            && (!source.HasFlow || source.Find(QuantityUnits.Oxygen) is not null))
        {
            yield return QuantityUnits.CarbonDioxide;
        }
    }

    /// <summary>The pollutant whose mass a rate is; null for what is none.</summary>
    public static string? PollutantOf(string parameter) => parameter switch
    {
        "SO2" => Sulphur,
        "NOX" => Nitrogen,
        "CO2" => QuantityUnits.CarbonDioxide,
        _ => null,
    };

    private ImmutableArray<HourlyValue> All()
    {
        if (_ways.FlowReported is var (unadjusted, adjusted))
        {
            _values.Add(new HourlyValue("FLOW", unadjusted, adjusted, ""));
        }

        foreach (var (parameter, way, formula) in ((string, Way, string)[])
            [
                ("H2O", _ways.Moisture, _ways.IsMoistureDerived ? "F-31" : ""),
                ("O2C", _ways.OxygenAsRead, ""),
            ])
        {
            if (way.Mean is not null || way.Value is not null)
            {
                _values.Add(new HourlyValue(parameter, way, way, formula));
            }
        }

        if (Monitored(Sulphur) is var (sulphur, isSulphurWet))
        {
            Add(isSulphurWet ? "F-1" : "F-2", sulphur);
        }

        var carbon = CarbonDioxide();
        var heat = HeatInput(carbon);
        AddNitrogen(carbon, heat);
        if (!_source.HasFlow)
        {
            Add("G-4", null, heat: heat);
        }
        else if (carbon is var (dioxide, isDioxideWet))
        {
            Add(isDioxideWet ? "F-11" : "F-11 dry", dioxide);
        }

        AddSulphurOfFuel(heat);
        AddHeatOfUnit(heat);
        return [.. _values];
    }

    private static bool AreReported(SourceBinding source, Profile profile) =>
        profile.HasHourlyFormulas && source.Ducts.IsEmpty
        && (source.Find(QuantityUnits.Flow) is { } flow ? flow.IsWet : source.HasFuelFlow);

    /// <summary>SO2 where no monitor shows it, and its fuel is known.</summary>
    private void AddSulphurOfFuel(Way? heat)
    {
        if (_source.Find(Sulphur) is not null
            || _source.FuelSample is not { HasSulphur: true } sample)
        {
            return;
        }

        Add(
            sample.Rate is not null ? _source.HasFlow ? "F-23" : "D-5"
            : IsGas ? "D-4" : "D-2", null, heat: heat);
    }

    /// <summary>Of this unit, where several share the stack.</summary>
    private void AddHeatOfUnit(Way? heat)
    {
        if (heat is null || _source.CommonStack is not { } stack)
        {
            return;
        }

        var share = StackShare.Of(stack, _source, _ways, _operation);
        var code = stack.By == QuantityUnits.FuelFlow ? "F-21D"
            : _source.Find(stack.By)!.Unit == QuantityUnits.Megawatts ? "F-21A" : "F-21B";
        var precision = ReportedPrecision.Of("HI")!;
        var unit = heat.Then(
            new Step(
                $"HI of {_source.Id} by {code}",
                $"{code}: HI t/t_i L_i t_i / sum of L t, to {precision.Step} {precision.Unit}",
                heat.Value is { } value
                    ? Combined.HeatInputOf(
                        share.Own, new TimedRate(value, _operation.Share), share.Units)
                    : null,
                precision.Unit,
                [
                    new Constant("t_i", share.Units[share.Own].Time, "h", "its load above 0"),
                    new Constant("t", _operation.Share, "h", "operating"),
                ],
                share.Loads),
            _profile.AverageDecimals, StackShare.RuleNoLoad);
        _values.RemoveAll(value => value.Parameter == "HI");
        _values.Add(new HourlyValue("HI", heat, unit, code));
    }

    /// <summary>
    /// What a monitor shows of a pollutant, or what took its place, and whether of wet gas; null
    /// where its unit is not that of a report.
    /// </summary>
    private (Way Way, bool IsWet)? Monitored(string pollutant)
    {
        var (unadjusted, adjusted) = _ways.AsRead(pollutant);
        if (StackWays.ParameterOf(unadjusted) is not { } parameter
            || _pollutants.FirstOrDefault(one => one.Mean.Binding.Quantity == pollutant)
                is not { } found)
        {
            return null;
        }

        _values.Add(new HourlyValue(parameter, unadjusted, adjusted, ""));
        return found.Booked.Replaced is null
            ? (adjusted, found.Mean.Binding.IsWet)
            : (_ways.Reported(ByVolume(found.Booked, unadjusted.Unit), parameter), false);
    }

    /// <summary>Percent of CO2, measured or from oxygen; null without either.</summary>
    private (Way Way, bool IsWet)? CarbonDioxide()
    {
        if (Monitored(QuantityUnits.CarbonDioxide) is { } measured)
        {
            return measured;
        }

        if (_ways.OxygenAsRead.Mean is not { } oxygen)
        {
            return null;
        }

        var isWet = oxygen.Binding.IsWet;
        return (Add(isWet ? "F-14B" : "F-14A", null), isWet);
    }

    private Way? HeatInput((Way Way, bool IsWet)? carbon) =>
        !_source.HasFlow ? Add(IsGas ? "F-20" : "F-19", null)
        : _ways.OxygenAsRead.Mean is { } oxygen
            && _pollutants.All(one => one.Mean.Binding.Quantity != QuantityUnits.CarbonDioxide)
            ? Add(oxygen.Binding.IsWet ? "F-17" : "F-18", null)
        : carbon is var (dioxide, isWet) ? Add(isWet ? "F-15" : "F-16", dioxide)
        : null;

    private void AddNitrogen((Way Way, bool IsWet)? carbon, Way? heat)
    {
        if (Monitored(Nitrogen) is not var (nitrogen, isWet))
        {
            return;
        }

        var rate = carbon is null ? null : NitrogenRate(nitrogen, isWet, carbon.Value);
        if (!_source.HasFlow
            || (_ways.IsRateAudited(Nitrogen) && rate?.Value is not null
                && heat?.Value is not null))
        {
            Add("F-24A", null, rate, heat);
            return;
        }

        Add(isWet ? "F-26A" : "F-26B", _ways.Adjusted(nitrogen, null, isRate: true));
    }

    private Way NitrogenRate(Way nitrogen, bool isWet, (Way Way, bool IsWet) carbon)
    {
        var isMeasured = _pollutants
            .Any(one => one.Mean.Binding.Quantity == QuantityUnits.CarbonDioxide);
        var oxygen = _ways.OxygenAsRead;
        var isDiluentWet = isMeasured ? carbon.IsWet : oxygen.Mean!.Binding.IsWet;
        var (diluent, isCapped) = isMeasured
            ? Capped(carbon.Way, DiluentCap.CarbonDioxide(_isTurbine), (value, cap) => value < cap)
            : Capped(oxygen, DiluentCap.Oxygen(_isTurbine), (value, cap) => value > cap);
        var code = HourlyFormulas.NitrogenRate(!isWet, isMeasured, !isDiluentWet, isCapped);
        if (code == "19-3" && _ways.Moisture.Mean is null && _fuel?.WetFactor is not null)
        {
            code = "19-2";
        }

        var unadjusted = Result(
            HourlyFormulas.Of(code), Inputs(code, nitrogen, isMeasured ? diluent : null,
                isMeasured ? oxygen : diluent));
        var adjusted = _ways.Adjusted(unadjusted, "NOXR", isRate: true);
        _values.Add(new HourlyValue("NOXR", unadjusted, adjusted, code));
        return adjusted;
    }

    /// <summary>The cap in its place, while the plant starts or shuts down.</summary>
    private (Way Way, bool IsCapped) Capped(
        Way diluent, Constant cap, Func<decimal, decimal, bool> isBeyond) =>
        diluent.Value is { } value && _operation.IsTransient && isBeyond(value, cap.Value)
            ? (Way.Given(diluent.Quantity, "diluent cap", cap), true)
            : (diluent, false);

    /// <summary>Adds the result of a formula, and gives it.</summary>
    /// <param name="gas">The concentration or share that it is of; null: none.</param>
    private Way Add(string code, Way? gas, Way? rate = null, Way? heat = null)
    {
        var formula = HourlyFormulas.Of(code);
        var inputs = Inputs(code, gas, gas, _ways.OxygenAsRead);
        inputs[GasInput.Rate] = rate;
        inputs[GasInput.HeatInput] = heat;
        var result = Result(formula, inputs);
        _values.Add(new HourlyValue(formula.Parameter, result, result, code));
        return result;
    }

    private Dictionary<GasInput, Way?> Inputs(
        string code, Way? concentration, Way? carbonDioxide, Way oxygen) => new()
    {
        [GasInput.Concentration] = concentration,
        [GasInput.CarbonDioxide] = carbonDioxide,
        [GasInput.Oxygen] = oxygen,
        [GasInput.Flow] = _flow,
        [GasInput.Moisture] = _ways.Moisture.Mean is null
            && _fuel?.MoistureFor(code) is { } moisture
                ? Way.Given(QuantityUnits.Moisture, "moisture of the fuel's gas", moisture)
                : _ways.Moisture,
        [GasInput.DryFactor] = Factor(_fuel?.DryFactor),
        [GasInput.CarbonFactor] = Factor(_fuel?.CarbonFactor),
        [GasInput.WetFactor] = Factor(_fuel?.WetFactor),
        [GasInput.FuelFlow] = FuelFlow(),
        [GasInput.CalorificValue] = CalorificValue(),
        [GasInput.Sulphur] = Stated("sulphur of the sample", _source.FuelSample?.Sulphur(IsGas)),
        [GasInput.SulphurRate] = Stated("SO2 of the fuel", _source.FuelSample?.Rate),
    };

    private bool IsGas =>
        _source.Find(QuantityUnits.FuelFlow)?.Unit == QuantityUnits.CubicFeetPerHour;

    private Way FuelFlow() => InHundreds(
        _ways.AsMeasured(QuantityUnits.FuelFlow), "scf/h / 100", "100 scf/h", 1);

    private Way CalorificValue() => InHundreds(
        _source.Find(QuantityUnits.CalorificValue) is not null
            ? _ways.AsMeasured(QuantityUnits.CalorificValue)
            : Stated("calorific value of the sample", _source.FuelSample?.Heat(IsGas)),
        "Btu/scf x 100", "Btu/(100 scf)", CubicFeetPerHundred * CubicFeetPerHundred);

    /// <summary>Gas is counted in hundreds of cubic feet there.</summary>
    private Way InHundreds(Way way, string rule, string unit, decimal factor) => !IsGas ? way
        : way.Then(
            new Step(
                $"{way.Quantity} of hundreds of cubic feet", rule,
                way.Value * factor / CubicFeetPerHundred, unit, [], []),
            _profile.AverageDecimals, RuleNoResult);

    private static Way Stated(string title, Constant? stated) => stated is { } number
        ? Way.Given(number.Name, title, number)
        : Way.NotMeasured(QuantityUnits.FuelFlow, RuleNoFuel);

    private static Way Factor(Constant? factor) => factor is { } number
        ? Way.Given(number.Name, "factor of the fuel", number)
        : Way.NotMeasured(QuantityUnits.Flow, RuleNoFuel);

    private Way Result(HourlyFormula formula, Dictionary<GasInput, Way?> inputs)
    {
        var used = formula.Takes.Select(input => inputs[input]
            ?? Way.NotMeasured(QuantityUnits.Flow, WindowAverages.RuleCoverage)).ToList();
        var precision = ReportedPrecision.Of(formula.Parameter)!;
        var first = used[0] with
        {
            Quantity = PollutantOf(formula.Parameter) ?? used[0].Quantity,
        };
        return first.Then(
            new Step(
                $"{formula.Parameter} by {formula.Code}",
                $"{formula.Code}: {formula.Text}, to {precision.Step} {precision.Unit}",
                formula.Of(input => inputs[input]?.Value) is { } value
                    ? precision.Round(value)
                    : null,
                precision.Unit, formula.Constants, [.. used.Skip(1)]),
            _profile.AverageDecimals, RuleNoResult);
    }

    private Way Wet(Way flow) => flow.Then(
        new Step(
            "flow of wet gas", "dry x 100 / (100 - h2o)",
            _ways.Moisture.Value is { } moisture and >= 0 and < 100
                ? flow.Value * 100 / (100 - moisture)
                : null,
            flow.Unit, [], [_ways.Moisture]),
        _profile.AverageDecimals, StackWays.RuleMoistureTooHigh);

    /// <summary>mg/m3 of dry gas as its share of the volume: ppm, or percent.</summary>
    private Way ByVolume(Way way, string unit)
    {
        var molarMass = Constants.MolarMassOf(way.Quantity)!.Value;
        var volume = _profile.MolarVolume;
        var isPercent = unit == QuantityUnits.Percent;
        return way.Then(
            new Step(
                $"{way.Quantity} as a share",
                "mg/m3 x molar volume / molar mass" + (isPercent ? " / 10000" : ""),
                way.Value * volume.Value / molarMass.Value
                    / (isPercent ? StackWays.PpmPerPercent : 1),
                unit, [molarMass, volume], []),
            _profile.AverageDecimals, RuleNoResult);
    }
}
