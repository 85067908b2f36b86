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
    public void No_listed_difference_agrees() => Assert.Empty(Expected.Stale(Sets.Value));

    /// <summary>Rows that are not compared any more would pass unseen.</summary>
    [Theory]
    [InlineData("epa-qa linearity", 72)]
    [InlineData("epa-qa relative accuracy", 72)]
    [InlineData("epa-qa calibration error", 308)]
    [InlineData("epa-qa on-line/off-line calibration", 70)]
    [InlineData("epa-qa Appendix E heat input", 236)]
    [InlineData("epa-qa Appendix E runs", 450)]
    [InlineData("epa-qa Appendix E means", 152)]
    [InlineData("epa-qa cycle time", 24)]
    [InlineData("epa-qa unit default", 8)]
    [InlineData("epa-qa flow-to-load reference", 11)]
    [InlineData("epa-json quality assurance", 34)]
    [InlineData("epa-hourly bias adjustment", 2165)]
    [InlineData("epa-quota accounts", 3336)]
    [InlineData("epa-quota assurance levels", 714)]
    public void As_many_numbers_are_compared_as_before(string name, int least) =>
        Assert.True(
            Sets.Value.Single(set => set.Name == name).Comparisons.Length >= least,
            $"fewer than {least}");

    [Fact]
    public void A_wrong_cell_is_found_and_named()
    {
        var folder = Directory.CreateTempSubdirectory("published-").FullName;
        var source = Path.Combine(Published, "epa-qa");
        foreach (var file in Directory.EnumerateFiles(source))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        var path = Path.Combine(folder, "linearity_summary.csv");
        var text = File.ReadAllText(path);
        const string Right = "2.430,2.500,2.9,0\n";
        Assert.Contains(Right, text, StringComparison.Ordinal);
        var wrong = text.Replace(Right, "2.430,2.500,3.1,0\n", StringComparison.Ordinal);
        File.WriteAllText(path, wrong);

        var differing = RulesInspection.Run(folder)!.Value
            .Single(set => set.Name == "epa-qa linearity").Comparisons
            .Where(one => !one.Agrees).ToList();
        Directory.Delete(folder, recursive: true);

        var found = Assert.Single(differing);
        Assert.Equal("CALC_PERCENT_ERROR", found.Field);
        Assert.Equal(2.9m, found.Ours);
        Assert.Equal(3.1m, found.Theirs);
    }

    [Fact]
    public void A_folder_without_tables_is_none()
    {
        var folder = Directory.CreateTempSubdirectory("published-").FullName;
        Assert.Null(RulesInspection.Run(folder));
        Directory.Delete(folder);
    }

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
