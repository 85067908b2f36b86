using System.Globalization;

namespace Monitoring.Tests.Fuzz;

/// <summary>
/// Whatever comes from outside ends nothing: no exception, no endless loop, bounded memory.
/// MONITORING_FUZZ_INPUTS makes a run longer, MONITORING_FUZZ_SEED another.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names =>
        [.. Targets.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Any_bytes_are_taken_or_refused(string name)
    {
        var target = Targets.All.Single(target => target.Name == name);
        var inputs = Number("MONITORING_FUZZ_INPUTS") ?? target.Inputs;
        var report = FuzzRun.Run(target, inputs, (int)(Number("MONITORING_FUZZ_SEED") ?? 1));
        output.WriteLine(
            $"{name}: {report.Inputs} inputs, {report.Corpus} of them new, "
                + $"at most {report.AllocatedMax} bytes allocated");

        // Blind mutation finds next to nothing that the seeds did not: the counters must work.
        Assert.True(report.Corpus > target.Seeds.Count, "no input took a new branch");
    }

    [Fact]
    public void A_planted_fault_is_found()
    {
        var target = new Target(
            "planted", [[.. "hello"u8]],
            bytes => Assert.False(bytes.Length > 6 && bytes[0] == 'h' && bytes[6] == 0x80));
        var found = Assert.Throws<FuzzException>(() => FuzzRun.Run(target, 1_000_000, 1));
        Assert.Contains("planted: throws", found.Message, StringComparison.Ordinal);
    }

    private static long? Number(string variable) =>
        long.TryParse(
            Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture,
            out var number) ? number : null;
}
