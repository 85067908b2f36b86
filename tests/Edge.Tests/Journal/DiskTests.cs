using Monitoring.Agent;
using Monitoring.Agent.Journal;
using Monitoring.Wire.Records;

namespace Monitoring.Tests;

/// <summary>
/// What a journal does on real disks that are full, read-only or broken: it never stops, and what
/// is not kept is named.
/// </summary>
public sealed class DiskTests
{
    private const string Epoch = "0123456789abcdef0123456789abcdef";

    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20_000);

    private readonly List<long> _taken = [];
    private long _nowMs = Now.ToUnixTimeMilliseconds();

    private static JournalRecord.Image Image(long timeMs) => new(
        "a", timeMs, new Boot(Guid.Empty, 0), ClockState.Synced,
        [.. Enumerable.Range(0, 40).Select(point => new Reading(
            $"point-{point}", PointValue.Real(point), Quality.Good, Reason.None, timeMs))]);

    private static DiskJournal Open(SmallDisk disk, JournalLimits limits) =>
        DiskJournal.Open(disk.File("journal.db"), limits, Epoch, Now) switch
        {
            JournalOpening.Opened opened => opened.Journal,
            JournalOpening.NotYet later => later.Journal,
            var other => throw new InvalidOperationException(other.ToString()),
        };

    private JournalRecord.Image Next()
    {
        _nowMs += 1_000;
        _taken.Add(_nowMs);
        return Image(_nowMs);
    }

    private bool Write(JournalWriter writer, int images) =>
        writer.Write([.. Enumerable.Range(0, images).Select(_ => Next())], _nowMs);

    /// <summary>Each image is in the journal once, or named by a gap.</summary>
    private List<JournalRecord> AccountFor(DiskJournal journal)
    {
        var position = journal.Position;
        var held = journal.Read(position.First, int.MaxValue, _nowMs);
        Assert.Equal(position.Last - position.First + 1, held.Count);
        Assert.Equal(held.Select((_, i) => position.First + i), held.Select(one => one.Offset));
        var records = held.Select(one => one.Record).ToList();
        var times = records.OfType<JournalRecord.Image>().Select(one => one.TimeMs).ToList();
        Assert.Equal(times.Count, times.Distinct().Count());
        Assert.Empty(times.Except(_taken));
        var gaps = records.OfType<JournalRecord.Gap>().ToList();
        for (var offset = 1L; offset < position.First; offset++)
        {
            Assert.Contains(gaps, gap => gap.First <= offset && offset <= gap.Last);
        }

        var given = position.Last - gaps.Count;
        Assert.True(
            given >= _taken.Count || gaps.Exists(gap => gap.First == 0),
            "images are missing and no gap says so");
        return records;
    }

    [Fact]
    public void On_a_disk_that_others_fill_the_oldest_make_room_and_a_gap_names_them()
    {
        using var disk = SmallDisk.InMemory(40);
        using var journal = Open(disk, new JournalLimits(1 << 30) { FreeBytesMin = 8 << 20 });
        var writer = new JournalWriter(journal, Log.Silent(TimeProvider.System));
        Assert.True(Write(writer, 2_000));
        disk.Fill(leave: 7 << 20);
        for (var cycle = 0; cycle < 200; cycle++)
        {
            Assert.True(Write(writer, 20));
        }

        Assert.True(new DriveInfo(disk.Path).AvailableFreeSpace > 1 << 20);
        var gaps = AccountFor(journal).OfType<JournalRecord.Gap>().ToList();
        Assert.NotEmpty(gaps);
        Assert.All(gaps, gap => Assert.Equal(Reason.DiskSpace, gap.Reason));
        Assert.True(gaps.Count < 60, $"{gaps.Count} gaps for 200 cycles");
    }

    [Fact]
    public void On_a_disk_without_a_byte_left_the_newest_go_on_and_the_loss_is_named()
    {
        using var disk = SmallDisk.InMemory(40);
        using var journal = Open(disk, new JournalLimits(1 << 30) { FreeBytesMin = 8 << 20 });
        var writer = new JournalWriter(journal, Log.Silent(TimeProvider.System));
        Assert.True(Write(writer, 4_000));
        disk.Fill();
        for (var cycle = 0; cycle < 300; cycle++)
        {
            // Whether this one is taken is the disk's affair; the agent goes on.
            Write(writer, 20);
        }

        // Nobody freed a byte, and yet the newest are on the disk.
        Assert.Equal(0, writer.Waiting);
        AccountFor(journal);

        // The hub takes all: there is room for all that comes, still without a free byte.
        journal.Trim(Epoch, journal.Position.Last, _nowMs);
        Assert.True(Write(writer, 2_000));
        Assert.Equal(2_000, journal.Position.Last - journal.Position.FirstWaiting + 1);
    }

    [Fact]
    public void On_a_full_disk_without_a_journal_images_wait_in_memory_and_the_loss_is_named()
    {
        using var disk = SmallDisk.InMemory(20);
        disk.Fill();
        using var journal = Open(disk, new JournalLimits(1 << 30));
        var writer = new JournalWriter(journal, Log.Silent(TimeProvider.System));
        Assert.False(journal.Position.IsOpen);
        var over = AgentLimits.ImagesInMemoryMax + 3;
        Assert.False(Write(writer, over));
        Assert.Equal((AgentLimits.ImagesInMemoryMax, 3L), (writer.Waiting, writer.Dropped));
        disk.Free();
        _nowMs += 10_000;
        Assert.True(Write(writer, 1));
        var records = AccountFor(journal);
        Assert.Equal(
            new JournalRecord.Gap(0, 0, Reason.JournalWriteFailed, _taken[0]), records[0]);
        Assert.Equal(_taken[4..], records.Skip(1).Select(one => ((JournalRecord.Image)one).TimeMs));
    }

    [Fact]
    public void A_read_only_disk_is_tried_again_until_it_takes_everything()
    {
        using var disk = SmallDisk.InMemory(20);
        Open(disk, new JournalLimits(1 << 30)).Dispose();
        disk.SetReadOnly(true);
        using var journal = Open(disk, new JournalLimits(1 << 30));
        var writer = new JournalWriter(journal, Log.Silent(TimeProvider.System));
        Assert.False(Write(writer, 5));
        Assert.False(Write(writer, 5));
        disk.SetReadOnly(false);
        _nowMs += 10_000;
        Assert.True(Write(writer, 1));
        Assert.Equal(11, AccountFor(journal).Count);
        Assert.Equal(Epoch, journal.Position.Epoch);
    }

    [Fact]
    public void When_syncing_fails_nothing_is_said_to_be_kept_and_a_new_disk_begins_with_a_gap()
    {
        using var disk = SmallDisk.Failing(12);
        using var journal = Open(disk, new JournalLimits(1 << 30));
        var writer = new JournalWriter(journal, Log.Silent(TimeProvider.System));
        var kept = 0L;
        var cycles = 0;
        while (Write(writer, 100))
        {
            kept = journal.Position.Last;
            Assert.True(++cycles < 2_000, "the disk never fails");
        }

        Assert.Equal(kept, journal.Position.Last);
        _nowMs += 10_000;
        Assert.False(Write(writer, 100));
        disk.Replace();
        _nowMs += 10_000;
        Assert.True(Write(writer, 1));
        Assert.NotEqual(Epoch, journal.Position.Epoch);
        var records = journal.Read(1, 1_000, _nowMs).Select(one => one.Record).ToList();
        Assert.Equal(new JournalRecord.Gap(0, 0, Reason.JournalCorrupt, _nowMs), records[0]);
        Assert.Equal(201, records.OfType<JournalRecord.Image>().Count());
    }

    [Fact]
    public void A_journal_that_somebody_deletes_begins_anew_with_a_gap()
    {
        var folder = TestFiles.Folder();
        var file = Path.Combine(folder, "journal.db");
        using var journal = Assert.IsType<JournalOpening.Opened>(
            DiskJournal.Open(file, new JournalLimits(1 << 30), Epoch, Now)).Journal;
        var writer = new JournalWriter(journal, Log.Silent(TimeProvider.System));
        Assert.True(Write(writer, 5));
        foreach (var part in Directory.GetFiles(folder))
        {
            File.Delete(part);
        }

        _nowMs += 10_000;
        Assert.True(Write(writer, 1));
        Assert.NotEqual(Epoch, journal.Position.Epoch);
        var records = journal.Read(1, 10, _nowMs);
        Assert.IsType<JournalRecord.Gap>(records[0].Record);
        Assert.Equal(Image(_nowMs), records[1].Record);
    }
}
