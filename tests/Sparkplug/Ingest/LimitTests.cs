using Monitoring.Core.Ingest;

namespace Monitoring.Tests.Ingest;

public sealed class LimitTests
{
    [Fact]
    public void A_node_that_births_do_not_help_is_asked_less_and_less_often()
    {
        var limit = new RebirthLimit(new Random(7));
        var asked = new List<long>();
        for (var now = 0L; now < 3_600_000; now += 100)
        {
            if (limit.MayAsk(now))
            {
                asked.Add(now);
            }
        }

        var waits = asked.Zip(asked.Skip(1), (one, next) => next - one).ToList();
        Assert.InRange(waits[0], RebirthLimit.EveryMsMin, RebirthLimit.EveryMsMin * 5 / 4 + 100);
        Assert.True(waits[1] > waits[0] && waits[2] > waits[1]);
        Assert.All(waits, wait => Assert.InRange(wait, 0, RebirthLimit.EveryMsMax * 5 / 4 + 100));
        Assert.InRange(asked.Count, 12, 22);
    }

    [Fact]
    public void After_a_long_quiet_time_it_is_asked_as_if_for_the_first_time()
    {
        var limit = new RebirthLimit(new Random(7));
        for (var now = 0L; now < 600_000; now += 100)
        {
            limit.MayAsk(now);
        }

        Assert.True(limit.MayAsk(10_000_000));
        Assert.InRange(limit.NextMs, 10_005_000, 10_006_250);
    }

    [Fact]
    public void Two_nodes_do_not_ask_in_step()
    {
        var (one, other) = (new RebirthLimit(new Random(1)), new RebirthLimit(new Random(2)));
        Assert.True(one.MayAsk(0) && other.MayAsk(0));
        Assert.NotEqual(one.NextMs, other.NextMs);
    }

    [Fact]
    public void One_then_another_then_the_first_again_are_two()
    {
        var seen = new Recurrence();
        Assert.Equal(
            [false, false, false, false, true, true],
            new[] { "a", "a", "b", "b", "a", "b" }.Select(seen.Saw));
    }
}
