using CsCheck;
using Monitoring.Agent;
using Monitoring.Agent.Drivers.Modbus;

namespace Monitoring.Tests.Modbus;

public sealed class ResponseTimesTests
{
    private static readonly TimeSpan Never = TimeSpan.FromMinutes(1);

    [Fact]
    public void A_quantile_is_never_too_short_and_at_most_a_fifth_too_long() =>
        Gen.Double[0.1, 30_000].Array[1, 200].Sample(milliseconds =>
        {
            var times = new ResponseTimes();
            foreach (var one in milliseconds)
            {
                times.Answered(TimeSpan.FromMilliseconds(one), Never);
            }

            var exact = milliseconds.Order().ElementAt((milliseconds.Length - 1) / 2);
            var quantile = times.Quantile(0.5)!.Value.TotalMilliseconds;
            Assert.InRange(quantile, exact * 0.999, exact * 1.201);
        });

    [Fact]
    public void A_timeout_is_proposed_once_enough_is_known()
    {
        var times = new ResponseTimes();
        for (var i = 0; i < ResponseTimes.AnswersToPropose; i++)
        {
            Assert.Null(times.ProposedTimeout());
            times.Answered(TimeSpan.FromMilliseconds(i % 2 == 0 ? 100 : 50), Never);
        }

        Assert.Equal(TimeSpan.FromMilliseconds(200), times.ProposedTimeout());
        Assert.Null(times.ProposedGap());
    }

    [Fact]
    public void A_timeout_stays_within_its_limits()
    {
        var times = new ResponseTimes();
        for (var i = 0; i < ResponseTimes.AnswersToPropose; i++)
        {
            times.Answered(TimeSpan.FromMilliseconds(0.2), Never);
        }

        Assert.Equal(AgentLimits.LinkTimeoutMin, times.ProposedTimeout());
    }

    [Fact]
    public void A_gap_is_proposed_where_requests_fail_that_come_too_soon()
    {
        var times = new ResponseTimes();
        for (var i = 0; i < 1_000; i++)
        {
            var pause = TimeSpan.FromMilliseconds(i % 40);
            if (pause < TimeSpan.FromMilliseconds(10) && i % 3 == 0)
            {
                times.Unanswered(pause);
            }
            else
            {
                times.Answered(TimeSpan.FromMilliseconds(5), pause);
            }
        }

        Assert.Equal(TimeSpan.FromMilliseconds(10), times.ProposedGap());
    }

    [Fact]
    public void No_gap_is_proposed_where_pauses_do_not_help()
    {
        var times = new ResponseTimes();
        for (var i = 0; i < 1_000; i++)
        {
            var pause = TimeSpan.FromMilliseconds(i % 40);
            if (i % 7 == 0)
            {
                times.Unanswered(pause);
            }
            else
            {
                times.Answered(TimeSpan.FromMilliseconds(5), pause);
            }
        }

        Assert.Null(times.ProposedGap());
    }
}
