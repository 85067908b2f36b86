using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Server.Amendments;
using Monitoring.Tests.Core;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Engine;

/// <summary>
/// Tests of the ECMPS layout, made of the agency's own tables: what we work out again differs from
/// the plant's number where the agency's does, and nowhere else.
/// </summary>
public sealed class EcmpsTestTests
{
    private static readonly string Folder = Path.Combine(
        AppContext.BaseDirectory, "Inspection", "published", "epa-qa");

    [Fact]
    public void Cycle_times_differ_where_the_agency_says_so()
    {
        var injections = Rows("cycle_time_injection").ToLookup(row => row["CYCLE_TIME_SUM_ID"]);
        var compared = 0;
        foreach (var row in Rows("cycle_time_summary").Where(row => row["CALC_TOTAL_TIME"] != ""))
        {
            var test = Read("CYCLE", "cycleTimeSummaryData", Of(
                row, ("totalTime", "TOTAL_TIME"), ("cycleTimeInjectionData", new JsonArray(
                [
                    .. injections[row["CYCLE_TIME_SUM_ID"]].Select(one => Of(
                        one, ("injectionCycleTime", "INJECTION_CYCLE_TIME"),
                        ("begin", "BEGIN"), ("end", "END"))),
                ]))));
            // A plant that says nothing is not contradicted.
            Agrees(test, row["TOTAL_TIME"] == "" || row["TOTAL_TIME"] == row["CALC_TOTAL_TIME"]);
            Assert.Equal(Number(row["CALC_TOTAL_TIME"]) <= 15, test.Passed);
            compared++;
        }

        Assert.True(compared >= 5, $"{compared}");
    }

    [Fact]
    public void Unit_defaults_differ_where_the_agency_says_so()
    {
        var runs = Rows("unit_default_test_run").ToLookup(row => row["UNIT_DEFAULT_TEST_SUM_ID"]);
        var compared = 0;
        foreach (var row in Rows("unit_default_test")
            .Where(row => row["CALC_NOX_DEFAULT_RATE"] != "" && row["NOX_DEFAULT_RATE"] != ""))
        {
            var test = Read("UNITDEF", "unitDefaultTestData", Of(
                row, ("noxDefaultRate", "NOX_DEFAULT_RATE"),
                ("unitDefaultTestRunData", new JsonArray(
                [
                    .. runs[row["UNIT_DEFAULT_TEST_SUM_ID"]].Select(one => Of(
                        one, ("operatingLevelForRun", "OP_LEVEL_NUM"),
                        ("referenceValue", "REF_VALUE"), ("runUsedIndicator", "RUN_USED_IND"))),
                ]))));
            Agrees(test, Number(row["NOX_DEFAULT_RATE"]) == Number(row["CALC_NOX_DEFAULT_RATE"]));
            compared++;
        }

        Assert.True(compared >= 4, $"{compared}");
    }

    [Fact]
    public void Correlations_have_the_agencys_means()
    {
        var runs = Rows("ae_correlation_test_run").ToLookup(row => row["AE_CORR_TEST_SUM_ID"]);
        var gas = Rows("ae_hi_gas").ToLookup(row => row["AE_CORR_TEST_RUN_ID"]);
        var compared = 0;
        foreach (var row in Rows("ae_correlation_test_sum")
            .Where(row => row["CALC_MEAN_REF_VALUE"] != "" && row["CALC_AVG_HRLY_HI_RATE"] != "")
            .Where(row => runs[row["AE_CORR_TEST_SUM_ID"]]
                .All(run => gas[run["AE_CORR_TEST_RUN_ID"]].Any())))
        {
            var test = Read("APPE", "appECorrelationTestSummaryData", Of(
                row, ("operatingLevelForRun", "OP_LEVEL_NUM"),
                ("appECorrelationTestRunData", new JsonArray(
                [
                    .. runs[row["AE_CORR_TEST_SUM_ID"]].Select(run => Of(
                        run, ("referenceValue", "REF_VALUE"), ("begin", "BEGIN"), ("end", "END"),
                        ("hourlyHeatInputRate", "HOURLY_HI_RATE"), ("totalHeatInput", "TOTAL_HI"),
                        ("appEHeatInputFromGasData", new JsonArray(
                        [
                            .. gas[run["AE_CORR_TEST_RUN_ID"]].Select(one => Of(
                                one, ("gasVolume", "GAS_VOLUME"), ("gasGCV", "GAS_GCV"),
                                ("gasHeatInput", "GAS_HI"))),
                        ])))),
                ]))));
            Assert.Contains(
                $": {Number(row["CALC_MEAN_REF_VALUE"]):0.000} lb/mmBtu at "
                    + $"{Number(row["CALC_AVG_HRLY_HI_RATE"]):0.0} mmBtu/h",
                test.Result);
            compared++;
        }

        Assert.True(compared >= 10, $"{compared}");
    }

