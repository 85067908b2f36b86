using System.Collections.Immutable;
using System.Text.Json;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Wire.Documents;
using static Monitoring.Server.Amendments.EcmpsJson;

namespace Monitoring.Server.Amendments;

/// <summary>
/// Reads tests of instruments out of the ECMPS layout (JSON), each worked out again: those of a
/// QA file, and daily calibrations of an emissions file. The verdict that is stored is ours; where
/// the file says another one, or another number, the result says so.
/// </summary>
public sealed class EcmpsTestReader(
    ClusterMap cluster, string file, string author, Faults faults)
{
    private const int DepthMax = 64;
    private const long MsPerHour = 3_600_000;
    private const string DailyCalibration = "DAYCAL";

    // The two interfaces of the agency spell the same members in two ways.
    private static readonly ImmutableArray<string> Names =
    [
        "componentID", "componentId", "monitoringSystemID", "monitoringSystemId", "unitId",
        "stackPipeId",
    ];

    private readonly List<string> _unread = [];
    private readonly Dictionary<(string, string), decimal> _spans = [];

    /// <summary>Tests of the file that are not stored, and why.</summary>
    public IReadOnlyList<string> Unread => _unread;

    public ImmutableArray<Amendment> Read(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(
                text, new JsonDocumentOptions { MaxDepth = DepthMax, AllowTrailingCommas = true });
            var root = document.RootElement;
            if (!root.TryGetProperty("testSummaryData", out _)
                && !root.TryGetProperty("dailyTestSummaryData", out _))
            {
                throw new FormatException("it has no testSummaryData and no dailyTestSummaryData");
            }

            var tests = Items(root, "testSummaryData")
                .Concat(Items(root, "dailyTestSummaryData")).ToList();
            foreach (var test in tests)
            {
                if (NumberOf(test, "calculatedSpanValue") is { } span and > 0)
                {
                    _spans[RangeOf(test)] = span;
                }
            }

            return [.. tests.SelectMany(ReadTest)];
        }
        catch (JsonException e)
        {
            faults.Add(file, (int)(e.LineNumber ?? 0) + 1, "this is no JSON", e.Message);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            faults.Add(
                file, 1, $"this is no list of tests in the ECMPS layout: {e.Message}",
                "export it again from the program that made it");
        }

        return [];
    }

    // The instruments of a common stack are those of each of its units.
    private IEnumerable<Amendment> ReadTest(JsonElement test)
    {
        var kind = TextOf(test, "testTypeCode");
        var name = NameOf(test);
        var number = TextOf(test, "testNumber") ?? $"{name} {TextOf(test, "date")}";
        var owners = (
            from source in cluster.Sources
            from measured in source.Quantities
            where measured.Names.Contains(name)
            select (Source: source, measured.Quantity)).DistinctBy(one => one.Source.Id).ToList();
        try
        {
            var isKnown = owners.Count > 0;
            var quantity = isKnown ? owners[0].Quantity : "";
            if (EcmpsVerdict.Of(kind, test, quantity, SpanOf(test)) is not { } verdict)
            {
                _unread.Add($"test {number} of '{name}': {kind} is no test that is read here");
                return [];
            }

            if (!isKnown)
            {
                faults.Add(
                    file, 1, $"test {number} is of '{name}', which nothing in cluster.yaml is",
                    $"add 'names: {name}' to the quantity that it measures");
            }

            return [.. owners.Select(one => Stored(test, number, one, verdict))];
        }
        catch (FormatException e) when (kind is not ("LINE" or "RATA"))
        {
            _unread.Add($"test {number} of '{name}', {kind}: {e.Message}");
            return [];
        }
    }

    private Amendment Stored(
        JsonElement test, string number, (SourceBinding Source, string Quantity) of,
        EcmpsVerdict verdict)
    {
        var claimed = TextOf(test, "testResultCode");
        var isSame = claimed is null
            || claimed.StartsWith("PASS", StringComparison.Ordinal) == verdict.Passed;
        var endMs = new DateTimeOffset(
            TextOf(test, "testTypeCode") == DailyCalibration ? TimeOf(test) : TimeOf(test, "end"),
            of.Source.TimeZone.BaseUtcOffset).ToUnixTimeMilliseconds();
        return new Amendment
        {
            Source = of.Source.Id, Quantity = of.Quantity, Kind = AmendmentKind.Test,
            FromMs = endMs,
            UntilMs = verdict.ValidHours is { } hours ? endMs + hours * MsPerHour : null,
            Test = verdict.Test, Passed = verdict.Passed, Subject = number,
            Value = verdict.Factor,
            Result = isSame
                ? verdict.Result
                : $"DIFFERS: the file says {claimed}; {verdict.Result}",
            Author = author, Reason = Path.GetFileName(file),
        };
    }

    /// <summary>Its own, or that of another test of the same range in the file.</summary>
    private decimal? SpanOf(JsonElement test) =>
        _spans.TryGetValue(RangeOf(test), out var span) ? span : null;

    private static (string, string) RangeOf(JsonElement test) =>
        (NameOf(test), TextOf(test, "spanScaleCode") ?? "");

    private static string NameOf(JsonElement test) =>
        Names.Select(name => TextOf(test, name)).FirstOrDefault(name => name is not null) ?? "";
}
