using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Monitoring.Core;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Core.Quality;
using Monitoring.Core.Warnings;
using Monitoring.Server.Engine;
using Monitoring.Server.Notify;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Records;
using NJsonSchema;

namespace Monitoring.Tests.Engine;

/// <summary>What is missing, ends or drifts is told while it does, by the hub's clock.</summary>
public sealed class WarningTests : IDisposable
{
    private const long HourMs = 3_600_000;

    private static readonly long FromMs =
        Level.StartMsOf(new DateOnly(2026, 2, 2), TimeZoneInfo.Utc);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_silent_gateways_gap_shows_and_costs_while_it_lasts()
    {
        await using var hub = await StartAsync([]);
        await DeliverAsync(hub, 0, 3);
        var watch = hub.Get<InstrumentWatch>();
        // The third hour is over for nine minutes: it may still be on its way.
        await watch.LookAsync(At(3, 9));
        Assert.Empty(hub.Get<WarningBook>().Raised());

        await watch.LookAsync(At(7, 11));
        var standing = hub.Get<GapFilling>().Standing("stack-a", At(7, 11))!;
        Assert.Equal(FromMs + 3 * HourMs, standing.SilentSinceMs);
        var so2 = standing.Quantities.Single(one => one.Quantity == "so2");
        Assert.Equal((FromMs + 3 * HourMs, 4), (so2.SinceMs!.Value, so2.GapHours));
        // Three of seven hours were measured. The last one, of four times as much as the others,
        // takes the place of what is missing.
        Assert.Equal(42.857m, Rounding.ToDecimals(so2.AvailabilityPercent!.Value, 3));
        var cost = standing.Pollutants.Single().Cost!;
        Assert.Equal(4, cost.Hours);
        Assert.True(cost.SoFar > 0 && cost.NextHour > 0);
        Assert.Equal(
            cost.SoFar,
            4 * (cost.BookedGramsPerHour!.Value - cost.UsualGramsPerHour) / 1_000_000);

        var raised = hub.Get<WarningBook>().Raised();
        Assert.Equal(["flow", "so2"], raised.Select(row => row.Quantity).Order());
        Assert.All(raised, row => Assert.Contains("its gateway is silent", row.Text));
        Assert.All(raised, row => Assert.Matches(@"since [\d-]+ \d\d:\d\d \+00:00, its", row.Text));
        Assert.All(raised, row => Assert.Contains("t beyond the usual so far", row.Text));
        var text = TraceText.Render(
            hub.Get<GapFilling>().TraceOf("stack-a", "so2", At(7, 11))!, TimeZoneInfo.Utc);
        Assert.Contains("those of the hub's clock", text);
        Assert.Contains("cost of the gap in so2", text);
        Assert.Contains("potential value = 500", text);
        Assert.NotNull(hub.Traces.Find(Traces.GapId("stack-a", "so2")));

        // Told once, however long it lasts, and once more when it is over.
        await watch.LookAsync(At(8, 11));
        Assert.Equal(raised, hub.Get<WarningBook>().Raised());
        await DeliverAsync(hub, 3, 10);
        await watch.LookAsync(At(10, 9));
        Assert.Empty(hub.Get<WarningBook>().Raised());
        Assert.Equal(4, hub.Query<long>("SELECT COUNT(*) FROM warning").Single());
        Assert.Null(hub.Get<GapFilling>().TraceOf("stack-a", "so2", At(10, 9)));
        // The same in a hub that starts again.
        await new InstrumentWatch(
            hub.Get<SourceStandings>(), hub.Get<WarningDesk>(), hub.Get<StandingBoard>(),
            hub.Get<Turns>(), TimeProvider.System, NullLogger<EngineStart>.Instance)
            .LookAsync(At(10, 9));
        Assert.Equal(4, hub.Query<long>("SELECT COUNT(*) FROM warning").Single());
    }

