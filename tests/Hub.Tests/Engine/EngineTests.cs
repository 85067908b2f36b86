using System.Collections.Immutable;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Core;
using Monitoring.Server.Engine;
using Monitoring.Server.Ingest;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.Engine;

public sealed class EngineTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Stops_in_the_middle_do_not_show_in_the_books()
    {
        ImmutableArray<string> whole;
        using (var other = new TempFolder())
        {
            await using var hub = await TestHub.StartAsync(other);
            await AppendAsync(hub, 0, 181);
            await hub.AdvanceAsync(36, 3);
            whole = hub.Dump();
            Assert.Equal(0, hub.Accounting.Report().Sum(device => device.Unaccounted));
        }

        foreach (var (from, until, windows, settlements) in ((int, int, int, int)[])
            [(0, 71, 14, 1), (71, 100, 18, 1), (100, 181, 36, 3)])
        {
            await using var hub = await TestHub.StartAsync(_folder);
            await AppendAsync(hub, from, until);
            await hub.AdvanceAsync(windows, settlements);
        }

        await using var last = await TestHub.StartAsync(_folder);
        await last.AdvanceAsync(36, 3);
        Assert.Equal(whole, last.Dump());
        Assert.Contains(
            whole, line => line.StartsWith("fund:local:river", StringComparison.Ordinal));
        Assert.Equal(0, last.Query<long>("SELECT TOTAL(amount) FROM posting").Single());
        Assert.Empty(last.Query<string>(
            "SELECT subject FROM alert WHERE change = 'Raised' "
                + "GROUP BY subject, level, period HAVING COUNT(*) > 1"));
        Assert.Equal(3, last.Query<long>(
            "SELECT COUNT(*) FROM alert WHERE change = 'Raised' AND level = 'Bubble'").Single());
    }

    [Fact]
    public async Task A_silent_source_keeps_the_period_open_until_its_data_arrive()
    {
        await using var hub = await TestHub.StartAsync(_folder);
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 3_001));
        await hub.Records.AppendAsync(Records.Span("plant-b", 0, 35));
        await hub.AdvanceAsync(303, 0);

        // Hours later, all at once: more windows than one call closes.
        await hub.Records.AppendAsync(Records.Span("plant-b", 35, 3_001));
        await hub.AdvanceAsync(600, 50);
        Assert.All(hub.Accounting.Report(), device =>
        {
            Assert.Equal((0, 3_001), (device.Unaccounted, device.Stored));
            Assert.Equal((3_000, 1), (device.Used, device.Open));
        });
    }

    [Fact]
    public async Task A_silent_member_does_not_keep_the_others_from_being_warned()
    {
        await using var hub = await TestHub.StartAsync(_folder);
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 181));
        await hub.Records.AppendAsync(Records.Span("plant-b", 0, 15));
        await hub.AdvanceAsync(19, 0);

        // Three minutes of plant A: warned in each, and nothing is settled without plant B.
        var raised = hub.Query<string>(
            "SELECT DISTINCT period FROM alert WHERE subject = 'member-a' "
                + "AND level = 'Member' AND change = 'Raised'");
        Assert.Equal(3, raised.Count);
    }

    [Fact]
    public async Task A_crash_at_the_end_of_a_period_does_not_hold_up_the_bubble()
    {
        await using var hub = await TestHub.StartAsync(_folder);
        Execute("books.db",
            "CREATE TRIGGER crash BEFORE INSERT ON period_position "
                + "BEGIN SELECT RAISE(ABORT, 'crash'); END");
        await AppendAsync(hub, 0, 61);
        await Assert.ThrowsAnyAsync<Exception>(() => hub.AdvanceAsync(12, 2));
        Assert.Equal(1, hub.Query<long>("SELECT COUNT(*) FROM settlement").Single());

        // Settled, but not moved on: the alerts of the period must not be told again.
        Execute("books.db", "DROP TRIGGER crash");
        await AppendAsync(hub, 61, 121);
        await hub.AdvanceAsync(24, 2);
        Assert.Empty(hub.Query<string>(
            "SELECT id FROM alert GROUP BY subject, level, period, change HAVING COUNT(*) > 1"));
    }

    [Fact]
    public async Task Images_balance_by_named_rules_and_a_loss_shows()
    {
        await using var hub = await TestHub.StartAsync(_folder);
        await AppendAsync(hub, 0, 61);
        await hub.AdvanceAsync(12, 1);
        var late = Records.Gas(5) with { TimeMs = Records.StartMs + 5_500 };
        await hub.Records.AppendAsync(Records.One(123, late));
        await hub.Records.AppendAsync(Records.One(124, Records.Gas(9_000), receivedMs: 0));
        var stranger = Records.Gas(5) with { Device = "stranger" };
        await hub.Records.AppendAsync(Records.One(125, stranger));

        var gas = hub.Accounting.Report().Single(it => it.Device == Records.Device("gas-analyser"));
        Assert.Equal((63, 60, 1, 0), (gas.Stored, gas.Used, gas.Open, gas.Unaccounted));
        Assert.Equal((1, 1), (gas.Excluded["late"], gas.Excluded["clock-ahead"]));
        Assert.Equal(3, gas.ReadingsPerImage);
        var unbound = hub.Accounting.Report().Single(it => it.Device.Name == "stranger");
        Assert.Equal((1, 0), (unbound.Excluded["device-not-bound"], unbound.Unaccounted));

        // Lost from the log, lost from the books, counted twice in the books.
        Execute("records.db", "DELETE FROM record WHERE id = (SELECT MIN(id) FROM record)");
        Assert.Equal(-1, hub.Accounting.Report().Sum(device => device.Unaccounted));
        Execute("books.db", "DELETE FROM fate WHERE device = 'flow-meter'");
        Assert.Equal(119, hub.Accounting.Report().Sum(device => device.Unaccounted));
        Execute("books.db", "UPDATE fate SET images = images + 1");
        Assert.Equal(107, hub.Accounting.Report().Sum(device => device.Unaccounted));
    }

    [Fact]
    public async Task A_replaced_instrument_goes_on_under_the_new_binding()
    {
        await using var hub = await TestHub.StartAsync(_folder, TestHub.ReplacedAnalyser);
        await hub.Records.AppendAsync(Records.Span("plant-b", 0, 61));
        var swap = Records.Span("plant-a", 0, 61);
        await hub.Records.AppendAsync(swap with
        {
            Records =
            [
                .. swap.Records.Select(one => one.Offset > 60
                    && one.Record is JournalRecord.Image { Device: "gas-analyser" } image
                    ? (one.Offset, image with { Device = "new-analyser" })
                    : one),
            ],
        });

        await hub.AdvanceAsync(12, 1);
        Assert.Equal(12, hub.Query<long>(
            "SELECT COUNT(*) FROM fact WHERE pollutant = 'nox'").Single());
        Assert.All(hub.Accounting.Report(), device => Assert.Equal(0, device.Unaccounted));
    }

    [Fact]
    public async Task Every_fact_and_charge_is_worked_out_again_the_same()
    {
        await using var hub = await TestHub.StartAsync(_folder);
        await AppendAsync(hub, 0, 61);
        await hub.AdvanceAsync(12, 1);

        // Late records must not show in what was worked out without them.
        var late = Records.Gas(5, 9_000) with { TimeMs = Records.StartMs + 5_500 };
        await hub.Records.AppendAsync(Records.One(123, late));
        var ids = hub.Query<string>(
            "SELECT id FROM fact UNION SELECT id FROM charge UNION SELECT id FROM settlement");
        Assert.Equal(12 * 2 + 2, ids.Count);
        Assert.All(ids, id => Assert.DoesNotContain(
            "worked out again", TraceText.Render(hub.Traces.Find(id)!, TimeZoneInfo.Utc)));
        Assert.Null(hub.Traces.Find("nothing"));
    }

    [Fact]
    public async Task Advancing_at_once_from_many_sides_closes_each_window_once()
    {
        await using var hub = await TestHub.StartAsync(_folder);
        await AppendAsync(hub, 0, 121);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i =>
            i % 5 == 0
                ? hub.Grains.GetGrain<IBubbleGrain>(Shipped.Contract.Id).Advance()
                : hub.Grains.GetGrain<ISourceGrain>(i % 2 == 0 ? "stack-a" : "stack-b").Advance()));
        await hub.AdvanceAsync(24, 2);
        Assert.Equal(2, hub.Query<long>("SELECT COUNT(*) FROM entry").Single());
    }

    [Fact]
    public async Task What_a_gateway_sends_is_stored_once_also_after_the_disk_failed()
    {
        await using var hub = await TestHub.StartAsync(_folder);
        var grain = hub.Grains.GetGrain<IGatewayGrain>("plant-a/gateway-1");
        await grain.Receive([Birth(1, 9), Data(1)]);
        Execute("records.db",
            "CREATE TRIGGER full BEFORE INSERT ON reject BEGIN SELECT RAISE(ABORT, 'full'); END");

        // The reject fails after record 2 was taken: nothing of the call is stored.
        await Assert.ThrowsAnyAsync<Exception>(() => grain.Receive([Data(2), Data(2, [1, 2, 3])]));
        Execute("records.db", "DROP TRIGGER full");
        await grain.Receive([Data(3)]);
        Assert.Equal([1L], Offsets(hub));

        await grain.Receive([Birth(1, 9), Data(1), Data(2), Data(3), Data(5)]);
        Assert.Equal([1L, 2L, 3L], Offsets(hub));
        Assert.Equal(3, hub.Records.Gateways().Single().Committed);
    }

    [Fact]
    public async Task A_gap_at_first_sight_and_a_journal_that_went_back_are_kept_for_people()
    {
        await using (var hub = await TestHub.StartAsync(_folder))
        {
            var grain = hub.Grains.GetGrain<IGatewayGrain>("plant-a/gateway-1");
            await grain.Receive([Birth(7, 9), Data(7), Data(8), Data(9)]);
            var gap = Assert.Single(hub.Records.Gaps());
            Assert.Equal((1, 6, "not-in-journal"), (gap.First, gap.Last, gap.Reason));

            await grain.Receive([OldBirth(1, 8, timeMs: 6)]);
            Assert.Null(hub.Records.Gateways().Single().WentBackMs);
            await grain.Receive([OldBirth(1, 8, timeMs: 7), Data(9)]);
            Assert.NotNull(hub.Records.Gateways().Single().WentBackMs);
        }

        // Also after a restart, and after the journal has grown past the commit.
        await using var again = await TestHub.StartAsync(_folder);
        await again.Grains.GetGrain<IGatewayGrain>("plant-a/gateway-1")
            .Receive([Birth(1, 20), Data(10)]);
        Assert.Equal([7L, 8L, 9L], Offsets(again));
        Assert.Equal(9, again.Records.Gateways().Single().Committed);
    }

    private static async Task AppendAsync(TestHub hub, int from, int until)
    {
        await hub.Records.AppendAsync(Records.Span("plant-a", from, until));
        await hub.Records.AppendAsync(Records.Span("plant-b", from, until));
    }

    private static long[] Offsets(TestHub hub) =>
        [.. hub.Records.ReadAfter(0, 100).Select(record => record.Offset)];

    private static ReceivedPayload Birth(long first, long last) => new(
        "spBv1.0/plant-a/NBIRTH/gateway-1",
        EdgeMessages.NodeBirth(0, new JournalState(Records.Epoch, first, last, 0, 0), 5),
        Records.StartMs);

    private static ReceivedPayload Data(long offset, byte[]? bytes = null) => new(
        "spBv1.0/plant-a/DDATA/gateway-1/gas-analyser",
        bytes ?? EdgeMessages.Record(offset, Records.Gas((int)offset), true, 1, 5, Records.Epoch),
        Records.StartMs);

    /// <summary>By an agent of the first version, which names no request that it answers.
    /// </summary>
    private static ReceivedPayload OldBirth(long first, long last, long timeMs)
    {
        var birth = PayloadDecoder.Decode(Birth(first, last).Bytes, out _)!;
        return new ReceivedPayload(
            "spBv1.0/plant-a/NBIRTH/gateway-1",
            PayloadEncoder.Encode(birth with
            {
                TimestampMs = timeMs,
                Metrics =
                [
                    .. birth.Metrics.Where(metric => metric.Name != MetricNames.BirthAnswers),
                ],
            }),
            Records.StartMs);
    }

    private void Execute(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.File(file)}");
        connection.Execute(sql);
    }
}
