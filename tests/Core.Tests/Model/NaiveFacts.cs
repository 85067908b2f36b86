using System.Numerics;

namespace Monitoring.Tests.Core.Model;

/// <summary>
/// What a stack emitted, from what arrived: a set of instants, means in rationals, a mass for each
/// window of which enough is known. Nothing of it knows revisions or the order of arrival.
/// </summary>
internal sealed class NaiveFacts
{
    private const int Decimals = 6;
    private const int Expected = Instruments.WindowMs / Instruments.CycleMs;
    private readonly Dictionary<long, Measured> _arrived = [];
    private readonly Dictionary<long, (int Count, BigInteger? Milligrams)> _known = [];

    private (int Images, SortedDictionary<long, (BigInteger Milligrams, int)> Masses) _all =
        (0, []);

    /// <summary>A place in the journal up to which everything came or never will.</summary>
    public long Done { get; private set; }

    public void GiveUp(long first) => Done = Math.Max(Done, first - 1);

    // Only what follows what is there already: the rest is sent again.
    public void Receive(IEnumerable<Measured> packets)
    {
        foreach (var packet in packets.Where(packet => packet.Offset == Done + 1))
        {
            _arrived.Add(packet.Offset, packet);
            Done++;
        }
    }

    /// <summary>
    /// Milligrams of each window that has a mass, by its start, and of how many images it was
    /// worked out: one more makes another fact, also where its mass is the same.
    /// </summary>
    public SortedDictionary<long, (BigInteger Milligrams, int Images)> MassesIn(
        long fromMs, long untilMs)
    {
        var masses = new SortedDictionary<long, (BigInteger, int)>();
        foreach (var window in _arrived.Values
            .Where(one => fromMs <= one.TimeMs && one.TimeMs < untilMs)
            .GroupBy(one => one.TimeMs / Instruments.WindowMs * Instruments.WindowMs))
        {
            var count = window.Count();
            if (!_known.TryGetValue(window.Key, out var known) || known.Count != count)
            {
                _known[window.Key] = known = (count, MassOf([.. window]));
            }

            if (known.Milligrams is { } milligrams)
            {
                masses[window.Key] = (milligrams, count);
            }
        }

        return masses;
    }

    /// <summary>Milligrams of the windows that lie in a span as a whole.</summary>
    public IReadOnlyList<BigInteger> WholeIn(long fromMs, long untilMs)
    {
        if (_all.Images != _arrived.Count)
        {
            _all = (_arrived.Count, MassesIn(0, long.MaxValue));
        }

        return
        [
            .. _all.Masses
                .Where(one => fromMs <= one.Key && one.Key + Instruments.WindowMs <= untilMs)
                .Select(one => one.Value.Milligrams),
        ];
    }

    // Seven tenths of the instants of both instruments have to be usable.
    private static BigInteger? MassOf(Measured[] window)
    {
        Measured[] gas = [.. window.Where(one => one.IsGas && !one.IsBad)];
        Measured[] flow = [.. window.Where(one => !one.IsGas && !one.IsBad)];
        if (10 * gas.Length < 7 * Expected || 10 * flow.Length < 7 * Expected)
        {
            return null;
        }

        var concentration = Mean(gas, 0);
        var zero = new Rational(27_315, 100);
        var atReference = ToDecimals(
            Mean(flow, 0) * zero / (zero + Mean(flow, 1)) * Mean(flow, 2)
                / new Rational(1_013, 10));
        return (concentration * atReference * new Rational(Instruments.WindowMs, 3_600_000))
            .Nearest;
    }

    private static Rational Mean(Measured[] of, int which) => ToDecimals(new Rational(
        of.Aggregate(BigInteger.Zero, (sum, one) => sum + one.Quarters[which]), 4 * of.Length));

    // Halves away from 0.
    private static Rational ToDecimals(Rational exact)
    {
        var unit = BigInteger.Pow(10, Decimals);
        return exact.Numerator.Sign < 0
            ? Rational.Of(0) - ToDecimals(Rational.Of(0) - exact)
            : new Rational((exact * Rational.Of(unit)).Nearest, unit);
    }
}
