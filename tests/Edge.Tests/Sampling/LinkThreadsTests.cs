using System.Collections.Concurrent;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers;
using Monitoring.Agent.Sampling;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Tests;

public sealed class LinkThreadsTests : IDisposable
{
    private static readonly TimeSpan Generous = TimeSpan.FromMinutes(1);

    private readonly LinkThreads _threads = new(TimeProvider.System);
    private readonly BlockingCollection<string> _read = [];
    private readonly ManualResetEventSlim _letGo = new(initialState: true);

    /// <summary>Answers at once, or when it is let go, where it is the one that hangs.</summary>
    private sealed class Link(Action hang) : IDeviceLink
    {
        public DeviceSample Read(SiteDevice device, CancellationToken abandon)
        {
            hang();
            return new DeviceSample(
                0, ImageDecoder.Absent(device.Map, Reason.NotReady, 0), null);
        }

        public void Dispose()
        {
        }
    }

    public void Dispose()
    {
        _letGo.Set();
        _threads.Close();
        _letGo.Dispose();
        _read.Dispose();
    }

    [Fact]
    public async Task A_link_that_hangs_holds_up_no_other_and_goes_on_when_it_is_let_go()
    {
        LinkLoop[] loops =
            [Loop("hangs", _letGo.Wait), Loop("a", () => { }), Loop("b", () => { })];
        Array.ForEach(loops, _threads.Add);
        Await("hangs", "a", "b");

        _letGo.Reset();
        for (var cycle = 0; cycle < 5; cycle++)
        {
            Await("a", "b");
        }

        _letGo.Set();
        Await("hangs", "a", "b");
        await End(loops);
    }

    [Fact]
    public async Task The_read_of_a_link_that_ends_is_finished_and_is_its_last()
    {
        using var isReading = new ManualResetEventSlim();
        var reads = 0;
        var loop = Loop("hangs", () =>
        {
            reads++;
            isReading.Set();
            _letGo.Wait();
        });
        _letGo.Reset();
        _threads.Add(loop);
        Assert.True(isReading.Wait(Generous));
        _threads.End(loop, Generous);
        Assert.False(loop.Ended.IsCompleted);
        _letGo.Set();
        await loop.Ended.WaitAsync(Generous);
        Assert.Equal(1, reads);
        loop.Dispose();
    }

    [Fact]
    public async Task A_bug_in_a_read_ends_its_link_with_the_error_and_no_other()
    {
        var broken = Loop("broken", () => throw new InvalidOperationException("a bug"));
        var other = Loop("a", () => { });
        _threads.Add(broken);
        _threads.Add(other);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => broken.Ended.WaitAsync(Generous));
        Assert.Equal("a bug", error.Message);
        Await("a");
        Await("a");
        await End(other);
        broken.Dispose();
    }

    private LinkLoop Loop(string id, Action hang)
    {
        var map = TestFiles.Site("plant-a.yaml").Gateways[0].Devices[0].Map;
        var device = new SiteDevice(id, map, id, 1) { Every = TimeSpan.FromMilliseconds(100) };
        return new LinkLoop(
            new SiteLink.I2c(id, 1), new Link(hang), [device],
            new Dictionary<string, DateTimeOffset>(),
            sampled => _read.Add(sampled.Device.Id), TimeProvider.System);
    }

    /// <summary>Each of these is read at least once from now on.</summary>
    private void Await(params string[] ids)
    {
        while (_read.TryTake(out _))
        {
        }

        var left = ids.ToHashSet(StringComparer.Ordinal);
        while (left.Count > 0)
        {
            Assert.True(_read.TryTake(out var id, Generous), string.Join(", ", left));
            left.Remove(id);
        }
    }

    private async Task End(params LinkLoop[] loops)
    {
        Array.ForEach(loops, loop => _threads.End(loop, Generous));
        await Task.WhenAll(loops.Select(loop => loop.Ended)).WaitAsync(Generous);
        Array.ForEach(loops, loop => loop.Dispose());
    }
}
