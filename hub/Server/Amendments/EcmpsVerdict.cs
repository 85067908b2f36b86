using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Part75;
using Monitoring.Core.Quality;
using static Monitoring.Server.Amendments.EcmpsJson;

namespace Monitoring.Server.Amendments;

/// <summary>What a test of the ECMPS layout gives, worked out again.</summary>
/// <param name="Test">Such as <c>linearity</c>, as profiles ask for it.</param>
/// <param name="Result">In words and numbers; those of the file that differ too.</param>
internal sealed record EcmpsVerdict(string Test, bool Passed, string Result)
{
    private const int HoursPerYear = 8_760;

    // NOx below this is a rate in lb/mmBtu: no stack has so few ppm.
    private const decimal RateMax = 3;

    public long? ValidHours { get; init; }

    /// <summary>Of an audit, its bias factor.</summary>
    public decimal? Factor { get; init; }

    /// <summary>Null for a kind of test that is not read here.</summary>
    /// <param name="span">Of the analyser; null: nobody says.</param>
    /// <exception cref="FormatException">It lacks what the verdict follows from.</exception>
    public static EcmpsVerdict? Of(string? kind, JsonElement test, string quantity, decimal? span)
        => kind switch
        {
            "LINE" => Linearity(test, KindOf(quantity)),
            "RATA" => Audit(test, quantity),
            "7DAY" => SevenDays(test, KindOf(quantity), span),
            "CYCLE" => Cycle(test),
            "F2LCHK" => FlowLoad(test),
            "F2LREF" => FlowLoadReference(test),
            "APPE" => EcmpsCorrelation.Of(test),
            "UNITDEF" => Default(test),
            "DAYCAL" => Calibrations(
                "calibration", Items(test, "dailyCalibrationData"), KindOf(quantity), span,
                (error, of) => error.IsInControl(of)),
            _ => null,
        };

    internal static string Text(decimal? value) =>
        value?.ToString(CultureInfo.InvariantCulture) ?? "none";

    /// <summary>Empty where the file says the same, or nothing.</summary>
    internal static string Differs(JsonElement of, string name, decimal? ours) =>
        NumberOf(of, name) is { } theirs && theirs != ours
            ? $" (DIFFERS: the file says {Text(theirs)})"
            : "";

    private static AnalyserKind KindOf(string quantity) => QuantityUnits.InAnyDuct(quantity) switch
    {
        QuantityUnits.CarbonDioxide or QuantityUnits.Oxygen or QuantityUnits.WetOxygen =>
            AnalyserKind.Diluent,
        QuantityUnits.Flow => AnalyserKind.Flow,
        "hg" => AnalyserKind.Mercury,
        _ => AnalyserKind.Oxides,
    };

    private static EcmpsVerdict Linearity(JsonElement test, AnalyserKind kind)
    {
        var levels = Items(test, "linearitySummaryData").Select(level => (
            Name: TextOf(level, "gasLevelCode"),
            Error: LinearityError.Of(
                kind,
                [
                    .. Items(level, "linearityInjectionData").Select(one => new GasInjection(
                        Number(one, "referenceValue"), Number(one, "measuredValue"))),
                ]))).ToList();
        var limit = LinearityLimits.Of(kind)?.PercentMax;
        return new EcmpsVerdict(
            "linearity",
            levels.Count >= Part75Tests.LinearityLevels.Whole
                && levels.All(level => level.Error is { } error
                    && (error.IsAlternative || error.Value <= limit)),
            string.Join(", ", levels.Select(level => $"{level.Name} "
                + level.Error?.Value?.ToString(CultureInfo.InvariantCulture)
                + (level.Error?.IsAlternative == true ? "" : " %"))));
    }

    /// <summary>Of several levels the largest factor counts, which is the cautious one.</summary>
    private static EcmpsVerdict Audit(JsonElement test, string quantity)
    {
        var (all, quarters, text) = (true, 4, new List<string>());
        decimal? factor = null;
        var isRate = false;
        foreach (var level in Items(test, "rataData")
            .SelectMany(rata => Items(rata, "rataSummaryData")))
        {
            ImmutableArray<AuditRun> runs =
            [
                .. Items(level, "rataRunData")
                    .Where(run => TextOf(run, "runStatusCode") == "RUNUSED")
                    .Select(run => new AuditRun(
                        Number(run, "cemValue"), Number(run, "rataReferenceValue"))),
            ];
            var system = SystemOf(quantity, runs);
            var audit = RelativeAccuracy.Of(system, runs, false);
            var verdict = audit is null ? null : AuditVerdict.Of(system, audit);
            all &= verdict?.Quarters is not null;
            quarters = Math.Min(quarters, verdict?.Quarters ?? quarters);
            isRate |= system is AuditedSystem.NitrogenRate;
            factor = audit is null || factor > audit.BiasAdjustmentFactor
                ? factor
                : audit.BiasAdjustmentFactor;
            text.Add(audit is null ? "no result" : string.Create(
                CultureInfo.InvariantCulture,
                $"{audit.RelativeAccuracyPercent} %, bias factor {audit.BiasAdjustmentFactor}"));
        }

        return new EcmpsVerdict(
            "rata", all && text.Count > 0,
            string.Join(", ", text) + (isRate ? $" {BiasFactor.OfRate}" : ""))
        {
            ValidHours = quarters * HoursPerYear / 4, Factor = factor,
        };
    }

