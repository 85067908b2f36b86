namespace Monitoring.Benchmarks;

/// <summary>One measured figure, as the command prints it.</summary>
public sealed record Figure(string Name, double Value, string Unit)
{
    public override string ToString() => $"{Name} {Value:0.##} {Unit}";
}

/// <summary>
/// Times two ways of doing the same in turns, so that what else the machine does falls on both.
/// </summary>
public static class Duel
{
    private const int Rounds = 21;
    private const int CallsPerRound = 4_000;

    /// <summary>Our median time a unit, the peer's, and the ratio of ours to the peer's.</summary>
    /// <param name="units">What one call handles, such as the metrics of a payload.</param>
    public static IEnumerable<Figure> Run(string name, int units, Action ours, Action peer)
    {
        var times = (Ours: new List<double>(), Peer: new List<double>());

        // The first rounds warm both up and are not counted.
        for (var round = -5; round < Rounds; round++)
        {
            var (one, other) = (Time(ours), Time(peer));
            if (round >= 0)
            {
                times.Ours.Add(one / units);
                times.Peer.Add(other / units);
            }
        }

        var (median, peerMedian) = (Median(times.Ours), Median(times.Peer));
        return
        [
            new Figure(name, median, "ns"),
            new Figure($"{name}.peer", peerMedian, "ns"),
            new Figure($"{name}.ratio", median / peerMedian, "x"),
        ];
    }

    private static double Time(Action call)
    {
        var start = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < CallsPerRound; i++)
        {
            call();
        }

        return TimeProvider.System.GetElapsedTime(start).TotalNanoseconds / CallsPerRound;
    }

    private static double Median(List<double> values) =>
        values.Order().ElementAt(values.Count / 2);
}
