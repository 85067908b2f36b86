using CsCheck;
using Monitoring.Agent.Journal;
using Monitoring.Wire.Records;

namespace Monitoring.Tests;

/// <summary>
/// Whatever happens to the bytes of a journal: it opens, or a new epoch begins with a gap; and
/// under its epoch each offset has the record it had, or says that it is lost.
/// </summary>
public sealed class DamageTests
{
    private const string Epoch = "0123456789abcdef0123456789abcdef";
    private const string OtherEpoch = "f123456789abcdef0123456789abcdef";
    private const int Records = 400;

    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20_000);
    private static readonly JournalLimits Limits = new(1 << 24);

    private static JournalRecord.Image Image(long timeMs) => new(
        "a", timeMs, new Boot(Guid.Empty, timeMs), ClockState.Synced,
        [
            new Reading("nox", PointValue.Real(timeMs * 0.5), Quality.Good, Reason.None, timeMs),
            new Reading("mode", PointValue.Of("on"), Quality.Good, Reason.None, timeMs),
        ]);

    /// <summary>The files of a journal as a power cut leaves them: most of it in the log.</summary>
    private static Dictionary<string, byte[]> Cut()
    {
        var file = Path.Combine(TestFiles.Folder(), "journal.db");
        using (var first = Opened(file))
        {
            first.Append([.. Enumerable.Range(1, Records / 2).Select(time => Image(time))], 0);
        }

        using var journal = Opened(file);
        for (var time = Records / 2 + 1; time <= Records; time++)
        {
            journal.Append([Image(time)], 0);
        }

        journal.Trim(Epoch, 10, 0);
        journal.Append([Image(Records + 1)], 0);
        return Directory.GetFiles(Path.GetDirectoryName(file)!)
            .Where(part => !part.EndsWith("-spare", StringComparison.Ordinal))
            .ToDictionary(part => Path.GetFileName(part)!, File.ReadAllBytes);
    }

    private static DiskJournal Opened(string file) => Assert.IsType<JournalOpening.Opened>(
        DiskJournal.Open(file, Limits, Epoch, Now)).Journal;

    [Fact]
    public void Flipped_bits_never_change_what_an_offset_holds()
    {
        var sound = Cut();
        Assert.Equal(3, sound.Count);
        Gen.Select(OneOf([.. sound.Keys]),
            Gen.Double[0, 1], Gen.Int[0, 7], Gen.Int[1, 3])
            .Sample((name, at, bit, count) => Check(sound, name, bytes =>
            {
                for (var i = 0; i < count; i++)
                {
                    bytes[Math.Min(bytes.Length - 1, (int)(at * bytes.Length) + i)]
                        ^= (byte)(1 << bit);
                }

                return bytes;
            }), iter: 200, threads: 1);
    }

    [Fact]
    public void Bits_of_the_head_are_no_exception()
    {
        var sound = Cut();
        Gen.Select(OneOf("journal.db", "journal.db-wal"), Gen.Int[0, 160], Gen.Int[0, 7])
            .Sample((name, at, bit) => Check(sound, name, bytes =>
            {
                bytes[at] ^= (byte)(1 << bit);
                return bytes;
            }), iter: 200, threads: 1);
    }

    [Fact]
    public void Cut_off_files_never_let_an_offset_be_given_twice()
    {
        var sound = Cut();
        Gen.Select(OneOf([.. sound.Keys]), Gen.Double[0, 1])
            .Sample(
                (name, at) => Check(sound, name, bytes => bytes[..(int)(at * bytes.Length)]),
                iter: 100, threads: 1);
    }

    /// <summary>In memory where that is possible: a thousand journals are synced here.</summary>
    private static string Folder()
    {
        const string Memory = "/dev/shm";
        return Directory.Exists(Memory)
            ? Directory.CreateDirectory(
                Path.Combine(Memory, "edge-tests-" + Path.GetRandomFileName())).FullName
            : TestFiles.Folder();
    }

    private static Gen<string> OneOf(params string[] names) =>
        Gen.Int[0, names.Length - 1].Select(
            at => names.Order(StringComparer.Ordinal).ElementAt(at));

    private static void Check(
        Dictionary<string, byte[]> sound, string damaged, Func<byte[], byte[]> damage)
    {
        var folder = Folder();
        foreach (var (name, bytes) in sound)
        {
            File.WriteAllBytes(
                Path.Combine(folder, name), name == damaged ? damage([.. bytes]) : bytes);
        }

        try
        {
            var file = Path.Combine(folder, "journal.db");
            var opening = DiskJournal.Open(file, Limits, OtherEpoch, Now);
            using var journal = opening switch
            {
                JournalOpening.Opened opened => opened.Journal,
                JournalOpening.StartedAgain again => again.Journal,
                _ => throw new InvalidOperationException($"{opening}"),
            };
            Judge(journal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Judge(DiskJournal journal)
    {
        // The first reading may find damage that opening did not; the next append opens anew.
        var nowMs = Now.ToUnixTimeMilliseconds() + 60_000;
        journal.Read(1, int.MaxValue, nowMs);
        Assert.IsType<AppendOutcome.Appended>(journal.Append([Image(1_000_000)], nowMs));
        var position = journal.Position;
        var held = journal.Read(position.First, int.MaxValue, nowMs);
        Assert.Equal(position.Last, held[^1].Offset);
        Assert.Equal(Image(1_000_000), held[^1].Record);
        if (position.Epoch != Epoch)
        {
            var reason = Assert.IsType<JournalRecord.Gap>(held[0].Record).Reason;
            Assert.Equal(Reason.JournalCorrupt, reason);
            return;
        }

        Assert.Equal(Records + 2, position.Last);
        foreach (var entry in held.SkipLast(1))
        {
            if (entry.Record is JournalRecord.Gap gap)
            {
                Assert.Equal(
                    (entry.Offset, entry.Offset, Reason.JournalCorrupt),
                    (gap.First, gap.Last, gap.Reason));
            }
            else
            {
                Assert.Equal(Image(entry.Offset), entry.Record);
            }
        }
    }
}
