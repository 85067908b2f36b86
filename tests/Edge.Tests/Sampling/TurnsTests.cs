using System.Collections.Immutable;
using CsCheck;
using Monitoring.Agent.Sampling;
using Monitoring.Agent.Sites;

namespace Monitoring.Tests;

public sealed class TurnsTests
{
    private static readonly IReadOnlyDictionary<string, DateTimeOffset> Nothing =
        new Dictionary<string, DateTimeOffset>();

    private static DateTimeOffset At(double seconds) =>
        DateTimeOffset.UnixEpoch.AddDays(20_000).AddSeconds(seconds);

    private static ImmutableArray<SiteDevice> Devices(params int[] everySeconds) =>
        [.. everySeconds.Select((every, index) => new SiteDevice(
            $"d{index}", TestFiles.Site("plant-a.yaml").Gateways[0].Devices[0].Map, "lan", index)
        {
            Every = TimeSpan.FromSeconds(every),
        })];

    [Fact]
    public void The_earliest_comes_first_and_of_equals_the_first_of_the_file()
    {
        var turns = new DeviceTurns(Devices(4, 1, 1), At(0), Nothing, busy: 0);
        var order = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            var (index, deadline) = turns.First;
            order.Add($"{index}@{(deadline - At(0)).TotalSeconds}");
            Assert.Equal(0, turns.Done(index, deadline, isTroubled: false));
        }

        Assert.Equal(["1@0.5", "2@0.5", "1@1.5", "2@1.5", "0@2", "1@2.5", "2@2.5"], order);
    }

    [Fact]
    public void Of_equals_the_one_in_trouble_comes_last()
    {
        var turns = new DeviceTurns(Devices(1, 1, 1), At(0), Nothing, busy: 0);
        var order = new List<int>();
        for (var i = 0; i < 9; i++)
        {
            var (index, deadline) = turns.First;
            order.Add(index);
            turns.Done(index, deadline, isTroubled: index == 0 && i < 5);
        }

        Assert.Equal([0, 1, 2, 1, 2, 0, 0, 1, 2], order);
    }

    [Fact]
    public void A_read_too_late_for_its_cycle_is_an_overrun_and_so_is_the_one_after_a_skip()
    {
        var turns = new DeviceTurns(Devices(1), At(0), Nothing, busy: 0);
        Assert.False(turns.IsOverrun(0, At(0.9)));
        Assert.True(turns.IsOverrun(0, At(1.01)));
        Assert.Equal(1, turns.Done(0, At(2.4), isTroubled: false));
        Assert.Equal(At(2.5), turns.First.Deadline);
        Assert.True(turns.IsOverrun(0, At(2.5)));
        Assert.Equal(0, turns.Done(0, At(2.6), isTroubled: false));
        Assert.False(turns.IsOverrun(0, At(3.5)));
    }

    [Fact]
    public void A_clock_set_back_for_hours_does_not_stop_reading_for_hours()
    {
        var turns = new DeviceTurns(Devices(1), At(10_000), Nothing, busy: 0);
        turns.Rebase(At(9_999.6));
        Assert.Equal(At(10_000.5), turns.First.Deadline);
        turns.Rebase(At(100));
        Assert.Equal(At(100.5), turns.First.Deadline);
    }

    /// <summary>
    /// Whenever a link changes hands, each cycle is served once by somebody, also where the new
    /// owner is busier and so begins earlier in the cycle.
    /// </summary>
    [Fact]
    public void A_change_of_hands_loses_no_cycle() => Gen.Select(
            Gen.Int[1, 5], Gen.Double[0, 20], Gen.Double[0, 0.9], Gen.Double[0, 1].Array[2])
        .Sample((every, handOver, takes, busy) =>
        {
            var devices = Devices(every);
            var before = new DeviceTurns(devices, At(0), Nothing, busy[0]);
            var served = new List<long>();
            while (before.First.Deadline <= At(handOver))
            {
                served.Add(CycleOf(before.First.Deadline, every));
                before.Done(0, before.First.Deadline, isTroubled: false);
            }

            // The old owner is gone for a part of the period before the new one is there.
            var start = At(handOver + takes * every);
            var after = new DeviceTurns(
                devices, start, before.DoneUntil().ToDictionary(StringComparer.Ordinal), busy[1]);
            while (after.First.Deadline < At(40))
            {
                served.Add(CycleOf(after.First.Deadline, every));
                after.Done(0, after.First.Deadline, isTroubled: false);
            }

            Assert.Equal(Enumerable.Range(0, served.Count).Select(i => (long)i), served);
            Assert.True(served.Count * every >= 40 - every);
        });

    private static long CycleOf(DateTimeOffset deadline, int every) =>
        (deadline - At(0)).Ticks / TimeSpan.FromSeconds(every).Ticks;
}
