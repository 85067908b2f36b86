using Microsoft.Extensions.Time.Testing;
using Monitoring.Agent;
using Monitoring.Agent.Drivers;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Journal;
using Monitoring.Agent.Sampling;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Tests;

/// <summary>Once a minute the agent tells how it does itself.</summary>
public sealed class HealthTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddDays(20_000));
    private readonly DiskJournal _journal;
    private readonly GatewayHealth _health;
    private readonly ImageRecorder _recorder;
    private readonly SiteDevice _device = TestFiles.Site("plant-a.yaml").Gateways[0].Devices[0];

    public HealthTests()
    {
        _journal = Assert.IsType<JournalOpening.Opened>(DiskJournal.Open(
            Path.Combine(TestFiles.Folder(), "journal.db"), new JournalLimits(1 << 20),
            new string('a', 32), _time.GetUtcNow())).Journal;
        _health = new GatewayHealth(_journal, _time);
        var log = Log.Silent(_time);
        _recorder = new ImageRecorder(
            Guid.Empty, new JournalWriter(_journal, log), new DeviceClock(_journal.LastTimes()),
            log, _time)
        {
            IsClockSynced = () => true,
            Health = _health,
        };
    }

    [Fact]
    public void It_goes_the_way_of_all_images_once_a_minute()
    {
        _health.Requests.Add(new ModbusOutcome.Answered([], 0, 0));
        _health.Requests.Add(ModbusOutcome.NoAnswer(TimeSpan.FromSeconds(1)));
        _health.Requests.Add(ModbusOutcome.Bad("noise"));
        for (var second = 1; second <= 130; second++)
        {
            Append(isOverrun: second is 3 or 70, second == 5 ? 2 : 0);
        }

        var images = _journal.Read(1, 1_000, 0).Select(entry => entry.Record)
            .OfType<JournalRecord.Image>().Where(image => image.Device == Gateway.OwnDevice)
            .ToList();
        Assert.Equal(2, images.Count);
        Assert.Equal(60_000, images[1].TimeMs - images[0].TimeMs);
        Assert.All(images, image => Assert.Equal(
            GatewayHealth.Points.Select(point => (point.Name, (ValueKind?)point.Kind)),
            image.Readings.Select(reading => (reading.Point, reading.Value?.Kind))));
        Assert.Equal((60, 1, 2), (
            Number(images[0], "images"), Number(images[0], "overruns"),
            Number(images[0], "skipped")));
        Assert.Equal((120, 2, 2), (
            Number(images[1], "images"), Number(images[1], "overruns"),
            Number(images[1], "skipped")));
        Assert.Equal((3, 1, 1), (
            Number(images[1], "requests"), Number(images[1], "timeouts"),
            Number(images[1], "damaged")));

        // Nothing is committed: all of it waits, the oldest for as long as it is old.
        Assert.Equal(7, Number(images[0], "read-longest"));
        Assert.Equal(59, Number(images[0], "journal-waiting"));
        Assert.Equal(59_000, Number(images[0], "journal-age"));
        Assert.InRange(Number(images[1], "journal-bytes"), 1, 1 << 20);
        Assert.InRange(Number(images[1], "disk-free"), 1, long.MaxValue);
        Assert.Equal(1, Number(images[1], "clock-synced"));
    }

    [Fact]
    public void No_instrument_has_its_name()
    {
        var faults = new Wire.Documents.Faults();
        var name = Path.Combine(TestFiles.Config, "sites", "plant-a.yaml");
        var text = File.ReadAllText(name).Replace(
            "id: gas-analyser", "id: gateway", StringComparison.Ordinal);
        SiteReader.Read(
            name, text,
            map => File.ReadAllText(Path.Combine(TestFiles.Config, "devices", map)), faults);
        Assert.Contains(
            "under 'gateway' the agent tells how it does itself",
            Assert.Single(faults.All).ToString(), StringComparison.Ordinal);
    }

    private void Append(bool isOverrun, long skipped)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        var sample = new DeviceSample(_time.GetUtcNow().ToUnixTimeMilliseconds(), [], null);
        _recorder.Take(new Sampled(
            _device, sample, _time.GetTimestamp(), isOverrun, skipped,
            TimeSpan.FromMilliseconds(7)));
        _recorder.Append();
    }

    private static long Number(JournalRecord.Image image, string point) =>
        (long)image.Readings.Single(reading => reading.Point == point).Value!.Value.AsNumber()!;
}
