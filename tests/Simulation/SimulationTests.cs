using System.Collections.Concurrent;
using System.Globalization;
using Monitoring.Core.Ingest;

namespace Monitoring.Tests.Simulation;

/// <summary>
/// Nothing is lost and nothing is stored twice, whatever goes wrong: the product's own rules in a
/// world where everything does. A seed that fails is named with the command that replays it.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int SeedsInCi = 200;

    [Fact]
    public void The_promises_hold_in_every_world()
    {
        var one = Setting("MONITORING_SIMULATION_SEED");
        var first = one ?? 1;
        var last = one ?? Setting("MONITORING_SIMULATION_SEEDS") ?? SeedsInCi;
        var all = new Counts();
        var broken = new ConcurrentBag<string>();

        // Each world is in one thread; two worlds know nothing of one another.
        Parallel.For(first, last + 1, seed =>
        {
            if (Broken(seed, Mutation.None, all) is { } how)
            {
                broken.Add(
                    $"{how}\nto see it again: MONITORING_SIMULATION_SEED={seed} ./test Simulation");
            }
        });
        Assert.True(broken.IsEmpty, string.Join("\n", broken));

        output.WriteLine(
            $"{last - first + 1} worlds: {all.Records} records journalled, {all.Stored} stored, "
            + $"{all.Died} deaths of gateways, {all.DiskFailed} failing and {all.DiskDamaged} "
            + $"damaged disks, {all.BrokerForgot} brokers that forgot, {all.HubRestored} hubs "
            + "from a backup");
    }

    [Theory]
    [InlineData(Mutation.CommitBeforeStore)]
    [InlineData(Mutation.TrimOnSend)]
    [InlineData(Mutation.PublishBeforeFsync)]
    [InlineData(Mutation.DuplicatesStored)]
    [InlineData(Mutation.AheadStored)]
    [InlineData(Mutation.PositionStoredApart)]
    [InlineData(Mutation.EpochUnread)]
    [InlineData(Mutation.BirthBelieved)]
    [InlineData(Mutation.GapUntold)]
    [InlineData(Mutation.OffsetsReused)]
    public void A_planted_bug_is_found(Mutation mutation)
    {
        for (var seed = 1; seed <= SeedsInCi; seed++)
        {
            if (Broken(seed, mutation, new Counts()) is { } how)
            {
                output.WriteLine($"{mutation} by seed {seed}: {how}");
                return;
            }
        }

        Assert.Fail($"{SeedsInCi} worlds do not find {mutation}");
    }

    /// <summary>
    /// A hub whose clock was ahead asked for a birth, the clock was put right, and the node was not
    /// asked again until the hour was over.
    /// </summary>
    [Fact]
    public void A_hub_whose_clock_was_set_back_asks_for_births_again()
    {
        var limit = new RebirthLimit(new Random(1));
        Assert.True(limit.MayAsk(3_600_000));
        Assert.False(limit.MayAsk(3_600_001));
        Assert.True(limit.MayAsk(1));
        Assert.False(limit.MayAsk(2));
    }

    /// <summary>
    /// Records came after a hole, the hub's clock was put right by an hour, and the births that
    /// would have told of the hole were not asked for until that hour was over.
    /// </summary>
    [Theory]
    [InlineData(10_000, 14_999, false)]
    [InlineData(10_000, 15_000, true)]
    [InlineData(3_610_000, 10_000, true)]
    public void A_wait_is_over_where_the_clock_was_set_back_behind_its_beginning(
        long sinceMs, long nowMs, bool isOver) =>
        Assert.Equal(isOver, Patience.IsOver(sinceMs, patienceMs: 5_000, nowMs));

    [Fact]
    public void The_same_seed_is_the_same_world()
    {
        var (once, again) = (new SimulatedWorld(7), new SimulatedWorld(7));
        once.Run();
        again.Run();
        Assert.Equal(once.ToString(), again.ToString());
    }

    /// <summary>How a promise was broken; null: all of them hold.</summary>
    private static string? Broken(int seed, Mutation mutation, Counts all)
    {
        var world = new SimulatedWorld(seed, mutation);
        try
        {
            world.Run();
        }
        catch (BrokenPromiseException e)
        {
            return e.Message;
        }

        lock (all)
        {
            all.Add(world.Counts);
        }

        return null;
    }

    private static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : null;
}
