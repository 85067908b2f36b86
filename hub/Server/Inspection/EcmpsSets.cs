using System.Collections.Immutable;
using System.Text.Json;
using Monitoring.Core;
using Monitoring.Core.Quality;

namespace Monitoring.Server.Inspection;

/// <summary>Quality-assurance tests in the ECMPS format (JSON), beside the results in it.</summary>
internal static class EcmpsSets
{
    private const int MeanDecimals = 3;

    /// <exception cref="JsonException">A file is no JSON.</exception>
    public static ComparedSet Tests(IEnumerable<string> paths)
    {
        var set = new SetUnderWay("epa-json quality assurance");
        foreach (var path in paths)
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            foreach (var test in Items(document.RootElement, "testSummaryData"))
            {
                foreach (var level in Items(test, "linearitySummaryData"))
                {
                    CompareLinearity(set, level);
                }

                foreach (var rata in Items(test, "rataData"))
                {
                    foreach (var summary in Items(rata, "rataSummaryData"))
                    {
                        CompareAudit(set, summary);
                    }
                }
            }
        }

        return set.Done();
    }

    private static void CompareLinearity(SetUnderWay set, JsonElement level)
    {
        var injections = Items(level, "linearityInjectionData")
            .Select(one => (
                Reference: Number(one, "referenceValue"), Measured: Number(one, "measuredValue")))
            .ToList();
        if (injections.Exists(one => one.Reference is null || one.Measured is null))
        {
            set.LeaveOut("an injection without gas or reading");
            return;
        }

        var ours = LinearityError.Of(
        [
            .. injections.Select(one =>
                new GasInjection(one.Reference!.Value, one.Measured!.Value)),
        ]);
        Field(set, level, "calculatedMeanReferenceValue", Mean(ours?.MeanReference));
        Field(set, level, "calculatedMeanMeasuredValue", Mean(ours?.MeanMeasured));
        Field(set, level, "calculatedPercentError", ours?.Value);
    }

    private static void CompareAudit(SetUnderWay set, JsonElement summary)
    {
        var ours = RelativeAccuracy.Of(
        [
            .. Items(summary, "rataRunData")
                .Where(run => Text(run, "runStatusCode") == "RUNUSED")
                .Select(run => (
                    Monitor: Number(run, "cemValue"), Reference: Number(run, "rataReferenceValue")))
                .Where(run => run.Monitor is not null && run.Reference is not null)
                .Select(run => new AuditRun(run.Monitor!.Value, run.Reference!.Value)),
        ]);
        if (ours is null)
        {
            set.LeaveOut($"fewer than {RelativeAccuracy.RunsMin} complete runs");
            return;
        }

        Field(set, summary, "calculatedMeanCEMValue", Mean(ours.MeanMonitor));
        Field(set, summary, "calculatedMeanRATAReferenceValue", Mean(ours.MeanReference));
        Field(set, summary, "calculatedMeanDifference", Mean(ours.MeanDifference));
        Field(
            set, summary, "calculatedStandardDeviationDifference", Mean(ours.StandardDeviation));
        Field(set, summary, "calculatedConfidenceCoefficient", Mean(ours.ConfidenceCoefficient));
        Field(set, summary, "calculatedRelativeAccuracy", ours.RelativeAccuracyPercent);
        Field(set, summary, "calculatedBiasAdjustmentFactor", ours.BiasAdjustmentFactor);
    }

    private static void Field(SetUnderWay set, JsonElement row, string field, decimal? ours)
    {
        if (Number(row, field) is not { } theirs)
        {
            set.LeaveOut("the agency gives no result");
            return;
        }

        set.Compare(Text(row, "id"), field, ours, theirs);
    }

    private static decimal? Mean(decimal? value) =>
        value is { } known ? Rounding.ToDecimals(known, MeanDecimals) : null;

    private static JsonElement.ArrayEnumerator Items(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var list)
            && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray()
            : default;

    private static decimal? Number(JsonElement row, string name) =>
        row.TryGetProperty(name, out var cell) && cell.ValueKind == JsonValueKind.Number
            ? cell.GetDecimal()
            : null;

    private static string Text(JsonElement row, string name) =>
        row.TryGetProperty(name, out var cell) ? cell.ToString() : "";
}
