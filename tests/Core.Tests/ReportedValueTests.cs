using Monitoring.Core.Part75;

namespace Monitoring.Tests.Core;

/// <summary>Values of 40 CFR Part 75 as they are reported.</summary>
public sealed class ReportedValueTests
{
    [Theory]
    [InlineData("FLOW", "11084000", "1.063", "11782000")]
    [InlineData("SO2C", "9.8", "1.111", "10.9")]
    [InlineData("NOXR", "0.037", "1.080", "0.040")]
    public void Bias_adjustments_as_published(
        string parameter, string unadjusted, string factor, string adjusted) => Assert.Equal(
        decimal.Parse(adjusted), BiasAdjustment.Adjust(
            decimal.Parse(unadjusted), decimal.Parse(factor),
            ReportedPrecision.Of(parameter)!));

    [Theory]
    [InlineData("FLOW", "11500", "12000")]
    [InlineData("FLOW", "-11500", "-12000")]
    [InlineData("NOXR", "0.0125", "0.013")]
    [InlineData("HI", "0.25", "0.3")]
    public void Halves_go_away_from_zero(string parameter, string value, string reported) =>
        Assert.Equal(
            decimal.Parse(reported),
            ReportedPrecision.Of(parameter)!.Round(decimal.Parse(value)));

    [Theory]
    [InlineData("9220.9", "946.1")]
    [InlineData("11064.4", "1135.2")]
    public void Carbon_dioxide_of_coal_as_published(string heat, string tons) => Assert.Equal(
        decimal.Parse(tons),
        ReportedPrecision.Of("CO2")!.Round(
            FuelCarbonDioxide.Tons("bituminous", decimal.Parse(heat))));
}
