using CsCheck;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Wire.Records;

namespace Monitoring.Tests;

public sealed class ReadPlanTests
{
    private const int Iterations = 1_000;

    [Fact]
    public void Each_point_is_whole_in_one_lawful_request_or_has_a_reason() =>
        Plans.Cases(40).Sample(
            given =>
            {
                var (map, plan) = (given.Map, given.Plan());
                var brought = plan.Reads.SelectMany(read => read.Points);
                Assert.Equal(
                    Enumerable.Range(0, map.Points.Length),
                    brought.Concat(plan.Unreadable.Select(point => point.Point)).Order());
                foreach (var read in plan.Reads)
                {
                    var sources = read.Points.Select(i => map.Points[i].Registers).ToList();
                    Assert.Equal(Plans.Hull(sources), read.Block);
                    Assert.True(Plans.IsLawful(map.Limits, sources));
                }

                // A point is refused only where a request for it alone would be unlawful.
                Assert.All(plan.Unreadable, point =>
                {
                    Assert.Equal(Reason.Configuration, point.Reason);
                    Assert.False(Plans.IsLawful(
                        map.Limits, [map.Points[point.Point].Registers]));
                });
            },
            iter: Iterations);

    [Fact]
    public void No_division_of_few_points_takes_less_time() => Plans.Cases(6).Sample(
        given =>
        {
            var plan = given.Plan();
            var readable = plan.Reads.SelectMany(read => read.Points)
                .Select(i => given.Map.Points[i].Registers).ToList();
            var least = Divisions(readable)
                .Where(groups => groups.All(group => Plans.IsLawful(given.Map.Limits, group)))
                .Min(groups => given.TimeOf(groups.Select(Plans.Hull)));
            Assert.Equal(least, given.TimeOf(plan.Reads.Select(read => read.Block)));
        },
        iter: Iterations);

    [Fact]
    public void It_takes_no_longer_than_merging_neighbours_or_one_request_a_point() =>
        Plans.Cases(60).Sample(
            given =>
            {
                var plan = given.Plan();
                var readable = plan.Reads.SelectMany(read => read.Points)
                    .Select(i => given.Map.Points[i].Registers).ToList();
                var time = given.TimeOf(plan.Reads.Select(read => read.Block));
                Assert.True(time <= given.TimeOf(readable.Select(one => Plans.Hull([one]))));
                Assert.True(time <= given.TimeOf(Greedy(given, readable)));
            },
            iter: Iterations);

    [Fact]
    public void The_order_of_the_points_does_not_matter() => Gen.Select(
            Plans.Cases(30), Gen.UInt)
        .Sample(
            (given, seed) =>
            {
                var points = given.Map.Points.ToArray();
                new Random((int)(seed >> 1)).Shuffle(points);
                var shuffled = given with { Map = given.Map with { Points = [.. points] } };
                Assert.Equal(Named(given), Named(shuffled));
            },
            iter: Iterations);

    private static List<string> Named(PlanCase given) => [.. given.Plan().Reads.Select(
        read => $"{read.Block} " + string.Join(
            ' ', read.Points.Select(i => given.Map.Points[i].Id).Order(StringComparer.Ordinal)))];

    /// <summary>Every way to put things into groups.</summary>
    private static IEnumerable<List<List<T>>> Divisions<T>(List<T> things)
    {
        if (things.Count == 0)
        {
            yield return [];
            yield break;
        }

        foreach (var rest in Divisions(things[1..]))
        {
            yield return [[things[0]], .. rest];
            for (var i = 0; i < rest.Count; i++)
            {
                yield return [.. rest[..i], [things[0], .. rest[i]], .. rest[(i + 1)..]];
            }
        }
    }

    /// <summary>What most masters do: take the next point along while that is cheaper.</summary>
    private static List<ReadBlock> Greedy(PlanCase given, List<PointSource.Registers> readable)
    {
        var groups = new List<List<PointSource.Registers>>();
        foreach (var source in readable.OrderBy(one => one.Table).ThenBy(one => one.Address))
        {
            if (groups.Count > 0 && Plans.IsLawful(given.Map.Limits, [.. groups[^1], source])
                && given.TimeOf([Plans.Hull([.. groups[^1], source])])
                    < given.TimeOf([Plans.Hull(groups[^1]), Plans.Hull([source])]))
            {
                groups[^1].Add(source);
            }
            else
            {
                groups.Add([source]);
            }
        }

        return [.. groups.Select(Plans.Hull)];
    }
}
