using Monitoring.Agent.Journal;
using Monitoring.Agent.Uplink.Sparkplug;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests;

public sealed class UplinkSessionTests
{
    private const string Epoch = "0123456789abcdef0123456789abcdef";

    private readonly UplinkSession _session = new();
    private JournalPosition _journal = new(Epoch, 1, 0, 0, 0);

    private UplinkStep Step(long nowMs)
    {
        if (_session.Next(_journal, nowMs) is not UplinkStep.BuryGone)
        {
            return _session.Next(_journal, nowMs);
        }

        _session.GoneBuried(_journal);
        return _session.Next(_journal, nowMs);
    }

    private void Appended(long last) => _journal = _journal with { Last = last };

    private TrimOutcome Commit(long upTo, long nowMs, string epoch = Epoch)
    {
        var outcome = _session.Committed(_journal, epoch, upTo, nowMs);
        if (outcome == TrimOutcome.Trimmed)
        {
            _journal = _journal with { First = upTo + 1, Committed = upTo };
        }

        return outcome;
    }

    private void Begin()
    {
        _session.Connected(0);
        _session.HostSaid(new HostState(true, 1));
        Assert.IsType<UplinkStep.PublishBirths>(Step(0));
        _session.BirthsPublished(_journal);
    }

    /// <summary>
    /// Sends until there is nothing to send; the offsets and which were historical.
    /// </summary>
    private List<(long Offset, bool IsHistorical)> SendAll(long nowMs, int bytes = 100)
    {
        var sent = new List<(long, bool)>();
        while (Step(nowMs) is UplinkStep.Send send)
        {
            sent.Add((send.Offset, send.IsHistorical));
            _session.Sent(send.Offset, bytes, nowMs);
        }

        return sent;
    }

    [Fact]
    public void No_birth_before_the_host_is_online()
    {
        Assert.Equal(new UplinkStep.Wait(null), Step(0));
        _session.Connected(0);
        Assert.Equal(new UplinkStep.Wait(2_000), Step(0));
        Assert.Equal(HostVerdict.WentOffline, _session.HostSaid(new HostState(false, 5)));
        Assert.Equal(new UplinkStep.Wait(2_000), Step(0));
        Assert.Equal(HostVerdict.Outdated, _session.HostSaid(new HostState(true, 4)));
        Assert.Equal(new UplinkStep.Wait(2_000), Step(0));
        Assert.Equal(HostVerdict.CameOnline, _session.HostSaid(new HostState(true, 5)));
        Assert.IsType<UplinkStep.PublishBirths>(Step(0));
    }

    [Fact]
    public void The_state_of_an_older_session_must_come_again_but_its_time_is_remembered()
    {
        Begin();
        _session.Disconnected();
        _session.Connected(0);
        Assert.Equal(new UplinkStep.Wait(2_000), Step(0));
        Assert.Equal(HostVerdict.Outdated, _session.HostSaid(new HostState(true, 0)));
        Assert.Equal(HostVerdict.CameOnline, _session.HostSaid(new HostState(true, 1)));
        Assert.IsType<UplinkStep.PublishBirths>(Step(0));
    }

