using System.Globalization;
using Monitoring.Core.Fund;

namespace Monitoring.Tests.Core.Model;

/// <summary>
/// Random operations against books that were written a second time. The long form, a million of
/// them, is <c>MONITORING_LONG_FORMS=1</c>; <c>MONITORING_MODEL_STEPS</c> says another number.
/// </summary>
public sealed class ModelTests(ITestOutputHelper output)
{
    private const int StepsPerWorld = 250;
    private const int StepsInCi = 10_000;
    private const int StepsInLongForm = 1_000_000;

    [Fact]
    public void The_books_are_those_of_the_naive_oracle_after_every_operation()
    {
        var steps = Setting("MONITORING_MODEL_STEPS")
            ?? (Setting("MONITORING_LONG_FORMS") == 1 ? StepsInLongForm : StepsInCi);
        var only = Setting("MONITORING_MODEL_SEED");
        var broken = new List<string>();
        var moved = new SortedDictionary<string, int>(StringComparer.Ordinal);
        Parallel.For(only ?? 0, only + 1 ?? (steps / StepsPerWorld), seed =>
        {
            var world = new World(seed);
            try
            {
                world.Run(StepsPerWorld);
                lock (broken)
                {
                    world.Moved.ToList().ForEach(
                        one => moved[one.Key] = moved.GetValueOrDefault(one.Key) + one.Value);
                }
            }
            catch (Exception e)
            {
                lock (broken)
                {
                    broken.Add($"MONITORING_MODEL_SEED={seed}, step {world.Steps}: {e}");
                }
            }
        });
        output.WriteLine($"{steps} operations: {string.Join(", ", moved)}");
        if (broken.Count == 0 && only is null && steps >= StepsInCi)
        {
            // What never happened was not tested.
            Assert.Empty(Commands().Except(moved.Keys));
        }

        Assert.True(
            broken.Count == 0, $"{broken.Count} worlds: {broken.FirstOrDefault()}");
    }

    // What is told of being late and of work, and texts, are left to tests of their own.
    private static IEnumerable<string> Commands() =>
        typeof(FundCommand).GetNestedTypes().Select(type => type.Name).Except(
        [
            nameof(FundCommand.PublishStatement), nameof(FundCommand.FollowLate),
            nameof(FundCommand.FollowUpPlan),
        ]);

    private static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : null;
}
