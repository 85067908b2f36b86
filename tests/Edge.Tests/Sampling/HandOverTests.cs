using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Time.Testing;
using Monitoring.Agent;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers;
using Monitoring.Agent.Journal;
using Monitoring.Agent.Sampling;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Tests;

public sealed class HandOverTests
{
    private static readonly Gateway Gateway = TestFiles.Site("plant-a.yaml").Gateways[0] with
    {
        Cycle = TimeSpan.FromMilliseconds(100),
    };

    /// <summary>An instrument that always answers; counts how often its link was opened.</summary>
    private sealed class EchoLink(TimeProvider time, Action closed) : IDeviceLink
    {
        public DeviceSample Read(SiteDevice device, CancellationToken abandon)
        {
            var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
            return new DeviceSample(
                nowMs, ImageDecoder.Absent(device.Map, Reason.NotReady, nowMs), null);
        }

        public void Dispose() => closed();
    }

    private static Gateway With(params (string Link, string Device)[] devices)
    {
        var links = devices.Select(pair => pair.Link).Distinct().Select(
            (id, index) => new SiteLink.I2c(id, index));
        return Gateway with
        {
            Links = [.. links],
            Devices = [.. devices.Select((pair, index) =>
                new SiteDevice(pair.Device, Gateway.Devices[0].Map, pair.Link, index)
                {
                    Every = Gateway.Cycle,
                })],
        };
    }

