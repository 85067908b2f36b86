using CsCheck;
using Monitoring.Core.Ingest;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Storage;

/// <summary>
/// What the hub relies on in a record log, whatever keeps it. A second store is a second class
/// under this one.
/// </summary>
public abstract class RecordLogConformance
{
    /// <summary>Opens the store of this test; a second time, the same one again.</summary>
    protected abstract RecordLog Open();

    [Fact]
    public async Task A_window_with_too_many_records_is_refused_and_not_cut()
    {
        await using var log = Open();
        const int Max = RecordLog.ImagesPerWindowMax;
        await log.AppendAsync(Records.InOneWindow(Max + 1));
        var (device, startMs) = (Records.Device("gas-analyser"), Records.StartMs);
        Assert.Equal(Max, log.ReadDevice(device, startMs, startMs + 10_000, Max)!.Value.Length);
        Assert.Null(log.ReadDevice(device, startMs, startMs + 10_000));
        Assert.Equal(Max + 1, log.CountDevice(device, startMs, startMs + 10_000, Max + 1));
    }

    [Fact]
    public async Task Many_gateways_at_once_are_stored_whole()
    {
        await using var log = Open();
        var plants = Enumerable.Range(0, 40).Select(i => $"plant-{i}").ToArray();
        await Task.WhenAll(plants.SelectMany(plant => Enumerable.Range(0, 5).Select(i =>
            Task.Run(() => log.AppendAsync(Records.Span(plant, i * 3, (i * 3) + 3))))));

        Assert.All(plants, plant => Assert.Equal(
            new GatewayPosition(Records.Epoch, 30),
            log.PositionOf(Records.Gateway(plant), Records.Epoch)));
        var images = log.ReadAfter(0, 2_000);
        Assert.Equal(1_200, images.Length);
        Assert.Equal(1_200, images.Select(one => (one.Gateway, one.Offset)).Distinct().Count());
    }

    [Fact]
    public async Task A_repeat_stores_nothing_and_moves_no_position_back()
    {
        await using var log = Open();
        await log.AppendAsync(Records.Span("plant-a", 0, 10));
        await log.AppendAsync(Records.Span("plant-a", 0, 3));

        Assert.Equal(20, log.PositionOf(Records.Gateway(), Records.Epoch).Committed);
        Assert.Equal(20, log.ReadAfter(0, 100).Length);
        Assert.Equal(20, log.NewestId());
    }

    [Fact]
    public async Task Everything_is_there_after_reopening()
    {
        var gap = new JournalRecord.Gap(21, 30, Reason.JournalFull, Records.StartMs);
        var declared = new JournalRecord.Gap(32, 40, Reason.NotInJournal, Records.StartMs);
        await using (var log = Open())
        {
            await log.AppendAsync(Records.Span("plant-a", 0, 10));
            await log.AppendAsync(Records.One(31, gap) with { Gap = declared, Committed = 40 });
        }

        await using var again = Open();
        Assert.Equal(40, again.PositionOf(Records.Gateway(), Records.Epoch).Committed);
        Assert.Equal(
            [(32, 40, "not-in-journal"), (21, 30, "journal-full")],
            again.Gaps().Select(row => (row.First, row.Last, row.Reason)));
        Assert.Equal(gap, again.ReadAfter(20, 10).Single().Record);
        var row = Assert.Single(again.Gateways());
        Assert.Equal((40, Records.StartMs + 3_600_000), (row.Committed, row.ReceivedMs));
    }

    [Fact]
    public async Task An_unknown_journal_has_the_position_of_the_newest_other_one()
    {
        await using var log = Open();
        var other = new string('b', 32);
        Assert.Equal(GatewayPosition.Unseen, log.PositionOf(Records.Gateway(), Records.Epoch));

        await log.AppendAsync(Records.Span("plant-a", 0, 10));

        Assert.Equal(
            new GatewayPosition(Records.Epoch, 20), log.PositionOf(Records.Gateway(), other));
        Assert.Equal(
            GatewayPosition.Unseen, log.PositionOf(Records.Gateway("plant-b"), Records.Epoch));
    }

    [Fact]
    public async Task A_record_that_cannot_be_encoded_fails_only_its_own_append()
    {
        await using var log = Open();
        var image = Records.Gas(0);
        var huge = image with
        {
            Readings = [.. Enumerable.Repeat(image.Readings[0], 501)],
        };
        var bad = log.AppendAsync(Records.One(1, huge));
        var good = log.AppendAsync(Records.Span("plant-b", 0, 1));

        await Assert.ThrowsAnyAsync<Exception>(() => bad);
        await good;
        await log.AppendAsync(Records.Span("plant-a", 0, 1));
    }

