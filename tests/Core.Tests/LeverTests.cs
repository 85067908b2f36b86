using CsCheck;
using Monitoring.Core.Fund;

namespace Monitoring.Tests.Core;

/// <summary>The three levers, and which limit binds.</summary>
public sealed class LeverTests
{
    [Fact]
    public void The_worked_decomposition_of_the_research_comes_out()
    {
        // 1 000 to 1 100 made, shares .6/.4 to .5/.5, intensities .30/.10 to .28/.10.
        var levers = Levers.Between(
            [new("one", 600, 180), new("two", 400, 40)],
            [new("one", 550, 154), new("two", 550, 55)])!;
        Assert.Equal(20.37, levers.Scale, 2);
        Assert.Equal(-19.88, levers.Range, 2);
        Assert.Equal(-11.50, levers.Productivity, 2);
        Assert.Equal(-11.00, levers.Total, 9);
    }

    [Fact]
    public void The_three_levers_always_sum_to_the_change()
    {
        var product = Gen.Select(
            Gen.Double[1, 1_000], Gen.Double[1, 1_000], Gen.Double[1, 1_000],
            Gen.Double[1, 1_000]);
        product.Array[1, 5].Sample(rows =>
        {
            var levers = Levers.Between(
                [.. rows.Select((row, i) => new ProductActivity($"{i}", row.Item1, row.Item2))],
                [.. rows.Select((row, i) => new ProductActivity($"{i}", row.Item3, row.Item4))])!;
            Assert.Equal(rows.Sum(row => row.Item4 - row.Item2), levers.Total, 6);
        });
    }

    [Fact]
    public void A_product_that_was_not_made_has_no_logarithm()
    {
        Assert.Null(Levers.Between([new("one", 1, 1)], [new("other", 1, 1)]));
        Assert.Null(Levers.Between([new("one", 1, 1)], [new("one", 0, 1)]));
        Assert.Null(Levers.Between([new("one", 1, double.NaN)], [new("one", 1, 1)]));
        Assert.Null(Levers.Between([], []));
    }

    [Fact]
    public void The_price_of_a_limit_is_that_of_the_dearest_option_it_needs()
    {
        AbatementOption[] options =
        [
            new("filter", "z1", "nox", 40, 600_000), new("burner", "z1", "nox", 90, 900_000),
            new("far", "z2", "nox", 10, 5_000_000), new("dear", "z1", "nox", 700, 5_000_000),
            new("dust", "z1", "dust", 1, 5_000_000),
        ];
        foreach (var (expected, price, marginal) in ((long, long, string?)[])
            [
                (1_000_000, 0, null), (1_600_000, 40, "filter"), (1_600_001, 90, "burner"),
                (2_500_000, 90, "burner"), (2_500_001, 500, "charge"),
            ])
        {
            var one = Constraints.Of(
                [new("z1", "nox", 1_000_000, expected)], [.. options], 500).Single();
            Assert.Equal((price, marginal), (one.ShadowPriceMinor, one.Marginal));
            Assert.Equal(expected > 1_000_000, one.Binds);
        }

        var all = Constraints.Of(
            [new("z2", "nox", 100, 200), new(null, "nox", 100, 90), new("z1", "nox", 100, 300)],
            [.. options], 500);
        Assert.Equal(["z1", "z2", null], all.Select(one => one.Constraint.Zone));
    }
}
