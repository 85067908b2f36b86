using Microsoft.Extensions.Time.Testing;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Sites;
using Monitoring.Tests.Modbus;
using Monitoring.Tests.Servers;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Fuzz;

/// <summary>What instruments and what else is on their lines may answer.</summary>
internal static class ModbusTargets
{
    private const byte Unit = 1;

    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(200);
    private static readonly ModbusRequest[] Requests =
    [
        ModbusRequest.Read(new ReadBlock(RegisterTable.Holding, 10, 4)),
        ModbusRequest.Read(new ReadBlock(RegisterTable.Coil, 3, 10)),
        ModbusRequest.Write(5, 0x1234),
        ModbusRequest.Identify(1, 0),
    ];

    private static readonly byte[][] Answers =
    [
        [3, 8, 0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF0], [1, 2, 0x55, 1],
        [6, 0, 5, 0x12, 0x34], [43, 14, 1, 1, 0, 0, 2, 0, 2, 65, 66, 1, 1, 67], [0x83, 2],
    ];

    private static readonly DeviceMap Map = ShippedMap();

    public static IEnumerable<Target> All() =>
    [
        new Target("modbus-tcp", [.. Answers.Select(Tcp)], bytes => Exchange(bytes, isRtu: false)),
        new Target("modbus-rtu", [.. Answers.Select(Rtu)], bytes => Exchange(bytes, isRtu: true)),
        new Target("modbus-registers", [[.. Enumerable.Range(0, 200).Select(i => (byte)i)]],
            Registers),
        new Target("sunspec", [SunSpecChain()], SunSpecOf),
    ];

    /// <summary>
    /// Each request is answered by the bytes, in two parts; the exchange is asked once more after.
    /// </summary>
    private static void Exchange(byte[] bytes, bool isRtu)
    {
        foreach (var request in Requests)
        {
            var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddDays(20_000));
            var half = bytes.Length / 2;
            using var line = new FakeByteLink(time, _ =>
            [
                new Arrival(TimeSpan.FromMilliseconds(1), bytes[..half]),
                new Arrival(TimeSpan.FromMilliseconds(3), bytes[half..]),
            ])
            {
                TakesTransactionOfRequest = !isRtu && half > 2,
            };
            var site = new SiteLink.Tcp("link", "127.0.0.1", 502, isRtu, Timeout);
            using IModbusExchange exchange = isRtu
                ? new RtuExchange(line, site, time) : new TcpExchange(line, site, time);
            exchange.Open();
            for (var i = 0; i < 2; i++)
            {
                Assert.NotNull(exchange.Ask(Unit, request, CancellationToken.None));
            }
        }
    }

    private static void Registers(byte[] bytes)
    {
        var raw = new RawPoint[Map.Points.Length];
        foreach (var (i, point) in Map.Points.Index())
        {
            var source = (PointSource.Registers)point.Source;
            var words = new ushort[source.Count];
            for (var word = 0; word < words.Length && bytes.Length > 0; word++)
            {
                var at = ((i * 7) + (word * 2)) % bytes.Length;
                words[word] = (ushort)((bytes[at] << 8) | bytes[(at + 1) % bytes.Length]);
            }

            raw[i] = RegisterCodec.Decode(source, words, 1);
        }

        Assert.Equal(Map.Points.Length, ImageDecoder.Finish(Map, raw).Length);
    }

    private static void SunSpecOf(byte[] bytes) => SunSpec.Discover(block =>
    {
        const int Start = 40_000;
        var at = 2 * (block.Start - Start);
        return at < 0 || at + (2 * block.Count) > bytes.Length
            ? null
            : [.. Enumerable.Range(0, block.Count).Select(
                i => (ushort)((bytes[at + (2 * i)] << 8) | bytes[at + (2 * i) + 1]))];
    });

    // The mark, the common model of 66 registers, a model of two, the end.
    private static byte[] SunSpecChain() =>
    [
        0x53, 0x75, 0x6E, 0x53, 0, 1, 0, 66, .. new byte[132], 0, 103, 0, 2, 0, 1, 0, 2, 0xFF, 0xFF,
        0, 0,
    ];

    private static byte[] Tcp(byte[] pdu)
    {
        var frame = new byte[MbapFrame.BytesMax];
        return frame[..MbapFrame.Write(frame, 1, Unit, pdu)];
    }

    private static byte[] Rtu(byte[] pdu)
    {
        var frame = new byte[RtuFrame.BytesMax];
        return frame[..RtuFrame.Write(frame, Unit, pdu)];
    }

    private static DeviceMap ShippedMap()
    {
        var faults = new Faults();
        var file = Checkout.File("firmware-config", "devices", "siemens-ga700.yaml");
        var map = DeviceMapReader.Read(file, File.ReadAllText(file), faults);
        Assert.Empty(faults.All);
        return map;
    }
}