    [Fact]
    public void Flow_to_load_checks_have_the_plants_verdict()
    {
        var tests = Rows("test_summary").ToLookup(row => row["TEST_SUM_ID"]);
        var compared = 0;
        foreach (var row in Rows("flow_to_load_check").Where(row =>
            row["AVG_ABS_PCT_DIFF"] != "" && Number(row["NUM_HRS"]) >= 168))
        {
            var claimed = tests[row["TEST_SUM_ID"]].First()["TEST_RESULT_CD"];
            var test = Read("F2LCHK", "flowToLoadCheckData", Of(
                row, ("averageAbsolutePercentDifference", "AVG_ABS_PCT_DIFF"),
                ("numberOfHours", "NUM_HRS"), ("biasAdjustedIndicator", "BIAS_ADJUSTED_IND")),
                claimed);
            var limit = row["BIAS_ADJUSTED_IND"] == "1" ? 10 : 15;
            Assert.Equal(Number(row["AVG_ABS_PCT_DIFF"]) <= limit, test.Passed);
            Agrees(test, test.Passed == (claimed == "PASSED"));
            compared++;
        }

        Assert.True(compared >= 8, $"{compared}");
    }

    [Fact]
    public void A_seven_day_test_is_worked_out_of_its_injections()
    {
        static JsonObject Day(decimal upscale, decimal claimed) => new()
        {
            ["zeroReferenceValue"] = 0, ["zeroMeasuredValue"] = 0.4, ["zeroCalibrationError"] = 0.1,
            ["upscaleReferenceValue"] = 400, ["upscaleMeasuredValue"] = upscale,
            ["upscaleCalibrationError"] = claimed,
        };
        var good = Read(
            "7DAY", "calibrationInjectionData",
            [.. Enumerable.Range(0, 7).Select(_ => Day(410, 2.0m))], "PASSED");
        Assert.True(good.Passed);
        Assert.DoesNotContain("DIFFERS", good.Result);
        // 13 of 500 ppm are 2.6 %.
        var bad = Read(
            "7DAY", "calibrationInjectionData",
            [.. Enumerable.Range(0, 7).Select(day => Day(day == 3 ? 413 : 410, 2.0m))], "PASSED");
        Assert.False(bad.Passed);
        Assert.StartsWith("DIFFERS: the file says PASSED; zero 0.1", bad.Result);
        Assert.Contains("upscale 2.6 (DIFFERS: the file says 2.0)", bad.Result);
        Assert.False(Read(
            "7DAY", "calibrationInjectionData",
            [.. Enumerable.Range(0, 6).Select(_ => Day(410, 2.0m))]).Passed);
    }

