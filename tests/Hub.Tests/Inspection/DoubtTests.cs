using Monitoring.Server.Inspection;

namespace Monitoring.Tests.Inspection;

/// <summary>
/// Tables that nobody has listed the differences of: fuels, levels and faults that the committed
/// rows have not, worked out by hand, and what speaks against a published number that differs.
/// </summary>
public sealed class DoubtTests : IDisposable
{
    private const string DayColumns =
        "STATE,ORISPL_CODE,UNITID,OP_DATE,COUNT_OP_TIME,CO2_MASS,CO2_RATE,HEAT_INPUT";

    private const string HourColumns =
        "FILE,ORIS,LOC,DATE,HOUR,PARAMETER_CD,UNADJUSTED_HRLY_VALUE,APPLICABLE_BIAS_ADJ_FACTOR,"
        + "ADJUSTED_HRLY_VALUE,MODC_CD";

    private readonly string _folder = Directory.CreateTempSubdirectory("doubts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Coal: 5.7e-5 Fc, with Fc 1970, 1840 and 1910. Oil and gas: Fc 44/385/2000, 1420 and 1040.
    [Theory]
    [InlineData(".112", "1122.9", true)]
    [InlineData(".105", "1048.8", true)]
    [InlineData(".105", "1053.9", false)]
    [InlineData(".109", "1088.7", true)]
    [InlineData(".081", "811.4", true)]
    [InlineData(".059", "594.3", true)]
    // By F-15 and F-11, which a unit that measures its CO2 goes by.
    [InlineData(".059", "592.8", false)]
    [InlineData(".059", "588.0", false)]
    [InlineData(".103", "1026.0", true)]
    [InlineData(".095", "950.0", null)]
    public void A_day_of_any_fuel_that_its_rate_tells(string rate, string mass, bool? agrees)
    {
        Write("DLY_2003txQ3.csv", $"""
            {DayColumns}
            "TX","6180","1","07-01-2003","24","{mass}","{rate}","10000"
            """);
        Assert.Equal(agrees, Compared().SingleOrDefault()?.Agrees);
    }

    [Theory]
    // One day of three is not of the coal of the two others.
    [InlineData("1026", "1026", "1034", "2 of 3 days")]
    // All are of one coal, which is not the usual one.
    [InlineData("1034", "1034", "1034", "Fc about 1,814")]
    // Neither of one nor of the other.
    [InlineData("1026", "1034", "1033", null)]
    // The third publishes another rate and is left out; of the two that remain one agrees.
    [InlineData("1034", "1026", "1016", "1 of 2 days")]
    public void What_the_other_days_of_a_unit_say(
        string one, string other, string third, string? doubt)
    {
        var days = string.Join('\n', new[] { one, other, third }.Select((mass, i) =>
            $"AL,7,1,01-0{i + 1}-1999,24,{mass},{(mass == "1016" ? ".102" : ".103")},10000"));
        Write("DLY_1999alQ1.csv", $"{DayColumns}\n{days}");
        AssertDoubt(doubt);
    }

    [Theory]
    [InlineData("0.200", "1.050", "-0.210", "never below zero")]
    [InlineData("0.200", "1.050", "0.230", "the row's own unadjusted value")]
    // A step of a rounding away: the fault may be ours.
    [InlineData("0.200", "1.052", "0.211", null)]
    public void An_hour_that_contradicts_its_own_factor(
        string unadjusted, string factor, string adjusted, string? doubt)
    {
        Write("hourly_2023.csv", $"""
            {HourColumns}
            X,10,1,2023-04-01,3,NOXR,{unadjusted},{factor},{adjusted},01
            """);
        AssertDoubt(doubt);
    }

    [Theory]
    [InlineData("1000,180,1180", 0, null)]
    [InlineData("1000,150,1180", 1, "the row's own budget and limit")]
    [InlineData("1000,150,1150", 2, null)]
    public void A_level_that_is_not_the_budget_and_its_limit(
        string numbers, int differing, string? doubt)
    {
        Write(
            "csapr_assurance_2024.csv",
            "programCode,stateName,year,allocated,variabilityLimit,assuranceLevel,assuranceFlag\n"
                + $"CSNOX,Ohio,2024,{numbers},yes\n");
        Assert.Equal(differing, Compared().Count(one => !one.Agrees));
        Assert.All(Compared().Where(one => !one.Agrees), one => Matches(doubt, one.Doubt));
    }

    [Theory]
    [InlineData("100,60,60,41", "the row contradicts itself")]
    [InlineData("100,60,50,50", null)]
    public void An_account_that_does_not_add_up(string numbers, string? doubt)
    {
        Write(
            "accounts_2009.csv",
            "programCodeInfo,year,accountNumber,totalAllowancesHeld,complianceYearEmissions,"
                + $"totalAllowancesDeducted,carriedOver\nCAIROS,2009,1,{numbers}\n");
        Assert.All(Compared().Where(one => !one.Agrees), one => Matches(doubt, one.Doubt));
        Assert.Contains(Compared(), one => !one.Agrees);
    }

    [Theory]
    [InlineData("1.000", "100000", 9, "1 1 1")]
    // Two levels with factors of their own: which is the normal one is not published.
    [InlineData("1.000", "90000", 9, "none")]
    [InlineData("1.000", "100000", 32, "none")]
    public void The_factor_of_several_levels(string theirs, string monitor, int runs, string all)
    {
        Write("rata.csv", $"RATA_ID,CALC_OVERALL_BIAS_ADJ_FACTOR\nR,{theirs}\n");
        Write("rata_summary.csv", """
            RATA_SUM_ID,RATA_ID,REF_METHOD_CD,CALC_BIAS_ADJ_FACTOR
            H,R,2F,
            L,R,2F,
            """);
        Write("rata_run.csv", "RATA_RUN_ID,RATA_SUM_ID,RUN_STATUS_CD,CEM_VALUE,RATA_REF_VALUE\n"
            + string.Concat(Enumerable.Range(0, runs).Select(i =>
                $"H{i},H,RUNUSED,100000,100000\nL{i},L,RUNUSED,{monitor},100000\n")));
        var found = Compared().SingleOrDefault();
        Assert.Equal(all, found is null ? "none" : $"{found.Ours:0} {found.Theirs:0} "
            + (found.Agrees ? "1" : "0"));
    }

    private void Write(string name, string text) =>
        File.WriteAllText(Path.Combine(_folder, name), text);

    private List<Comparison> Compared() =>
        [.. RulesInspection.Run(_folder)!.Value.SelectMany(set => set.Comparisons)];

    private void AssertDoubt(string? doubt)
    {
        var differing = Compared().Where(one => !one.Agrees).ToList();
        Assert.NotEmpty(differing);
        Assert.All(differing, one => Matches(doubt, one.Doubt));
    }

    private static void Matches(string? part, string? doubt)
    {
        if (part is null)
        {
            Assert.Null(doubt);
        }
        else
        {
            Assert.Contains(part, doubt, StringComparison.Ordinal);
        }
    }
}
