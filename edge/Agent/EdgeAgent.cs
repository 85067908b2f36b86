using System.Collections.Immutable;
using System.Security.Cryptography;
using Monitoring.Agent.Drivers;
using Monitoring.Agent.Drivers.Gpio;
using Monitoring.Agent.Drivers.I2c;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Journal;
using Monitoring.Agent.Sampling;
using Monitoring.Agent.Sites;
using Monitoring.Agent.Uplink.Sparkplug;
using Monitoring.Agent.Witness;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Agent;

/// <summary>
/// The agent of one gateway, in the order of the data: instruments, cycle, journal, uplink.
/// </summary>
public sealed class EdgeAgent(
    string sitePath, Site site, Gateway gateway, EdgeSettings settings, string dataFolder, Log log,
    TimeProvider time)
{
    private readonly Lazy<PulseCounts> _counts = new(
        () => PulseCounts.Open(Path.Combine(dataFolder, "pulse-counts.bin")));

    /// <summary>Runs until the stop; the result is the exit code.</summary>
    public async Task<int> Run(CancellationToken stop)
    {
        if (OpenJournal() is not { } journal)
        {
            return ExitCode.Failed;
        }

        using var opened = journal;
        var position = journal.Position;
        if (position.IsOpen)
        {
            log.JournalOpened(position.Epoch, position.First, position.Last, position.Committed);
        }

        log.Started(
            $"{site.Id}/{gateway.Id}", gateway.Devices.Length, string.Join(", ", settings.Brokers));

        using var stopAll = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var stopUplink = new CancellationTokenSource();
        var uplink = new SparkplugUplink(Target(), journal, log, time);
        var health = new GatewayHealth(journal, time);
        var recorder = new ImageRecorder(
            new Guid(RandomNumberGenerator.GetBytes(16)), new JournalWriter(journal, log),
            new DeviceClock(journal.LastTimes()), log, time)
        {
            Health = health,
        };
        var cycle = new SamplingCycle(
            (link, devices) => Open(link, devices, health.Requests), recorder, time);
        var watch = new SiteWatch(sitePath, gateway.Id, site, log, time);
        var sampling = Start(() => cycle.Run(gateway, uplink.Appended, stopAll.Token));
        var publishing = Start(() => uplink.Run(stopUplink.Token));
        var watching = Start(() => watch.Run(
            (_, changed) =>
            {
                uplink.Redeclare(DevicesOf(changed));
                cycle.Change(changed);
            },
            stopAll.Token));

        var witnessing = Start(() => WatchLog(stopAll.Token));

        // Whichever ends first, by a stop or by a bug: the others end too.
        var ended = await Task.WhenAny(sampling, publishing, watching);
        await stopAll.CancelAsync();

        // The last cycle is journalled before the uplink sends what it still can.
        var failed = ended == publishing | await Failed(sampling) | await Failed(watching);
        failed |= await Failed(witnessing);
        await stopUplink.CancelAsync();
        failed |= await Failed(publishing);
        log.Stopped(journal.Position.Last - journal.Position.FirstWaiting + 1);
        return failed ? ExitCode.Failed : ExitCode.Ok;
    }

    /// <summary>
    /// A witness that cannot begin is told and left out: the readings matter more.
    /// </summary>
    private async Task WatchLog(CancellationToken stop)
    {
        if (settings.Witness is not { } watched)
        {
            return;
        }

        try
        {
            var files = new WitnessFiles(dataFolder);
            using var http = WitnessClient.Create();
            var key = files.Key($"{site.Id}/{gateway.Id}");
            await new LogWitness(watched, key, files, http, log, time).Run(stop);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.WitnessRefused(e.Message);
        }
    }

    private static Task Start(Func<Task> work) => Task.Run(work, CancellationToken.None);

    private DiskJournal? OpenJournal()
    {
        try
        {
            Directory.CreateDirectory(dataFolder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.JournalRefused($"{dataFolder}: {e.Message}");
            return null;
        }

        var epoch = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var opening = DiskJournal.Open(
            Path.Combine(dataFolder, "journal.db"), settings.Journal,
            epoch, time.GetUtcNow());
        switch (opening)
        {
            case JournalOpening.Opened opened:
                return opened.Journal;
            case JournalOpening.StartedAgain again:
                log.JournalDamaged(again.Detail, again.MovedTo);
                return again.Journal;
            case JournalOpening.NotYet later:
                log.JournalNotYet(later.Detail);
                return later.Journal;
            case JournalOpening.Refused refused:
                log.JournalRefused(refused.Detail);
                break;
        }

        return null;
    }

    private IDeviceLink Open(
        SiteLink link, ImmutableArray<SiteDevice> devices, RequestCounts counts) => link switch
    {
        SiteLink.I2c i2c => I2cDeviceLink.Open(i2c, time),
        SiteLink.Gpio gpio => new GpioDeviceLink(
            () => new KernelGpioDriver(gpio.Chip), devices, _counts.Value, time),
        _ => new ModbusDeviceLink(link, ModbusExchange.Over(link, time), log, time)
        {
            Counts = counts,
        },
    };

    private UplinkTarget Target() => new(
        settings.Brokers, settings.Username ?? $"{site.Id}/{gateway.Id}", settings.Password,
        settings.HostId, site.Id, gateway.Id, DevicesOf(gateway));

    private static ImmutableArray<UplinkDevice> DevicesOf(Gateway gateway) =>
    [
        .. gateway.Devices.Select(device => new UplinkDevice(
            device.Id,
            [
                .. device.Map.Points.Select(
                    point => new DeclaredPoint(point.Id, point.Kind, point.Unit)),
            ])),
        new UplinkDevice(Gateway.OwnDevice, GatewayHealth.Points),
    ];

    private async Task<bool> Failed(Task work)
    {
        try
        {
            await work;
            return false;
        }
        catch (Exception e)
        {
            // The one place that catches everything: to say it, and to end with exit code 1.
            log.BackgroundWorkFailed(e);
            return true;
        }
    }
}
