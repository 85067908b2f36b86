using Microsoft.Win32.SafeHandles;
using Monitoring.Agent.Journal;
using Monitoring.Wire.Records;

namespace Monitoring.Benchmarks;

/// <summary>
/// Records a second that are on the disk, in batches as the recorder makes them, beside a bare
/// file that takes the same bytes with one fdatasync a batch. In turns, so that what else the
/// disk does falls on both.
/// </summary>
internal static class EdgeJournalBenchmark
{
    /// <summary>5 000 records a second, in the 15 ms that the recorder gathers.</summary>
    private const int RecordsPerBatch = 75;

    private const int BatchesPerRound = 200;
    private const int Rounds = 7;

    public static IEnumerable<Figure> Run()
    {
        var folder = Directory.CreateTempSubdirectory("edge-journal-").FullName;
        var opening = DiskJournal.Open(
            Path.Combine(folder, "journal.db"), new JournalLimits(1L << 30),
            new string('a', 32), DateTimeOffset.UnixEpoch);
        using (var journal = ((JournalOpening.Opened)opening).Journal)
        using (var file = File.OpenHandle(
            Path.Combine(folder, "bare"), FileMode.CreateNew, FileAccess.Write))
        {
            var (ours, peer, at) = (new List<double>(), new List<double>(), 0L);
            for (var round = -1; round < Rounds; round++)
            {
                var (one, other) = (Journal(journal, round), Bare(file, ref at));
                if (round >= 0)
                {
                    ours.Add(one);
                    peer.Add(other);
                }
            }

            var (median, bare) = (Median(ours), Median(peer));
            yield return new Figure("edge.journal", median, "records/s");
            yield return new Figure("edge.journal.peer", bare, "records/s");
            yield return new Figure("edge.journal.ratio", median / bare, "x");
        }

        Directory.Delete(folder, recursive: true);
    }

    private static double Journal(DiskJournal journal, int round)
    {
        var records = Enumerable.Repeat((JournalRecord)Image, RecordsPerBatch).ToList();
        var start = TimeProvider.System.GetTimestamp();
        for (var batch = 0; batch < BatchesPerRound; batch++)
        {
            if (journal.Append(records, round) is AppendOutcome.Failed failed)
            {
                throw new InvalidOperationException(failed.Detail);
            }

            // The hub keeps up: what it has goes at the next append.
            journal.Trim(journal.Position.Epoch, journal.Position.Last, round);
        }

        return Rate(start);
    }

    private static double Bare(SafeFileHandle file, ref long at)
    {
        var one = RecordFormat.Encode(Image);
        var bytes = Enumerable.Repeat(one, RecordsPerBatch).SelectMany(part => part).ToArray();
        var start = TimeProvider.System.GetTimestamp();
        for (var batch = 0; batch < BatchesPerRound; batch++)
        {
            RandomAccess.Write(file, bytes, at);
            RandomAccess.FlushToDisk(file);
            at += bytes.Length;
        }

        return Rate(start);
    }

    private static double Rate(long start) => RecordsPerBatch * BatchesPerRound
        / TimeProvider.System.GetElapsedTime(start).TotalSeconds;

    private static double Median(List<double> rates) => rates.Order().ElementAt(rates.Count / 2);

    /// <summary>Ten points, as a gas analyser has them.</summary>
    private static JournalRecord.Image Image { get; } = new(
        "gas-analyser", 1_700_000_000_000, new Boot(Guid.Empty, 60_000), ClockState.Synced,
        [.. Enumerable.Range(0, 10).Select(point => new Reading(
            $"point-{point}", PointValue.Real(point * 1.5), Quality.Good, Reason.None,
            1_700_000_000_000))]);
}
