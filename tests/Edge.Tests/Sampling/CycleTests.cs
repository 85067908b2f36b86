using Microsoft.Extensions.Time.Testing;
using Monitoring.Agent;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Journal;
using Monitoring.Agent.Sampling;
using Monitoring.Agent.Simulate;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Records;

namespace Monitoring.Tests;

public sealed class CycleTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static DateTimeOffset At(double seconds) =>
        DateTimeOffset.UnixEpoch.AddDays(20_000).AddSeconds(seconds);

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(0.499, 0.5)]
    [InlineData(0.5, 1.5)]
    [InlineData(0.501, 1.5)]
    public void Cycles_fire_half_a_cycle_past_the_multiples(double after, double next) =>
        Assert.Equal(At(next), CycleSchedule.Next(At(after), Second, Second / 2));

    [Theory]
    [InlineData(0.5, 0.6, 1.5, 0)]
    [InlineData(0.5, 0.499, 1.5, 0)]
    [InlineData(0.5, 1.4, 1.5, 0)]
    [InlineData(0.5, 1.6, 2.5, 1)]
    [InlineData(0.5, 4.6, 5.5, 4)]
    [InlineData(100.5, 20.2, 20.5, 0)]
    public void An_overrun_skips_and_counts(
        double deadline, double now, double next, long skipped) =>
        Assert.Equal((At(next), skipped), CycleSchedule.After(At(deadline), At(now), Second));

    [Fact]
    public void Times_of_a_device_strictly_increase_while_the_clock_is_set_a_little()
    {
        var clock = new DeviceClock(new Dictionary<string, long> { ["a"] = 100 });
        Assert.Equal((101, ClockState.Held), clock.Stamp("a", 100, isSynced: true));
        Assert.Equal((102, ClockState.Held), clock.Stamp("a", 5, isSynced: true));
        Assert.Equal((200, ClockState.Synced), clock.Stamp("a", 200, isSynced: true));
        Assert.Equal((201, ClockState.Unsynced), clock.Stamp("a", 201, isSynced: false));
        Assert.Equal((150, ClockState.Unsynced), clock.Stamp("a", 150, isSynced: false));
        Assert.Equal((201, ClockState.Held), clock.Stamp("a", 160, isSynced: true));
        Assert.Equal((5, ClockState.Synced), clock.Stamp("b", 5, isSynced: true));
    }

    [Fact]
    public void A_clock_that_was_years_ahead_for_a_moment_does_not_hold_times_for_years()
    {
        const long Ahead = 4_000_000_000_000;
        var clock = new DeviceClock(new Dictionary<string, long> { ["a"] = Ahead });
        Assert.Equal((1_000, ClockState.Synced), clock.Stamp("a", 1_000, isSynced: true));
        Assert.Equal((1_001, ClockState.Held), clock.Stamp("a", 900, isSynced: true));

        var folder = TestFiles.Folder();
        var opening = DiskJournal.Open(
            Path.Combine(folder, "journal.db"), new JournalLimits(1 << 20), new string('a', 32),
            At(0));
        using var journal = Assert.IsType<JournalOpening.Opened>(opening).Journal;
        foreach (var timeMs in new[] { Ahead, 1_000 })
        {
            journal.Append(
                [new JournalRecord.Image("a", timeMs, new Boot(Guid.Empty, 0), default, [])], 0);
        }

        Assert.Equal(1_000, journal.LastTimes()["a"]);
    }

    [Fact]
    public async Task Simulated_instruments_are_read_into_the_journal_image_by_image()
    {
        var folder = TestFiles.Folder();
        var time = new FakeTimeProvider(At(0));
        var site = OnFreePort(TestFiles.Site("plant-a.yaml"));
        var faults = new Faults();
        var csv = Path.Combine(TestFiles.Config, "replay", "plant-a.csv");
        var table = ReplayTable.ReadFile(csv, site, faults)!;
        var servedFile = Path.Combine(folder, "served.jsonl");
        using var served = new ServedLog(servedFile);
        await using var plant = new SimulatedPlant(
            SimulatedLink.Of(
                site,
                new Signals(
                    SimulationScript.Empty, table.Play(TimeSpan.FromSeconds(10)), At(0)),
                served),
            time);
        var log = Log.Silent(time);
        Assert.Null(plant.Listen(log));
        using var stop = new CancellationTokenSource();
        var serving = plant.Run(stop.Token);

        var opening = DiskJournal.Open(
            Path.Combine(folder, "journal.db"), new JournalLimits(1 << 20), new string('a', 32),
            time.GetUtcNow());
        using var journal = Assert.IsType<JournalOpening.Opened>(opening).Journal;
        var recorder = new ImageRecorder(
            Guid.Empty, new JournalWriter(journal, log), new DeviceClock(journal.LastTimes()), log,
            time)
        {
            IsClockSynced = () => true,
        };
        Cycle(site.Gateways[0], recorder, time);

        // The second cycle finds a clock that was set back a little.
        time.AdjustTime(At(0));
        Cycle(site.Gateways[0], recorder, time);
        await stop.CancelAsync();
        await serving;

        var images = journal.Read(1, 10, 0)
            .Select(entry => (JournalRecord.Image)entry.Record).ToList();
        Assert.Equal(
            ["gas-analyser", "flow-meter", "gas-analyser", "flow-meter"],
            images.Select(image => image.Device));
        Assert.Equal(images[0].TimeMs + 1, images[2].TimeMs);
        Assert.Equal(ClockState.Held, images[2].Clock);
        Assert.Equal([1L, 1, 2, 2], images.Select(Sequence));
        var row = table.RowAt(At(0.5), TimeSpan.FromSeconds(10));
        Assert.Equal((double)table.Value(row, "gas-analyser", "nox"), Number(images[0], "nox"));
        Assert.Equal((double)table.Value(row, "flow-meter", "flow"), Number(images[1], "flow"));
        Assert.Equal(4, (await ReadShared(servedFile)).Count(c => c == '\n'));
    }

    [Fact]
    public void Without_instruments_there_are_still_images_that_say_so()
    {
        var time = new FakeTimeProvider(At(0));
        var site = OnFreePort(TestFiles.Site("plant-a.yaml"));
        var opening = DiskJournal.Open(
            Path.Combine(TestFiles.Folder(), "journal.db"), new JournalLimits(1 << 20),
            new string('a', 32), At(0));
        using var journal = Assert.IsType<JournalOpening.Opened>(opening).Journal;
        var log = Log.Silent(time);
        var recorder = new ImageRecorder(
            Guid.Empty, new JournalWriter(journal, log), new DeviceClock(journal.LastTimes()), log,
            time);
        Cycle(site.Gateways[0], recorder, time);
        var readings = journal.Read(1, 10, 0)
            .SelectMany(entry => ((JournalRecord.Image)entry.Record).Readings).ToList();
        Assert.Equal(9, readings.Count);
        Assert.All(readings, reading => Assert.Equal(
            (null, Quality.Bad, Reason.NotConnected),
            (reading.Value, reading.Quality, reading.Reason)));
    }

    /// <summary>One cycle of a gateway with one link, half a second after now.</summary>
    private static void Cycle(Gateway gateway, ImageRecorder recorder, FakeTimeProvider time)
    {
        var link = gateway.Links[0];
        var master = ModbusExchange.Over(link, time);
        using var loop = new LinkLoop(
            link, new ModbusDeviceLink(link, master, Log.Silent(time), time), gateway.Devices,
            new Dictionary<string, DateTimeOffset>(), recorder.Take, time);
        time.AdjustTime(time.GetUtcNow() + TimeSpan.FromSeconds(0.5));
        loop.ReadDue(CancellationToken.None);
        recorder.Append();
    }

    private static long Sequence(JournalRecord.Image image) => (long)Number(image, "sequence");

    private static double Number(JournalRecord.Image image, string point) =>
        image.Readings.Single(reading => reading.Point == point).Value!.Value.AsNumber()!.Value;

    private static async Task<string> ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return await reader.ReadToEndAsync();
    }

    private static Site OnFreePort(Site site)
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        var gateway = site.Gateways[0];
        var link = gateway.Links[0];

        // On a busy machine an answer may take longer than a plant would wait.
        var patient = new SiteLink.Tcp(
            link.Id, "127.0.0.1", port, IsRtu: false, TimeSpan.FromSeconds(30));
        return site with
        {
            Gateways = [gateway with { Links = [patient] }],
        };
    }
}