    [Fact]
    public async Task After_its_end_it_says_so()
    {
        var log = Open();
        await log.DisposeAsync();
        await log.DisposeAsync();

        await Assert.ThrowsAsync<RecordLogException>(
            () => log.AppendAsync(Records.Span("plant-a", 0, 1)));
    }

    [Fact]
    public async Task Appends_that_wait_at_its_end_are_stored()
    {
        var log = Open();
        var appends = Enumerable.Range(0, 50)
            .Select(i => log.AppendAsync(Records.Span($"plant-{i}", 0, 2)))
            .ToArray();
        await log.DisposeAsync();
        await Task.WhenAll(appends);

        await using var again = Open();
        Assert.Equal(50, again.Gateways().Count);
    }

    [Fact]
    public async Task Rejected_payloads_are_counted_and_the_newest_kept()
    {
        await using var log = Open();
        for (var i = 0; i < 1_010; i++)
        {
            log.Reject($"topic/{i}", "fault", new byte[5_000], i);
        }

        var (count, newest) = log.Rejects(2_000);
        Assert.Equal((1_010, 1_000), (count, newest.Count));
        Assert.Equal("topic/1009", newest[0].Topic);
        Assert.Equal(4_096, newest[0].Bytes.Length);
    }

    [Fact]
    public async Task State_timestamps_rise_even_where_the_clock_goes_back()
    {
        await using (var log = Open())
        {
            Assert.Equal(1_000, log.NextStateTimestamp("a", 1_000));
            Assert.Equal(1_001, log.NextStateTimestamp("a", 1_000));
        }

        await using var again = Open();
        Assert.Equal(1_002, again.NextStateTimestamp("a", 5));
        Assert.Equal(9_000, again.NextStateTimestamp("a", 9_000));
    }

    [Fact]
    public async Task A_device_is_read_by_half_open_time_and_without_clocks_that_are_ahead()
    {
        await using var log = Open();
        await log.AppendAsync(Records.Span("plant-a", 0, 10));
        var ahead = Records.StartMs + 1_000_000 - 120_001;
        await log.AppendAsync(Records.One(21, Records.Gas(1_000), receivedMs: ahead));
        await log.AppendAsync(Records.One(22, Records.Flow(1_000), receivedMs: ahead + 1));
        var (gas, flow) = (Records.Device("gas-analyser"), Records.Device("flow-meter"));

        var read = log.ReadDevice(gas, Records.StartMs + 2_000, Records.StartMs + 4_000)!.Value;
        Assert.Equal([5L, 7L], read.Select(record => record.Offset));
        Assert.Equal(Records.StartMs + 9_000, log.NewestTimeOf(gas));
        Assert.Equal(Records.StartMs + 1_000_000, log.NewestTimeOf(flow));
        Assert.Equal(Records.StartMs + 3_000, log.OldestTimeOf(gas, Records.StartMs + 2_001));
        Assert.Null(log.OldestTimeOf(gas, Records.StartMs + 9_001));
        Assert.Null(log.NewestTimeOf(Records.Device("other")));
    }

    [Fact]
    public async Task A_journal_that_went_back_stays_so()
    {
        await using (var log = Open())
        {
            await log.AppendAsync(Records.Span("plant-a", 0, 10));
            log.MarkWentBack(Records.Gateway(), Records.Epoch, 77);
            log.MarkWentBack(Records.Gateway(), Records.Epoch, 99);
        }

        await using var again = Open();
        Assert.True(again.PositionOf(Records.Gateway(), Records.Epoch).WentBack);
        Assert.Equal(77, again.Gateways().Single().WentBackMs);
    }

    [Fact]
    public async Task A_gateway_that_is_refused_since_its_last_record_says_why()
    {
        await using var log = Open();
        await log.AppendAsync(Records.One(1, Records.Gas(0), receivedMs: 100));
        log.Reject("spBv1.0/plant-a/DDATA/gateway-1/gas-analyser", "older", [], 99);
        log.Reject("spBv1.0/plant-a/DDATA/gateway-2/gateway-1", "another's", [], 101);
        Assert.Null(log.Gateways().Single().RefusedFault);

        log.Reject("spBv1.0/plant-a/DDATA/gateway-1/gas-analyser", "no number", [], 101);
        Assert.Equal("no number", log.Gateways().Single().RefusedFault);

        // Stored again, be it of a new journal: the old one is not refused any more either.
        var next = Records.One(1, Records.Gas(1), receivedMs: 102);
        await log.AppendAsync(next with { Epoch = new string('b', 32) });
        Assert.All(log.Gateways(), row => Assert.Null(row.RefusedFault));
        Assert.Equal(2, log.Gateways().Count);
    }

