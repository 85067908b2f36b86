using System.Globalization;
using Monitoring.Tests.Rig;
using Monitoring.Tests.Servers;

namespace Monitoring.Tests;

/// <summary>
/// Agent, instruments and hub for hours: memory stays flat and nothing that was opened stays
/// open. Started by name only, with <c>MONITORING_SOAK_MINUTES</c>; see CONTRIBUTING.md.
/// </summary>
public sealed class SoakTests(ITestOutputHelper output)
{
    private const double GrowthMax = 0.02;
    private const int MinutesDefault = 180;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private sealed record Sample(double Megabytes, int Handles);

    [Fact(Explicit = true)]
    public async Task Memory_stays_flat_and_handles_do_not_grow()
    {
        var minutes = Environment.GetEnvironmentVariable("MONITORING_SOAK_MINUTES") is { } text
            ? double.Parse(text, CultureInfo.InvariantCulture)
            : MinutesDefault;
        using var folder = new TemporaryFolder();
        var files = new DemoFiles(folder.Path, cycle: "100 ms");
        await using var plant = new RunningPlant(files, files.MqttPort);
        await plant.Start();
        var samples = new Dictionary<string, (int Process, List<Sample> Seen)>
        {
            ["edge"] = (plant.Edge.Id, []), ["hub"] = (plant.HubId, []),
        };
        var end = TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(minutes);
        while (TimeProvider.System.GetUtcNow() < end)
        {
            await Task.Delay(Every, TestContext.Current.CancellationToken);
            foreach (var (process, seen) in samples.Values)
            {
                seen.Add(new Sample(
                    Processes.ResidentMegabytes(process), Processes.Handles(process)));
            }
        }

        await plant.StopEdge();
        await plant.StopRest();
        var faults = samples.SelectMany(pair => FaultsOf(pair.Key, pair.Value.Seen)).ToList();
        Assert.Empty(faults);
    }

    /// <summary>
    /// The first half is warm-up. Of the rest, the median of the first third is held against that
    /// of the last one: single samples ride on the waves of garbage collection and of pools.
    /// </summary>
    private IEnumerable<string> FaultsOf(string program, List<Sample> all)
    {
        var seen = all.Skip(all.Count / 2).ToList();
        Assert.True(seen.Count >= 12, "too short: give it more minutes");
        var (first, last) = (seen.Take(seen.Count / 3).ToList(), seen.TakeLast(seen.Count / 3));
        var (before, after) = (Median(first), Median(last));
        var (few, many) = (MedianHandles(first), MedianHandles(last));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{program}: {before:0.0} MB then {after:0.0} MB, "
            + $"{(after / before) - 1:+0.0 %;-0.0 %}, "
            + $"at the start {all[0].Megabytes:0.0} MB; handles {few} then {many}; "
            + $"{all.Count} samples"));
        if (after > before * (1 + GrowthMax))
        {
            yield return $"{program} grew from {before} to {after} MB";
        }

        if (many > few)
        {
            yield return $"{program} had {few} handles and has {many}";
        }
    }

    private static double Median(IEnumerable<Sample> samples)
    {
        var sorted = samples.Select(one => one.Megabytes).Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private static int MedianHandles(IEnumerable<Sample> samples)
    {
        var sorted = samples.Select(one => one.Handles).Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
