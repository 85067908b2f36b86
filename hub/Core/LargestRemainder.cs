using Monitoring.Wire;

namespace Monitoring.Core;

/// <summary>
/// Splits a whole amount by weights so that the parts sum to it exactly: each gets its share
/// rounded down, then one more goes to the largest remainders, ties to the lower index.
/// </summary>
public static class LargestRemainder
{
    public static long[] Split(long total, IReadOnlyList<long> weights) =>
        Split(total, [.. weights.Select(weight => (Int128)weight)]);

    /// <summary>The product of the total and each weight has to fit into an Int128.</summary>
    public static long[] Split(long total, IReadOnlyList<Int128> weights)
    {
        Invariant.That(total >= 0 && weights.All(weight => weight >= 0));
        Int128 sum = 0;
        foreach (var weight in weights)
        {
            sum += weight;
        }

        Invariant.That(sum > 0 || total == 0);
        var parts = new long[weights.Count];
        if (total == 0)
        {
            return parts;
        }

        var remainders = new Int128[weights.Count];
        var left = total;
        for (var i = 0; i < parts.Length; i++)
        {
            var (quotient, remainder) = Int128.DivRem(total * weights[i], sum);
            parts[i] = (long)quotient;
            remainders[i] = remainder;
            left -= parts[i];
        }

        var order = Enumerable.Range(0, parts.Length)
            .OrderByDescending(i => remainders[i]).ThenBy(i => i);
        foreach (var i in order.Take((int)left))
        {
            parts[i]++;
        }

        return parts;
    }
}
