using System.Collections.Immutable;
using Monitoring.Server.Engine;
using Monitoring.Server.Ingest;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Servers;
using Monitoring.Tests.Tck;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.CommitRules;

/// <summary>The hub's own order: store, then commit; with the real grain and record log.</summary>
public sealed class CommitOrderTests : IDisposable
{
    private const long NowMs = 1_772_323_200_000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Rule_7_a_commit_says_what_is_stored_with_its_position_and_once_for_many()
    {
        Gateway gateway = null!;
        await using var hub = await Start(log => gateway = new Gateway(log));
        var grain = hub.Grains.GetGrain<IGatewayGrain>("plant-a/gateway-1");
        await grain.Receive([NodeBirth(), DeviceBirth()]);
        for (var first = 1; first < 300; first += 50)
        {
            await grain.Receive([.. Enumerable.Range(first, 50).Select(it => Data(it))]);
        }

        await gateway.Committed(300);
        Assert.Equal(0, gateway.SaidTooSoon);
        Assert.InRange(gateway.Commits, 2, 8);

        // A commit that was lost is said again to whoever sends what is stored.
        var before = gateway.Commits;
        await grain.Receive([Data(300)]);
        Assert.Equal(before + 1, gateway.Commits);
        Assert.Equal(300, hub.Records.NewestId());
    }

    [Fact]
    public async Task What_is_in_quarantine_is_evidence_with_its_offset_a_gap_and_is_counted()
    {
        Gateway gateway = null!;
        await using var hub = await Start(log => gateway = new Gateway(log));
        var grain = hub.Grains.GetGrain<IGatewayGrain>("plant-a/gateway-1");
        await grain.Receive([NodeBirth(), DeviceBirth(), Data(1)]);
        var bad = EdgeMessages.Record(
            2, Image(2) with
            {
                Readings =
                [
                    new Reading("nox", PointValue.Of("much"), Quality.Good, Reason.None, NowMs),
                ],
            },
            false, 4, NowMs, Pair.Epoch);
        for (var attempt = 0; attempt < 3; attempt++)
        {
            await grain.Receive([Data(2, bad, NowMs + (attempt * 5_000)), Data(3)]);
        }

        await grain.Receive([Data(3)]);
        var (count, newest) = hub.Records.Quarantined(10);
        Assert.Equal(1, count);
        Assert.Equal((2, true), (newest[0].Offset, bad.SequenceEqual(newest[0].Bytes)));
        var gap = Assert.Single(hub.Records.Gaps());
        Assert.Equal((2, 2, "unreadable"), (gap.First, gap.Last, gap.Reason));
        Assert.Equal(
            [1, 3], hub.Records.ReadAfter(0, 9).Select(record => (int)record.Offset));
        await gateway.Committed(3);
    }

    private Task<HubHost> Start(Func<RecordLog, IHostLink> link) =>
        HubHost.Start(_folder.Path, new Uri("mqtt://127.0.0.1:1"), link);

    private static ReceivedPayload NodeBirth() => new(
        "spBv1.0/plant-a/NBIRTH/gateway-1",
        EdgeMessages.NodeBirth(0, new JournalState(Pair.Epoch, 1, 400, 0, 0), NowMs), NowMs);

    private static ReceivedPayload DeviceBirth() => new(
        "spBv1.0/plant-a/DBIRTH/gateway-1/a",
        EdgeMessages.DeviceBirth([new DeclaredPoint("nox", ValueKind.Real)], 1, NowMs), NowMs);

    private static ReceivedPayload Data(long offset, byte[]? bytes = null, long atMs = NowMs) =>
        new(
            "spBv1.0/plant-a/DDATA/gateway-1/a",
            bytes ?? EdgeMessages.Record(
                offset, Image(offset), true, (byte)((offset + 1) % 256), NowMs,
                Pair.Epoch),
            atMs);

    private static JournalRecord.Image Image(long offset) =>
        Pair.Image("a", NowMs + offset, PointValue.Real(offset));

    /// <summary>A gateway that looks into the hub's log whenever it gets a commit.</summary>
    private sealed class Gateway(RecordLog log) : IHostLink
    {
        private static readonly GatewayId Id = new("plant-a", "gateway-1");

        private readonly Lock _lock = new();
        private ImmutableArray<long> _commits = [];

        public bool IsConnected => true;

        public int SaidTooSoon { get; private set; }

        public int Commits => _commits.Length;

        public Task<bool> SendAsync(SparkplugTopic topic, byte[] payload)
        {
            lock (_lock)
            {
                var said = HostMessages.Commands(PayloadDecoder.Decode(payload, out _)!);
                foreach (var commit in said.OfType<NodeCommand.Commit>())
                {
                    var stored = log.PositionOf(Id, commit.Epoch).Committed;
                    SaidTooSoon += commit.Offset > stored || log.NewestId() < stored - 1 ? 1 : 0;
                    _commits = _commits.Add(commit.Offset);
                }
            }

            return Task.FromResult(true);
        }

        public async Task Committed(long offset)
        {
            for (var i = 0; i < 3_000 && !_commits.Contains(offset); i++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }

            Assert.Contains(offset, _commits);
        }
    }
}
