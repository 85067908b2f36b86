using Monitoring.Wire;

namespace Monitoring.Core;

/// <summary>
/// The square root of a decimal, the same to the last digit on every machine; a processor's own
/// root works on binary numbers.
/// </summary>
public static class SquareRoot
{
    private const int StepsMax = 64;

    /// <param name="value">Not negative.</param>
    public static decimal Of(decimal value)
    {
        Invariant.That(value >= 0);
        if (value == 0)
        {
            return 0;
        }

        // Newton's rule from the binary root on: two or three steps.
        var root = (decimal)Math.Sqrt((double)value);
        if (root == 0)
        {
            // Too small for a decimal made of a binary number.
            root = value;
        }

        for (var i = 0; i < StepsMax; i++)
        {
            var next = (root + value / root) / 2;
            if (next == root)
            {
                break;
            }

            root = next;
        }

        return root;
    }
}
