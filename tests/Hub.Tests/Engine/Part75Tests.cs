using System.Collections.Immutable;
using System.Text.Json;
using Monitoring.Core;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Core.Part75;
using Monitoring.Core.Quality;
using Monitoring.Server.Engine;
using Monitoring.Server.Exports;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Engine;

/// <summary>A source of <c>us-part75</c> in the books: formulas, bias factors, and the export.
/// </summary>
public sealed class Part75Tests : IDisposable
{
    private const long HourMs = 3_600_000;
    private const int Hours = 4;

    private static readonly Profile Profile = Stack.Read("us-part75") with
    {
        RequiredTests = [new RequiredTest("rata", 8_760, 0, ["so2"])],
    };

    private static readonly long FromMs =
        Level.StartMsOf(new DateOnly(2026, 2, 2), TimeZoneInfo.Utc);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Hours_have_their_formulas_in_books_traces_and_export()
    {
        await using var hub = await StartAsync();
        await AddAsync(hub, Audit(0, 1m));
        Assert.Equal(
            [
                "us-co2 6.8 ton/h F-11", "us-co2c 12.0 % ", "us-flow 999000 scf/h ",
                "us-h2o 8.0 % ", "us-hi 66.6 mmBtu/h F-15", "us-nox 16.5 lb/h F-26B",
                "us-noxc 150.0 ppm ", "us-noxr 0.247 lb/mmBtu 19-9", "us-so2 16.6 lb/h F-1",
                "us-so2c 100.0 ppm ",
            ],
            hub.Query<string>(
                $"""
                SELECT quantity || ' ' || value || ' ' || unit || ' ' || COALESCE(method, '')
                FROM average a JOIN window w ON w.id = a."window"
                WHERE quantity LIKE 'us-%' AND w.start_ms = {FromMs} AND {Newest}
                ORDER BY quantity
                """));
        foreach (var id in hub.Query<long>(
            "SELECT id FROM average WHERE quantity LIKE 'us-%' AND value IS NOT NULL"))
        {
            Assert.DoesNotContain("worked out again", TextOf(hub, $"average-{id}"));
        }

        using var quarter = JsonDocument.Parse(
            new EcmpsExport(hub.Get<StoredWindows>(), new FactBook(hub.Books))
                .Of(Source(), "CS001", 54, 2026, 1));
        var hour = quarter.RootElement.GetProperty("hourlyOperatingData")[0];
        Assert.Equal(
            [
                "FLOW 999000 999000 W", "H2O 8.0 8.0 D", "SO2C 100.0 100.0 W",
                "CO2C 12.0 12.0 W", "NOXC 150.0 150.0 D",
            ],
            hour.GetProperty("monitorHourlyValueData").EnumerateArray().Select(value =>
                $"{value.GetProperty("parameterCode")} "
                + $"{value.GetProperty("unadjustedHourlyValue")} "
                + $"{value.GetProperty("adjustedHourlyValue")} "
                + value.GetProperty("moistureBasis")));
        Assert.Equal(
            ["SO2 16.6 F-1", "HI 66.6 F-15", "NOXR 0.247 19-9", "NOX 16.5 F-26B", "CO2 6.8 F-11"],
            hour.GetProperty("derivedHourlyValueData").EnumerateArray().Select(value =>
                $"{value.GetProperty("parameterCode")} "
                + $"{value.GetProperty("adjustedHourlyValue")} "
                + value.GetProperty("formulaId")));
    }