    [Fact]
    public async Task Only_the_links_that_changed_change_hands()
    {
        var time = TimeProvider.System;
        var log = Log.Silent(time);
        var opening = DiskJournal.Open(
            Path.Combine(TestFiles.Folder(), "journal.db"), new JournalLimits(1 << 20),
            new string('a', 32), time.GetUtcNow());
        using var journal = Assert.IsType<JournalOpening.Opened>(opening).Journal;
        var recorder = new ImageRecorder(
            Guid.Empty, new JournalWriter(journal, log), new DeviceClock(journal.LastTimes()), log,
            time);
        var (opened, closed) = (new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
        var cycle = new SamplingCycle(
            (link, devices) =>
            {
                opened.Enqueue($"{link.Id}: {string.Join(' ', devices.Select(d => d.Id))}");
                return new EchoLink(time, () => closed.Enqueue(link.Id));
            },
            recorder, time);
        using var stop = new CancellationTokenSource();
        var running = cycle.Run(With(("a", "a1"), ("b", "b1")), () => { }, stop.Token);
        await Eventually(() => Seen(journal).SetEquals(["a1", "b1"]));
        cycle.Change(With(("a", "a1"), ("b", "b1"), ("b", "b2")));
        await Eventually(() => Seen(journal).SetEquals(["a1", "b1", "b2"]));
        cycle.Change(With(("a", "a1")));
        await Eventually(() => closed.SequenceEqual(["b", "b"]));
        await stop.CancelAsync();
        await running;
        Assert.Equal(["a: a1", "b: b1", "b: b1 b2"], opened);
        Assert.Equal(["b", "b", "a"], closed);
    }

    /// <summary>
    /// A second device comes and goes on the link, at any instant of a cycle; the first one is
    /// read once in each cycle all the same.
    /// </summary>
    [Fact]
    public void A_link_that_changes_hands_loses_no_cycle_and_serves_none_twice()
    {
        const int Steps = 2_000;
        var step = Gateway.Cycle / 10;
        for (var changeEvery = 3; changeEvery < 40; changeEvery++)
        {
            var time = new FakeTimeProvider();
            var read = new List<long>();
            void Take(Sampled sampled)
            {
                if (sampled.Device.Id == "b1")
                {
                    read.Add(time.GetUtcNow().Ticks / Gateway.Cycle.Ticks);
                }
            }

            LinkLoop Loop(
                Gateway gateway, IEnumerable<KeyValuePair<string, DateTimeOffset>> done) =>
                new(gateway.Links[0], new EchoLink(time, () => { }), gateway.Devices,
                    new Dictionary<string, DateTimeOffset>(done), Take, time);
            var alone = With(("b", "b1"));
            var both = With(("b", "b1"), ("b", "b2"));
            var loop = Loop(alone, []);
            for (var i = 1; i <= Steps; i++)
            {
                time.Advance(step);
                loop.ReadDue(CancellationToken.None);
                if (i % changeEvery == 0)
                {
                    var done = loop.DoneUntil().ToList();
                    loop.Dispose();
                    loop = Loop(i / changeEvery % 2 == 0 ? alone : both, done);
                }
            }

            loop.Dispose();
            Assert.InRange(read.Count, (Steps / 10) - 1, (Steps / 10) + 1);
            Assert.Equal(Enumerable.Range(0, read.Count).Select(i => read[0] + i), read);
        }
    }

    [Fact]
    public void A_site_file_is_taken_when_it_is_whole_and_left_aside_when_it_has_faults()
    {
        var folder = TestFiles.Folder();
        Directory.CreateDirectory(Path.Combine(folder, "sites"));
        Directory.CreateDirectory(Path.Combine(folder, "devices"));
        foreach (var map in Directory.GetFiles(Path.Combine(TestFiles.Config, "devices")))
        {
            File.Copy(map, Path.Combine(folder, "devices", Path.GetFileName(map)));
        }

        var path = Path.Combine(folder, "sites", "plant-a.yaml");
        File.Copy(Path.Combine(TestFiles.Config, "sites", "plant-a.yaml"), path);
        var site = SiteReader.ReadFile(path, new())!;
        var told = new StringWriter();
        var time = new FakeTimeProvider();
        var log = new Log(told, time, TimeZoneInfo.Utc);
        var watch = new SiteWatch(path, "gateway-1", site, log, time);
        var taken = new List<Gateway>();
        void Look() => watch.Look((_, gateway) => taken.Add(gateway));
        Look();
        Assert.Empty(taken);

        File.WriteAllText(path, File.ReadAllText(path).Replace("unit: 2", "unit: 7000"));
        Look();
        Look();
        Look();
        Assert.Empty(taken);
        var line = Assert.Single(told.ToString().TrimEnd().Split('\n'));
        Assert.Contains("unit", line);
        Assert.Contains("goes on", line);

        File.WriteAllText(path, File.ReadAllText(path).Replace("unit: 7000", "unit: 17"));
        Look();
        Assert.Empty(taken);
        Look();
        Assert.Equal(17, Assert.Single(taken).Devices[1].Address);
        Assert.Equal(site.Gateways[0].Devices[0], taken[0].Devices[0]);
        Assert.NotEqual(site.Gateways[0].Devices[1], taken[0].Devices[1]);

        // A device map is part of it.
        File.AppendAllText(Path.Combine(folder, "devices", "demo-gas-analyser.yaml"), "# new\n");
        Look();
        Look();
        Assert.NotEqual(site.Gateways[0].Devices[0], taken[1].Devices[0]);

        // So is one that was refused when the site first named it, and what a link leads to.
        var (added, target) = (Path.Combine(folder, "devices", "new.yaml"),
            Path.Combine(folder, "elsewhere.yaml"));
        File.WriteAllText(target, "id: new\n");
        File.CreateSymbolicLink(added, target);
        File.WriteAllText(
            path, File.ReadAllText(path).Replace("demo-flow-meter.yaml", "new.yaml"));
        Look();
        Look();
        Assert.Equal(2, taken.Count);
        File.Copy(Path.Combine(folder, "devices", "demo-flow-meter.yaml"), target, true);
        Look();
        Look();
        Assert.Equal("demo-flow-meter", taken[2].Devices[1].Map.Id);
    }

    private static HashSet<string> Seen(DiskJournal journal) =>
        [.. journal.Read(Math.Max(1, journal.Position.Last - 9), 10, 0)
            .Select(entry => ((JournalRecord.Image)entry.Record).Device)];

    private static async Task Eventually(Func<bool> isSo)
    {
        for (var i = 0; i < 300 && !isSo(); i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        Assert.True(isSo());
    }
}