    [Fact]
    public void A_state_that_never_comes_is_asked_for_again_with_more_and_more_patience()
    {
        _session.Connected(100);
        var at = 100L;
        foreach (var patience in (long[])[2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
        {
            Assert.Equal(new UplinkStep.Wait(at + patience), Step(at + patience - 1));
            at += patience;
            Assert.IsType<UplinkStep.AskForState>(Step(at));
            _session.StateAsked(at);
        }

        _session.HostSaid(new HostState(true, 1));
        Assert.IsType<UplinkStep.PublishBirths>(Step(at + 60_000));
    }

    [Fact]
    public void An_offline_host_is_left_and_an_old_offline_ignored()
    {
        Begin();
        Assert.Equal(HostVerdict.Outdated, _session.HostSaid(new HostState(false, 0)));
        Assert.IsType<UplinkStep.Wait>(Step(0));
        Assert.Equal(HostVerdict.WentOffline, _session.HostSaid(new HostState(false, 1)));
        Assert.IsType<UplinkStep.Leave>(Step(0));
    }

    [Fact]
    public void What_waited_is_historical_and_what_is_fresh_is_not()
    {
        Appended(2);
        Begin();
        Appended(3);
        Assert.Equal([(1, true), (2, true), (3, false)], SendAll(0));
        Appended(4);
        Assert.Equal([(4, false)], SendAll(1));
    }

    [Fact]
    public void A_lost_commit_is_healed_by_going_back_with_more_and_more_patience()
    {
        Begin();
        Appended(2);
        Assert.Equal([(1, false), (2, false)], SendAll(0));
        Assert.Equal(new UplinkStep.Wait(2_000), Step(1_999));
        Assert.Equal([(1, true), (2, true)], SendAll(2_000));
        Assert.Equal(new UplinkStep.Wait(6_000), Step(5_999));
        Appended(3);
        Assert.Equal([(3, false)], SendAll(5_999));
        Assert.Equal([(1, true), (2, true), (3, true)], SendAll(6_000));
        var at = 6_000L;
        for (var i = 0; i < 8; i++)
        {
            at = Assert.IsType<UplinkStep.Wait>(Step(at)).UntilMs!.Value;
            Assert.Equal(3, SendAll(at).Count);
        }

        Assert.Equal(at + 60_000, Assert.IsType<UplinkStep.Wait>(Step(at)).UntilMs);

        // Any progress brings the old patience back.
        Assert.Equal(TrimOutcome.Trimmed, Commit(1, at + 10));
        Assert.Equal(at + 10 + 2_000, Assert.IsType<UplinkStep.Wait>(Step(at + 10)).UntilMs);
    }

    [Fact]
    public void Patience_is_four_times_the_usual_delay_of_a_commit()
    {
        Begin();
        Appended(1);
        SendAll(0);
        Commit(1, 3_000 - 1_500);
        Appended(2);
        SendAll(10_000);
        Assert.Equal(new UplinkStep.Wait(10_000 + 4 * 1_500), Step(10_000));
    }

    [Fact]
    public void A_commit_twice_foreign_or_beyond_changes_nothing()
    {
        Begin();
        Appended(3);
        SendAll(0);
        Assert.Equal(TrimOutcome.Trimmed, Commit(2, 10));
        Assert.Equal(TrimOutcome.AlreadyTrimmed, Commit(2, 20));
        Assert.Equal(TrimOutcome.AlreadyTrimmed, Commit(1, 20));
        Assert.Equal(TrimOutcome.ForeignEpoch, Commit(3, 20, new string('f', 32)));
        Assert.Equal(TrimOutcome.BeyondLast, Commit(4, 20));
        Assert.Equal(new UplinkStep.Wait(2_010), Step(20));
        Assert.Equal(TrimOutcome.Trimmed, Commit(3, 30));
        Assert.Equal(new UplinkStep.Wait(null), Step(30));
    }

    [Fact]
    public void A_commit_of_what_was_not_sent_in_this_session_skips_it()
    {
        Appended(10);
        Begin();
        Assert.Equal(TrimOutcome.Trimmed, Commit(7, 0));
        Assert.Equal([(8, true), (9, true), (10, true)], SendAll(0));
    }

    [Fact]
    public void The_window_is_limited_by_records_and_by_bytes()
    {
        Appended(1_000);
        Begin();
        Assert.Equal(UplinkSession.WindowRecordsMax, SendAll(0).Count);
        Commit(56, 1);
        Assert.Equal(56, SendAll(1).Count);
        Commit(312, 2);
        Assert.Equal(
            (UplinkSession.WindowBytesMax + 59_999) / 60_000, SendAll(2, bytes: 60_000).Count);
    }

    [Fact]
    public void A_rebirth_goes_on_at_the_same_offset()
    {
        Appended(3);
        Begin();
        SendAll(0);
        Appended(4);
        _session.RebirthAsked();
        Assert.IsType<UplinkStep.PublishBirths>(Step(1));
        _session.BirthsPublished(_journal);
        Assert.Equal([(4, false)], SendAll(1));
    }

    [Fact]
    public void A_new_session_sends_everything_uncommitted_again_as_history()
    {
        Begin();
        Appended(3);
        SendAll(0);
        Commit(1, 1);
        _session.Disconnected();
        Begin();
        Assert.Equal([(2, true), (3, true)], SendAll(10));
    }

    [Fact]
    public void Records_that_the_journal_gave_up_are_not_asked_for()
    {
        Appended(10);
        Begin();
        SendAll(0);
        _journal = _journal with { First = 9, Last = 12 };

        // A birth tells the hub where the journal begins now, or it would wait for ever.
        Assert.IsType<UplinkStep.PublishBirths>(_session.Next(_journal, 1));
        _session.BirthsPublished(_journal);
        Assert.Equal([(11, false), (12, false)], SendAll(1));
        Assert.Equal([9, 10, 11, 12], SendAll(2_000).Select(sent => sent.Offset));
    }

    [Fact]
    public void What_stays_for_the_grace_is_not_sent_again_until_the_hub_asks()
    {
        _journal = _journal with { First = 3, Last = 9, Committed = 6 };
        Begin();
        Assert.Equal([7, 8, 9], SendAll(0).Select(sent => sent.Offset));
        _journal = JournalRules.Rewind(_journal, Epoch, 4)!;
        _session.Rewound(_journal);
        Assert.Equal(
            [(5L, true), (6L, true), (7L, true), (8L, true), (9L, true)], SendAll(10));
    }

    [Fact]
    public void Another_journal_is_born_before_anything_of_it_is_sent()
    {
        Assert.Equal(
            new UplinkStep.Wait(null), new UplinkSession().Next(JournalPosition.None, 0));
        Appended(5);
        Begin();
        SendAll(0);
        _journal = new JournalPosition(new string('e', 32), 1, 2, 0, 0);
        Assert.IsType<UplinkStep.PublishBirths>(Step(10));
        _session.BirthsPublished(_journal);
        Assert.Equal([1, 2], SendAll(20).Select(sent => sent.Offset));
    }
}