    [Fact]
    public async Task What_cannot_be_read_is_kept_with_its_place_and_is_a_gap()
    {
        await using var log = Open();
        await log.AppendAsync(Records.Span("plant-a", 0, 1) with
        {
            Committed = 3,
            Quarantined = [new QuarantinedRecord(3, "topic", "no number", [1, 2, 3])],
        });
        var (count, newest) = log.Quarantined(10);
        Assert.Equal((1, 3L, "no number"), (count, newest[0].Offset, newest[0].Fault));
        Assert.Equal([1, 2, 3], newest[0].Bytes);
        var gap = Assert.Single(log.Gaps());
        Assert.Equal((3L, 3L, "unreadable"), (gap.First, gap.Last, gap.Reason));
        Assert.Equal(3, log.PositionOf(Records.Gateway(), Records.Epoch).Committed);
    }

    [Fact]
    public async Task What_arrived_is_read_on_by_journal()
    {
        await using var log = Open();
        await log.AppendAsync(Records.Span("plant-a", 0, 3));
        var seen = new Dictionary<string, long> { [$"plant-a/gateway-1/{Records.Epoch}"] = 4 };
        var journal = seen.Keys.Single();
        var (arrived, upTo) = log.ArrivedAfter(Records.Gateway(), seen, long.MaxValue, 10);
        Assert.Equal([5L, 6L], arrived.Select(it => it.Offset));
        Assert.Equal(6, upTo[journal]);
        (arrived, upTo) = log.ArrivedAfter(Records.Gateway(), seen, long.MaxValue, 1);
        Assert.Equal((5, 5), (Assert.Single(arrived).Offset, upTo[journal]));

        // What is not early enough is passed over, and looked through all the same.
        (arrived, upTo) = log.ArrivedAfter(Records.Gateway(), seen, Records.StartMs, 10);
        Assert.Equal((0, 6), (arrived.Count, upTo[journal]));
        Assert.Empty(
            log.ArrivedAfter(Records.Gateway("plant-b"), seen, long.MaxValue, 10).Arrived);
    }

    [Fact]
    public async Task A_correction_changes_the_time_by_which_an_image_is_found_and_no_byte()
    {
        await using var log = Open();
        var boot = new Boot(Guid.NewGuid(), 0);
        var image = Records.Gas(0) with { Clock = ClockState.Unsynced, Boot = boot };
        var version = log.ClockVersion;
        await log.AppendAsync(Records.One(1, image));
        await log.AppendAsync(Records.One(
            2, new JournalRecord.Correction(boot.Id, 1, 1, 60_000, Records.StartMs)));
        Assert.NotEqual(version, log.ClockVersion);

        var clocks = new ClockRevisions(log);
        clocks.Apply(Records.Device("gas-analyser"), timeMs => [("stack-a", timeMs)]);
        clocks.Apply(Records.Device("gas-analyser"), _ => throw new InvalidOperationException());
        Assert.Equal(image.TimeMs + 60_000, log.NewestTimeOf(Records.Device("gas-analyser")));
        Assert.Equal(
            [image.TimeMs, image.TimeMs + 60_000],
            clocks.WindowsOf("stack-a", 10).Select(window => window.StartMs));
        clocks.Done("stack-a", clocks.WindowsOf("stack-a", 10));
        Assert.Empty(clocks.WindowsOf("stack-a", 10));
    }

    [Fact]
    public async Task However_often_and_by_whomever_it_is_sent_each_record_is_there_once()
    {
        await using var log = Open();
        var run = 0;
        await Gen.Select(Gen.Int[0, 2], Gen.Int[0, 9], Gen.Int[1, 6]).Array[1, 20].SampleAsync(
            async sent =>
            {
                var plants = Enumerable.Range(0, 3).Select(i => $"plant-{run}-{i}").ToArray();
                run++;
                await Task.WhenAll(sent.Select(one => log.AppendAsync(
                    Records.Span(plants[one.Item1], one.Item2, one.Item2 + one.Item3))));
                foreach (var (plant, number) in plants.Select((plant, number) => (plant, number)))
                {
                    var seconds = sent.Where(one => one.Item1 == number)
                        .SelectMany(one => Enumerable.Range(one.Item2, one.Item3))
                        .Distinct().Order().ToList();
                    var stored = log.ReadDevice(
                        Records.Device("gas-analyser", plant), 0, long.MaxValue)!.Value;
                    Assert.Equal(
                        seconds.Select(second => (second * 2L) + 1),
                        stored.Select(record => record.Offset));
                    Assert.Equal(
                        seconds.Count == 0 ? 0 : (seconds[^1] + 1) * 2,
                        log.PositionOf(Records.Gateway(plant), Records.Epoch).Committed);
                }
            },
            iter: 20, threads: 1);
    }
}
