using CsCheck;
using Monitoring.Agent.Drivers.Gpio;

namespace Monitoring.Tests;

public sealed class PulseCountsTests : IDisposable
{
    private readonly string _folder = TestFiles.Folder();

    private string Path => System.IO.Path.Combine(_folder, "counts.bin");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Counts_are_what_was_saved_last()
    {
        var counts = PulseCounts.Open(Path);
        Assert.False(counts.Knows("a/x"));
        Assert.Equal(3, counts.Add("a/x", 3));
        Assert.Equal(0, counts.Add("b/y", 0));
        Assert.Null(counts.Save());
        counts.Add("a/x", 4);
        Assert.Null(counts.Save());
        counts.Add("a/x", 100);

        var again = PulseCounts.Open(Path);
        Assert.Equal(7, again.Add("a/x", 0));
        Assert.True(again.Knows("b/y"));
        Assert.False(again.IsDamaged);
    }

    /// <summary>
    /// Any part of the place that a crash found half written is wrong; what was saved before it is
    /// still there, and the count never goes back behind it.
    /// </summary>
    [Fact]
    public void A_write_that_a_crash_cut_short_costs_only_itself() => Gen.Select(
            Gen.Int[1, 9], Gen.Int[0, 400], Gen.Int[1, 255])
        .Sample((saves, at, flip) =>
        {
            File.Delete(Path);
            var counts = PulseCounts.Open(Path);
            byte[] before = [];
            for (var i = 1; i <= saves + 1; i++)
            {
                before = File.Exists(Path) ? File.ReadAllBytes(Path) : [];
                counts.Add("meter/volume", 1);
                Assert.Null(counts.Save());
            }

            // Of what the last save changed, only a part came to the disk, and one byte wrong.
            var after = File.ReadAllBytes(Path);
            var changed = Enumerable.Range(0, after.Length)
                .Where(i => i >= before.Length || before[i] != after[i]).ToArray();
            var cut = changed[Math.Min(at, changed.Length - 1)];
            var torn = (byte[])after.Clone();
            before.AsSpan(Math.Min(cut, before.Length)).CopyTo(torn.AsSpan(cut));
            torn[cut] = (byte)(after[cut] ^ flip);
            File.WriteAllBytes(Path, torn);

            var again = PulseCounts.Open(Path);
            Assert.False(again.IsDamaged);
            Assert.Equal(saves, again.Add("meter/volume", 0));
        }, threads: 1);

    [Fact]
    public void A_file_of_which_nothing_is_left_says_so()
    {
        File.WriteAllBytes(Path, [1, 2, 3]);
        Assert.True(PulseCounts.Open(Path).IsDamaged);
        File.WriteAllBytes(Path, new byte[200_000]);
        Assert.False(PulseCounts.Open(Path).IsDamaged);
    }
}
