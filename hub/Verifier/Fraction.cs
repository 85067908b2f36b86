using System.Numerics;

namespace Monitoring.Verifier;

/// <summary>A number without any rounding: one whole number over another above 0.</summary>
internal readonly record struct Fraction
{
    // No number of a contract or a log has more; a larger exponent would fill the memory.
    private const int ScaleMax = 100;

    private readonly BigInteger _below;

    public Fraction(BigInteger above, BigInteger below)
    {
        var common = BigInteger.GreatestCommonDivisor(above, below) * below.Sign;
        Above = above / common;
        _below = below / common;
    }

    public BigInteger Above { get; }

    /// <summary>A default value has 0 here and means 0.</summary>
    public BigInteger Below => _below.IsZero ? BigInteger.One : _below;

    public static Fraction Zero => new(0, 1);

    public static Fraction Of(BigInteger whole) => new(whole, 1);

    /// <summary>Digits with a point, and no exponent beyond that of a JSON number.</summary>
    /// <exception cref="FormatException">It is none, or far too large or small.</exception>
    public static Fraction Parse(string text)
    {
        var parts = text.Split('e', 'E');
        var digits = parts[0].Split('.');
        var decimals = digits.Length > 1 ? digits[1] : "";
        var scale = decimals.Length - (parts.Length > 1 ? Whole(parts[1]) : 0);
        if (Math.Abs(scale) > ScaleMax)
        {
            throw new FormatException($"'{text}' is no number that a contract has");
        }

        var all = BigInteger.Parse(
            digits[0] + decimals, System.Globalization.CultureInfo.InvariantCulture);
        return scale >= 0
            ? new Fraction(all, BigInteger.Pow(10, scale))
            : Of(all * BigInteger.Pow(10, -scale));
    }

    public static Fraction operator +(Fraction one, Fraction other) =>
        new((one.Above * other.Below) + (other.Above * one.Below), one.Below * other.Below);

    public static Fraction operator -(Fraction one, Fraction other) =>
        new((one.Above * other.Below) - (other.Above * one.Below), one.Below * other.Below);

    public static Fraction operator *(Fraction one, Fraction other) =>
        new(one.Above * other.Above, one.Below * other.Below);

    public static Fraction operator /(Fraction one, Fraction other) =>
        new(one.Above * other.Below, one.Below * other.Above);

    public static bool operator >(Fraction one, Fraction other) => (one - other).Above.Sign > 0;

    public static bool operator <(Fraction one, Fraction other) => other > one;

    /// <summary>The whole part, towards minus infinity.</summary>
    public BigInteger Floor()
    {
        var quotient = BigInteger.DivRem(Above, Below, out var rest);
        return rest.Sign < 0 ? quotient - 1 : quotient;
    }

    /// <summary>The nearest whole number; a half goes away from zero.</summary>
    public BigInteger Round()
    {
        var half = new Fraction(1, 2);
        return Above.Sign >= 0 ? (this + half).Floor() : -(Of(0) - this + half).Floor();
    }

    /// <summary>The nearest whole number; of a half the even one, if asked.</summary>
    public BigInteger Round(bool isHalfToEven)
    {
        var floor = Floor();
        var isHalf = this - Of(floor) == new Fraction(1, 2);
        return isHalf && isHalfToEven ? floor + (floor.IsEven ? 0 : 1) : Round();
    }

    /// <summary>
    /// A whole amount divided by weights: each share rounded down, what is left one each to the
    /// largest remainders, of equal ones to the earlier.
    /// </summary>
    public static BigInteger[] Shares(BigInteger total, IReadOnlyList<Fraction> weights)
    {
        var sum = weights.Aggregate(Zero, (all, weight) => all + weight);
        if (sum.Above.IsZero)
        {
            return [.. weights.Select(_ => BigInteger.Zero)];
        }

        var exact = weights.Select(weight => Of(total) * weight / sum).ToList();
        var shares = exact.Select(share => share.Floor()).ToArray();
        var left = (int)(total - shares.Aggregate(BigInteger.Zero, (all, one) => all + one));
        var order = Enumerable.Range(0, shares.Length).ToList();
        order.Sort((one, other) =>
        {
            var (a, b) = (exact[one] - Of(shares[one]), exact[other] - Of(shares[other]));
            return a > b ? -1 : b > a ? 1 : one.CompareTo(other);
        });
        foreach (var i in order.Take(left))
        {
            shares[i]++;
        }

        return shares;
    }

    private static int Whole(string text) =>
        int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
