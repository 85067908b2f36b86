using Monitoring.Wire;

namespace Monitoring.Core;

/// <summary>
/// The one way of rounding in all rules: to the nearest, halves away from zero. A contract may
/// choose halves to even.
/// </summary>
public static class Rounding
{
    public static decimal ToDecimals(decimal value, int decimals) =>
        Math.Round(value, decimals, MidpointRounding.AwayFromZero);

    public static long ToWhole(decimal value) =>
        (long)Math.Round(value, 0, MidpointRounding.AwayFromZero);

    /// <summary>The quotient of whole numbers; the divisor is positive.</summary>
    public static long Quotient(Int128 dividend, Int128 divisor)
    {
        Invariant.That(divisor > 0);
        var (quotient, remainder) = Int128.DivRem(dividend, divisor);
        if (Int128.Abs(remainder) * 2 >= divisor)
        {
            quotient += Int128.Sign(dividend);
        }

        return (long)quotient;
    }

    /// <summary>The same, with halves to the even neighbour.</summary>
    public static long QuotientToEven(Int128 dividend, Int128 divisor)
    {
        Invariant.That(divisor > 0);
        var (quotient, remainder) = Int128.DivRem(dividend, divisor);
        var twice = Int128.Abs(remainder) * 2;
        if (twice > divisor || (twice == divisor && Int128.IsOddInteger(quotient)))
        {
            quotient += Int128.Sign(dividend);
        }

        return (long)quotient;
    }
}