    [Fact]
    public async Task A_source_without_a_stack_flow_has_the_masses_of_its_fuel_and_its_load()
    {
        var source = Source() with
        {
            Fuel = "natural-gas", IsTurbine = true,
            FuelSample = new FuelSample(1_030, null, null, 0.0006m),
            Potentials = ImmutableDictionary<string, decimal>.Empty.Add("nox", 500)
                .Add("load", 100),
            Quantities =
            [
                new QuantityBinding("nox", "analyser", "nox", "ppm"),
                new QuantityBinding("o2", "analyser", "o2", "%"),
                new QuantityBinding("fuel_flow", "analyser", "gas", "[cft_i]/h"),
                new QuantityBinding("load", "analyser", "mw", "MW"),
            ],
        };
        await using var hub = await StartAsync(
            source, [("nox", 25.04), ("o2", 15.02), ("gas", 500_000), ("mw", 48.6)],
            Profile with { RequiredTests = [] });
        Assert.Equal(
            [
                "us-co2 30.6 G-4", "us-co2c 3.4 F-14A", "us-hi 515.0 F-20",
                "us-nox 47.4 F-24A", "us-so2 0.3 D-5",
            ],
            hub.Query<string>(
                $"""
                SELECT quantity || ' ' || value || ' ' || method
                FROM average a JOIN window w ON w.id = a."window"
                WHERE quantity LIKE 'us-%' AND method IS NOT NULL AND quantity <> 'us-noxr'
                    AND w.start_ms = {FromMs} AND {Newest}
                ORDER BY quantity
                """));
        Assert.Equal(
            ["co2", "nox", "so2"],
            hub.Query<string>("SELECT DISTINCT pollutant FROM fact ORDER BY pollutant"));
        Assert.Empty(hub.Query<string>("SELECT quantity FROM average WHERE quantity = 'flow-ref'"));
        foreach (var fact in hub.Query<string>("SELECT id FROM fact"))
        {
            Assert.DoesNotContain("worked out again", TextOf(hub, fact));
        }

        Assert.Empty(hub.Get<GapFilling>().Standing(
            "stack-a", DateTimeOffset.FromUnixTimeMilliseconds(FromMs))!.Pollutants);
        using var quarter = JsonDocument.Parse(
            new EcmpsExport(hub.Get<StoredWindows>(), new FactBook(hub.Books))
                .Of(source, "CT1", 54, 2026, 1));
        var hour = quarter.RootElement.GetProperty("hourlyOperatingData")[0];
        Assert.Equal(
            (49, "MW", 5),
            (hour.GetProperty("hourLoad").GetInt32(),
                hour.GetProperty("loadUnitsOfMeasureCode").GetString(),
                hour.GetProperty("loadRange").GetInt32()));
        Assert.Contains(
            "F-20",
            hour.GetProperty("derivedHourlyValueData").EnumerateArray()
                .Select(value => value.GetProperty("formulaId").GetString()));
    }

    [Fact]
    public async Task Units_of_one_stack_have_together_what_the_stack_has()
    {
        SourceBinding Unit(int number) => Source() with
        {
            Id = $"unit-{number}", Member = number == 1 ? "member-a" : "member-b",
            CommonStack = new StackUnits("cs-1", "load", ["unit-1", "unit-2"]),
            Quantities =
            [
                .. Source().Quantities,
                new QuantityBinding("load", "analyser", $"mw-{number}", "MW"),
                new QuantityBinding(
                    $"load-of-unit-{3 - number}", "analyser", $"mw-{3 - number}", "MW"),
            ],
        };
        await using var hub = await StartAsync(
            [Unit(1), Unit(2), Source()], [.. Boiler.Usual, ("mw-1", 100), ("mw-2", 300)],
            Profile with { RequiredTests = [] });
        foreach (var pollutant in (string[])["so2", "nox", "co2"])
        {
            var masses = hub.Query<(string Source, long Milligrams)>(
                $"""
                SELECT f.source, f.milligrams FROM fact f JOIN window w ON w.id = f."window"
                WHERE f.pollutant = '{pollutant}' AND w.start_ms = {FromMs} AND {Newest}
                """).ToDictionary(row => row.Source, row => row.Milligrams);
            Assert.Equal(masses["stack-a"], masses["unit-1"] + masses["unit-2"]);
            Assert.InRange(masses["unit-1"] - masses["stack-a"] / 4, -1, 1);
        }

        Assert.Equal(
            ["unit-1 16.7 F-21A", "unit-2 50.0 F-21A"],
            hub.Query<string>(
                $"""
                SELECT w.source || ' ' || value || ' ' || method
                FROM average a JOIN window w ON w.id = a."window"
                WHERE quantity = 'us-hi' AND w.source LIKE 'unit-%' AND w.start_ms = {FromMs}
                    AND {Newest} ORDER BY w.source
                """));
        foreach (var fact in hub.Query<string>("SELECT id FROM fact WHERE source = 'unit-1'"))
        {
            Assert.DoesNotContain("worked out again", TextOf(hub, fact));
        }
    }

