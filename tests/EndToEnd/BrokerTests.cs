using System.Net.Sockets;
using System.Text;
using Dapper;
using Monitoring.Tests.Crash;
using Monitoring.Tests.Rig;
using Monitoring.Tests.Servers;
using Monitoring.Wire;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;
using MQTTnet;

namespace Monitoring.Tests;

/// <summary>Either broker carries the data; neither lets a stranger hurt them.</summary>
public sealed class BrokerTests
{
    private const string Plant = "plant-a";
    private const string OwnBirth = "spBv1.0/plant-b/NBIRTH/gateway-1";
    private const string OwnDeviceBirth = "spBv1.0/plant-b/DBIRTH/gateway-1/meter";
    private const string OwnData = "spBv1.0/plant-b/DDATA/gateway-1/meter";
    private const string StrangerEpoch = "0123456789abcdef0123456789abcdef";
    private const int AtOnce = 200;
    private const int RandomPayloads = 1_100;
    private const int RejectsKeptMax = 1_000;
    private const int RejectBytesKeptMax = 4_096;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_same_run_passes_on_both_brokers(bool isEmbedded)
    {
        using var folder = new TemporaryFolder();
        var files = new DemoFiles(folder.Path);
        await using var mosquitto = isEmbedded ? null : await MosquittoServer.Start();
        var port = mosquitto?.Port ?? files.MqttPort;
        string[] setting = isEmbedded ? [] : [$"mqtt.url={Programs.Broker(port)}"];
        await using var plant = new RunningPlant(files, port, setting);
        await plant.Start();
        Assert.Equal(isEmbedded, await Ports.Accepts(files.MqttPort));
        await Eventually.True(
            "a fact is made", () => Stores.CountIn(files.BooksFile, "fact") > 0, Patience,
            () => plant.Story);
        await plant.StopAndAssertConserved();
    }

    [Fact]
    public async Task Malformed_and_forged_messages_are_counted_kept_and_hurt_nothing()
    {
        using var folder = new TemporaryFolder();
        var files = new DemoFiles(folder.Path, cycle: "200 ms");
        await using var plant = new RunningPlant(files, files.MqttPort);
        await plant.Start();
        await Eventually.True(
            "images are stored", () => Stores.Progress(files, Plant).Images > 4, Patience);
        await AssertForgeriesAreRefused(files);
        var rejected = await PublishNonsense(files);
        await SpeakNoMqtt(files.MqttPort);
        await Eventually.True(
            $"{rejected} payloads are counted", () => Rejected(files) == rejected, Patience,
            () => $"{Rejected(files)} are\n{plant.Story[^2_000..]}");
        using (var records = Stores.Open(files.RecordsFile))
        {
            var (count, largest) = records.QuerySingle<(long, long)>(
                "SELECT COUNT(*), MAX(LENGTH(bytes)) FROM reject");
            Assert.Equal(RejectsKeptMax, count);
            Assert.Equal(RejectBytesKeptMax, largest);
        }

        var before = Stores.Progress(files, Plant).Images;
        await Eventually.True(
            "images go on", () => Stores.Progress(files, Plant).Images > before + 4, Patience);
        Assert.Equal(0, Stores.Progress(files, "plant-b").Images);
        await plant.StopAndAssertConserved();
    }

    [Fact]
    public async Task A_payload_that_is_too_large_hurts_nobody_behind_mosquitto()
    {
        using var folder = new TemporaryFolder();
        var files = new DemoFiles(folder.Path, cycle: "200 ms");
        await using var mosquitto = await MosquittoServer.Start();
        await using var plant = new RunningPlant(
            files, mosquitto.Port, $"mqtt.url={Programs.Broker(mosquitto.Port)}");
        await plant.Start();
        await using var stranger = await MqttPeer.Connect(mosquitto.Port, "stranger");
        foreach (var size in (int[])[300 * 1024, 2 * 1024 * 1024])
        {
            await stranger.Publish(OwnBirth, new byte[size]);
            await stranger.Publish("spBv1.0/plant-a/NCMD/gateway-1", new byte[size]);
            await stranger.Publish("spBv1.0/plant-a/DDATA/gateway-1/gas-analyser", new byte[size]);
        }

        var before = Stores.Progress(files, Plant).Images;
        await Eventually.True(
            "images go on", () => Stores.Progress(files, Plant).Images > before + 4, Patience,
            () => plant.Story);
        Assert.DoesNotContain("Offline at the broker", plant.Story, StringComparison.Ordinal);
        await plant.StopAndAssertConserved();
    }