    private static AuditedSystem SystemOf(string quantity, ImmutableArray<AuditRun> runs) =>
        quantity switch
        {
            QuantityUnits.Flow => AuditedSystem.Flow,
            QuantityUnits.Moisture => AuditedSystem.Moisture,
            "co2" or QuantityUnits.Oxygen => AuditedSystem.Diluent,
            "hg" or "hcl" or "hf" => AuditedSystem.AirToxic,
            "nox" when runs.All(run => run.Reference < RateMax) => AuditedSystem.NitrogenRate,
            "so2" when runs.All(run => run.Reference < RateMax) => AuditedSystem.SulphurRate,
            _ => AuditedSystem.Concentration,
        };

    private static EcmpsVerdict SevenDays(JsonElement test, AnalyserKind kind, decimal? span)
    {
        var days = Items(test, "calibrationInjectionData");
        var found = Calibrations(
            "seven-day", days, kind, span, (error, of) => error.Passes(of));
        return days.Count >= Part75Tests.SevenDays.Whole ? found : found with
        {
            Passed = false,
            Result = $"{days.Count} of {Part75Tests.SevenDays.Whole} days (unverified constant), "
                + found.Result,
        };
    }

    private static EcmpsVerdict Calibrations(
        string name, List<JsonElement> injections, AnalyserKind kind, decimal? span,
        Func<CalibrationError, AnalyserKind, bool> passes)
    {
        var (isPassed, text) = (injections.Count > 0, new List<string>());
        foreach (var one in injections)
        {
            foreach (var gas in (string[])["zero", "upscale"])
            {
                // A daily calibration may have been of one gas only.
                if (NumberOf(one, $"{gas}MeasuredValue") is not { } measured)
                {
                    continue;
                }

                var error = CalibrationError.Of(
                    kind, Number(one, $"{gas}ReferenceValue"), measured, span)
                    ?? throw new FormatException(
                        "no span is said, and an error is a share of it");
                isPassed &= passes(error, kind);
                text.Add($"{gas} {Text(error.Value)}"
                    + Differs(one, $"{gas}CalibrationError", error.Value));
            }
        }

        return new EcmpsVerdict(name, isPassed && text.Count > 0, string.Join(", ", text));
    }

    private static EcmpsVerdict Cycle(JsonElement test)
    {
        var summaries = Items(test, "cycleTimeSummaryData");
        var minutes = summaries.SelectMany(one => Items(one, "cycleTimeInjectionData"))
            .Select(one => CycleTime.Kept(
                    TimeOf(one, "begin"), TimeOf(one, "end"),
                    (int?)NumberOf(one, "injectionCycleTime"))
                ?? throw new FormatException("an injection ends before it begins")).ToList();
        var total = CycleTime.OfTest([.. minutes]);
        return new EcmpsVerdict(
            "cycle-time", total <= Part75Tests.CycleTimeMax.Value,
            $"{Text(total)} min"
                + string.Concat(summaries.Select(one => Differs(one, "totalTime", total))));
    }

    /// <summary>The hours behind its mean are not in the file: only the verdict is ours.</summary>
    private static EcmpsVerdict FlowLoad(JsonElement test)
    {
        var checks = Items(test, "flowToLoadCheckData");
        if (checks.Count == 0
            || checks.Any(one => !(NumberOf(one, "numberOfHours")
                >= Part75Tests.FlowLoadHours.Value)))
        {
            throw new FormatException(
                $"fewer than {Part75Tests.FlowLoadHours.Whole} hours (unverified constant): "
                    + "nothing follows from it");
        }

        return new EcmpsVerdict(
            "flow-to-load",
            checks.All(one => NumberOf(one, "averageAbsolutePercentDifference")
                <= FlowLoadMax(one).Value),
            string.Join(", ", checks.Select(one =>
                $"{Text(NumberOf(one, "averageAbsolutePercentDifference"))} % of "
                    + $"{Text(FlowLoadMax(one).Value)} % (unverified constant)")));
    }

    private static Constant FlowLoadMax(JsonElement check) =>
        NumberOf(check, "biasAdjustedIndicator") == 1
            ? Part75Tests.FlowLoadAdjusted
            : Part75Tests.FlowLoadDifference;

    private static EcmpsVerdict FlowLoadReference(JsonElement test)
    {
        var text = new List<string>();
        foreach (var one in Items(test, "flowToLoadReferenceData"))
        {
            var load = Number(one, "averageGrossUnitLoad");
            if (NumberOf(one, "averageReferenceMethodFlow") is { } flow)
            {
                var ratio = FlowToLoad.Ratio(flow, load);
                text.Add($"ratio {Text(ratio)}" + Differs(one, "referenceFlowLoadRatio", ratio));
            }

            if (NumberOf(one, "averageHourlyHeatInputRate") is { } heat)
            {
                var rate = FlowToLoad.GrossHeatRate(heat, load);
                text.Add($"heat rate {Text(rate)} Btu/kWh"
                    + Differs(one, "referenceGrossHeatRate", rate));
            }
        }

        return new EcmpsVerdict(
            "flow-to-load-reference", text.Count > 0, string.Join(", ", text));
    }

    private static EcmpsVerdict Default(JsonElement test)
    {
        var rates = Items(test, "unitDefaultTestData").Select(one => (
            One: one,
            Rate: UnitDefault.Rate(
            [
                .. Items(one, "unitDefaultTestRunData").Select(run => new DefaultRun(
                    (int)Number(run, "operatingLevelForRun"), NumberOf(run, "referenceValue"),
                    NumberOf(run, "runUsedIndicator") == 1)),
            ]))).ToList();
        return new EcmpsVerdict(
            "unit-default", rates.Count > 0 && rates.All(one => one.Rate is not null),
            string.Join(", ", rates.Select(one => $"{Text(one.Rate)} lb/mmBtu"
                + Differs(one.One, "noxDefaultRate", one.Rate))));
    }
}
