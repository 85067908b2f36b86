using System.Text;
using Monitoring.Agent;
using Monitoring.Agent.Drivers;
using Monitoring.Agent.Journal;
using Monitoring.Agent.Sampling;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Tests;

/// <summary>
/// A gateway without a battery for its clock: what it writes before the time comes is put right
/// by a record of its own, and is itself never changed.
/// </summary>
public sealed class ClockTests
{
    private static readonly DateTimeOffset True = DateTimeOffset.UnixEpoch.AddDays(20_000);

    private readonly SetClock _time = new() { Utc = DateTimeOffset.UnixEpoch.AddDays(3) };
    private readonly StringBuilder _told = new();
    private readonly DiskJournal _journal;
    private readonly ImageRecorder _recorder;
    private readonly SiteDevice _device = TestFiles.Site("plant-a.yaml").Gateways[0].Devices[0];

    private bool _isSynced;

    public ClockTests()
    {
        _journal = Assert.IsType<JournalOpening.Opened>(DiskJournal.Open(
            Path.Combine(TestFiles.Folder(), "journal.db"), new JournalLimits(1 << 20),
            new string('a', 32), _time.GetUtcNow())).Journal;
        var log = new Log(new StringWriter(_told), _time, TimeZoneInfo.Utc);
        var clock = new DeviceClock(_journal.LastTimes());
        _recorder = new ImageRecorder(
            Guid.Empty, new JournalWriter(_journal, log), clock, log, _time)
        {
            IsClockSynced = () => _isSynced,
        };
    }

    private List<JournalRecord> Records =>
        [.. _journal.Read(1, 100, 0).Select(entry => entry.Record)];

    private void Take(long skipped = 0)
    {
        _time.Pass(TimeSpan.FromSeconds(1));
        var sample = new DeviceSample(_time.GetUtcNow().ToUnixTimeMilliseconds(), [], null);
        _recorder.Take(new Sampled(
            _device, sample, _time.GetTimestamp(), false, skipped, TimeSpan.FromMilliseconds(7)));
    }

    private int Told(string part) => _told.ToString().Split('\n').Count(
        line => line.Contains(part, StringComparison.Ordinal));

    private void TakeAndAppend()
    {
        Take();
        _recorder.Append();
    }

    [Fact]
    public void When_the_time_comes_a_record_says_by_how_much_the_others_were_wrong()
    {
        TakeAndAppend();
        TakeAndAppend();

        // One is read just before the clock is set and one just after; then the kernel is sure.
        Take();
        _time.Utc = True;
        TakeAndAppend();
        _isSynced = true;
        TakeAndAppend();
        TakeAndAppend();

        var records = Records;
        var correction = Assert.Single(records.OfType<JournalRecord.Correction>());
        Assert.Equal((1, 3), (correction.First, correction.Last));
        Assert.Equal(5, records.IndexOf(correction));
        var corrected = records.Index().Where(one => one.Item is JournalRecord.Image)
            .Select(one => one.Item.TimeMs + (one.Index < 3 ? correction.ShiftMs : 0));
        Assert.Equal(
            ((int[])[-2, -1, 0, 1, 2, 3])
                .Select(second => True.AddSeconds(second).ToUnixTimeMilliseconds()),
            corrected);
        Assert.Equal(
            [
                ClockState.Unsynced, ClockState.Unsynced, ClockState.Unsynced, ClockState.Unsynced,
                ClockState.Synced, ClockState.Synced,
            ],
            records.OfType<JournalRecord.Image>().Select(image => image.Clock));
    }

    [Fact]
    public void A_clock_that_is_set_back_by_much_is_told_once()
    {
        _isSynced = true;
        TakeAndAppend();
        _time.Utc -= TimeSpan.FromMinutes(90);
        TakeAndAppend();
        TakeAndAppend();
        Assert.Equal(1, Told("The clock was set back by 90 min"));
    }

    [Fact]
    public void Skipped_cycles_are_told_once_a_minute_with_their_number()
    {
        for (var cycle = 0; cycle < 90; cycle++)
        {
            Take(skipped: cycle < 45 ? 2 : 0);
            _recorder.Append();
        }

        Assert.Equal(1, Told("2 cycles of gas-analyser were skipped, 2 since"));
        Assert.Equal(1, Told("88 cycles of gas-analyser were skipped, 90 since"));
        Assert.Equal(2, Told("were skipped"));
    }

    [Fact]
    public void What_was_read_before_the_clock_was_set_is_not_taken_for_right()
    {
        Take();
        _time.Utc = True;
        _isSynced = true;
        TakeAndAppend();
        Assert.Equal(
            [ClockState.Unsynced, ClockState.Synced],
            Records.OfType<JournalRecord.Image>().Select(image => image.Clock));
        var correction = Assert.IsType<JournalRecord.Correction>(Records[2]);
        Assert.Equal((1, 1), (correction.First, correction.Last));
    }

    [Fact]
    public void A_clock_that_was_right_all_along_needs_no_correction()
    {
        TakeAndAppend();
        _isSynced = true;
        TakeAndAppend();
        Assert.All(Records, record => Assert.IsType<JournalRecord.Image>(record));
        Assert.Equal(2, Records.Count);
    }

    /// <summary>A clock that is set, beside one that cannot be.</summary>
    private sealed class SetClock : TimeProvider
    {
        private long _ticks;

        public DateTimeOffset Utc { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Utc;

        public override long GetTimestamp() => _ticks;

        public void Pass(TimeSpan time)
        {
            _ticks += time.Ticks;
            Utc += time;
        }
    }
}
