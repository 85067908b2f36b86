using System.Globalization;

namespace Monitoring.Benchmarks.HubIngest;

/// <summary>What the edges have to send, and how fast.</summary>
/// <param name="Turn">Counted from 0; also the bdSeq.</param>
/// <param name="First">The offset of the first record that is not committed yet.</param>
/// <param name="Last">0: until everything that is written is committed.</param>
/// <param name="StartMs">The time of the record at offset 1.</param>
internal sealed record Load(
    int Port, int Edges, int Turn, long First, long Last, long StartMs)
{
    /// <summary>
    /// The last record that waits in the journals at the start; those after it are written one by
    /// one, and what waits is history.
    /// </summary>
    public long Waiting { get; init; }

    /// <summary>Records that each edge writes a second; 0: all are there at the start.</summary>
    public double PerSecond { get; init; }

    /// <summary>Edge by edge a little later, so that they do not all write at once.</summary>
    public long WrittenAfter(TimeSpan elapsed, int edge)
    {
        if (PerSecond == 0)
        {
            return Last;
        }

        var written = Waiting + (long)((elapsed.TotalSeconds * PerSecond) + ((double)edge / Edges));
        return Last == 0 ? written : Math.Min(written, Last);
    }

    public bool IsHistory(long offset) => offset <= Waiting;

    public IEnumerable<string> Words() =>
        new[] { Port, Edges, Turn, First, Last, StartMs, Waiting, PerSecond }.Select(
            number => number.ToString(CultureInfo.InvariantCulture));

    public static Load Of(IReadOnlyList<string> words)
    {
        long Number(int i) => long.Parse(words[i], CultureInfo.InvariantCulture);
        return new Load(
            (int)Number(0), (int)Number(1), (int)Number(2), Number(3), Number(4), Number(5))
        {
            Waiting = Number(6),
            PerSecond = double.Parse(words[7], CultureInfo.InvariantCulture),
        };
    }
}
