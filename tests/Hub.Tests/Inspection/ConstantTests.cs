using System.Reflection;
using System.Text.RegularExpressions;
using Monitoring.Core;
using Monitoring.Server.Inspection;

namespace Monitoring.Tests.Inspection;

/// <summary>Every number of the rules has a name, a source, and a mark.</summary>
public sealed class ConstantTests
{
    private static readonly string[] Families =
        ["Allowances", "Compliance", "Gaps", "Part75", "Quality", "Standardisation"];

    /// <summary>Units, layouts, technical limits and when we tell: no rule chooses them.</summary>
    private static readonly string[] NoRule =
    [
        "MsPerHour", "DayMs", "GramsPerTonne", "MilligramsPerGram", "MonthsPerQuarter",
        "PpmPerPercent", "BtuPerMmBtu", "MinutesPerHour", "RatioScale", "HeatRateScale",
        "HalfStep", "PercentMost", "ReportedMax", "PairsMax", "HorizonHours", "UsualHours",
        "MagnitudeMax", "MoisturePercentMax", "TemperatureCelsiusMin", "TemperatureCelsiusMax",
        "PressureKpaMax", "Year", "HalfYear", "TonsPerMmBtu", "ToldAtLeft",
    ];

    [Fact]
    public void Each_cites_its_source_once()
    {
        Assert.All(ConstantFamilies.All, one =>
        {
            Assert.NotEqual("", one.Name);
            Assert.NotEqual("", one.Source);
            Assert.Equal(
                !one.IsVerified,
                one.ToTrace().Source.EndsWith("unverified constant", StringComparison.Ordinal));
        });
        Assert.Equal(
            ConstantFamilies.All.Count,
            ConstantFamilies.All.DistinctBy(one => (one.Name, one.Value, one.Source)).Count());
        Assert.Contains(ConstantFamilies.All, one => !one.IsVerified);
        Assert.Contains(ConstantFamilies.All, one => one.IsVerified);
    }

    [Theory]
    // Limits that a report shows are looked up by name, and not written where they are used.
    [InlineData("calibration error of SO2 and NOx, of the span", "2.5", true)]
    [InlineData("linearity error, of the reference", "5", true)]
    [InlineData("difference of moisture for four quarters", "1", true)]
    [InlineData("most mean reference of a low emitter, rate", "0.20", true)]
    [InlineData("t of two sides, 8 degrees", "2.306", true)]
    [InlineData("t of one side, 14 degrees", "1.761", true)]
    [InlineData("out of control by a daily calibration, times its limit", "2", false)]
    [InlineData("least measured part of a span of abatement", "90", true)]
    public void Limits_of_single_tests_are_among_them(string name, string value, bool isVerified)
    {
        var found = ConstantFamilies.All.Single(one => one.Name == name);
        Assert.Equal((decimal.Parse(value), isVerified), (found.Value, found.IsVerified));
    }

    [Fact]
    public void Tests_of_instruments_have_no_number_in_their_code()
    {
        // 0 to 3 are counts and decimals of a rounding, 100 makes percent.
        string[] allowed = ["0", "1", "2", "3", "100"];
        string[] tables = ["Part75Tests.cs", "En14181.cs", "StudentT.cs", "Variability.cs"];
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Monitoring.sln")))
        {
            folder = folder.Parent!;
        }

        var code = new DirectoryInfo(Path.Combine(folder.FullName, "hub", "Core", "Quality"))
            .GetFiles("*.cs").Where(file => !tables.Contains(file.Name)).ToList();
        Assert.NotEmpty(code);
        Assert.Empty(
            from file in code
            from line in File.ReadLines(file.FullName)
            let text = line.Trim()
            where !text.StartsWith("//", StringComparison.Ordinal)
                && !text.Contains("const ", StringComparison.Ordinal)
            from Match number in Regex.Matches(text, @"(?<![\w.""-])\d[\d_]*(\.\d+)?(?=m?\b)")
            where !allowed.Contains(number.Value)
            select $"{file.Name}: {text}");
    }

    [Fact]
    public void No_rule_has_a_number_of_its_own_beside_them() => Assert.Empty(
        from type in typeof(Constant).Assembly.GetTypes()
        where Families.Any(family => type.Namespace == $"Monitoring.Core.{family}")
        from field in type.GetFields(
            BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic
                | BindingFlags.DeclaredOnly)
        where field.FieldType == typeof(decimal) || field.FieldType == typeof(int)
            || field.FieldType == typeof(long)
        where !type.IsEnum && !NoRule.Contains(field.Name) && !field.Name.Contains('<')
        select $"{type.Name}.{field.Name}");
}
