using Monitoring.Agent.Uplink.Sparkplug;
using Monitoring.Core.Ingest;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.CommitRules;

/// <summary>The commit rules where something changes or breaks while records wait.</summary>
public sealed class ChangeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("commit-rules-").FullName;
    private readonly List<Pair> _pairs = [];

    public void Dispose()
    {
        _pairs.ForEach(pair => pair.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    private Pair Start(long bytesMax = 1 << 20)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, $"{_pairs.Count}")).FullName;
        _pairs.Add(new Pair(
            folder, bytesMax, Pair.Epoch, Pair.Device("a"), Pair.Device("b")));
        return _pairs[^1];
    }

    [Fact]
    public async Task Rule_13_a_full_journal_says_what_it_gave_up_and_the_hub_keeps_that()
    {
        var pair = Start();
        pair.Connect(0);
        await pair.Run(0);
        for (var time = 1; time <= 20_000; time += 400)
        {
            pair.AppendAll(Enumerable.Range(time, 400).Select(
                at => Pair.Image("a", at, PointValue.Real(1))));
        }

        await pair.Run(1);
        for (var now = 2L; pair.Journal.Position.Committed < pair.Journal.Position.Last; now++)
        {
            await pair.Run(now * 3_000);
        }

        AssertConserved(pair);
        Assert.Contains(
            pair.Stored.Values,
            record => record is JournalRecord.Gap { Reason: Reason.JournalFull });
    }

    [Fact]
    public async Task Rule_14_a_hub_put_back_knows_that_it_is_behind_and_declares_what_is_gone()
    {
        var pair = Start();
        pair.Connect(0);
        for (var time = 1; time <= 10; time++)
        {
            pair.Append("a", time);
        }

        await pair.Run(0);
        Assert.Equal(10, pair.Journal.Position.Committed);
        pair.RestoreHub(4);
        pair.Append("a", 11);
        pair.Connect(1);
        await pair.Run(1);

        // Whatever the gateway does not hold any more is a gap, and the rest goes on.
        AssertConserved(pair);
        Assert.Equal(11, pair.Hub.Position.Committed);
    }

    [Fact]
    public void Rule_14_a_hub_with_less_than_it_has_committed_asks_the_gateway_to_go_back()
    {
        var session = new GatewaySession(_ => new GatewayPosition(Pair.Epoch, 4));
        var birth = EdgeMessages.NodeBirth(0, new JournalState(Pair.Epoch, 2, 10, 9, 0), 0);
        session.Take(
            new SparkplugTopic("plant-a", MessageType.NBirth, "gateway-1", null), birth, 0);
        Assert.True(session.IsBehindCommit);
        Assert.Equal(4, session.Position.Committed);
        Assert.Equal(
            [new NodeCommand.Rewind(Pair.Epoch, 4)],
            HostMessages.Commands(
                PayloadDecoder.Decode(HostMessages.Rewind(Pair.Epoch, 4, 0), out _)!));
    }

    [Fact]
    public void Rule_15_a_standby_takes_over_with_a_later_state_and_the_older_is_ignored()
    {
        var uplink = new UplinkSession();
        uplink.Connected(0);
        Assert.Equal(HostVerdict.CameOnline, uplink.HostSaid(new HostState(true, 10)));
        Assert.Equal(HostVerdict.Unchanged, uplink.HostSaid(new HostState(true, 11)));
        Assert.Equal(HostVerdict.Outdated, uplink.HostSaid(new HostState(false, 10)));
        Assert.IsType<UplinkStep.PublishBirths>(uplink.Next(
            new Agent.Journal.JournalPosition(Pair.Epoch, 1, 0, 0, 0), 0));
    }

    [Fact]
    public async Task Rule_17_a_device_that_is_gone_stays_declared_until_its_records_are_committed()
    {
        var pair = Start();
        pair.Append("b", 1);
        pair.Connect(0);
        pair.CommitsArrive = false;
        await pair.Run(0);
        pair.Redeclare(Pair.Device("a"));
        pair.Append("b", 2);
        await pair.Run(1);
        Assert.Equal(
            ["NBIRTH", "DBIRTH", "DBIRTH", "DDATA", "NBIRTH", "DBIRTH", "DBIRTH", "DDATA"],
            pair.Kinds);
        await pair.Run(2);
        Assert.Equal(8, pair.Messages.Count);

        pair.CommitsArrive = true;
        pair.Commit(3);
        await pair.Run(3);
        Assert.Equal("DDEATH", pair.Messages[^1].Kind);
        Assert.Equal("b", pair.Messages[^1].Topic.Device);
        Assert.Equal(2, pair.Stored.Count);
        pair.Uplink.RebirthAsked();
        await pair.Run(4);
        Assert.Equal(["NBIRTH", "DBIRTH"], pair.Kinds.Skip(9));
    }

    [Fact]
    public async Task Rule_17_a_record_with_the_type_of_before_a_change_declares_it_itself()
    {
        var pair = Start();
        pair.Connect(0);
        await pair.Run(0);

        // Read just before the change takes effect, and sent just after: fresh, and of a type that
        // the births no longer say.
        pair.Append("a", 1, 48.5);
        pair.Redeclare(new UplinkDevice("a", [new DeclaredPoint("nox", ValueKind.Integer)]));
        await pair.Run(1);
        pair.Append(Pair.Image("a", 2, PointValue.Integer(48)));
        await pair.Run(2);

        Assert.Equal(
            [PointValue.Real(48.5), PointValue.Integer(48)],
            pair.Stored.Values.Select(it => ((JournalRecord.Image)it).Readings[0].Value!.Value));
        Assert.DoesNotContain(pair.Outcomes, outcome => outcome is IngestOutcome.Rejected);
    }

    [Fact]
    public async Task A_change_of_a_unit_is_declared_before_the_next_record()
    {
        var pair = Start();
        pair.Connect(0);
        await pair.Run(0);
        pair.Redeclare(new UplinkDevice("a", [new DeclaredPoint("nox", ValueKind.Real, "mg/m3")]));
        pair.Append("a", 1);
        await pair.Run(1);

        Assert.Equal("DDATA", pair.Kinds.Last());
        var birth = pair.Messages.Last(sent => sent.Kind == "DBIRTH").Payload;
        Assert.Equal("mg/m3", ReceivedMessages.DeclarationOf(birth).Units["nox"]);
    }

    [Fact]
    public async Task Rule_18_a_lost_device_dies_after_its_last_word_and_is_born_before_its_next()
    {
        var pair = Start();
        pair.Connect(0);
        pair.Append("a", 1);
        pair.Append(Pair.Image("a", 2, null));
        pair.Append(Pair.Image("a", 3, null));
        await pair.Run(0);
        var before = pair.Messages.Count;
        pair.Append(Pair.Image("a", 4, null));
        pair.Append(Pair.Image("a", 5, null));
        await pair.Run(1);
        Assert.Equal(["DDATA", "DDEATH", "DDATA"], pair.Kinds.Skip(before));

        // Its images go on as evidence of the outage, and none of them is a current value.
        Assert.True(pair.Messages[^1].Payload.Metrics[0].IsHistorical);
        pair.Append("a", 6);
        await pair.Run(2);
        Assert.Equal(["DBIRTH", "DDATA"], pair.Kinds.Skip(before + 3));
        Assert.Equal(6, pair.Stored.Count);
        Assert.Single(pair.Outcomes, outcome => outcome is IngestOutcome.DeviceDied);
    }

    [Fact]
    public async Task Rule_19_whatever_is_lost_and_whoever_restarts_each_record_is_stored_once()
    {
        foreach (var seed in Enumerable.Range(1, 12))
        {
            await RunLossy(new Random(seed));
        }

    }

    private async Task RunLossy(Random random)
    {
        var pair = Start();
        var loss = random.Next(60);
        pair.Arrives = _ => random.Next(100) >= loss;
        var (now, time) = (0L, 0L);
        for (var step = 0; step < 120; step++)
        {
            switch (random.Next(20))
            {
                case 0:
                    pair.Connect(now);
                    break;
                case 1:
                    pair.Restart();
                    pair.Connect(now);
                    break;
                case 2:
                    pair.RestartHub();
                    pair.Uplink.RebirthAsked();
                    break;
                case 3:
                    pair.Redeclare(random.Next(2) == 0
                        ? [Pair.Device("a")]
                        : [Pair.Device("a"), Pair.Device("b")]);
                    break;
                default:
                    pair.Append(random.Next(2) == 0 ? "a" : "b", ++time);
                    break;
            }

            pair.CommitsArrive = random.Next(100) >= loss;
            now += random.Next(3_000);
            await pair.Run(now);
            Assert.True(pair.Journal.Position.Committed <= pair.Hub.Position.Committed
                || pair.Hub.Position.Epoch is null);
        }

        (pair.Arrives, pair.CommitsArrive) = (_ => true, true);
        pair.Connect(now);
        for (var rounds = 0; rounds < 20; rounds++)
        {
            await pair.Run(now += 60_000);
        }

        Assert.Equal(pair.Journal.Position.Last, pair.Journal.Position.Committed);
        AssertConserved(pair);
        Assert.Empty(pair.Gaps);
        Assert.Equal(time, pair.Stored.Count);
    }

    /// <summary>Every offset up to the commit is stored or in a gap, and none twice.</summary>
    private static void AssertConserved(Pair pair)
    {
        var covered = pair.Stored.Keys.ToHashSet();
        var gaps = pair.Gaps.Select(gap => (gap.First, gap.Last)).Concat(
            pair.Stored.Values.OfType<JournalRecord.Gap>().Select(gap => (gap.First, gap.Last)));
        foreach (var (first, last) in gaps)
        {
            for (var offset = first; offset <= last; offset++)
            {
                covered.Add(offset);
            }
        }

        for (var offset = 1L; offset <= pair.Hub.Position.Committed; offset++)
        {
            Assert.True(
                covered.Contains(offset), $"offset {offset} is neither stored nor declared");
        }
    }
}
