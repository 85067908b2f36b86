using CsCheck;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests;

public sealed class SparkplugTests
{
    private static readonly JournalState Journal =
        new("0123456789abcdef0123456789abcdef", First: 5, Last: 9, Committed: 4, UsedBytes: 4096);

    [Fact]
    public void Seq_zero_is_on_the_wire()
    {
        var birth = EdgeMessages.NodeBirth(7, Journal, nowMs: 1);
        Assert.Equal([0x18, 0x00], birth[^2..]);
        Assert.Equal(0UL, Decoded(birth).Seq);
        Assert.Null(Decoded(EdgeMessages.NodeDeath(7, 1)).Seq);
    }

    [Fact]
    public void A_birth_says_the_state_of_the_journal()
    {
        var birth = Decoded(EdgeMessages.NodeBirth(7, Journal, nowMs: 1));
        Assert.Equal(Journal, ReceivedMessages.JournalOf(birth));
        Assert.Equal(7, ReceivedMessages.BdSeqOf(birth));
        Assert.Equal((true, null), ReceivedMessages.AnswerOf(birth));
        Assert.Equal(
            (true, 42),
            ReceivedMessages.AnswerOf(Decoded(EdgeMessages.NodeBirth(7, Journal, 1, 42))));
        Assert.All(birth.Metrics, metric => Assert.NotNull(metric.TimestampMs));
        Assert.All(birth.Metrics, metric => Assert.NotNull(metric.Type));
    }

    [Fact]
    public void A_death_holds_bdSeq_and_nothing_else()
    {
        var death = Decoded(EdgeMessages.NodeDeath(255, 1));
        Assert.Equal(MetricNames.BdSeq, Assert.Single(death.Metrics).Name);
        Assert.Equal(255, ReceivedMessages.BdSeqOf(death));
    }

    [Fact]
    public void Every_historical_record_comes_back_without_a_birth() =>
        Gen.Select(Lawful(), Gen.Long[1, long.MaxValue]).Sample((record, offset) =>
            AssertSame(offset, record, historical: true, Declaration.Nothing));

    [Fact]
    public void Every_live_record_comes_back_with_its_birth() => Lawful().Sample(record =>
    {
        var points = record is JournalRecord.Image image
            ? image.Readings.Where(reading => reading.Value is not null)
                .Select(reading => new DeclaredPoint(reading.Point, reading.Value!.Value.Kind))
            : [];
        var birth = Decoded(EdgeMessages.DeviceBirth(points, 1, 1));
        AssertSame(3, record, historical: false, ReceivedMessages.DeclarationOf(birth));
    });

    [Fact]
    public void A_point_without_a_birth_is_refused_by_name()
    {
        var image = new JournalRecord.Image(
            "analyser", 1000, new Boot(Guid.Empty, 0), ClockState.Synced,
            [new Reading("nox", PointValue.Real(1), Quality.Good, Reason.None, 1000)]);
        var payload = Decoded(EdgeMessages.Record(1, image, false, 1, 1));
        Assert.Null(
            ReceivedMessages.RecordOf(payload, "analyser", Declaration.Nothing, out var fault));
        Assert.Equal("point 'nox' was not declared at birth", fault);
    }

    [Theory]
    [InlineData(DataType.Int8, 0xFFFF_FFFFUL, -1)]
    [InlineData(DataType.Int8, 0xFFUL, -1)]
    [InlineData(DataType.Int16, 0x8000UL, -32768)]
    [InlineData(DataType.Int32, 0xFFFF_FFFEUL, -2)]
    [InlineData(DataType.Int64, 0xFFFF_FFFF_FFFF_FFFFUL, -1)]
    [InlineData(DataType.UInt8, 0xFFUL, 255)]
    [InlineData(DataType.UInt32, 0xFFFF_FFFFUL, 4294967295)]
    public void Signed_integers_travel_unsigned(DataType type, ulong wire, long expected) =>
        Assert.Equal(
            PointValue.Integer(expected),
            new MetricValue(MetricValueKind.Long, wire, null).As(type));

    [Fact]
    public void An_unsigned_number_beyond_a_signed_one_has_no_value() =>
        Assert.Null(
            new MetricValue(MetricValueKind.Long, ulong.MaxValue, null).As(DataType.UInt64));

    [Fact]
    public void Commands_come_back()
    {
        var commit = Decoded(HostMessages.Commit(Journal.Epoch, 42, 1));
        Assert.Equal(
            new NodeCommand.Commit(Journal.Epoch, 42),
            Assert.Single(HostMessages.Commands(commit)));
        Assert.Null(commit.Seq);
        Assert.IsType<NodeCommand.Rebirth>(
            Assert.Single(HostMessages.Commands(Decoded(HostMessages.Rebirth(1)))));
        Assert.Empty(HostMessages.Commands(Decoded(EdgeMessages.NodeDeath(1, 1))));
    }

