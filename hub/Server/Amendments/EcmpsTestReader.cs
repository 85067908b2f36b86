using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Core.Part75;
using Monitoring.Core.Quality;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Amendments;

/// <summary>
/// Reads tests of instruments out of the ECMPS layout (JSON): linearity and relative accuracy,
/// each worked out again. The verdict that is stored is ours; where the file says another one,
/// the result says so.
/// </summary>
public sealed class EcmpsTestReader(
    ClusterMap cluster, string file, string author, Faults faults)
{
    private const int DepthMax = 64;
    private const long MsPerHour = 3_600_000;

    // NOx below this is a rate in lb/mmBtu: no stack has so few ppm.
    private const decimal RateMax = 3;

    public ImmutableArray<Amendment> Read(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(
                text, new JsonDocumentOptions { MaxDepth = DepthMax, AllowTrailingCommas = true });
            var tests = document.RootElement.GetProperty("testSummaryData");
            return [.. tests.EnumerateArray().Select(ReadTest).OfType<Amendment>()];
        }
        catch (JsonException e)
        {
            faults.Add(file, (int)(e.LineNumber ?? 0) + 1, "this is no JSON", e.Message);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException
            or FormatException)
        {
            faults.Add(
                file, 1, $"this is no list of tests in the ECMPS layout: {e.Message}",
                "export it again from the program that made it");
        }

        return [];
    }

    private Amendment? ReadTest(JsonElement test)
    {
        var number = test.GetProperty("testNumber").GetString()!;
        var name = TextOf(test, "componentID") ?? TextOf(test, "monitoringSystemID") ?? "";
        var kind = TextOf(test, "testTypeCode");
        if (kind is not ("LINE" or "RATA"))
        {
            return null;
        }

        if (cluster.Sources.FirstOrDefault(one => one.Quantities.Any(it => it.Names.Contains(name)))
            is not { } source)
        {
            faults.Add(
                file, 1, $"test {number} is of '{name}', which nothing in cluster.yaml is",
                $"add 'names: {name}' to the quantity that it measures");
            return null;
        }

        var quantity = source.Quantities.First(one => one.Names.Contains(name)).Quantity;
        var (passed, result, validHours, factor) = kind == "LINE"
            ? Linearity(test, quantity)
            : Audit(test, quantity);
        var claimed = TextOf(test, "testResultCode");
        var isClaimed = claimed?.StartsWith("PASS", StringComparison.Ordinal) == true;
        var endMs = EndOf(test, source.TimeZone);
        return new Amendment
        {
            Source = source.Id, Quantity = quantity, Kind = AmendmentKind.Test, FromMs = endMs,
            UntilMs = validHours is { } hours ? endMs + hours * MsPerHour : null,
            Test = kind == "LINE" ? "linearity" : "rata", Passed = passed, Subject = number,
            Value = factor,
            Result = isClaimed == passed ? result : $"DIFFERS: the file says {claimed}; {result}",
            Author = author, Reason = Path.GetFileName(file),
        };
    }

    private static (bool, string, long?, decimal?) Linearity(JsonElement test, string quantity)
    {
        var kind = quantity is "co2" or "o2" ? AnalyserKind.Diluent
            : quantity == "hg" ? AnalyserKind.Mercury
            : AnalyserKind.Oxides;
        var levels = Items(test, "linearitySummaryData").Select(level => (
            Name: TextOf(level, "gasLevelCode"),
            Error: LinearityError.Of(
                kind,
                [
                    .. Items(level, "linearityInjectionData").Select(one => new GasInjection(
                        Number(one, "referenceValue"), Number(one, "measuredValue"))),
                ]))).ToList();
        var limit = LinearityLimits.Of(kind)!.PercentMax;
        return (
            levels.Count >= 3 && levels.All(level => level.Error is { } error
                && (error.IsAlternative || error.Value <= limit)),
            string.Join(", ", levels.Select(level => $"{level.Name} "
                + level.Error?.Value?.ToString(CultureInfo.InvariantCulture)
                + (level.Error?.IsAlternative == true ? "" : " %"))),
            null, null);
    }

    /// <summary>Of several levels the largest factor counts, which is the cautious one.</summary>
    private static (bool, string, long?, decimal?) Audit(JsonElement test, string quantity)
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

        return (
            all && text.Count > 0,
            string.Join(", ", text) + (isRate ? $" {BiasFactor.OfRate}" : ""),
            quarters * 8_760 / 4, factor);
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

    // Local standard time, as the format has it.
    private static long EndOf(JsonElement test, TimeZoneInfo zone) => new DateTimeOffset(
        DateTime.ParseExact(
            TextOf(test, "endDate")!, "yyyy-MM-dd", CultureInfo.InvariantCulture)
            .AddHours(test.GetProperty("endHour").GetInt32())
            .AddMinutes(test.TryGetProperty("endMinute", out var minute)
                && minute.ValueKind == JsonValueKind.Number ? minute.GetInt32() : 0),
        zone.BaseUtcOffset).ToUnixTimeMilliseconds();

    private static List<JsonElement> Items(JsonElement of, string list) =>
        of.TryGetProperty(list, out var items) && items.ValueKind == JsonValueKind.Array
            ? [.. items.EnumerateArray()]
            : [];

    private static string? TextOf(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static decimal Number(JsonElement of, string name) =>
        of.GetProperty(name).GetDecimal();
}
