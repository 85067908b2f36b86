using System.Collections.Immutable;
using CsCheck;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Mass;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Engine;

/// <summary>Images that are stored after their window was closed.</summary>
public sealed class LateTests : IDisposable
{
    private const string Newest =
        "revision = (SELECT MAX(revision) FROM window AS other "
            + "WHERE other.source = fact.source AND other.start_ms = fact.start_ms)";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Its final periods are never put right.</summary>
    private static Contract Uncorrected => Shipped.Contract with
    {
        Calendar = CalendarRule.AtOnce,
        Correction = CorrectionRule.OpenPeriod with { Reasons = ["audit"] },
    };

    [Fact]
    public async Task A_late_image_opens_its_window_again_and_no_other()
    {
        await using var hub = await TestHub.StartAsync(_folder, contract: Uncorrected);
        await AppendAsync(hub, 0, 61);
        await hub.AdvanceAsync(12, 1);
        var first = hub.Query<string>("SELECT id FROM fact");
        await hub.Records.AppendAsync(Late(123, 5_500));
        Assert.Equal((1, 60, 0), Gas(hub));

        await hub.AdvanceAsync(13, 1);
        Assert.Equal((0, 61, 0), Gas(hub));
        Assert.Equal(
            [(2L, Records.StartMs, "late-data")],
            hub.Query<(long, long, string)>(
                "SELECT revision, start_ms, because FROM window WHERE id > 12"));
        Assert.Equal(
            12, hub.Query<long>("SELECT COUNT(*) FROM window WHERE because IS NULL").Single());

        // The earlier revisions stay, and the newest one is what counts.
        Assert.Empty(first.Except(hub.Query<string>("SELECT id FROM fact")));
        var books = new BookReader(hub.Books.Database);
        var facts = books.Facts("stack-a", "nox", PageQuery.All(100));
        Assert.Equal([2L, 1L, 1L, 1L, 1L, 1L], facts.Select(fact => fact.Revision));
        Assert.Equal(21, facts[0].Inputs.Split('\n').Length);
        Assert.Equal(2, books.Averages("stack-a", "nox", PageQuery.All(1)).Single().Revision);
    }

    [Fact]
    public async Task Two_windows_are_opened_once_each_however_often_the_source_looks()
    {
        await using var hub = await TestHub.StartAsync(_folder, contract: Uncorrected);
        await AppendAsync(hub, 0, 61);
        await hub.AdvanceAsync(12, 1);
        await hub.Records.AppendAsync(Late(123, 25_500));
        await hub.Records.AppendAsync(Late(124, 5_500));
        await hub.Records.AppendAsync(Late(125, 5_600));
        await hub.AdvanceAsync(14, 1);

        // Delivered once more, and looked at once more.
        await hub.Records.AppendAsync(Late(124, 5_500));
        await hub.Grains.GetGrain<ISourceGrain>("stack-a").Advance();
        await hub.AdvanceAsync(14, 1);
        Assert.Equal(
            [(Records.StartMs, 2L), (Records.StartMs + 20_000, 2L)],
            hub.Query<(long, long)>(
                "SELECT start_ms, revision FROM window WHERE id > 12 ORDER BY start_ms"));
        Assert.Equal((0, 63, 0), Gas(hub));
    }