    [Fact]
    public async Task A_silent_gateway_loses_half_hours_where_nothing_is_filled()
    {
        await using var hub = await StartAsync([], "en-ied-vi", TimeSpan.FromMinutes(1));
        await DeliverAsync(hub, 0, 3);
        Assert.Null(hub.Get<Compliance>().Of("stack-a", At(3, 39))!.SilentSinceMs);
        Assert.Empty(await AllRaisedAsync(hub, At(3, 39)));

        // Four half-hours are over: so many are lost, one is left, and it lasts.
        var gaps = hub.Get<GapFilling>().Standing("stack-a", At(5, 10))!;
        Assert.Equal(
            (FromMs + 3 * HourMs, FromMs + 5 * HourMs), (gaps.SilentSinceMs, gaps.UntilMs));
        var so2 = Assert.Single(gaps.Quantities);
        Assert.Equal(("so2", 60m, 2m), (so2.Quantity, so2.AvailabilityPercent, so2.GapHours));
        Assert.Equal(FromMs + 3 * HourMs, so2.SinceMs);
        var today = hub.Get<Compliance>().Of("stack-a", At(5, 10))!.Pollutants.Single().Today!;
        Assert.Equal((4, 1, 38, 10), (
            today.Budget.LostToday, today.Budget.LeftToday, today.WindowsLeft,
            today.Budget.LeftDays));
        Assert.Equal(["gap so2 ", "loss so2 day"], await AllRaisedAsync(hub, At(5, 10)));
        var text = hub.Get<WarningBook>().Raised().Single(row => row.Kind == "Loss").Text;
        Assert.Contains(" 00:00 +00:00, 4 windows are lost of 5 that may be, and 1 are left", text);
        Assert.Contains(
            "the profile fills no gaps", TraceText.Render(
                hub.Get<GapFilling>().TraceOf("stack-a", "so2", At(5, 10))!, TimeZoneInfo.Utc));

        // Days that pass in silence are lost before anything closes them.
        Assert.Equal(["gap so2 ", "loss so2 day-lost"], await AllRaisedAsync(hub, At(6, 10)));
        Assert.Equal(
            ["gap so2 ", "loss so2 day-lost", "loss so2 year"],
            await AllRaisedAsync(hub, At(7 * 24 + 12, 0)));
        // Seven days and the one that runs.
        Assert.Equal((7, 2), hub.Get<Compliance>().Of("stack-a", At(7 * 24 + 12, 0))!.Pollutants
            .Select(one => (one.Today!.Budget.LostDays, one.Today.Budget.LeftDays)).Single());

        // Heard again: what is late takes all of it back.
        await DeliverAsync(hub, 3, 6);
        Assert.Empty(await AllRaisedAsync(hub, At(6, 9)));
        Assert.Equal(0, hub.Get<Compliance>().Of("stack-a", At(6, 9))!.Pollutants.Single()
            .Today!.Budget.LostToday);
    }

    [Fact]
    public async Task Tests_that_end_and_charts_that_drift_are_told()
    {
        await using var hub = await StartAsync(
            [new RequiredTest("rata", 60 * 24, 0, ["so2"])]);
        await DeliverAsync(hub, 0, 2);
        await AddAsync(hub, Test("rata", 0, "2 %"));
        for (var i = 0; i < 7; i++)
        {
            await AddAsync(hub, Test("qal3-zero", i, DriftChart.TextOf(i < 6 ? 0 : 4, 1)));
        }

        Assert.Equal(["drift qal3-zero"], await RaisedAsync(hub, At(2, 0)));
        Assert.Equal(["drift qal3-zero"], await RaisedAsync(hub, At(29 * 24, 0)));
        Assert.Equal(
            ["drift qal3-zero", "test-due rata"], await RaisedAsync(hub, At(30 * 24, 0)));
        Assert.Equal(
            ["drift qal3-zero", "test-invalid rata"], await RaisedAsync(hub, At(60 * 24, 0)));
        await AddAsync(hub, Test("rata", 60 * 24, "2 %"));
        Assert.Equal(["drift qal3-zero"], await RaisedAsync(hub, At(60 * 24, 1)));
    }