    /// <summary>What one edge must not be able to do to another, or to its own journal.</summary>
    private static async Task AssertForgeriesAreRefused(DemoFiles files)
    {
        await using var stranger = await MqttPeer.Connect(files.MqttPort, "plant-b/gateway-1");
        await using var insider = await MqttPeer.Connect(files.MqttPort, "plant-a/gateway-1");
        await using var nobody = await MqttPeer.Connect(files.MqttPort, "");
        string epoch;
        using (var records = Stores.Open(files.RecordsFile))
        {
            epoch = records.QuerySingle<string>("SELECT name FROM epoch");
        }

        var commit = HostMessages.Commit(epoch, 1_000_000, NowMs());
        var death = EdgeMessages.NodeDeath(1, NowMs());
        var offline = new HostState(false, NowMs() + 1_000_000).Encode();
        (MqttPeer Peer, string Topic, byte[] Payload)[] forged =
        [
            (stranger, "spBv1.0/plant-a/NCMD/gateway-1", commit),
            (insider, "spBv1.0/plant-a/NCMD/gateway-1", commit),
            (nobody, "spBv1.0/plant-a/NCMD/gateway-1", commit),
            (stranger, "spBv1.0/plant-a/DCMD/gateway-1/gas-analyser", commit),
            (stranger, "spBv1.0/plant-a/NDEATH/gateway-1", death),
            (stranger, "spBv1.0/plant-a/DDATA/gateway-1/gas-analyser", [1, 2, 3]),
            (stranger, "spBv1.0/STATE/hub", offline),
            (stranger, "spBv1.0/plant-b/NBIRTH", death),
            (stranger, "hello/world", [0]),
            (nobody, "spBv1.0///", [0]),
            (stranger, OwnBirth, new byte[300 * 1024]),
        ];
        foreach (var (peer, topic, payload) in forged)
        {
            Assert.Equal(
                MqttClientPublishReasonCode.NotAuthorized, await peer.Publish(topic, payload));
        }
    }

    /// <summary>How many payloads the hub has to reject.</summary>
    private static async Task<long> PublishNonsense(DemoFiles files)
    {
        var port = files.MqttPort;
        var random = new Random(20261124);
        await using var stranger = await MqttPeer.Connect(port, "plant-b/gateway-1");
        for (var i = 0; i < RandomPayloads; i++)
        {
            var bytes = new byte[random.Next(1, 300)];
            random.NextBytes(bytes);
            await stranger.Publish(OwnBirth, bytes);
            if (i % AtOnce == AtOnce - 1)
            {
                // More than can wait of one gateway is dropped, and not looked at.
                await Eventually.True(
                    $"{i + 1} payloads are counted", () => Rejected(files) == i + 1, Patience);
            }
        }

        var large = new byte[WireLimits.PayloadBytesRefused];
        random.NextBytes(large);
        byte[][] births = [large, EdgeMessages.NodeDeath(1, NowMs()), Birth(9, 2), Birth(0, 0)];
        foreach (var birth in births)
        {
            await stranger.Publish(OwnBirth, birth);
        }

        await stranger.Publish(OwnBirth, Birth(1, 1));
        await stranger.Publish(OwnDeviceBirth, EdgeMessages.DeviceBirth(
            [new DeclaredPoint("flow", ValueKind.Integer)], 1, NowMs()));
        byte[][] images =
        [
            Image(MetricValue.String("much")),
            Image(MetricValue.Boolean(true)),
            Image(MetricValue.Double(double.NaN)),
        ];
        foreach (var image in images)
        {
            await stranger.Publish(OwnData, image);
        }

        await using var careless = await MqttPeer.Connect(port, "hub");
        await careless.Publish("spBv1.0/Plant A/NBIRTH/gateway-1", Birth(1, 1));
        return RandomPayloads + births.Length + images.Length + 1;
    }

    private static async Task SpeakNoMqtt(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\n\r\n"));
    }

    private static byte[] Birth(long first, long last) => EdgeMessages.NodeBirth(
        1, new JournalState(StrangerEpoch, first, last, 0, 0), NowMs());

    private static byte[] Image(MetricValue flow) =>
        PayloadEncoder.Encode(new Payload
        {
            TimestampMs = NowMs(),
            Seq = 2,
            Metrics =
            [
                Metric(MetricNames.BufferOffset, MetricValue.Long(1)) with
                {
                    Properties = [OfStranger],
                },
                Metric(MetricNames.RecordBoot, MetricValue.String(StrangerEpoch)),
                Metric(MetricNames.RecordMonotonic, MetricValue.Long(1)),
                Metric("flow", flow),
            ],
        });

    private static Property OfStranger => new(
        MetricNames.Epoch, DataType.Int64, MetricValue.Long(EpochTag.Of(StrangerEpoch)));

    private static Metric Metric(string name, MetricValue value) =>
        new() { Name = name, TimestampMs = NowMs(), Value = value };

    private static long Rejected(DemoFiles files)
    {
        using var records = Stores.Open(files.RecordsFile);
        return records.QuerySingleOrDefault<long>(
            "SELECT value FROM counter WHERE name = 'rejected'");
    }

    private static long NowMs() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
}
