using System.Collections.Immutable;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;

namespace Monitoring.Agent.Sampling;

/// <summary>What one read of a device takes, as far as it can be told before.</summary>
public sealed record DeviceForecast(SiteDevice Device, ReadPlan Plan, LinkCost Cost)
{
    public TimeSpan Time { get; } = Plan.Reads.Aggregate(
        TimeSpan.Zero, (sum, read) => sum + Cost.TimeOf(read.Block, Device.Map.Limits));

    public int RequestBytes { get; } = Plan.Reads.Length * Cost.RequestBytes;

    public int AnswerBytes { get; } = Plan.Reads.Sum(read => Cost.AnswerBytes(read.Block));

    /// <summary>Percent of the time that the link is busy with it.</summary>
    public double LoadPercent => 100 * (Time / Device.Every);
}

/// <summary>Whether a Modbus link can bear what its devices are asked.</summary>
public sealed class LinkForecast
{
    /// <summary>
    /// The rest is for repeated requests, and for the tenth that silent devices may take.
    /// </summary>
    public const double LoadPercentMax = 90;

    /// <summary>Enough to see every way in which the turns of 200 devices meet.</summary>
    private const int TurnsForeseen = 20_000;

    private static readonly int[] FasterBauds = [9600, 19_200, 38_400, 57_600, 115_200];

    private LinkForecast(SiteLink link, ImmutableArray<SiteDevice> devices)
    {
        Link = link;
        Cost = LinkCost.Of(link);
        Devices = DevicesOf(Cost, devices);
        LatestStarts = LoadPercent > 100 ? [] : ForeseeTurns(devices);
    }

    public SiteLink Link { get; }

    public LinkCost Cost { get; }

    public ImmutableArray<DeviceForecast> Devices { get; }

    /// <summary>
    /// Devices whose turn comes too late for their own cycle when others are due with them, and
    /// how long after their deadline the latest read starts.
    /// </summary>
    public ImmutableArray<(SiteDevice Device, TimeSpan After)> LatestStarts { get; }

    public double LoadPercent => Devices.Sum(device => device.LoadPercent);

    /// <summary>All devices, one after the other.</summary>
    public TimeSpan Together => Devices.Aggregate(
        TimeSpan.Zero, (sum, device) => sum + device.Time);

    /// <summary>Of each Modbus link of a gateway that has devices.</summary>
    public static IEnumerable<LinkForecast> Of(Gateway gateway)
    {
        foreach (var link in gateway.Links)
        {
            ImmutableArray<SiteDevice> devices =
                [.. gateway.Devices.Where(device => device.Link == link.Id)];
            if (!devices.IsEmpty && devices[0].Map.Protocol == DeviceProtocol.Modbus)
            {
                yield return new LinkForecast(link, devices);
            }
        }
    }

    /// <summary>
    /// The share of its time that the link needs for its reads; 0 where they take no time that
    /// can be told before.
    /// </summary>
    public static double BusyShare(SiteLink link, ImmutableArray<SiteDevice> devices) =>
        link is SiteLink.Tcp or SiteLink.Serial
            ? DevicesOf(LinkCost.Of(link), devices).Sum(device => device.LoadPercent) / 100
            : 0;

    /// <summary>
    /// The map as it is planned. Where a SunSpec device has its models only the device tells; they
    /// are taken to be far apart, the first at register 1000.
    /// </summary>
    public static DeviceMap Placed(DeviceMap map)
    {
        var models = map.Points.Select(point => point.Source).OfType<PointSource.ModelPoint>()
            .Select(source => source.Models[0]).Distinct()
            .Select((id, place) => new SunSpecModel(id, 1_000 * (place + 1), 1_000));
        return map.IsSunSpec
            ? SunSpec.Resolve(map, new SunSpecDiscovery.Found([.. models], "", "", ""))
            : map;
    }

    /// <summary>Adds a fault for each link of the gateway that cannot bear its load.</summary>
    /// <param name="source">The site file.</param>
    public static void Refuse(string source, Gateway gateway, Faults faults)
    {
        foreach (var link in Of(gateway).Where(link => link.LoadPercent > LoadPercentMax))
        {
            faults.Add(
                source, 0,
                $"link '{link.Link.Id}' of gateway '{gateway.Id}' would be busy "
                + $"{link.LoadPercent:0} % of the time, and {LoadPercentMax} % is the most that "
                + "leaves room for repeated requests",
                link.Remedy());
        }
    }

    private static ImmutableArray<DeviceForecast> DevicesOf(
        LinkCost cost, ImmutableArray<SiteDevice> devices) =>
    [
        .. devices.Select(device => new DeviceForecast(
            device, ReadPlan.For(Placed(device.Map), cost, DeviceLearning.None), cost)),
    ];

    private string Remedy()
    {
        var remedies = new List<string>();
        if (Link is SiteLink.Serial serial && FasterBaud(serial) is var (baud, load))
        {
            remedies.Add($"set 'baud: {baud}' here and in the instruments ({load:0} % then)");
        }

        var busiest = Devices.MaxBy(device => device.LoadPercent)!;
        var times = (int)Math.Ceiling(LoadPercent / LoadPercentMax);
        remedies.Add($"make the periods ('cycle', 'every') {times} times as long");
        remedies.Add("give what changes slowly a longer 'every'");
        remedies.Add(
            $"leave out points ('{busiest.Device.Id}' alone takes {busiest.LoadPercent:0} %)");
        return string.Join(", or ", remedies);
    }

    private (int Baud, double LoadPercent)? FasterBaud(SiteLink.Serial serial)
    {
        ImmutableArray<SiteDevice> devices = [.. Devices.Select(device => device.Device)];
        foreach (var baud in FasterBauds.Where(baud => baud > serial.Baud))
        {
            var faster = new LinkForecast(serial with { Baud = baud }, devices);
            if (faster.LoadPercent <= LoadPercentMax)
            {
                return (baud, faster.LoadPercent);
            }
        }

        return null;
    }

    /// <summary>Plays the turns as the link's loop takes them, with the predicted times.</summary>
    private ImmutableArray<(SiteDevice, TimeSpan)> ForeseeTurns(
        ImmutableArray<SiteDevice> devices)
    {
        var now = DateTimeOffset.UnixEpoch;
        var turns = new DeviceTurns(
            devices, now, ImmutableDictionary<string, DateTimeOffset>.Empty, LoadPercent / 100);
        var latest = new TimeSpan?[devices.Length];
        for (var turn = 0; turn < TurnsForeseen; turn++)
        {
            var (index, deadline) = turns.First;
            now = deadline > now ? deadline : now;
            if (turns.IsOverrun(index, now) && (latest[index] ?? TimeSpan.Zero) < now - deadline)
            {
                latest[index] = now - deadline;
            }

            now += Devices[index].Time;
            turns.Done(index, now, isTroubled: false);
        }

        return [.. devices.Zip(latest).Where(pair => pair.Second is not null)
            .Select(pair => (pair.First, pair.Second!.Value))];
    }
}