    [Fact]
    public void A_daily_calibration_of_an_emissions_file_has_the_span_of_another_test()
    {
        var file = $$"""
            {"testSummaryData": [{"testTypeCode": "FFACC", "componentID": "AA1", "testNumber": "9",
              "spanScaleCode": "H", "calculatedSpanValue": 500}],
             "dailyTestSummaryData": [{"testTypeCode": "DAYCAL", "componentId": "AA1",
              "spanScaleCode": "H", "date": "2026-02-02", "hour": 6, "minute": 12,
              "testResultCode": "PASSED", "dailyCalibrationData": [{
                "zeroReferenceValue": 0, "zeroMeasuredValue": 0.4, "zeroCalibrationError": 0.1,
                "upscaleReferenceValue": 400, "upscaleMeasuredValue": 420,
                "upscaleCalibrationError": 4.0}]}]}
            """;
        var (tests, unread) = Read(file);
        var test = tests.Single();
        // 20 of 500 ppm are 4.0 %: more than a seven-day test allows, and not out of control.
        Assert.Equal(("calibration", true), (test.Test, test.Passed));
        Assert.Equal("zero 0.1, upscale 4.0", test.Result);
        Assert.Equal(
            new DateTimeOffset(2026, 2, 2, 6, 12, 0, TimeSpan.Zero).ToUnixTimeMilliseconds(),
            test.FromMs);
        Assert.Equal(["test 9 of 'AA1': FFACC is no test that is read here"], unread);
        Assert.False(Read(file.Replace("420", "427")).Tests.Single().Passed);
        Assert.Contains(
            "no span is said", Read(file.Replace("\"H\", \"calc", "\"L\", \"calc")).Unread[1]);
    }

    private static void Agrees(Amendment test, bool isSame)
    {
        if (isSame)
        {
            Assert.DoesNotContain("DIFFERS", test.Result);
        }
        else
        {
            Assert.Contains("DIFFERS", test.Result);
        }
    }

    private static Amendment Read(
        string kind, string list, JsonObject item, string? claimed = null) =>
        Read(kind, list, new JsonArray(item), claimed);

    private static Amendment Read(
        string kind, string list, JsonArray items, string? claimed = null)
    {
        var (tests, unread) = Read(new JsonObject
        {
            ["testSummaryData"] = new JsonArray(new JsonObject
            {
                ["testTypeCode"] = kind, ["componentID"] = "AA1", ["testNumber"] = "7",
                ["endDate"] = "2026-02-02", ["endHour"] = 8, ["endMinute"] = 30,
                ["calculatedSpanValue"] = 500, ["testResultCode"] = claimed, [list] = items,
            }),
        }.ToJsonString());
        Assert.Empty(unread);
        return tests.Single();
    }

    private static (ImmutableArray<Amendment> Tests, IReadOnlyList<string> Unread) Read(
        string text)
    {
        var faults = new Faults();
        var source = Boiler.Source with
        {
            TimeZone = TimeZoneInfo.Utc,
            Quantities = [Boiler.Source.Quantities[0] with { Names = ["AA1"] }],
        };
        var reader = new EcmpsTestReader(
            Shipped.Cluster with { Sources = [source] }, "tests.json", "ann", faults);
        var tests = reader.Read(text);
        Assert.Equal("", string.Join('\n', faults.All));
        return (tests, reader.Unread);
    }

    /// <summary>Members of the layout out of columns; BEGIN and END have three.</summary>
    private static JsonObject Of(
        Dictionary<string, string> row, params (string Member, object From)[] members)
    {
        var made = new JsonObject();
        foreach (var (member, from) in members)
        {
            if (from is JsonNode node)
            {
                made[member] = node;
            }
            else if (from is "BEGIN" or "END")
            {
                made[$"{member}Date"] = row[$"{from}_DATE"].Split(' ')[0];
                made[$"{member}Hour"] = Number(row[$"{from}_HOUR"]);
                made[$"{member}Minute"] = Number(row[$"{from}_MIN"]);
            }
            else
            {
                made[member] = Number(row[(string)from]);
            }
        }

        return made;
    }

    private static decimal? Number(string text) => decimal.TryParse(
        text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static List<Dictionary<string, string>> Rows(string table)
    {
        var lines = File.ReadAllLines(Path.Combine(Folder, $"{table}.csv"));
        var head = lines[0].Split(',');
        // The tables hold some tests twice, once for each script that uses them.
        return
        [
            .. lines.Skip(1).Select(line => line.Split(',')).Where(row => row.Length == head.Length)
                .DistinctBy(row => string.Join(',', row.Skip(1)))
                .Select(row => head.Zip(row).ToDictionary(pair => pair.First, pair => pair.Second)),
        ];
    }
}
