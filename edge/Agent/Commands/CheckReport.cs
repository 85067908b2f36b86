using System.Collections.Immutable;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Sampling;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;

namespace Monitoring.Agent.Commands;

/// <summary>What would be read from a plant, for the engineer who wired it.</summary>
internal sealed class CheckReport(TextWriter writer)
{
    public void Write(Site site)
    {
        writer.WriteLine($"plant {site.Id}: {site.Title} ({site.TimeZone.Id})");
        foreach (var gateway in site.Gateways)
        {
            writer.WriteLine();
            writer.WriteLine(
                $"gateway {gateway.Id}, cycle {DocumentText.Format(gateway.Cycle)}");
            var forecasts = LinkForecast.Of(gateway).ToDictionary(forecast => forecast.Link);
            foreach (var link in gateway.Links)
            {
                ImmutableArray<SiteDevice> devices =
                    [.. gateway.Devices.Where(device => device.Link == link.Id)];
                writer.WriteLine();
                writer.WriteLine($"  link {link.Id}: {LinkText.Describe(link)}");
                if (forecasts.TryGetValue(link, out var forecast))
                {
                    WriteLoad(forecast);
                    WriteMaps(forecast);
                }
                else
                {
                    WriteDevices(devices);
                    WriteMaps(devices);
                }
            }
        }
    }

    private void WriteLoad(LinkForecast link)
    {
        var table = new TextTable(
            "device", ">unit", ">every", ">requests", ">bytes out", ">back", ">about", ">busy");
        foreach (var device in link.Devices)
        {
            table.Add(
                device.Device.Id, $"{device.Device.Address}",
                DocumentText.Format(device.Device.Every), $"{device.Plan.Reads.Length}",
                $"{device.RequestBytes}", $"{device.AnswerBytes}", Milliseconds(device.Time),
                $"{device.LoadPercent:0.0} %");
        }

        table.Add(
            "all together", "", "", $"{link.Devices.Sum(device => device.Plan.Reads.Length)}",
            $"{link.Devices.Sum(device => device.RequestBytes)}",
            $"{link.Devices.Sum(device => device.AnswerBytes)}", Milliseconds(link.Together),
            $"{link.LoadPercent:0.0} %");
        table.Write(writer, "    ");
        writer.WriteLine(
            $"    All together {Milliseconds(link.Together + link.Link.Timeout)} where one answer "
            + $"is awaited in vain for {DocumentText.Format(link.Link.Timeout)}.");
        writer.WriteLine("    Registers are counted from 0, as in the request.");
        if (!link.LatestStarts.IsEmpty)
        {
            writer.WriteLine(
                "    Note: when others are due with them, these start too late for their cycle "
                + "and are marked cycle-overrun: " + string.Join(", ", link.LatestStarts.Select(
                    late => $"{late.Device.Id} ({Milliseconds(late.After)} late)")) + ".");
        }
    }

    private void WriteDevices(ImmutableArray<SiteDevice> devices)
    {
        var table = new TextTable("device", "where", ">every");
        foreach (var device in devices)
        {
            var where = device.Map.Protocol == DeviceProtocol.I2c
                ? $"{device.Map.Driver} at 0x{device.Address:X2}"
                : string.Join(", ", device.Map.Points.Select(
                    point => $"{point.Id} on line {device.Lines[point.Id]}"));
            table.Add(device.Id, where, DocumentText.Format(device.Every));
        }

        table.Write(writer, "    ");
    }

    private void WriteMaps(LinkForecast link)
    {
        // Devices of one map on one link are read alike.
        foreach (var alike in link.Devices.GroupBy(device => device.Device.Map))
        {
            var (map, plan) = (LinkForecast.Placed(alike.Key), alike.First().Plan);
            WriteTitle(map, alike.Select(device => device.Device));
            if (alike.Key.IsSunSpec)
            {
                writer.WriteLine(
                    "      Where its SunSpec models are, the instrument will tell; here they are "
                    + "taken to be at 1000, 2000 and so on.");
            }

            var requests = new TextTable(
                "request", ">first", ">last", ">count", ">bytes out", ">back", ">about",
                "reads over");
            foreach (var read in plan.Reads)
            {
                var range = RegisterRange.Of(read.Block);
                requests.Add(
                    LinkText.Name(range.Table), $"{range.First}", $"{range.Last}",
                    $"{range.Count}", $"{link.Cost.RequestBytes}",
                    $"{link.Cost.AnswerBytes(read.Block)}",
                    Milliseconds(link.Cost.TimeOf(read.Block, map.Limits)), Holes(map, read));
            }

            requests.Write(writer, "      ");
            WritePoints(map);
            foreach (var point in plan.Unreadable)
            {
                writer.WriteLine(
                    $"      Not read: {map.Points[point.Point].Id}, since {point.Why}.");
            }
        }
    }

    private void WriteMaps(ImmutableArray<SiteDevice> devices)
    {
        foreach (var alike in devices.GroupBy(device => device.Map))
        {
            WriteTitle(alike.Key, alike);
            WritePoints(alike.Key);
        }
    }

    private void WriteTitle(DeviceMap map, IEnumerable<SiteDevice> devices)
    {
        writer.WriteLine();
        var ids = string.Join(", ", devices.Select(device => device.Id));
        writer.WriteLine($"    {map.Title}");
        writer.WriteLine($"      devices: {ids}");
        writer.WriteLine($"      from: {map.Source}" + (map.Label is null ? "" : $"; {map.Label}"));
        foreach (var (table, first) in ManualNumber.Suspected(map))
        {
            writer.WriteLine(
                $"      Note: every {LinkText.Name(table)} is at {first} or above. If the manual's "
                + $"{first + 11} means number 11 of them, write 'address: 11' with "
                + "'address_base: 1': as it stands, others are read.");
        }
    }

    private void WritePoints(DeviceMap map)
    {
        var table = new TextTable("point", "what", "unit", "where", "read as", "then");
        foreach (var point in map.Points)
        {
            var (where, type) = PointText.Describe(point.Source);
            table.Add(
                point.Id, point.Quantity, point.Unit, where, type, PointText.Conversion(point));
        }

        table.Write(writer, "      ");
        foreach (var rule in map.StatusRules)
        {
            writer.WriteLine($"      {PointText.Describe(rule)}");
        }
    }

    /// <summary>What is between the points of a request.</summary>
    private static string Holes(DeviceMap map, PlannedRead read)
    {
        var holes = new List<string>();
        var next = read.Block.Start;
        foreach (var source in read.Points.Select(i => map.Points[i].Registers)
            .OrderBy(source => source.Address))
        {
            if (source.Address > next)
            {
                holes.Add(source.Address == next + 1
                    ? $"{next}"
                    : $"{next} to {source.Address - 1}");
            }

            next = Math.Max(next, source.Address + source.Count);
        }

        return string.Join(", ", holes);
    }

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds < 100
        ? $"{time.TotalMilliseconds:0.0} ms"
        : $"{time.TotalMilliseconds:0} ms";
}