    [Fact]
    public async Task The_factor_of_an_audit_holds_from_its_hour_until_the_next_one()
    {
        await using var hub = await StartAsync();
        // The first in the second hour; the next, in the fourth, was not passed.
        await AddAsync(hub, Audit(1, 1.063m), Audit(3, 1.2m, passed: false));
        Assert.Equal(
            ["- rata-never-tested", "106.3", "106.3", "- rata-failed"],
            hub.Query<string>(
                $"""
                SELECT COALESCE(value, '- ' || absent_because)
                FROM average a JOIN window w ON w.id = a."window"
                WHERE quantity = 'us-so2c' AND {Newest} ORDER BY w.start_ms
                """));
        var fact = hub.Query<string>(
            $"""
            SELECT f.id FROM fact f JOIN window w ON w.id = f."window"
            WHERE f.pollutant = 'so2' AND w.start_ms = {FromMs + HourMs} AND {Newest}
            """).Single();
        Assert.Contains(
            "bias factor = 1.063 (RATA 1 of 2026-02-02 01:01:00.000+00:00, tests.json)",
            TextOf(hub, fact));
        // A gap is filled by hours that are adjusted.
        Assert.Equal(
            266.327m * 1.063m,
            decimal.Parse(hub.Query<string>(
                $"""
                SELECT value FROM average a JOIN window w ON w.id = a."window"
                WHERE quantity = 'so2-sub' AND w.start_ms = {FromMs + 3 * HourMs} AND {Newest}
                """).Single()) * 0.92m,
            0);
    }

    private const string Newest =
        """
        NOT EXISTS (SELECT 1 FROM window n WHERE n.source = w.source
            AND n.start_ms = w.start_ms AND n.revision > w.revision)
        """;

    private static string TextOf(TestHub hub, string id) =>
        TraceText.Render(hub.Traces.Find(id)!, TimeZoneInfo.Utc);

    private static Amendment Audit(int hour, decimal factor, bool passed = true) => new()
    {
        Source = "stack-a", Quantity = "so2", Kind = AmendmentKind.Test,
        FromMs = FromMs + hour * HourMs + 60_000, Test = "rata", Passed = passed, Value = factor,
        Subject = $"{hour}", Author = "ann", Reason = "tests.json",
    };

    private static SourceBinding Source() => Boiler.Source with
    {
        From = DateTimeOffset.FromUnixTimeMilliseconds(FromMs),
        TimeZone = TimeZoneInfo.Utc,
        Potentials = ImmutableDictionary<string, decimal>.Empty.Add("so2", 500).Add("nox", 500)
            .Add("co2", 500_000).Add("flow", 30_000),
    };

    private static async Task AddAsync(TestHub hub, params Amendment[] amendments)
    {
        hub.Get<AmendmentBook>().Add(
            amendments, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        await AdvanceAsync(hub);
    }

    private static async Task AdvanceAsync(TestHub hub, string source = "stack-a")
    {
        for (var i = 0; i < 3; i++)
        {
            await hub.Grains.GetGrain<ISourceGrain>(source).Advance();
        }
    }

    private Task<TestHub> StartAsync() => StartAsync(Source(), Boiler.Usual, Profile);

    private Task<TestHub> StartAsync(
        SourceBinding source, (string, double)[] points, Profile profile) =>
        StartAsync([source], points, profile);

    private async Task<TestHub> StartAsync(
        SourceBinding[] sources, (string, double)[] points, Profile profile)
    {
        var hub = await TestHub.StartAsync(
            _folder, Shipped.Cluster with { Sources = [.. sources] },
            Shipped.Contract with { Bubble = Shipped.Contract.Bubble with { Pollutant = "hg" } },
            profile);
        ImmutableArray<(long, JournalRecord)> records =
        [
            .. Enumerable.Range(0, (Hours * 4) + 1).Select(i => (
                i + 1L,
                (JournalRecord)Boiler.Image(
                    FromMs + i * HourMs / 4, points))),
        ];
        await hub.Records.AppendAsync(Records.One(
            records.Length, (JournalRecord.Image)records[0].Item2,
            receivedMs: FromMs + Hours * HourMs) with { Records = records });
        foreach (var source in sources)
        {
            await AdvanceAsync(hub, source.Id);
        }

        return hub;
    }
}
