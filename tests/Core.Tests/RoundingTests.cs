using CsCheck;
using Monitoring.Core;
using Monitoring.Core.Standardisation;

namespace Monitoring.Tests.Core;

public sealed class RoundingTests
{
    private static readonly ReferenceState State = new(273.15m, 101.3m, 15m, 21m, 273.15m);

    [Theory]
    [InlineData("0.5", 1)]
    [InlineData("1.5", 2)]
    [InlineData("2.5", 3)]
    [InlineData("-0.5", -1)]
    [InlineData("-2.5", -3)]
    [InlineData("0.49999", 0)]
    public void Halves_go_away_from_zero(string value, long expected) =>
        Assert.Equal(expected, Rounding.ToWhole(decimal.Parse(value)));

    [Theory]
    [InlineData(1, 2, 1)]
    [InlineData(-1, 2, -1)]
    [InlineData(5, 2, 3)]
    [InlineData(4, 3, 1)]
    [InlineData(-5, 3, -2)]
    [InlineData(0, 3, 0)]
    public void Quotients_too(long dividend, long divisor, long expected) =>
        Assert.Equal(expected, Rounding.Quotient(dividend, divisor));

    [Fact]
    public void A_quotient_is_that_of_decimals() =>
        Gen.Select(Gen.Long[-1_000_000, 1_000_000], Gen.Long[1, 1_000]).Sample((a, b) =>
            Assert.Equal(
                (long)Math.Round((decimal)a / b, 0, MidpointRounding.AwayFromZero),
                Rounding.Quotient(a, b)));

    [Theory]
    [InlineData(10, new long[] { 1, 1, 1 }, new long[] { 4, 3, 3 })]
    [InlineData(40, new long[] { 48, 6, 0, 12 }, new long[] { 29, 4, 0, 7 })]
    [InlineData(0, new long[] { 0, 0 }, new long[] { 0, 0 })]
    [InlineData(7, new long[] { 0, 5 }, new long[] { 0, 7 })]
    public void Largest_remainder_splits_as_by_hand(long total, long[] weights, long[] expected) =>
        Assert.Equal(expected, LargestRemainder.Split(total, weights));

    [Fact]
    public void Largest_remainder_conserves_and_stays_within_one_of_the_quota()
    {
        var gen = Gen.Select(Gen.Long[0, long.MaxValue], Gen.Long[0, 1L << 55].Array[1, 20]);
        gen.Where(pair => pair.Item2.Sum() > 0).Sample((total, weights) =>
        {
            var parts = LargestRemainder.Split(total, weights);
            Int128 sum = weights.Sum();

            Assert.Equal(total, parts.Sum());
            for (var i = 0; i < parts.Length; i++)
            {
                var floor = (long)((Int128)total * weights[i] / sum);
                Assert.InRange(parts[i], floor, floor + (weights[i] == 0 ? 0 : 1));
            }
        });
    }

    // By hand: (21 - 15) / (21 - 14.6) x 80 = 6 / 6.4 x 80 = 75.
    [Theory]
    [InlineData("80", "14.6", "75")]
    [InlineData("80", "15", "80")]
    [InlineData("80", "0", "22.857142857142857142857142857")]
    [InlineData("80", "20.9", "4800")]
    [InlineData("80", "21", null)]
    [InlineData("80", "25", null)]
    [InlineData("80", "-0.1", null)]
    public void Concentration_at_reference_oxygen(string value, string oxygen, string? expected) =>
        Assert.Equal(
            expected is null ? null : decimal.Parse(expected),
            State.AtReferenceOxygen(decimal.Parse(value), decimal.Parse(oxygen)));

    // By hand: 1000 x 273.15 / 546.30 x 202.6 / 101.3 = 1000 x 0.5 x 2 = 1000.
    [Theory]
    [InlineData("1000", "0", "101.3", "1000")]
    [InlineData("1000", "273.15", "101.3", "500")]
    [InlineData("1000", "273.15", "202.6", "1000")]
    [InlineData("1000", "-300", "101.3", null)]
    [InlineData("1000", "2001", "101.3", null)]
    [InlineData("1000", "20", "0", null)]
    [InlineData("1000", "20", "-1", null)]
    public void Flow_at_reference_state(string flow, string t, string p, string? expected) =>
        Assert.Equal(
            expected is null ? null : decimal.Parse(expected),
            State.FlowAtReference(decimal.Parse(flow), decimal.Parse(t), decimal.Parse(p)));
}
