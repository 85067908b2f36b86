using System.Collections.Frozen;
using Monitoring.Agent.Journal;
using Monitoring.Agent.Uplink.Sparkplug;
using Monitoring.Core.Ingest;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.CommitRules;

/// <summary>
/// The rules that make the commit correct, by their numbers: offsets, epochs, births, commits and
/// trims. Rule 12 on who may send a commit is in the tests of the brokers' rights.
/// </summary>
public sealed class CommitRuleTests : IDisposable
{
    private const long LaterMs = 4_000_000_000_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("commit-rules-").FullName;
    private readonly Pair _pair;

    public CommitRuleTests() => _pair = new Pair(
        _folder, 1 << 20, Pair.Epoch, Pair.Device("a"), Pair.Device("b"));

    public void Dispose()
    {
        _pair.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Rule_1_sent_again_a_record_has_the_same_offset_and_content_in_a_new_envelope()
    {
        _pair.CommitsArrive = false;
        _pair.Connect(0);
        await _pair.Run(0);
        _pair.Append("a", 10, 4.5);
        await _pair.Run(0);
        await _pair.Run(2_000);

        var twice = _pair.Messages.Where(sent => sent.Kind == "DDATA").ToList();
        Assert.Equal(2, twice.Count);
        var declared = new Declaration(
            new Dictionary<string, DataType> { ["nox"] = DataType.Double }.ToFrozenDictionary());
        var records = twice.Select(
            sent => ReceivedMessages.RecordOf(sent.Payload, "a", declared, out _)!).ToList();
        Assert.Equal(records[0].Record, records[1].Record);
        Assert.Equal((1, 1), (records[0].Offset, records[1].Offset));
        Assert.Equal((false, true), (records[0].Historical, records[1].Historical));
        Assert.NotEqual(twice[0].Payload.Seq, twice[1].Payload.Seq);
    }

    [Fact]
    public async Task Rule_2_a_new_journal_is_another_key_and_its_offsets_are_no_duplicates()
    {
        _pair.Append("a", 10);
        _pair.Connect(0);
        await _pair.Run(0);
        Assert.Single(_pair.Stored);
        var birth = EdgeMessages.NodeBirth(
            1, new JournalState(new string('c', 32), 1, 1, 0, 0), LaterMs);
        _pair.Hub.Take(
            new SparkplugTopic("plant-a", MessageType.NBirth, "gateway-1", null), birth, 0);
        var record = EdgeMessages.Record(
            1, Pair.Image("a", 11, PointValue.Real(2)), historical: true, 1, 0,
            new string('c', 32));

        Assert.Equal(1, Assert.IsType<IngestOutcome.Store>(_pair.Hub.Take(
            new SparkplugTopic("plant-a", MessageType.DData, "gateway-1", "a"), record, 0)).Offset);
    }

    [Fact]
    public async Task Rule_3_what_is_sent_was_on_the_disk_before()
    {
        var onDisk = new List<long>();
        _pair.Arrives = sent =>
        {
            if (sent.Kind == "DDATA")
            {
                var copy = Directory.CreateTempSubdirectory("commit-rules-").FullName;
                foreach (var file in Directory.GetFiles(_folder))
                {
                    File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
                }

                // What a process that starts now finds there, the sender not having closed it.
                using var other = new Pair(copy);
                onDisk.Add(other.Journal.Position.Last);
                Directory.Delete(copy, recursive: true);
            }

            return true;
        };
        _pair.Connect(0);
        for (var time = 1; time <= 3; time++)
        {
            _pair.Append("a", time);
            await _pair.Run(0);
        }

        Assert.Equal([1, 2, 3], onDisk);
    }

    [Fact]
    public async Task Rule_4_births_declare_the_journal_and_hold_no_samples()
    {
        _pair.Append("a", 10);
        _pair.Connect(0);
        _pair.Arrives = sent => sent.Kind != "DDATA";
        await _pair.Run(0);

        var node = _pair.Messages[0].Payload;
        Assert.Equal(Pair.Epoch, node.Find(MetricNames.BufferEpoch)!.Value.Text);
        Assert.Equal(1, node.Find(MetricNames.BufferFirst)!.Value.AsLong());
        Assert.Equal(1, node.Find(MetricNames.BufferLast)!.Value.AsLong());
        Assert.Equal(0, node.Find(MetricNames.CommitOffset)!.Value.AsLong());
        Assert.All(
            _pair.Messages.Where(sent => sent.Kind == "DBIRTH")
                .SelectMany(sent => sent.Payload.Metrics),
            metric => Assert.True(metric.IsNull));
        Assert.Empty(_pair.Stored);
    }

    [Fact]
    public async Task Rule_5_the_offset_is_the_first_metric_and_independent_of_the_sequence()
    {
        _pair.Connect(0);
        for (var time = 1; time <= 300; time++)
        {
            _pair.Append("a", time);
        }

        await _pair.Run(0);
        var data = _pair.Messages.Where(sent => sent.Kind == "DDATA").ToList();
        Assert.All(data, sent => Assert.Equal(
            MetricNames.BufferOffset, sent.Payload.Metrics[0].Name));
        Assert.All(data, sent => Assert.True(sent.Payload.Metrics[0].IsTransient));
        Assert.Equal(
            Enumerable.Range(0, 303).Select(i => (ulong)(i % 256)),
            _pair.Messages.Select(sent => sent.Payload.Seq!.Value));
        Assert.Equal(300, _pair.Stored.Count);
    }

    [Fact]
    public async Task Rule_6_the_hub_takes_the_next_drops_duplicates_and_commits_past_no_hole()
    {
        _pair.Connect(0);
        _pair.CommitsArrive = false;
        for (var time = 1; time <= 3; time++)
        {
            _pair.Append("a", time);
        }

        var offsets = new List<long>();
        _pair.Arrives = sent =>
        {
            offsets.Add(ReceivedMessages.OffsetOf(sent.Payload) ?? 0);
            return offsets[^1] != 2 || offsets.Count(it => it == 2) > 1;
        };
        await _pair.Run(0);
        Assert.Equal([1], _pair.Stored.Keys);
        Assert.Equal(1, _pair.Hub.Position.Committed);
        await _pair.Run(2_000);

        Assert.Equal([1, 2, 3], _pair.Stored.Keys);
        Assert.Contains(_pair.Outcomes, outcome => outcome is IngestOutcome.Ahead { Offset: 3 });
        Assert.Contains(
            _pair.Outcomes, outcome => outcome is IngestOutcome.Duplicate { Offset: 1 });
    }

    [Fact]
    public async Task Rule_8_only_a_commit_of_this_journal_within_it_trims_and_never_backwards()
    {
        _pair.Connect(0);
        _pair.CommitsArrive = false;
        for (var time = 1; time <= 3; time++)
        {
            _pair.Append("a", time);
        }

        await _pair.Run(0);
        _pair.CommitsArrive = true;
        _pair.Commit(0, new string('f', 32), 3);
        _pair.Commit(0, Pair.Epoch, 4);
        Assert.Equal(0, _pair.Journal.Position.Committed);
        _pair.Commit(0, Pair.Epoch, 2);
        _pair.Commit(0, Pair.Epoch, 1);
        Assert.Equal(2, _pair.Journal.Position.Committed);
    }

    [Fact]
    public async Task Rule_9_without_progress_it_goes_back_as_history_with_doubling_patience()
    {
        _pair.Connect(0);
        _pair.CommitsArrive = false;
        _pair.Append("a", 1);
        await _pair.Run(0);
        var at = 0L;
        foreach (var patience in (long[])[2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
        {
            var before = _pair.Messages.Count;
            await _pair.Run(at + patience - 1);
            Assert.Equal(before, _pair.Messages.Count);
            at += patience;
            await _pair.Run(at);
            var again = Assert.Single(_pair.Messages.Skip(before));
            Assert.True(again.Payload.Metrics[0].IsHistorical);
        }
    }

    [Fact]
    public async Task Rule_10_live_values_pass_a_long_replay_without_offset_and_are_never_records()
    {
        for (var time = 1; time <= 600; time++)
        {
            _pair.Append("a", time, time);
        }

        // The hub stores nothing for a while, so the replay stands still.
        _pair.Connect(0);
        _pair.CommitsArrive = false;
        for (var now = 0L; now <= 10_000; now += 500)
        {
            _pair.Append("a", 1_000 + now, now);
            await _pair.Run(now);
        }

        var live = _pair.Outcomes.OfType<IngestOutcome.Live>().ToList();
        Assert.Equal(5, live.Count);
        Assert.Equal(
            [2_000, 4_000, 6_000, 8_000, 10_000],
            live.Select(outcome => (int)outcome.Readings.Single().Value!.Value.AsNumber()!));
        Assert.All(
            _pair.Messages.Where(sent => sent.Kind == "DDATA"
                && ReceivedMessages.OffsetOf(sent.Payload) is null),
            sent => Assert.All(sent.Payload.Metrics, metric => Assert.True(metric.IsTransient)));
        Assert.Equal(UplinkSession.WindowRecordsMax, _pair.Stored.Count);
    }

    [Fact]
    public async Task Rule_11_history_and_live_never_share_a_payload()
    {
        for (var time = 1; time <= 400; time++)
        {
            _pair.Append("a", time);
        }

        _pair.Connect(0);
        for (var now = 0L; now <= 6_000; now += 1_000)
        {
            _pair.Append("a", 1_000 + now);
            await _pair.Run(now);
        }

        Assert.All(
            _pair.Messages.Where(sent => sent.Kind == "DDATA"),
            sent => Assert.Single(
                sent.Payload.Metrics.Select(metric => metric.IsHistorical).Distinct()));
        Assert.All(_pair.Messages, sent => Assert.True(sent.Bytes.Length <= 64 * 1024));
    }

    [Fact]
    public async Task Rule_12_a_forged_commit_of_what_was_never_written_is_refused_and_told()
    {
        _pair.Append("a", 1);
        _pair.Connect(0);
        Assert.Equal(
            TrimOutcome.BeyondLast,
            _pair.Uplink.Committed(_pair.Journal.Position, Pair.Epoch, long.MaxValue, 0));
        Assert.Equal(
            TrimOutcome.ForeignEpoch,
            _pair.Uplink.Committed(_pair.Journal.Position, new string('f', 32), 1, 0));
        await _pair.Run(0);
        Assert.Single(_pair.Stored);
    }

    [Fact]
    public async Task Rule_16_each_record_tells_boot_monotonic_time_and_the_state_of_its_clock()
    {
        _pair.Append("a", 1);
        _pair.Connect(0);
        await _pair.Run(0);
        var image = Assert.IsType<JournalRecord.Image>(_pair.Stored[1]);
        Assert.Equal(Pair.Image("a", 1, PointValue.Real(1)), image);
        Assert.Equal((1, ClockState.Synced), (image.Boot.MonotonicMs, image.Clock));
    }
}
