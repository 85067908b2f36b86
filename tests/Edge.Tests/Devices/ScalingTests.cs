using CsCheck;
using Monitoring.Agent.Devices;

namespace Monitoring.Tests.Devices;

/// <summary>The short way to a scaled value ends in the very bits of the long one.</summary>
public sealed class ScalingTests
{
    private static readonly Gen<decimal> Factor =
        from places in Gen.Int[0, 28]
        from whole in Gen.Frequency(
            (5, Gen.Long[-1_000, 1_000]), (2, Gen.Long[-(1L << 53), 1L << 53]), (1, Gen.Long))
        select new decimal(
            unchecked((int)Magnitude(whole)), unchecked((int)(Magnitude(whole) >> 32)), 0,
            whole < 0, (byte)places);

    private static readonly Gen<decimal> Usual =
        from places in Gen.Int[0, 6]
        from whole in Gen.Int[-20_000, 20_000]
        select whole / (decimal)Math.Pow(10, places);

    private static readonly Gen<long> Raw = Gen.Frequency(
        (4, Gen.Long[short.MinValue, ushort.MaxValue]), (2, Gen.Long[int.MinValue, uint.MaxValue]),
        (1, Gen.Long));

    [Fact]
    public void Of_usual_factors() => Check(Usual);

    [Fact]
    public void Of_any_factors() => Check(Factor);

    [Theory]
    [InlineData("0.1", "0", 1_234, 123.4)]
    [InlineData("0.01", "-40", 6_500, 25)]
    [InlineData("-0.5", "0", 3, -1.5)]
    [InlineData("1e-22", "0", 3, 3e-22)]
    [InlineData("1", "0", 7, 7)]
    public void As_anybody_would_work_it_out(
        string scale, string offset, long raw, double expected)
    {
        var style = System.Globalization.NumberStyles.Float;
        var culture = System.Globalization.CultureInfo.InvariantCulture;
        var scaling = new Scaling(
            decimal.Parse(scale, style, culture), decimal.Parse(offset, style, culture));
        Assert.Equal(expected, scaling.Of(raw));
    }

    private static void Check(Gen<decimal> factor) =>
        Gen.Select(factor, factor, Raw).Sample(
            (scale, offset, raw) =>
            {
                double expected;
                try
                {
                    expected = (double)(raw * scale + offset);
                }
                catch (OverflowException)
                {
                    Assert.Throws<OverflowException>(() => new Scaling(scale, offset).Of(raw));
                    return;
                }

                Assert.Equal(
                    BitConverter.DoubleToInt64Bits(expected),
                    BitConverter.DoubleToInt64Bits(new Scaling(scale, offset).Of(raw)));
            },
            iter: 100_000);

    private static ulong Magnitude(long whole) =>
        whole < 0 ? (ulong)-(whole + 1) + 1 : (ulong)whole;
}
