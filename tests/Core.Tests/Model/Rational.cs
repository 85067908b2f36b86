using System.Numerics;

namespace Monitoring.Tests.Core.Model;

/// <summary>A quotient of whole numbers of any size; nothing is ever rounded.</summary>
internal readonly record struct Rational(BigInteger Numerator, BigInteger Denominator)
{
    public static Rational Of(BigInteger whole) => new(whole, 1);

    public BigInteger Floor => BigInteger.Divide(
        Numerator - BigInteger.Remainder(
            BigInteger.Remainder(Numerator, Denominator) + Denominator, Denominator),
        Denominator);

    /// <summary>To the nearest whole number; a half goes up. For numbers from 0 on.</summary>
    public BigInteger Nearest => (this + new Rational(1, 2)).Floor;

    public static Rational operator +(Rational a, Rational b) => new(
        (a.Numerator * b.Denominator) + (b.Numerator * a.Denominator),
        a.Denominator * b.Denominator);

    public static Rational operator -(Rational a, Rational b) =>
        a + new Rational(-b.Numerator, b.Denominator);

    public static Rational operator *(Rational a, Rational b) =>
        new(a.Numerator * b.Numerator, a.Denominator * b.Denominator);

    public static Rational operator /(Rational a, Rational b) =>
        new(a.Numerator * b.Denominator, a.Denominator * b.Numerator);

    public static bool operator <(Rational a, Rational b) =>
        a.Numerator * b.Denominator < b.Numerator * a.Denominator;

    public static bool operator >(Rational a, Rational b) => b < a;

    /// <summary>Whole parts of a total by weights; missing units go to the largest rests.</summary>
    public static BigInteger[] Share(BigInteger total, IReadOnlyList<BigInteger> weights)
    {
        var sum = weights.Aggregate(BigInteger.Zero, (all, weight) => all + weight);
        if (sum == 0)
        {
            return [.. weights.Select(_ => BigInteger.Zero)];
        }

        Rational[] exact = [.. weights.Select(weight => Of(total) * Of(weight) / Of(sum))];
        BigInteger[] parts = [.. exact.Select(part => part.Floor)];
        while (parts.Aggregate(BigInteger.Zero, (all, part) => all + part) < total)
        {
            var best = 0;
            for (var i = 1; i < parts.Length; i++)
            {
                if (exact[i] - Of(parts[i]) > exact[best] - Of(parts[best]))
                {
                    best = i;
                }
            }

            parts[best]++;
        }

        return parts;
    }
}
