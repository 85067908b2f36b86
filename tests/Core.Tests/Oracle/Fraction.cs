using System.Numerics;

namespace Monitoring.Tests.Core.Oracle;

/// <summary>An exact fraction, for arithmetic that knows no rounding.</summary>
internal readonly record struct Fraction(BigInteger Top, BigInteger Bottom)
    : IComparable<Fraction>
{
    public static readonly Fraction Zero = new(0, 1);

    public static implicit operator Fraction(long whole) => new(whole, 1);

    public static Fraction operator +(Fraction a, Fraction b) =>
        Of((a.Top * b.Bottom) + (b.Top * a.Bottom), a.Bottom * b.Bottom);

    public static Fraction operator -(Fraction a, Fraction b) =>
        Of((a.Top * b.Bottom) - (b.Top * a.Bottom), a.Bottom * b.Bottom);

    public static Fraction operator *(Fraction a, Fraction b) =>
        Of(a.Top * b.Top, a.Bottom * b.Bottom);

    public static Fraction operator /(Fraction a, Fraction b) =>
        Of(a.Top * b.Bottom, a.Bottom * b.Top);

    public static bool operator >(Fraction a, Fraction b) => a.CompareTo(b) > 0;

    public static bool operator <(Fraction a, Fraction b) => a.CompareTo(b) < 0;

    public static Fraction Max(Fraction a, Fraction b) => a > b ? a : b;

    public static Fraction Min(Fraction a, Fraction b) => a < b ? a : b;

    public int CompareTo(Fraction other) =>
        (Top * other.Bottom).CompareTo(other.Top * Bottom);

    /// <summary>The largest whole number not above it.</summary>
    public BigInteger Floor()
    {
        var quotient = BigInteger.DivRem(Top, Bottom, out var rest);
        return rest < 0 ? quotient - 1 : quotient;
    }

    public BigInteger Ceiling() => -new Fraction(-Top, Bottom).Floor();

    /// <summary>To the nearest whole number; a half goes away from 0, or to the even.</summary>
    public BigInteger Nearest(bool isToEven)
    {
        if (Top < 0)
        {
            return -new Fraction(-Top, Bottom).Nearest(isToEven);
        }

        var low = Floor();
        var rest = this - new Fraction(low, 1);
        var half = new Fraction(1, 2);
        return rest > half || (rest == half && !(isToEven && low.IsEven)) ? low + 1 : low;
    }

    private static Fraction Of(BigInteger top, BigInteger bottom)
    {
        var divisor = BigInteger.GreatestCommonDivisor(top, bottom);
        return bottom < 0
            ? new(-top / divisor, -bottom / divisor)
            : new(top / divisor, bottom / divisor);
    }
}
