using System.Text.Json;
using Monitoring.Core.Quality;
using static Monitoring.Server.Amendments.EcmpsJson;

namespace Monitoring.Server.Amendments;

/// <summary>
/// The NOx correlation test of Appendix E in the ECMPS layout: heat input of each run from its
/// fuel, and the means of each operating level.
/// </summary>
internal static class EcmpsCorrelation
{
    /// <exception cref="FormatException">A run has no fuel, or no length.</exception>
    public static EcmpsVerdict Of(JsonElement test)
    {
        var text = new List<string>();
        var levels = Items(test, "appECorrelationTestSummaryData");
        var isComplete = levels.Count > 0;
        foreach (var level in levels)
        {
            var runs = Items(level, "appECorrelationTestRunData");
            var rate = AppendixE.MeanRate([.. runs.Select(run => Number(run, "referenceValue"))]);
            var heat = AppendixE.MeanHourlyRate([.. runs.Select(RateOf)]);
            isComplete &= rate is not null && heat is not null;
            text.Add($"level {EcmpsVerdict.Text(NumberOf(level, "operatingLevelForRun"))}: "
                + $"{EcmpsVerdict.Text(rate)} lb/mmBtu"
                + EcmpsVerdict.Differs(level, "meanReferenceValue", rate)
                + $" at {EcmpsVerdict.Text(heat)} mmBtu/h"
                + EcmpsVerdict.Differs(level, "averageHourlyHeatInputRate", heat));
        }

        return new EcmpsVerdict("appendix-e", isComplete, string.Join(", ", text));
    }

    private static decimal RateOf(JsonElement run)
    {
        var minutes = (int)(TimeOf(run, "end") - TimeOf(run, "begin")).TotalMinutes;
        var parts = Items(run, "appEHeatInputFromGasData")
            .Select(one => (Own: NumberOf(one, "gasHeatInput"), Ours: AppendixE.HeatInput(
                Number(one, "gasVolume"), Number(one, "gasGCV"))))
            .Concat(Items(run, "appEHeatInputFromOilData")
                .Select(one => (Own: NumberOf(one, "oilHeatInput"), Ours: OilHeat(one))))
            .Where(part => part.Ours is not null)
            .Select(part => AppendixE.Counted(part.Own, part.Ours!.Value)).ToList();
        if (parts.Count == 0 || minutes <= 0)
        {
            throw new FormatException("a run has no fuel, or no length");
        }

        return AppendixE.CountedRate(
            NumberOf(run, "hourlyHeatInputRate"),
            AppendixE.Counted(NumberOf(run, "totalHeatInput"), parts.Sum()), minutes);
    }

    // By its mass, or by a volume in the unit of the calorific value.
    private static decimal? OilHeat(JsonElement oil)
    {
        var (value, unit) = (
            Number(oil, "oilGCV"), TextOf(oil, "oilGCVUnitsOfMeasureCode")?.ToUpperInvariant());
        return NumberOf(oil, "oilMass") is { } mass and > 0
            ? unit == "BTULB" ? AppendixE.HeatInput(mass, value) : null
            : NumberOf(oil, "oilVolume") is { } volume && unit?.Length > 0
                && unit == "BTU" + TextOf(oil, "oilVolumeUnitsOfMeasureCode")?.ToUpperInvariant()
                ? AppendixE.HeatInput(volume, value)
                : null;
    }
}
