using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Monitoring.Agent.Drivers.Gpio;

namespace Monitoring.Tests;

public sealed class LineFilterTests
{
    /// <summary>
    /// Held against the definition: levels that stood long enough, those that follow each other
    /// alike taken as one, and the steps between them counted.
    /// </summary>
    [Fact]
    public void Only_levels_that_stood_long_enough_count() => Gen.Select(
            Gen.Select(Gen.Bool, Gen.Int[1, 60]).Array[0, 60], Gen.Int[0, 30], Gen.Bool)
        .Sample((steps, debounce, isPolled) =>
        {
            var time = new FakeTimeProvider();
            var filter = new LineFilter(time, TimeSpan.FromMilliseconds(debounce), level: false);
            var level = false;
            var stood = new List<(bool Level, int Milliseconds)> { (false, 0) };
            foreach (var (next, milliseconds) in steps)
            {
                // A level told of twice begins anew: between both it was another one.
                filter.Edge(next, time.GetTimestamp());
                stood.Add((next, milliseconds));
                for (var i = 0; i < milliseconds; i++)
                {
                    time.Advance(TimeSpan.FromMilliseconds(1));
                    if (isPolled)
                    {
                        filter.Settle(time.GetTimestamp());
                    }
                }

                level = next;
            }

            filter.Settle(time.GetTimestamp());
            long rising = 0, falling = 0;
            var held = false;
            foreach (var (at, _) in stood.Where(step => step.Milliseconds >= debounce))
            {
                rising += at && !held ? 1 : 0;
                falling += held && !at ? 1 : 0;
                held = at;
            }

            Assert.Equal((rising, falling), (filter.Rising, filter.Falling));
            Assert.Equal(level, filter.Seen);
            Assert.Equal(held, filter.Level);
        });
}