    [Fact]
    public async Task A_warnings_notice_keeps_the_schema()
    {
        await using var hub = await StartAsync([]);
        var settings = hub.Get<Server.HubSettings>() with
        {
            Webhook = new Server.WebhookSettings(new Uri("http://127.0.0.1:1/"), "secret"),
        };
        var change = new WarningChange(
            new WarningKey("stack-a", "so2", WarningKind.Gap, ""), true, "so2 is missing.",
            At(5, 0), 1);
        var notice = Assert.Single(
            new NoticeWriter(settings, Shipped.Contract, hub.Cluster).NoticesOf(change));
        var schema = await JsonSchema.FromJsonAsync(Shipped.Text("schemas/notice.schema.json"));
        Assert.Empty(schema.Validate(notice.Body));
        var document = AlertNotice.Parse(notice.Body);
        Assert.Equal(
            ("instrument", "gap", "raised", null),
            (document.Level, document.Reason, document.Kind, document.LimitG));
    }

    private static DateTimeOffset At(int hour, int minute) =>
        DateTimeOffset.FromUnixTimeMilliseconds(FromMs).AddHours(hour).AddMinutes(minute);

    private static async Task<IEnumerable<string>> RaisedAsync(TestHub hub, DateTimeOffset at)
    {
        await hub.Get<InstrumentWatch>().LookAsync(at);
        return hub.Get<WarningBook>().Raised().Where(row => row.Kind != "Gap").Select(row =>
            $"{WarningRules.NameOf(Enum.Parse<WarningKind>(row.Kind))} {row.Subject}").Order();
    }

    private static Amendment Test(string test, int hour, string result) => new()
    {
        Source = "stack-a", Quantity = "so2", Kind = AmendmentKind.Test,
        FromMs = FromMs + hour * HourMs, Test = test, Passed = true, Value = 1, Result = result,
        Subject = $"{hour}", Author = "ann", Reason = "tests.csv",
    };

    private static async Task AddAsync(TestHub hub, Amendment amendment)
    {
        hub.Get<AmendmentBook>().Add(
            [amendment], TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        await AdvanceAsync(hub);
    }

    private static async Task<IEnumerable<string>> AllRaisedAsync(TestHub hub, DateTimeOffset at)
    {
        await hub.Get<InstrumentWatch>().LookAsync(at);
        return hub.Get<WarningBook>().Raised().Select(row =>
            $"{row.Kind.ToLowerInvariant()} {row.Quantity} {row.Subject}").Order();
    }

    private static async Task DeliverAsync(TestHub hub, int fromHour, int untilHour)
    {
        var cycle = hub.Cluster.Sources[0].Cycle;
        var anHour = (int)(TimeSpan.FromHours(1) / cycle);
        ImmutableArray<(long, JournalRecord)> records =
        [
            .. Enumerable.Range(fromHour * anHour, (untilHour - fromHour) * anHour + 1)
                .Select(i => (i + 1L, (JournalRecord)Image(
                    FromMs + i * HourMs / anHour, i / anHour == 2 ? 400 : 100))),
        ];
        await hub.Records.AppendAsync(Records.One(
            records[^1].Item1, (JournalRecord.Image)records[0].Item2,
            receivedMs: FromMs + untilHour * HourMs) with { Records = records });
        await AdvanceAsync(hub);
    }

    private static async Task AdvanceAsync(TestHub hub)
    {
        for (var i = 0; i < 3; i++)
        {
            await hub.Grains.GetGrain<ISourceGrain>("stack-a").Advance();
        }
    }

    private static JournalRecord.Image Image(long timeMs, double so2)
    {
        var image = Stack.Minute(0, so2, pollutant: "so2").Image;
        return image with
        {
            TimeMs = timeMs,
            Readings = [.. image.Readings.Select(reading => reading with { TimeMs = timeMs })],
        };
    }

    private Task<TestHub> StartAsync(
        ImmutableArray<RequiredTest> tests, string id = "us-part75", TimeSpan? cycle = null)
    {
        var profile = Stack.Read(id) with { RequiredTests = tests };
        var source = Stack.Source(profile, pollutant: "so2") with
        {
            From = DateTimeOffset.FromUnixTimeMilliseconds(FromMs),
            Cycle = cycle ?? TimeSpan.FromMinutes(15),
            TimeZone = TimeZoneInfo.Utc,
            Potentials = ImmutableDictionary<string, decimal>.Empty.Add("so2", 500)
                .Add("flow", 3_000),
        };
        return TestHub.StartAsync(
            _folder, Shipped.Cluster with { Sources = [source] },
            Shipped.Contract with { Bubble = Shipped.Contract.Bubble with { Pollutant = "hg" } },
            profile);
    }
}
