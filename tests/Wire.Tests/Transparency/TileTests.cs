using CsCheck;
using Monitoring.Wire.Transparency;

namespace Monitoring.Tests.Transparency;

/// <summary>Examples: C2SP tlog-tiles.</summary>
public sealed class TileTests
{
    [Theory]
    [InlineData(0, 1_234_067, 256, "tile/0/x001/x234/067")]
    [InlineData(1, 0, 17, "tile/1/000.p/17")]
    [InlineData(null, 999, 256, "tile/entries/999")]
    [InlineData(null, 1_000, 1, "tile/entries/x001/000.p/1")]
    public void A_tile_has_its_path(int? level, long number, int width, string text)
    {
        var path = new TilePath(level, number, width);

        Assert.Equal(text, path.ToString());
        Assert.Equal(path, TilePath.Parse(text));
    }

    [Theory]
    [InlineData("tile/0/67")]
    [InlineData("tile/0/x000/067")]
    [InlineData("tile/00/067")]
    [InlineData("tile/8/067")]
    [InlineData("tile/0/067.p/0")]
    [InlineData("tile/0/067.p/256")]
    [InlineData("tile/0/067.p/01")]
    [InlineData("tile/entries/067/")]
    [InlineData("tile/0/../067")]
    [InlineData("tile/0/067\n")]
    [InlineData("checkpoint")]
    public void What_names_no_tile_is_refused(string text) => Assert.Null(TilePath.Parse(text));

    [Fact]
    public void A_tree_of_70_000_has_the_tiles_of_the_example()
    {
        (int Full, int Partial) Widths(int level)
        {
            var widths = Enumerable.Range(0, 300)
                .Select(number => TilePath.WidthIn(70_000, level, number)).ToList();
            return (widths.Count(width => width == 256), widths.Single(it => it is > 0 and < 256));
        }

        Assert.Equal((273, 112), Widths(0));
        Assert.Equal((1, 17), Widths(1));
        Assert.Equal((0, 1), Widths(2));
        Assert.Null(TilePath.In(70_000, 3, 0));
        Assert.Equal(256, TilePath.In(256, 0, 0)!.Width);
        Assert.Equal(1, TilePath.In(256, 1, 0)!.Width);
    }

    [Fact]
    public void Entries_come_out_of_their_bundle_as_they_went_in() =>
        Gen.Byte.Array[0, 40].Array[0, 20].Sample(entries =>
        {
            var bundle = EntryBundle.Write(entries);
            Assert.Equal(entries, EntryBundle.Read(bundle)!.Value);
            Assert.True(bundle.Length == 0 || EntryBundle.Read(bundle.AsSpan()[..^1]) is null
                || entries[^1].Length == 0);
        });
}
