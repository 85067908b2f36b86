using CsCheck;
using Monitoring.Core.Ingest;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.Ingest;

public sealed class GatewaySessionTests
{
    private static readonly string Epoch = Records.Epoch;

    private GatewayPosition _stored = GatewayPosition.Unseen;

    [Fact]
    public void A_first_birth_in_the_middle_of_a_journal_declares_what_is_missing()
    {
        var outcome = Assert.IsType<IngestOutcome.Born>(Birth(Session(), 7, 9));

        Assert.Equal(BirthVerdict.FirstSight, outcome.Birth.Verdict);
        Assert.Equal(new DeclaredGap(Epoch, 1, 6, Reason.NotInJournal), outcome.Birth.Gap);
        Assert.Equal(6, outcome.Birth.Position.Committed);
    }

    [Fact]
    public void Another_journal_than_the_stored_one_is_new()
    {
        _stored = new GatewayPosition(new string('b', 32), 40);
        var outcome = Assert.IsType<IngestOutcome.Born>(Birth(Session(), 3, 9));

        Assert.Equal(BirthVerdict.NewEpoch, outcome.Birth.Verdict);
        Assert.Equal(new GatewayPosition(Epoch, 2), outcome.Birth.Position);
    }

    [Fact]
    public void Data_before_a_birth_ask_for_one() =>
        Assert.IsType<IngestOutcome.NeedsRebirth>(Data(Session(), 1));

    [Fact]
    public void Records_are_taken_once_and_in_order()
    {
        var session = Born();

        Assert.Equal(1, Assert.IsType<IngestOutcome.Store>(Data(session, 1)).Offset);
        Assert.IsType<IngestOutcome.Duplicate>(Data(session, 1));
        Assert.IsType<IngestOutcome.Ahead>(Data(session, 3));
        Assert.Equal(2, Assert.IsType<IngestOutcome.Store>(Data(session, 2)).Offset);
        Assert.IsType<IngestOutcome.Store>(Data(session, 3));
        Assert.Equal(new GatewayPosition(Epoch, 3), session.Position);
    }

    [Fact]
    public void Only_the_death_of_this_birth_ends_it()
    {
        var session = Born();

        Assert.IsType<IngestOutcome.Nothing>(Death(session, 6));
        Assert.IsType<IngestOutcome.Store>(Data(session, 1));
        Assert.IsType<IngestOutcome.Died>(Death(session, 7));
        Assert.IsType<IngestOutcome.Nothing>(Death(session, 7));
        Assert.IsType<IngestOutcome.NeedsRebirth>(Data(session, 2));
    }

    [Fact]
    public void A_live_record_of_an_undeclared_device_is_no_reading()
    {
        var session = Session();
        Birth(session, 1, 9);

        Assert.IsType<IngestOutcome.Rejected>(Data(session, 1));
        Assert.IsType<IngestOutcome.Store>(Data(session, 1, historical: true));
    }

    [Fact]
    public void A_journal_that_went_back_is_neither_stored_nor_committed()
    {
        _stored = new GatewayPosition(Epoch, 20);
        var session = Session();

        Assert.IsType<IngestOutcome.NeedsRebirth>(Birth(session, 1, 12));
        session.RebirthAsked(77);
        var born = Assert.IsType<IngestOutcome.Born>(Birth(session, 1, 12, answersMs: 77));
        Assert.Equal(BirthVerdict.JournalWentBack, born.Birth.Verdict);
        DeviceBirth(session);
        // Taken for a duplicate it would be committed, and the gateway would delete it.
        Assert.IsType<IngestOutcome.Nothing>(Data(session, 13));
        Assert.IsType<IngestOutcome.Nothing>(Data(session, 21));

        // Nor after it has grown past the commit: 13 to 20 are two records each by then.
        _stored = _stored with { WentBack = true };
        born = Assert.IsType<IngestOutcome.Born>(Birth(session, 1, 30));
        Assert.Equal(BirthVerdict.JournalWentBack, born.Birth.Verdict);

        // A new journal is the remedy.
        var other = new string('c', 32);
        var remedy = Take(
            session, MessageType.NBirth, null,
            EdgeMessages.NodeBirth(8, new JournalState(other, 1, 0, 0, 0), 5));
        Assert.Equal(
            BirthVerdict.NewEpoch, Assert.IsType<IngestOutcome.Born>(remedy).Birth.Verdict);
        Assert.False(session.Position.WentBack);
    }