    [Fact]
    public void No_bytes_throw() => Gen.Byte.Array[0, 300].Sample(bytes =>
    {
        var payload = PayloadDecoder.Decode(bytes, out var fault);
        Assert.True(payload is null == fault is not null);
    });

    [Fact]
    public void Names_that_are_known_change_nothing()
    {
        var names = new NameTable();
        Gen.Select(Lawful(), Gen.Int[0, 100_000], Gen.Byte, Gen.Bool).Sample(
            (record, at, with, isDamaged) =>
            {
                var bytes = EdgeMessages.Record(1, record, true, 1, 1);
                bytes[at % bytes.Length] = isDamaged ? with : bytes[at % bytes.Length];
                var plain = PayloadDecoder.Decode(bytes, out var fault);
                for (var times = 0; times < 2; times++)
                {
                    var known = PayloadDecoder.Decode(bytes, out var knownFault, names);
                    Assert.Equal(fault, knownFault);
                    Assert.Equal(
                        plain?.Metrics.Select(metric => (metric.Name, metric.Value)),
                        known?.Metrics.Select(metric => (metric.Name, metric.Value)));
                }
            },
            threads: 1);
    }

    [Fact]
    public void No_damaged_payload_throws() =>
        Gen.Select(Lawful(), Gen.Int[0, 100_000], Gen.Byte).Sample((record, at, with) =>
        {
            var bytes = EdgeMessages.Record(1, record, true, 1, 1);
            bytes[at % bytes.Length] = with;
            var payload = PayloadDecoder.Decode(bytes, out _);
            if (payload is not null)
            {
                ReceivedMessages.RecordOf(payload, "device", Declaration.Nothing, out _);
                ReceivedMessages.JournalOf(payload);
            }
        });

    [Fact]
    public void A_payload_over_the_limit_is_refused_before_it_is_read()
    {
        Assert.Null(PayloadDecoder.Decode(new byte[300 * 1024], out var fault));
        Assert.Contains("307200 bytes", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("spBv1.0/plant-a/NBIRTH/gateway-1", MessageType.NBirth, null)]
    [InlineData("spBv1.0/plant-a/DDATA/gateway-1/analyser", MessageType.DData, "analyser")]
    [InlineData("spBv1.0/plant-a/NCMD/gateway-1", MessageType.NCmd, null)]
    public void Topics_are_read_and_spelled_the_same(string text, MessageType type, string? device)
    {
        var topic = SparkplugTopic.Parse(text);
        Assert.Equal(new SparkplugTopic("plant-a", type, "gateway-1", device), topic);
        Assert.Equal(text, topic!.ToString());
    }

    [Theory]
    [InlineData("spBv1.0/STATE/hub")]
    [InlineData("spBv1.0/plant-a/DDATA/gateway-1")]
    [InlineData("spBv1.0/plant-a/NBIRTH/gateway-1/analyser")]
    [InlineData("spBv1.0/plant-a/nbirth/gateway-1")]
    [InlineData("spBv1.0//NBIRTH/gateway-1")]
    [InlineData("spAv1.0/plant-a/NBIRTH/gateway-1")]
    public void Other_topics_are_none_of_ours(string text) =>
        Assert.Null(SparkplugTopic.Parse(text));

    [Theory]
    [InlineData("""{"online":true,"timestamp":1700000000000}""", true)]
    [InlineData("""{"timestamp":1700000000000,"online":false,"more":1}""", false)]
    public void A_state_is_read(string json, bool online) => Assert.Equal(
        new HostState(online, 1_700_000_000_000),
        HostState.Decode(System.Text.Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("ONLINE")]
    [InlineData("{}")]
    [InlineData("""{"online":"true","timestamp":1}""")]
    [InlineData("""{"online":true,"timestamp":"1"}""")]
    [InlineData("[1]")]
    [InlineData("")]
    public void What_is_no_state_is_none(string json) =>
        Assert.Null(HostState.Decode(System.Text.Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void A_state_comes_back() =>
        Assert.Equal(new HostState(true, 5), HostState.Decode(new HostState(true, 5).Encode()));

    private static void AssertSame(
        long offset, JournalRecord record, bool historical, Declaration declared)
    {
        var payload = Decoded(
            EdgeMessages.Record(offset, record, historical, 200, 77, Journal.Epoch));
        var device = (record as JournalRecord.Image)?.Device;
        var received = ReceivedMessages.RecordOf(payload, device, declared, out var fault);
        Assert.Null(fault);
        Assert.Equal(new ReceivedRecord(offset, record, historical), received);
        Assert.Equal(EpochTag.Of(Journal.Epoch), ReceivedMessages.EpochTagOf(payload));
        Assert.Equal(200UL, payload.Seq);
    }

    private static Gen<JournalRecord> Lawful() => Gens.Record.Where(record =>
        record is not JournalRecord.Gap { Reason: Reason.None });

    private static Payload Decoded(byte[] bytes)
    {
        var payload = PayloadDecoder.Decode(bytes, out var fault);
        Assert.Null(fault);
        return payload!;
    }
}
