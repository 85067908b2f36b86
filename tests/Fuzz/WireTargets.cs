using CsCheck;
using Monitoring.Tests.Servers;
using Monitoring.Core.Ingest;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.Fuzz;

/// <summary>What comes over MQTT, and what lies in the journal.</summary>
internal static class WireTargets
{
    private const ulong FixedSeed = 1;
    private const long NowMs = 1_795_490_567_000;

    private static readonly byte[] Birth = Golden("nbirth");

    public static IEnumerable<Target> All() =>
    [
        new Target("sparkplug", Payloads(), Sparkplug),
        new Target("gateway-session", Payloads(), Session),
        new Target("record", Records(), bytes =>
        {
            // What can be read can be written, and is the same when it is read again.
            if (RecordFormat.Decode(bytes, out _) is { } record)
            {
                Assert.Equal(record, RecordFormat.Decode(RecordFormat.Encode(record), out _));
            }
        }),
        new Target(
            "host-state",
            [new HostState(true, NowMs).Encode(), new HostState(false, 1).Encode()],
            bytes => HostState.Decode(bytes)),
        new Target(
            "topic", [.. new[] { "spBv1.0/a/DDATA/b/c", "spBv1.0/STATE/hub" }.Select(Utf8)],
            bytes => SparkplugTopic.Parse(Text(bytes))),
    ];

    private static void Sparkplug(byte[] bytes)
    {
        if (PayloadDecoder.Decode(bytes, out var fault) is not { } payload)
        {
            Assert.NotNull(fault);
            return;
        }

        var declared = ReceivedMessages.DeclarationOf(payload);
        ReceivedMessages.BdSeqOf(payload);
        ReceivedMessages.JournalOf(payload);
        ReceivedMessages.LiveOf(payload, declared);
        ReceivedMessages.RecordOf(payload, null, declared, out _);
        ReceivedMessages.RecordOf(payload, "device", declared, out _);
        Assert.All(HostMessages.Commands(payload), command => Assert.NotNull(command));
    }

    /// <summary>Each kind of message, with those bytes, to a session that is born or is not.
    /// </summary>
    private static void Session(byte[] bytes)
    {
        foreach (var isBorn in new[] { false, true })
        {
            var session = new GatewaySession(_ => GatewayPosition.Unseen);
            if (isBorn)
            {
                session.Take(Topic(MessageType.NBirth, null), Birth, NowMs);
            }

            foreach (var device in new[] { "device", null })
            {
                session.Take(
                    Topic(device is null ? MessageType.NData : MessageType.DData, device), bytes,
                    NowMs);
                session.Take(
                    Topic(device is null ? MessageType.NBirth : MessageType.DBirth, device),
                    bytes, NowMs);
            }

            session.Take(Topic(MessageType.DData, "device"), bytes, NowMs);
            session.Take(Topic(MessageType.NDeath, null), bytes, NowMs);
        }
    }

    private static SparkplugTopic Topic(MessageType type, string? device) =>
        new("plant", type, "gateway", device);

    private static IReadOnlyList<byte[]> Payloads() =>
    [
        .. GoldenFiles().Where(file => !Path.GetFileName(file).StartsWith("record-"))
            .Select(file => Convert.FromHexString(File.ReadAllText(file).Trim())),
        .. Samples().Select((record, i) => EdgeMessages.Record(
            i + 1, record, historical: i % 2 == 0, seq: (byte)i, NowMs)),
    ];

    private static IReadOnlyList<byte[]> Records() => [.. Samples().Select(RecordFormat.Encode)];

    private static JournalRecord[] Samples() =>
        [.. Enumerable.Range(0, 40).Select(Sample)];

    // Without a seed of its own the generator of random numbers takes one from the clock.
    private static JournalRecord Sample(int number) =>
        Gens.Record.Generate(new PCG((uint)number, FixedSeed), null, out _);

    private static IEnumerable<string> GoldenFiles() => Directory.EnumerateFiles(
        Checkout.File("tests", "Wire.Tests", "golden"), "*.hex").Order();

    private static byte[] Golden(string name) => Convert.FromHexString(File.ReadAllText(
        Checkout.File("tests", "Wire.Tests", "golden", name + ".hex")).Trim());

    private static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static string Text(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);
}