    [Fact]
    public async Task A_journal_that_comes_back_after_a_day_fills_the_windows_it_missed()
    {
        await using var hub = await TestHub.StartAsync(_folder, contract: Uncorrected);
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 21));
        var other = Records.Span("plant-a", 86_400, 86_411);
        await hub.Records.AppendAsync(other with { Epoch = new string('b', 32) });

        // Two whole ones, the torn one, and the first of the next day.
        await hub.AdvanceAsync(4, 0);
        await hub.Records.AppendAsync(Records.Span("plant-a", 21, 101));
        await hub.AdvanceAsync(4 + 9, 0);
        Assert.Equal(
            [1L, 1L, 2L, 2L, 2L, 2L, 2L, 2L, 2L, 2L, 1L],
            hub.Query<long>("SELECT revision FROM fact WHERE pollutant = 'nox' ORDER BY start_ms"));
        Assert.Equal((0, 110, 0), Gas(hub));
    }

    [Fact]
    public async Task A_crash_between_two_windows_repeats_neither_and_skips_none()
    {
        await using (var hub = await TestHub.StartAsync(_folder, contract: Uncorrected))
        {
            await AppendAsync(hub, 0, 61);
            await hub.AdvanceAsync(12, 1);
            await hub.Records.AppendAsync(Late(123, 5_500));
            await hub.Records.AppendAsync(Late(124, 25_500));
            Execute(
                "CREATE TRIGGER crash BEFORE INSERT ON fact "
                    + $"WHEN NEW.revision = 2 AND NEW.start_ms > {Records.StartMs} "
                    + "BEGIN SELECT RAISE(ABORT, 'crash'); END");
            await Assert.ThrowsAnyAsync<Exception>(
                () => hub.Grains.GetGrain<ISourceGrain>("stack-a").Advance());
            Assert.Equal(13, hub.Query<long>("SELECT COUNT(*) FROM window").Single());
            Assert.Equal((1, 61, 0), Gas(hub));
        }

        Execute("DROP TRIGGER crash");
        await using var again = await TestHub.StartAsync(_folder, contract: Uncorrected);
        await again.AdvanceAsync(14, 1);
        Assert.Equal(2, again.Query<long>("SELECT MAX(revision) FROM window").Single());
        Assert.Equal((0, 62, 0), Gas(again));
    }

    [Fact]
    public async Task Where_a_source_has_looked_survives_a_restart()
    {
        await using (var hub = await TestHub.StartAsync(_folder, contract: Uncorrected))
        {
            await AppendAsync(hub, 0, 61);
            await hub.AdvanceAsync(12, 1);
            await hub.Records.AppendAsync(Late(123, 5_500));
            await hub.AdvanceAsync(13, 1);
        }

        var journal = $"plant-a/gateway-1/{Records.Epoch}";
        await using var again = await TestHub.StartAsync(_folder, contract: Uncorrected);
        var seen = new FactBook(again.Books).SeenBy("stack-a");
        Assert.Equal(123, seen[journal]);
        Assert.Empty(
            again.Records.ArrivedAfter(Records.Gateway(), seen, long.MaxValue, 10).Arrived);
        await again.Records.AppendAsync(Late(124, 5_600));
        Assert.Equal(
            (124L, "gas-analyser"),
            again.Records.ArrivedAfter(Records.Gateway(), seen, long.MaxValue, 10).Arrived
                .Select(arrival => (arrival.Offset, arrival.Device!)).Single());
        await again.AdvanceAsync(14, 1);
        Assert.Equal(3, again.Query<long>("SELECT MAX(revision) FROM window").Single());
    }

    [Fact]
    public async Task A_replaced_device_is_late_where_it_was_bound_and_nowhere_else()
    {
        await using var hub = await TestHub.StartAsync(
            _folder, TestHub.ReplacedAnalyser, Uncorrected);
        await hub.Records.AppendAsync(Renamed(Records.Span("plant-a", 0, 61), after: 60));
        await hub.AdvanceAsync(6, 0);

        await hub.Records.AppendAsync(Late(123, 25_500));
        await hub.Records.AppendAsync(Late(124, 35_500));
        await hub.AdvanceAsync(7, 0);
        await hub.Grains.GetGrain<ISourceGrain>("stack-a").Advance();
        await hub.AdvanceAsync(7, 0);
        Assert.Equal(
            Records.StartMs + 20_000,
            hub.Query<long>("SELECT start_ms FROM window WHERE revision = 2").Single());
        var gas = hub.Accounting.Report().Single(it => it.Device == Records.Device("gas-analyser"));
        Assert.Equal((31, 1L, 0L), (gas.Used, gas.Excluded["device-not-bound"], gas.Unaccounted));
    }

    [Fact]
    public async Task A_settled_period_stays_as_it_is_and_says_what_changed()
    {
        await using var hub = await TestHub.StartAsync(_folder, contract: Uncorrected);
        await AppendAsync(hub, 0, 61);
        await hub.AdvanceAsync(12, 1);
        const string Ledger = "SELECT id || emitted_g || total_minor || verdict FROM settlement";
        var before = hub.Query<string>(Ledger);
        var (settlement, old) = hub.Query<(string, string)>(
            "SELECT settlement.id, fact.id FROM settlement, fact WHERE source = 'stack-a' "
                + $"AND fact.pollutant = 'nox' AND fact.start_ms = {Records.StartMs}").Single();
        var ledger = new LedgerBook(hub.Books);
        Assert.Null(ledger.ChangeOf(settlement));

        await hub.Records.AppendAsync(Late(123, 5_500, nox: 900));
        await hub.AdvanceAsync(13, 1);
        Assert.Equal(before, hub.Query<string>(Ledger));
        Assert.Equal(1, hub.Query<long>("SELECT COUNT(*) FROM entry").Single());
        var (revised, more, knownMs) = hub.Query<(string, long, long)>(
            "SELECT n.id, n.milligrams - o.milligrams, n.known_ms FROM fact n JOIN fact o "
                + "ON o.source = n.source AND o.pollutant = n.pollutant "
                + "AND o.start_ms = n.start_ms AND o.revision = 1 "
                + "WHERE n.revision = 2 AND n.pollutant = 'nox'").Single();
        Assert.True(more > 0);
        Assert.Equal(new SettledChange(settlement, more, knownMs), ledger.ChangeOf(settlement));

        Assert.Contains(
            "facts changed after the settlement: +", TextOf(hub, settlement));
        Assert.Contains("revision 2, which takes its place", TextOf(hub, old));
        Assert.All(
            [old, revised], id => Assert.DoesNotContain("worked out again", TextOf(hub, id)));
    }

    [Fact]
    public async Task An_open_period_is_watched_and_settled_by_the_newest_revision()
    {
        await using var hub = await TestHub.StartAsync(_folder, contract: Uncorrected);
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 61));
        await hub.Records.AppendAsync(Records.Span("plant-b", 0, 35));
        await hub.AdvanceAsync(9, 0);
        await hub.Records.AppendAsync(Late(123, 5_500, nox: 900));
        await hub.AdvanceAsync(10, 0);
        await hub.Grains.GetGrain<IBubbleGrain>(Shipped.Contract.Id).Advance();
        const string Used =
            "SELECT SUM(milligrams) FROM fact WHERE pollutant = 'nox' AND " + Newest;
        Assert.Equal(
            hub.Query<long>(Used + " AND member = 'member-a'").Single(),
            hub.Query<long>("SELECT used_mg FROM quota WHERE subject = 'member-a' "
                + "ORDER BY id DESC LIMIT 1").Single());

        await hub.Records.AppendAsync(Records.Span("plant-b", 35, 61));
        await hub.AdvanceAsync(13, 1);
        var settlement = hub.Query<string>("SELECT id FROM settlement").Single();
        var settled = new LedgerBook(hub.Books).SettlementFor(settlement)!;
        Assert.Equal(
            hub.Query<long>(Used).Single(), settled.Members.Sum(member => member.Milligrams));
        Assert.Null(new LedgerBook(hub.Books).ChangeOf(settlement));
    }

    [Fact]
    public async Task A_revision_without_a_fact_takes_the_mass_away()
    {
        await using var hub = await TestHub.StartAsync(_folder, contract: Uncorrected);
        await AppendAsync(hub, 0, 61);
        await hub.AdvanceAsync(12, 1);

        // So cold that the flow cannot be put to the reference state any more.
        await hub.Records.AppendAsync(Records.One(123, TooCold(5_500)));
        await hub.AdvanceAsync(13, 1);
        var before = hub.Query<long>(
            $"SELECT milligrams FROM fact WHERE start_ms = {Records.StartMs} "
                + "AND source = 'stack-a' AND pollutant = 'nox'").Single();
        Assert.Equal(
            -before,
            new LedgerBook(hub.Books).ChangeOf(
                hub.Query<string>("SELECT id FROM settlement").Single())!.Milligrams);
        Assert.All(hub.Accounting.Report(), device => Assert.Equal(0, device.Unaccounted));
    }

    [Fact]
    public async Task Any_order_of_delivery_gives_in_the_end_the_facts_of_all_in_order()
    {
        await using var hub = await TestHub.StartAsync(_folder, contract: Uncorrected);
        var (offset, base_) = (0L, 0);
        await Gen.Select(
            Gen.Shuffle(Enumerable.Range(0, 120).ToArray()), Gen.Int[95, 120],
            Gen.Int[1, 40].Array[120]).SampleAsync(
            async (order, kept, batches) =>
            {
                var start = base_;
                base_ += 100;
                var images = order.Take(kept).Select(i => ImageOf(start + (i / 2), i % 2 == 0))
                    .Append(ImageOf(start + 60, isGas: true))
                    .Append(ImageOf(start + 60, isGas: false)).ToList();
                var (sent, batch) = (0, 0);
                while (sent < images.Count)
                {
                    var some = images.Skip(sent).Take(batches[batch])
                        .Select(image => (++offset, (JournalRecord)image)).ToImmutableArray();
                    await hub.Records.AppendAsync(
                        Records.One(offset, images[0]) with { Records = some });
                    sent += batches[batch++];
                    await hub.Grains.GetGrain<ISourceGrain>("stack-a").Advance();
                }

                var startMs = Records.StartMs + (start * 1_000L);
                Assert.Equal(
                    Expected(images, startMs),
                    hub.Query<string>(
                        "SELECT start_ms || ' ' || milligrams || ' ' || quality FROM fact "
                            + $"WHERE pollutant = 'nox' AND start_ms >= {startMs} "
                            + $"AND start_ms < {startMs + 60_000} AND {Newest} "
                            + "ORDER BY start_ms"));
                Assert.All(hub.Accounting.Report(), device => Assert.Equal(
                    (0, 0), (device.Unaccounted, device.Excluded.GetValueOrDefault("late"))));
            },
            iter: 12, threads: 1);
        Assert.True(hub.Query<long>("SELECT MAX(revision) FROM window").Single() > 2);
    }

    [Fact]
    public async Task A_window_with_too_many_images_is_closed_without_a_fact_and_says_why()
    {
        const int TooMany = RecordLog.ImagesPerWindowMax + 1;
        await using var hub = await TestHub.StartAsync(_folder, contract: Uncorrected);
        await hub.Records.AppendAsync(Records.InOneWindow(TooMany));
        var after = Records.Span("plant-a", 10, 31);
        await hub.Records.AppendAsync(after with
        {
            Records = [.. after.Records.Select(one => (one.Offset + TooMany, one.Record))],
            Committed = after.Committed + TooMany,
        });
        await hub.AdvanceAsync(3, 0);
        Assert.Equal(
            [WindowResult.RuleTooManyImages, null, null],
            hub.Query<string?>("SELECT no_fact_because FROM window ORDER BY start_ms"));
        var gas = hub.Accounting.Report().Single(it => it.Device == Records.Device("gas-analyser"));
        Assert.Equal(
            (TooMany, 0), (gas.Excluded[WindowResult.RuleTooManyImages], gas.Unaccounted));
    }

    [Fact]
    public async Task A_window_that_cannot_be_worked_out_again_holds_up_no_other()
    {
        await using (var hub = await TestHub.StartAsync(_folder, contract: Uncorrected))
        {
            await hub.Records.AppendAsync(Records.Span("plant-a", 0, 31));
            await hub.AdvanceAsync(3, 0);

            // As if it were in an archive that is gone.
            Execute("CREATE TABLE lost AS SELECT id, bytes FROM record WHERE id = 1", "records.db");
            Execute("UPDATE record SET bytes = x'' WHERE id = 1", "records.db");
            await hub.Records.AppendAsync(Late(63, 5_500));
            await hub.Records.AppendAsync(Late(64, 15_500));
            var more = Records.Span("plant-a", 32, 61);
            await hub.Records.AppendAsync(more);
            await hub.AdvanceAsync(7, 0);
            Assert.Equal((1, 1), (Gas(hub).Late, Revised(hub)));
        }

        Execute(
            "UPDATE record SET bytes = (SELECT bytes FROM lost WHERE lost.id = record.id) "
                + "WHERE id = 1", "records.db");
        await using var again = await TestHub.StartAsync(_folder, contract: Uncorrected);
        await again.AdvanceAsync(8, 0);
        Assert.Equal((0, 2), (Gas(again).Late, Revised(again)));

        static long Revised(TestHub hub) =>
            hub.Query<long>("SELECT COUNT(*) FROM window WHERE revision = 2").Single();
    }

    [Fact]
    public async Task What_is_past_its_retention_is_said_and_holds_up_nothing()
    {
        await using var hub = await TestHub.StartAsync(_folder, contract: Uncorrected);
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 31));
        await hub.AdvanceAsync(3, 0);
        var fact = hub.Query<string>(
            $"SELECT id FROM fact WHERE start_ms = {Records.StartMs} LIMIT 1").Single();
        Assert.Equal(
            Records.StartMs + 30_000, new FactBook(hub.Books).NeededFromMs(["stack-a", "stack-b"]));
        Execute(
            "INSERT INTO archive VALUES(1, 20, 20, 0, 0, '', 0, '', '', 0); "
                + "UPDATE record SET bytes = x'' WHERE id <= 20", "records.db");

        Assert.Contains("past archive.delete_after_days", TextOf(hub, fact));
        await hub.Records.AppendAsync(Late(63, 5_500));
        await hub.Records.AppendAsync(Late(64, 25_500));
        await hub.AdvanceAsync(4, 0);
        await hub.Records.AppendAsync(Records.Span("plant-a", 33, 61));
        await hub.AdvanceAsync(7, 0);
        Assert.Equal((1, 0), (Gas(hub).Late, Gas(hub).Unaccounted));
    }

    [Fact]
    public async Task The_newest_fact_is_one_that_still_counts()
    {
        await using var hub = await TestHub.StartAsync(_folder, contract: Uncorrected);
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 31));
        await hub.AdvanceAsync(3, 0);
        var books = new BookReader(hub.Books.Database);
        var (before, end) = (Records.StartMs + 20_000, Records.StartMs + 30_000);
        Assert.Equal(end, books.NewestFactMs("stack-a", "nox", long.MaxValue));
        Assert.Equal(end, books.NewestAverageMs("stack-a", "flow-ref", long.MaxValue));

        await hub.Records.AppendAsync(Records.One(63, TooCold(25_500)));
        await hub.AdvanceAsync(4, 0);
        Assert.Equal(before, books.NewestFactMs("stack-a", "nox", long.MaxValue));
        Assert.Equal(before, books.NewestAverageMs("stack-a", "flow-ref", long.MaxValue));
    }

    private static JournalRecord.Image TooCold(int afterStartMs)
    {
        var flow = Records.Flow(0);
        return flow with
        {
            TimeMs = Records.StartMs + afterStartMs,
            Readings =
            [
                .. flow.Readings.Select(reading => reading.Point == "t"
                    ? reading with { Value = PointValue.Real(-1e5) }
                    : reading),
            ],
        };
    }

    private static JournalRecord.Image ImageOf(int second, bool isGas) =>
        isGas ? Records.Gas(second, 50 + (second * 7 % 100)) : Records.Flow(second);

    private static List<string> Expected(List<JournalRecord.Image> images, long startMs)
    {
        var source = Shipped.Cluster.Sources[0];
        var facts = new List<string>();
        for (var from = startMs; from < startMs + 60_000; from += 10_000)
        {
            var window = new Window(from, from + 10_000);
            var own = source.Devices.ToDictionary(device => device, device => images
                .Where(image => image.Device == device && window.Contains(image.TimeMs))
                .OrderBy(image => image.TimeMs)
                .Select(image => new SourceImage(
                    new RecordId("plant-a", "gateway-1", Records.Epoch, 1), image))
                .ToImmutableArray());
            facts.AddRange(WindowCalculation
                .Compute(source, Shipped.Profile, window, own, 1, DateTimeOffset.UnixEpoch).Facts
                .Where(fact => fact.Pollutant == "nox")
                .Select(fact => $"{from} {fact.Milligrams} {fact.Quality}"));
        }

        return facts;
    }

    /// <summary>Late, used and unaccounted images of plant A's gas analyser.</summary>
    private static (long Late, long Used, long Unaccounted) Gas(TestHub hub)
    {
        var gas = hub.Accounting.Report().Single(it => it.Device == Records.Device("gas-analyser"));
        return (gas.Excluded.GetValueOrDefault("late"), gas.Used, gas.Unaccounted);
    }

    private static JournalAppend Late(long offset, int afterMs, double nox = 100) =>
        Records.One(offset, Records.Gas(0, nox) with { TimeMs = Records.StartMs + afterMs });

    private static JournalAppend Renamed(JournalAppend append, long after) => append with
    {
        Records =
        [
            .. append.Records.Select(one => one.Offset > after
                && one.Record is JournalRecord.Image { Device: "gas-analyser" } image
                ? (one.Offset, image with { Device = "new-analyser" })
                : one),
        ],
    };

    private static string TextOf(TestHub hub, string id) =>
        TraceText.Render(hub.Traces.Find(id)!, TimeZoneInfo.Utc);

    private static async Task AppendAsync(TestHub hub, int from, int until)
    {
        await hub.Records.AppendAsync(Records.Span("plant-a", from, until));
        await hub.Records.AppendAsync(Records.Span("plant-b", from, until));
    }

    private void Execute(string sql, string file = "books.db")
    {
        using var connection = new SqliteConnection($"Data Source={_folder.File(file)}");
        connection.Execute(sql);
    }
}
