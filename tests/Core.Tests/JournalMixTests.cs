using Monitoring.Core.Ingest;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests;

/// <summary>
/// What is lost, doubled or late between a gateway and the hub never gives a record to the wrong
/// journal, and never condemns a journal.
/// </summary>
public sealed class JournalMixTests
{
    private static readonly string Old = new('a', 32);
    private static readonly string New = new('b', 32);

    private readonly Dictionary<string, GatewayPosition> _stored = [];
    private readonly GatewaySession _session;
    private long _timeMs = 1_000;

    public JournalMixTests() => _session = new GatewaySession(epoch =>
        _stored.GetValueOrDefault(epoch, GatewayPosition.Unseen));

    [Fact]
    public void Data_of_a_journal_whose_birth_was_missed_are_not_stored()
    {
        Birth(Old, 1, 9);
        Assert.IsType<IngestOutcome.Store>(Data(Old, 1));

        Assert.IsType<IngestOutcome.NeedsRebirth>(Data(New, 2));
        Assert.Equal(new GatewayPosition(Old, 1), _session.Position);
        Birth(New, 1, 2);
        Assert.Equal(1, Assert.IsType<IngestOutcome.Store>(Data(New, 1)).Offset);
        Assert.IsType<IngestOutcome.NeedsRebirth>(Data(Old, 2));
    }

    [Fact]
    public void An_agent_of_the_first_version_says_no_epoch_and_is_taken_by_its_birth()
    {
        Take(MessageType.NBirth, FirstVersion(Old, 1, 9));
        Assert.IsType<IngestOutcome.Store>(Data(null, 1));
        Assert.IsType<IngestOutcome.NeedsRebirth>(Data(New, 2));
        Assert.IsType<IngestOutcome.Store>(Data(null, 2));
    }

    [Fact]
    public void Data_without_an_epoch_are_none_of_an_agent_that_would_say_it()
    {
        Birth(Old, 1, 9);
        Assert.IsType<IngestOutcome.NeedsRebirth>(Data(null, 1));
    }

    [Fact]
    public void A_birth_that_comes_twice_changes_nothing()
    {
        var birth = EdgeMessages.NodeBirth(7, new JournalState(Old, 1, 9, 0, 0), _timeMs);
        Take(MessageType.NBirth, birth);
        DeviceBirth();
        Data(Old, 1);
        Assert.IsType<IngestOutcome.Nothing>(Take(MessageType.NBirth, birth));
        Assert.IsType<IngestOutcome.Store>(Data(Old, 2));
    }

    [Fact]
    public void A_late_birth_changes_nothing_and_has_another_asked_for()
    {
        var late = EdgeMessages.NodeBirth(6, new JournalState(Old, 1, 0, 0, 0), _timeMs - 1);
        Birth(New, 1, 9);
        DeviceBirth();
        Data(New, 1);
        Assert.IsType<IngestOutcome.NeedsRebirth>(Take(MessageType.NBirth, late));
        Assert.True(_session.MayCommit);
        Assert.IsType<IngestOutcome.Store>(Data(New, 2));

        // Where only the clock was set back, the answer is believed.
        _session.RebirthAsked(5);
        Assert.IsType<IngestOutcome.Born>(Birth(New, 1, 9, 8, timeMs: 500, answersMs: 5));
    }

    [Fact]
    public void A_birth_after_its_death_brings_nobody_back()
    {
        Take(MessageType.NDeath, EdgeMessages.NodeDeath(7, _timeMs));
        Assert.IsType<IngestOutcome.NeedsRebirth>(Birth(Old, 1, 9, bdSeq: 7));
        Assert.False(_session.IsOnline);
        Assert.IsType<IngestOutcome.Born>(Birth(Old, 1, 9, bdSeq: 8));
    }

    [Fact]
    public void A_birth_that_says_less_than_is_stored_is_no_verdict()
    {
        _stored[Old] = new GatewayPosition(Old, 20);
        Birth(Old, 1, 25);
        Assert.IsType<IngestOutcome.NeedsRebirth>(Birth(Old, 1, 12));

        // Nothing is stored or committed, whatever it is, until it is clear.
        Assert.False(_session.MayCommit);
        Assert.IsType<IngestOutcome.NeedsRebirth>(Data(Old, 21));
        Assert.IsType<IngestOutcome.NeedsRebirth>(Data(Old, 13));

        // Neither the same again nor the answer to an older question is a confirmation.
        Assert.IsType<IngestOutcome.NeedsRebirth>(Birth(Old, 1, 13));
        _session.RebirthAsked(77);
        Assert.IsType<IngestOutcome.NeedsRebirth>(Birth(Old, 1, 13, answersMs: 76));

        Assert.IsType<IngestOutcome.Born>(Birth(Old, 1, 26, answersMs: 77));
        Assert.True(_session.MayCommit);
        Assert.IsType<IngestOutcome.Store>(Data(Old, 21));
    }

