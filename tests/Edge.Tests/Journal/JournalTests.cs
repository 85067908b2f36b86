using Microsoft.Data.Sqlite;
using Monitoring.Agent;
using Monitoring.Agent.Journal;
using Monitoring.Wire.Records;

namespace Monitoring.Tests;

public sealed class JournalTests : IDisposable
{
    private const string Epoch = "0123456789abcdef0123456789abcdef";
    private const string OtherEpoch = "f123456789abcdef0123456789abcdef";
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20_000);

    private readonly string _folder = TestFiles.Folder();

    private string File_ => Path.Combine(_folder, "journal.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static JournalRecord.Image Image(long timeMs, string device = "a") => new(
        device, timeMs, new Boot(Guid.Empty, 0), ClockState.Synced,
        [new Reading("nox", PointValue.Real(timeMs), Quality.Good, Reason.None, timeMs)]);

    private DiskJournal Open(string epoch = Epoch, long bytesMax = 1 << 20) =>
        Assert.IsType<JournalOpening.Opened>(
            DiskJournal.Open(File_, new JournalLimits(bytesMax), epoch, Now)).Journal;

    [Fact]
    public void Offsets_are_dense_and_survive_reopening()
    {
        using (var journal = Open())
        {
            var outcome = journal.Append([Image(1), Image(2)], 0);
            Assert.Equal(new AppendOutcome.Appended(1, 2, null), outcome);
            Assert.Equal(new AppendOutcome.Appended(3, 3, null), journal.Append([Image(3)], 0));
        }

        using var again = Open(OtherEpoch);
        Assert.Equal((Epoch, 1L, 3L, 0L),
            (again.Position.Epoch, again.Position.First, again.Position.Last,
                again.Position.Committed));
        Assert.Equal([1, 2, 3], again.Read(1, 10, 0).Select(entry => entry.Offset));
        Assert.Equal(Image(2), again.Read(2, 1, 0)[0].Record);
        Assert.Equal(3, again.LastTimes()["a"]);
    }

    /// <summary>As the first version wrote it; the file is never made again.</summary>
    [Fact]
    public void A_journal_of_the_first_version_is_read_and_written_on()
    {
        File.Copy(
            Path.Combine(AppContext.BaseDirectory, "Journal", "kept", "journal-v1.db"), File_);
        for (var open = 0; open < 2; open++)
        {
            using var journal = Open(OtherEpoch);
            Assert.Equal(
                (Epoch, 6L, 8L + open, 5L),
                (journal.Position.Epoch, journal.Position.First, journal.Position.Last,
                    journal.Position.Committed));
            Assert.Equal(41 + open, journal.NextBdSeq());
            Assert.Equal(1_700_000_000_000, journal.LastTimes()["analyser"]);
            var entries = journal.Read(6, 10, 0);
            Assert.Equal(3 + open, entries.Count);
            Assert.Equal(
                "analyser", Assert.IsType<JournalRecord.Image>(entries[0].Record).Device);
            Assert.Equal(
                Reason.JournalFull, Assert.IsType<JournalRecord.Gap>(entries[1].Record).Reason);
            Assert.IsType<AppendOutcome.Appended>(journal.Append([Image(9 + open)], 0));
        }
    }

    [Fact]
    public void Only_an_own_commit_within_the_journal_trims()
    {
        using (var journal = Open())
        {
            journal.Append([Image(1), Image(2), Image(3)], 0);
            Assert.Equal(TrimOutcome.ForeignEpoch, journal.Trim(OtherEpoch, 2, 0));
            Assert.Equal(TrimOutcome.BeyondLast, journal.Trim(Epoch, 4, 0));
            Assert.Equal(TrimOutcome.Trimmed, journal.Trim(Epoch, 2, 0));
            Assert.Equal(TrimOutcome.AlreadyTrimmed, journal.Trim(Epoch, 2, 0));
            Assert.Equal(TrimOutcome.AlreadyTrimmed, journal.Trim(Epoch, 1, 0));
            Assert.Equal(TrimOutcome.Trimmed, journal.Trim(Epoch, 3, 0));
            Assert.Equal((4L, 3L, 3L), (journal.Position.FirstWaiting, journal.Position.Last,
                journal.Position.Committed));
        }

        // An emptied journal still knows which offset comes next.
        using var again = Open();
        var position = again.Position;
        Assert.Equal((4L, 3L, 3L), (position.FirstWaiting, position.Last, position.Committed));
        Assert.Equal(new AppendOutcome.Appended(4, 4, null), again.Append([Image(4)], 0));
        Assert.Equal(4L, again.Position.First);
    }

    [Fact]
    public void The_session_number_counts_to_255_and_round_across_openings()
    {
        using (var journal = Open())
        {
            var numbers = Enumerable.Range(0, 255);
            Assert.Equal(numbers, numbers.Select(_ => journal.NextBdSeq()).ToList());
        }

        using var again = Open();
        Assert.Equal(255, again.NextBdSeq());
        Assert.Equal(0, again.NextBdSeq());
    }

    [Fact]
    public void A_second_process_is_refused_and_changes_nothing()
    {
        using var journal = Open();
        var second = DiskJournal.Open(File_, new JournalLimits(1 << 20), OtherEpoch, Now);
        Assert.Contains("another process",
            Assert.IsType<JournalOpening.Refused>(second).Detail, StringComparison.Ordinal);
        Assert.IsType<AppendOutcome.Appended>(journal.Append([Image(1)], 0));
    }

    [Fact]
    public void A_damaged_file_is_kept_aside_and_the_new_epoch_begins_with_a_gap()
    {
        using (var journal = Open())
        {
            journal.Append([.. Enumerable.Range(1, 500).Select(time => Image(time))], 0);
        }

        var bytes = File.ReadAllBytes(File_);
        bytes.AsSpan(4096, bytes.Length - 4096).Fill(0xA5);
        File.WriteAllBytes(File_, bytes);
        var opening = DiskJournal.Open(File_, new JournalLimits(1 << 20), OtherEpoch, Now);
        var again = Assert.IsType<JournalOpening.StartedAgain>(opening);
        using var fresh = again.Journal;
        Assert.Equal(OtherEpoch, fresh.Position.Epoch);
        Assert.Equal(
            new JournalRecord.Gap(0, 0, Reason.JournalCorrupt, Now.ToUnixTimeMilliseconds()),
            Assert.Single(fresh.Read(1, 10, 0)).Record);
        Assert.Equal($"{File_}.damaged-20241004T000000Z", again.MovedTo);
        Assert.Equal(bytes, File.ReadAllBytes(again.MovedTo));
    }

    [Fact]
    public void A_file_that_is_no_database_is_kept_aside()
    {
        File.WriteAllText(File_, new string('x', 10_000));
        var opening = DiskJournal.Open(File_, new JournalLimits(1 << 20), Epoch, Now);
        Assert.IsType<JournalOpening.StartedAgain>(opening).Journal.Dispose();
    }

    [Fact]
    public void Above_the_byte_limit_the_oldest_go_and_a_gap_names_them()
    {
        const long limit = 20_000;
        using var journal = Open(bytesMax: limit);
        var gaps = new List<JournalRecord.Gap>();
        for (var time = 1; time <= 2_000; time++)
        {
            var outcome =
                Assert.IsType<AppendOutcome.Appended>(journal.Append([Image(time)], time));
            if (outcome.GaveUp is { } gap)
            {
                gaps.Add(gap);
            }
        }

        Assert.True(journal.Position.UsedBytes <= limit + 200);
        Assert.NotEmpty(gaps);
        Assert.All(gaps, gap => Assert.Equal(Reason.JournalFull, gap.Reason));

        // Every offset is in the journal or under a gap that is in the journal.
        var held = journal.Read(1, 10_000, 0);
        var named = held.Select(entry => entry.Record).OfType<JournalRecord.Gap>().ToList();
        var first = journal.Position.First;
        for (var offset = 1L; offset < first; offset++)
        {
            Assert.Contains(named, gap => gap.First <= offset && offset <= gap.Last);
        }

        Assert.Equal(journal.Position.Last - first + 1, held.Count);
    }
}
