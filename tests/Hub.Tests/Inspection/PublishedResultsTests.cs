using Monitoring.Server.Inspection;

namespace Monitoring.Tests.Inspection;

/// <summary>Our calculations beside published results that nobody here produced.</summary>
public sealed class PublishedResultsTests(ITestOutputHelper output)
{
    private static readonly string Published =
        Path.Combine(AppContext.BaseDirectory, "Inspection", "published");

    private static readonly Lazy<IReadOnlyList<ComparedSet>> Sets =
        new(() => RulesInspection.Run(Published)!.Value);

    private static readonly ExpectedDifferences Expected =
        ExpectedDifferences.Read(Path.Combine(
            AppContext.BaseDirectory, "Inspection", "expected-differences.csv"));

    public static TheoryData<string> Names => [.. Sets.Value.Select(set => set.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_number_agrees_or_is_a_known_difference(string name)
    {
        var set = Sets.Value.Single(one => one.Name == name);
        output.WriteLine($"{set.Comparisons.Length} numbers compared");
        foreach (var (reason, count) in set.LeftOut)
        {
            output.WriteLine($"left out {count}: {reason}");
        }

        Assert.Empty(Expected.Unlisted(set));
    }

    [Fact]
    public void No_listed_difference_agrees() => Assert.Empty(Expected.Agreeing(Sets.Value));

    [Fact]
    public void Every_listed_difference_is_still_compared() =>
        Assert.Empty(Expected.Absent(Sets.Value));

    /// <summary>Rows that are not compared any more would pass unseen.</summary>
    [Theory]
    [InlineData("epa-qa linearity", 72)]
    [InlineData("epa-qa relative accuracy", 150)]
    [InlineData("epa-qa calibration error", 308)]
    [InlineData("epa-qa on-line/off-line calibration", 70)]
    [InlineData("epa-qa Appendix E heat input", 236)]
    [InlineData("epa-qa Appendix E runs", 450)]
    [InlineData("epa-qa Appendix E means", 152)]
    [InlineData("epa-qa cycle time", 24)]
    [InlineData("epa-qa unit default", 8)]
    [InlineData("epa-qa flow-to-load reference", 11)]
    [InlineData("epa-json quality assurance", 50)]
    [InlineData("epa-hourly bias adjustment", 2161)]
    [InlineData("epa-daily CO2 of fuels", 809)]
    [InlineData("epa-quota accounts", 3336)]
    [InlineData("epa-quota assurance levels", 1428)]
    public void As_many_numbers_are_compared_as_before(string name, int least) =>
        Assert.True(
            Sets.Value.Single(set => set.Name == name).Comparisons.Length >= least,
            $"fewer than {least}");

    [Fact]
    public void A_listed_difference_needs_a_reason()
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, "set,key,field,reason,ours,theirs\na,b,c,,1,2\n");
        var fault = Assert.Throws<FormatException>(() => ExpectedDifferences.Read(path));
        File.Delete(path);
        Assert.Contains($"{path}:2", fault.Message, StringComparison.Ordinal);
    }
}
