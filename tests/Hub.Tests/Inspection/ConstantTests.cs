using System.Reflection;
using Monitoring.Core;
using Monitoring.Server.Inspection;

namespace Monitoring.Tests.Inspection;

/// <summary>Every number of the rules has a name, a source, and a mark.</summary>
public sealed class ConstantTests
{
    private static readonly string[] Families =
        ["Allowances", "Compliance", "Gaps", "Part75", "Quality", "Standardisation"];

    /// <summary>Units, layouts and technical limits: no rule chooses them.</summary>
    private static readonly string[] NoRule =
    [
        "MsPerHour", "DayMs", "GramsPerTonne", "MilligramsPerGram", "MonthsPerQuarter",
        "PpmPerPercent", "BtuPerMmBtu", "MinutesPerHour", "RatioScale", "HeatRateScale",
        "HalfStep", "PercentMost", "ReportedMax", "PairsMax", "HorizonHours", "UsualHours",
        "MagnitudeMax", "MoisturePercentMax", "TemperatureCelsiusMin", "TemperatureCelsiusMax",
        "PressureKpaMax", "Year", "HalfYear", "TonsPerMmBtu",
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
