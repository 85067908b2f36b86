using System.Numerics;
using CsCheck;
using Monitoring.Core;
using Monitoring.Verifier;

namespace Monitoring.Tests;

/// <summary>Two ways of counting, written apart, come to the same.</summary>
public sealed class FractionTests
{
    [Theory]
    [InlineData("2.5", 3)]
    [InlineData("-2.5", -3)]
    [InlineData("2.4999", 2)]
    [InlineData("-0.4", 0)]
    [InlineData("1e3", 1_000)]
    [InlineData("12.5e-1", 1)]
    public void A_half_goes_away_from_zero(string text, int whole) =>
        Assert.Equal(whole, (int)Fraction.Parse(text).Round());

    [Fact]
    public void Shares_are_those_of_the_hub() =>
        Gen.Select(Gen.Long[0, 1_000_000], Gen.Long[0, 50].Array[1, 8]).Sample((total, weights) =>
        {
            var ours = Fraction.Shares(total, [.. weights.Select(it => Fraction.Of(it))]);
            return weights.Sum() == 0
                || ours.SequenceEqual(
                    LargestRemainder.Split(total, weights).Select(it => (BigInteger)it));
        });

    [Fact]
    public void Ids_are_those_of_the_hub() =>
        Gen.String.Array[0, 5].Sample(fields =>
            fields.Any(field => field.Any(char.IsSurrogate))
            || NamedBy.Content(fields) == ContentId.Of(fields));
}