    [Fact]
    public void A_hub_that_was_put_back_knows_that_it_was_told_of_more()
    {
        _stored = new GatewayPosition(Epoch, 20);
        var session = Session();
        Take(
            session, MessageType.NBirth, null,
            EdgeMessages.NodeBirth(7, new JournalState(Epoch, 11, 40, 22, 0), 5));
        DeviceBirth(session);
        Assert.True(session.IsBehindCommit);
        Assert.IsType<IngestOutcome.Ahead>(Data(session, 23));
        Data(session, 21);
        Assert.True(session.IsBehindCommit);
        Data(session, 22);
        Assert.False(session.IsBehindCommit);
    }

    [Fact]
    public void A_birth_without_a_journal_or_with_an_impossible_one_is_rejected()
    {
        var session = Born();
        var (epoch, last) = ("zz", 9L);
        Assert.IsType<IngestOutcome.Rejected>(Take(
            session, MessageType.NBirth, null,
            EdgeMessages.NodeBirth(7, new JournalState(epoch, 1, last, 0, 0), 5)));
        Assert.IsType<IngestOutcome.Rejected>(Take(
            session, MessageType.NBirth, null,
            EdgeMessages.NodeBirth(7, new JournalState(Epoch, 1, long.MaxValue, 0, 0), 5)));
        // The session that was there goes on.
        Assert.IsType<IngestOutcome.Store>(Data(session, 1));
    }

    [Fact]
    public void Whatever_the_bytes_say_nothing_is_thrown()
    {
        var session = Born();
        var image = Records.Gas(0);
        var good = EdgeMessages.Record(1, image, false, 1, 5, Epoch);
        var flips = Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte).Array[1, 8];
        flips.Sample(
            changes =>
            {
                var bytes = (byte[])good.Clone();
                foreach (var (at, value) in changes)
                {
                    bytes[at] = value;
                }

                Take(Born(), MessageType.DData, "gas-analyser", bytes);
                Take(session, MessageType.NBirth, null, bytes);
            },
            iter: 20_000);
    }

    [Fact]
    public void Times_at_the_ends_of_the_range_are_rejected()
    {
        var image = Records.Gas(0);
        foreach (var timeMs in (long[])[0, 1, long.MaxValue])
        {
            var odd = image with { TimeMs = timeMs };
            var bytes = EdgeMessages.Record(1, odd, false, 1, 5, Epoch);
            Assert.IsType<IngestOutcome.Rejected>(
                Take(Born(), MessageType.DData, "gas-analyser", bytes));
        }
    }

    private GatewaySession Session() => new(_ => _stored);

    private GatewaySession Born()
    {
        var session = Session();
        Birth(session, 1, 9);
        DeviceBirth(session);
        return session;
    }

    private static void DeviceBirth(GatewaySession session) => Take(
        session, MessageType.DBirth, "gas-analyser",
        EdgeMessages.DeviceBirth(
            [
                new("nox", ValueKind.Real), new("co", ValueKind.Real), new("o2", ValueKind.Real),
            ],
            1, 5));

    private static IngestOutcome Birth(
        GatewaySession session, long first, long last, long? answersMs = null) => Take(
        session, MessageType.NBirth, null,
        EdgeMessages.NodeBirth(7, new JournalState(Epoch, first, last, 0, 0), 5, answersMs));

    private static IngestOutcome Death(GatewaySession session, int bdSeq) => Take(
        session, MessageType.NDeath, null, EdgeMessages.NodeDeath(bdSeq, 5));

    private static IngestOutcome Data(
        GatewaySession session, long offset, bool historical = false) => Take(
        session, MessageType.DData, "gas-analyser",
        EdgeMessages.Record(offset, Records.Gas((int)offset), historical, 1, 5, Epoch));

    private static IngestOutcome Take(
        GatewaySession session, MessageType type, string? device, byte[] bytes) =>
        session.Take(new SparkplugTopic("plant-a", type, "gateway-1", device), bytes, 5);
}
