using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Monitoring.Server.Inspection;

/// <summary>
/// Quality-assurance tests in the ECMPS format (JSON), read as the same tables that the agency
/// keeps them in, so that one calculation serves both. A monitoring plan beside them tells what
/// components and systems measure.
/// </summary>
internal static partial class EcmpsTables
{
    /// <summary>The format nests lists of tests, summaries, runs and traverses.</summary>
    private const int DepthMax = 64;

    /// <summary>By the name of a list: its table, its own key, and the list it is within.</summary>
    private static readonly FrozenDictionary<string, (string Table, string Key)> Tables =
        new Dictionary<string, (string, string)>
        {
            ["testSummaryData"] = ("test_summary", "TEST_SUM_ID"),
            ["linearitySummaryData"] = ("linearity_summary", "LIN_SUM_ID"),
            ["linearityInjectionData"] = ("linearity_injection", "LIN_INJ_ID"),
            ["rataData"] = ("rata", "RATA_ID"),
            ["rataSummaryData"] = ("rata_summary", "RATA_SUM_ID"),
            ["rataRunData"] = ("rata_run", "RATA_RUN_ID"),
            ["calibrationInjectionData"] = ("calibration_injection", "CAL_INJ_ID"),
            ["onlineOfflineCalibrationData"] = ("on_off_cal", "ON_OFF_CAL_ID"),
            ["cycleTimeSummaryData"] = ("cycle_time_summary", "CYCLE_TIME_SUM_ID"),
            ["cycleTimeInjectionData"] = ("cycle_time_injection", "CYCLE_TIME_INJ_ID"),
            ["flowToLoadReferenceData"] = ("flow_to_load_reference", "FLOW_LOAD_REF_ID"),
            ["appECorrelationTestSummaryData"] =
                ("ae_correlation_test_sum", "AE_CORR_TEST_SUM_ID"),
            ["appendixECorrelationTestSummaryData"] =
                ("ae_correlation_test_sum", "AE_CORR_TEST_SUM_ID"),
            ["appECorrelationTestRunData"] = ("ae_correlation_test_run", "AE_CORR_TEST_RUN_ID"),
            ["appendixECorrelationTestRunData"] =
                ("ae_correlation_test_run", "AE_CORR_TEST_RUN_ID"),
            ["appEHeatInputFromGasData"] = ("ae_hi_gas", "AE_HI_GAS_ID"),
            ["appendixEHeatInputFromGasData"] = ("ae_hi_gas", "AE_HI_GAS_ID"),
            ["appEHeatInputFromOilData"] = ("ae_hi_oil", "AE_HI_OIL_ID"),
            ["appendixEHeatInputFromOilData"] = ("ae_hi_oil", "AE_HI_OIL_ID"),
            ["unitDefaultTestData"] = ("unit_default_test", "UNIT_DEFAULT_TEST_SUM_ID"),
            ["unitDefaultTestRunData"] = ("unit_default_test_run", "UNIT_DEFAULT_TEST_RUN_ID"),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The words of the format's names, as the agency's columns shorten them.</summary>
    private static readonly FrozenDictionary<string, string> Words =
        new Dictionary<string, string>
        {
            ["CALCULATED"] = "CALC", ["REFERENCE"] = "REF", ["CALIBRATION"] = "CAL",
            ["INDICATOR"] = "IND", ["CODE"] = "CD", ["STANDARD"] = "STND",
            ["DEVIATION"] = "DEV", ["DIFFERENCE"] = "DIFF", ["COEFFICIENT"] = "COEF",
            ["ADJUSTMENT"] = "ADJ", ["NUMBER"] = "NUM", ["OF"] = "", ["LEVELS"] = "LEVEL",
            ["OPERATING"] = "OP", ["MINUTE"] = "MIN", ["AVERAGE"] = "AVG", ["UNITS"] = "UOM",
            ["MEASURE"] = "", ["HEAT"] = "HI", ["INPUT"] = "",
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Names that do not follow from their words.</summary>
    private static readonly FrozenDictionary<string, string> Columns =
        new Dictionary<string, string>
        {
            ["averageHourlyHeatInputRate"] = "AVG_HRLY_HI_RATE",
            ["calculatedAverageHourlyHeatInputRate"] = "CALC_AVG_HRLY_HI_RATE",
            ["referenceGrossHeatRate"] = "REF_GHR",
            ["calculatedReferenceGrossHeatRate"] = "CALC_REF_GHR",
            ["calculatedGrossHeatRate"] = "CALC_REF_GHR",
            ["calculatedFlowToLoadRatio"] = "CALC_REF_FLOW_LOAD_RATIO",
            ["operatingLevelForRun"] = "OP_LEVEL_NUM",
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <exception cref="JsonException">A file is no JSON.</exception>
    /// <exception cref="FormatException">It is JSON of another shape.</exception>
    public static QaTables Read(IEnumerable<string> paths, MonitoringPlans plans)
    {
        var tests = new List<(string Name, JsonElement Root)>();
        foreach (var path in paths)
        {
            var root = RootOf(path);
            if (MonitoringPlans.IsPlan(root))
            {
                plans.Add(root);
            }
            else
            {
                tests.Add((Path.GetFileName(path), root));
            }
        }

        var rows = new Dictionary<string, ImmutableArray<PublishedRow>.Builder>(
            StringComparer.Ordinal);
        foreach (var (name, root) in tests)
        {
            new Collecting(rows, plans, MonitoringPlans.TextOf(root, "orisCode"))
                .Collect(root, [("SRC_FILE", name)]);
        }

        return new QaTables(table => rows.TryGetValue(table, out var found)
            ? found.ToImmutable()
            : []);
    }

    private static JsonElement RootOf(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(
                TrimMark(File.ReadAllBytes(path)),
                new JsonDocumentOptions { MaxDepth = DepthMax, AllowTrailingCommas = true });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new FormatException($"{path} holds no object of tests or plans");
        }
        catch (JsonException e)
        {
            throw new FormatException($"{path}:{e.LineNumber + 1}: {e.Message}", e);
        }
    }

    /// <summary>The column of the agency's tables that a name of the format stands for.</summary>
    internal static string ColumnOf(string property) =>
        Columns.TryGetValue(property, out var column)
            ? column
            : string.Join('_', Word().Matches(property)
                .Select(word => word.Value.ToUpperInvariant())
                .Select(word => Words.GetValueOrDefault(word, word))
                .Where(word => word.Length > 0));

    /// <summary>A file may begin with the mark of UTF-8, which JSON does not allow.</summary>
    private static ReadOnlyMemory<byte> TrimMark(byte[] bytes) =>
        bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsMemory(3) : bytes;

    [GeneratedRegex("[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")]
    private static partial Regex Word();

    /// <summary>Walks the tests of one file.</summary>
    private sealed class Collecting(
        Dictionary<string, ImmutableArray<PublishedRow>.Builder> rows, MonitoringPlans plans,
        string facility)
    {
        /// <param name="links">Cells that every row within has too.</param>
        public void Collect(
            JsonElement parent, ImmutableArray<(string Column, string Value)> links)
        {
            foreach (var list in parent.EnumerateObject()
                .Where(property => property.Value.ValueKind == JsonValueKind.Array))
            {
                if (!Tables.TryGetValue(list.Name, out var table))
                {
                    continue;
                }

                foreach (var item in list.Value.EnumerateArray()
                    .Where(item => item.ValueKind == JsonValueKind.Object))
                {
                    Collect(item, Add(table.Table, table.Key, item, links));
                }
            }
        }

        /// <returns>The cells that the rows within it have too.</returns>
        private ImmutableArray<(string Column, string Value)> Add(
            string table, string key, JsonElement item,
            ImmutableArray<(string Column, string Value)> links)
        {
            if (!rows.TryGetValue(table, out var own))
            {
                own = ImmutableArray.CreateBuilder<PublishedRow>();
                rows.Add(table, own);
            }

            // What has no id is told apart by its place.
            var id = MonitoringPlans.TextOf(item, "id") is { Length: > 0 } given
                ? given
                : $"{table} {own.Count + 1}";
            var below = links.Add((key, id));
            if (table == "test_summary")
            {
                below = below
                    .Add(("COMPONENT_TYPE_CD", plans.TypeOf(facility, item, "componentID")))
                    .Add(("SYS_TYPE_CD", plans.TypeOf(facility, item, "monitoringSystemID")));
            }

            var cells = ImmutableDictionary.CreateBuilder<string, string>(
                StringComparer.OrdinalIgnoreCase);
            foreach (var (column, value) in below)
            {
                cells[column] = value;
            }

            foreach (var cell in item.EnumerateObject()
                .Where(cell => cell.Value.ValueKind is not (
                    JsonValueKind.Array or JsonValueKind.Object or JsonValueKind.Null)))
            {
                cells.TryAdd(ColumnOf(cell.Name), cell.Value.ToString());
            }

            own.Add(new PublishedRow(own.Count + 1, cells.ToImmutable()));
            return below;
        }
    }
}
