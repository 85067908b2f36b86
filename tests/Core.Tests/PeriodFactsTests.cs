using System.Globalization;
using Monitoring.Core.Settlement;

namespace Monitoring.Tests.Core;

public sealed class PeriodFactsTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly (string Source, string Member, string Pollutant)[] Kinds =
    [
        ("a", "m0", "nox"), ("a", "m0", "so2"), ("a", "m1", "nox"), ("b", "m0", "nox"),
    ];

    // Of lengths around those of the parts in which they are kept.
    private static readonly EmittedMass[] Masses =
    [
        .. from hour in Enumerable.Range(0, 700)
           from kind in Kinds.Index()
           where hour < 256 + (kind.Index * 148)
           select new EmittedMass(
               $"{kind.Index} {hour.ToString("D3", CultureInfo.InvariantCulture)}",
               kind.Item.Source, kind.Item.Member, kind.Item.Pollutant, Start.AddHours(hour),
               Start.AddHours(hour + 1), 1_000 + (hour * 7) + kind.Index),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_order_in_which_they_come_changes_nothing(int seed)
    {
        var shuffled = Masses.ToArray();
        new Random(seed).Shuffle(shuffled);
        var (facts, other) = (PeriodFacts.Of(Masses), PeriodFacts.Of(shuffled));

        Assert.Equal(facts.Root, other.Root);
        Assert.Equal(
            facts.Series.Select(series => series.Facts.AsEnumerable()),
            other.Series.Select(series => series.Facts.AsEnumerable()));
    }

    [Fact]
    public void Each_series_has_its_own_facts_and_no_other()
    {
        var series = PeriodFacts.Of(Masses).Series;

        Assert.Equal(Kinds, series.Select(it => (it.Source, it.Member, it.Pollutant)));
        foreach (var (it, kind) in series.Zip(Kinds))
        {
            var own = Masses.Where(one =>
                (one.Source, one.Member, one.Pollutant) == kind).ToArray();
            Assert.Equal(own, it.Facts.AsEnumerable());
            Assert.Equal(own.Sum(one => one.Milligrams), it.Milligrams);
        }
    }

    [Fact]
    public void Withmissingone_of_them_they_have_another_root()
    {
        var left = Masses.Where((_, i) => i % 50 == 0).Select(missing =>
            PeriodFacts.Of([.. Masses.Where(one => one != missing)]).Root).ToArray();

        Assert.Equal(left.Length, left.Distinct().Count());
        Assert.DoesNotContain(PeriodFacts.Of(Masses).Root, left);
    }
}
