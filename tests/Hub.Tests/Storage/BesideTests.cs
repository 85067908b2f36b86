using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Tests.Storage;

public sealed class BesideTests
{
    private const int WaitingMax = 4;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_000)]
    public void All_are_used_in_their_order(int count)
    {
        var used = new List<int>();
        Beside.ForEach(Enumerable.Range(0, count), used.Add, WaitingMax);
        Assert.Equal(Enumerable.Range(0, count), used);
    }

    [Fact]
    public void What_using_throws_is_thrown_and_nothing_after_it_is_used()
    {
        var used = new List<int>();
        var failure = Assert.Throws<InvalidOperationException>(() => Beside.ForEach(
            Enumerable.Range(0, 100),
            i =>
            {
                used.Add(i);
                _ = i == 7 ? throw new InvalidOperationException("the disk is full") : 0;
            },
            WaitingMax));
        Assert.Equal("the disk is full", failure.Message);
        Assert.Equal(Enumerable.Range(0, 8), used);
    }

    [Fact]
    public void What_making_throws_is_thrown_once_all_before_it_are_used()
    {
        var used = new List<int>();
        static IEnumerable<int> Broken()
        {
            yield return 1;
            throw new InvalidOperationException("it cannot be decided");
        }

        Assert.Throws<InvalidOperationException>(
            () => Beside.ForEach(Broken(), used.Add, WaitingMax));
        Assert.Equal([1], used);
    }
}
