using Monitoring.Core.Ingest;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.Ingest;

/// <summary>A record that can never be read holds up nothing, and its bytes are kept.</summary>
public sealed class QuarantineTests
{
    private const string Epoch = "0123456789abcdef0123456789abcdef";
    private static readonly byte[] Nonsense = [0xFF, 0xFF, 0xFF];

    private readonly GatewaySession _session = new(_ => GatewayPosition.Unseen);
    private byte _seq;
    private long _nowMs;

    public QuarantineTests() => Birth();

    [Fact]
    public void After_three_attempts_the_bytes_are_kept_and_the_journal_goes_on()
    {
        Assert.IsType<IngestOutcome.Store>(Take(Record(1)));
        var bad = Unlawful(2);
        for (var attempt = 1; attempt < Refusals.AttemptsMax; attempt++)
        {
            var rejected = Assert.IsType<IngestOutcome.Rejected>(Take(bad));
            Assert.True(rejected.MayBeCured);
            Assert.IsType<IngestOutcome.Ahead>(Take(Record(3)));
            Assert.Equal(1, _session.Position.Committed);
        }

        var kept = Assert.IsType<IngestOutcome.Quarantine>(Take(bad));
        Assert.Equal(2, kept.Offset);
        Assert.Equal(bad, kept.Bytes);
        Assert.Contains("nox", kept.Fault, StringComparison.Ordinal);
        Assert.Equal(2, _session.Position.Committed);
        Assert.IsType<IngestOutcome.Store>(Take(Record(3)));
    }

    [Fact]
    public void Many_refusals_at_once_are_one_attempt()
    {
        var bad = Unlawful(1);
        for (var i = 0; i < 100; i++)
        {
            Assert.IsType<IngestOutcome.Rejected>(
                _session.Take(Topic(MessageType.DData, "gas"), bad, i));
        }
    }

    [Fact]
    public void A_record_that_a_birth_makes_readable_is_not_given_up()
    {
        var declared = new GatewaySession(_ => GatewayPosition.Unseen);
        declared.Take(Topic(MessageType.NBirth, null), NodeBirth(), 0);
        var fresh = Record(1, historical: false);
        for (var attempt = 1; attempt < Refusals.AttemptsMax; attempt++)
        {
            Assert.IsType<IngestOutcome.Rejected>(
                declared.Take(Topic(MessageType.DData, "gas"), fresh, 0));
        }

        // As the gateway sends it again: with its types.
        Assert.IsType<IngestOutcome.Store>(
            declared.Take(Topic(MessageType.DData, "gas"), Record(1), 0));
    }

    [Fact]
    public void What_cannot_even_be_decoded_is_found_out_by_its_neighbours()
    {
        for (var attempt = 1; attempt < Refusals.AttemptsMax; attempt++)
        {
            Birth();
            Assert.IsType<IngestOutcome.Rejected>(Take(Nonsense));
            _seq++;
            Assert.IsType<IngestOutcome.Rejected>(Take(Record(2)));
        }

        Birth();
        Take(Nonsense);
        _seq++;
        var kept = Assert.IsType<IngestOutcome.Quarantine>(Take(Record(2)));
        Assert.Equal(1, kept.Offset);
        Assert.Equal(Nonsense, kept.Bytes);
        Assert.IsType<IngestOutcome.Store>(Take(Record(2)));
    }

    [Fact]
    public void Nonsense_that_may_be_two_records_or_none_is_not_given_an_offset()
    {
        for (var attempt = 0; attempt < 2 * Refusals.AttemptsMax; attempt++)
        {
            Birth();
            Take(Nonsense);
            Take(Nonsense);
            _seq += 2;
            Assert.IsType<IngestOutcome.Ahead>(Take(Record(2)));
        }

        Assert.Equal(0, _session.Position.Committed);
    }

    private static byte[] NodeBirth() =>
        EdgeMessages.NodeBirth(0, new JournalState(Epoch, 1, 9, 0, 0), 0);

    private static SparkplugTopic Topic(MessageType type, string? device) =>
        new("plant-a", type, "gateway-1", device);

    private void Birth()
    {
        _session.Take(Topic(MessageType.NBirth, null), NodeBirth(), 0);
        _session.Take(
            Topic(MessageType.DBirth, "gas"),
            EdgeMessages.DeviceBirth([new DeclaredPoint("nox", ValueKind.Real)], 1, 0), 0);
        _seq = 1;
    }

    private IngestOutcome Take(byte[] bytes)
    {
        _nowMs += Refusals.AttemptEveryMsMin;
        return _session.Take(Topic(MessageType.DData, "gas"), bytes, _nowMs);
    }

    private byte[] Record(long offset, bool historical = true) =>
        EdgeMessages.Record(offset, Image(offset), historical, ++_seq, 0, Epoch);

    private static JournalRecord.Image Image(long timeMs) => new(
        "gas", timeMs, new Boot(Guid.Empty, 0), ClockState.Synced,
        [new Reading("nox", PointValue.Real(1), Quality.Good, Reason.None, timeMs)]);

    // A value that its type does not have.
    private byte[] Unlawful(long offset)
    {
        var payload = PayloadDecoder.Decode(Record(offset), out _)!;
        return PayloadEncoder.Encode(payload with
        {
            Metrics =
            [
                .. payload.Metrics.Select(metric => metric.Name == "nox"
                    ? metric with { Value = MetricValue.Double(double.NaN) }
                    : metric),
            ],
        });
    }
}