    [Fact]
    public void A_journal_that_went_back_is_condemned_by_its_answer()
    {
        _stored[Old] = new GatewayPosition(Old, 20);
        Assert.IsType<IngestOutcome.NeedsRebirth>(Birth(Old, 1, 12));
        _session.RebirthAsked(77);
        var answer = Assert.IsType<IngestOutcome.Born>(Birth(Old, 1, 12, answersMs: 77));
        Assert.Equal(BirthVerdict.JournalWentBack, answer.Birth.Verdict);
        Assert.False(_session.MayCommit);
        Assert.IsType<IngestOutcome.Nothing>(Data(Old, 13));
    }

    [Fact]
    public void An_agent_of_the_first_version_confirms_by_another_birth()
    {
        _stored[Old] = new GatewayPosition(Old, 20);
        var birth = FirstVersion(Old, 1, 12);
        Assert.IsType<IngestOutcome.NeedsRebirth>(Take(MessageType.NBirth, birth));
        _session.RebirthAsked(77);
        Assert.IsType<IngestOutcome.NeedsRebirth>(Take(MessageType.NBirth, birth));
        _timeMs++;
        Assert.IsType<IngestOutcome.Born>(Take(MessageType.NBirth, FirstVersion(Old, 1, 12)));
    }

    [Fact]
    public void An_answer_from_before_the_doubt_condemns_nobody()
    {
        Birth(Old, 1, 9);
        _session.RebirthAsked(5);
        Data(Old, 1);
        _stored[Old] = new GatewayPosition(Old, 20);

        // Written when the journal was shorter, and late.
        Assert.IsType<IngestOutcome.NeedsRebirth>(Birth(Old, 1, 12, answersMs: 5));
    }

    [Fact]
    public void Records_that_wait_for_those_before_them_say_so()
    {
        Birth(Old, 1, 9);
        Assert.Null(_session.MissingSinceMs);
        Data(Old, 3);
        Assert.NotNull(_session.MissingSinceMs);
        Data(Old, 1);
        Assert.Null(_session.MissingSinceMs);
    }

    /// <summary>As the first version wrote it: no word on what it answers.</summary>
    private byte[] FirstVersion(string epoch, long first, long last)
    {
        var birth = PayloadDecoder.Decode(
            EdgeMessages.NodeBirth(7, new JournalState(epoch, first, last, 0, 0), _timeMs), out _)!;
        return PayloadEncoder.Encode(birth with
        {
            Metrics =
            [
                .. birth.Metrics.Where(metric => metric.Name != MetricNames.BirthAnswers),
            ],
        });
    }

    private IngestOutcome Birth(
        string epoch, long first, long last, int bdSeq = 7, long? timeMs = null,
        long? answersMs = null) => Take(
        MessageType.NBirth,
        EdgeMessages.NodeBirth(
            bdSeq, new JournalState(epoch, first, last, 0, 0), timeMs ?? ++_timeMs, answersMs));

    private void DeviceBirth() => Take(
        MessageType.DBirth, EdgeMessages.DeviceBirth([new("nox", ValueKind.Real)], 1, _timeMs));

    private IngestOutcome Data(string? epoch, long offset) => Take(
        MessageType.DData,
        EdgeMessages.Record(
            offset,
            new JournalRecord.Image(
                "gas", 1_000 + offset, new Boot(Guid.Empty, offset), ClockState.Synced,
                [new Reading("nox", PointValue.Real(1), Quality.Good, Reason.None, 1_000)]),
            historical: true, seq: 0, _timeMs, epoch));

    private IngestOutcome Take(MessageType type, byte[] bytes)
    {
        var device = type is MessageType.NBirth or MessageType.NDeath ? null : "gas";
        return _session.Take(new SparkplugTopic("plant", type, "gateway", device), bytes, 5);
    }
}
