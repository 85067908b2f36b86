using System.Collections.Immutable;
using Monitoring.Wire;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Devices;

/// <summary>Reads a device map from YAML. Use the map only where no fault was added.</summary>
public static class DeviceMapReader
{
    public static DeviceMap Read(string source, string yaml, Faults faults)
    {
        var node = DocumentNode.Parse(source, yaml, faults);
        if (faults.Any && node.Keys().Count == 0)
        {
            // The text itself is broken; a missing key a line later would only confuse.
            return Empty();
        }

        var (protocol, readSource) = ReadProtocol(node);
        var map = new DeviceMap
        {
            Id = node.Id("id"),
            Title = node.Text("title"),
            Source = node.Text("source"),
            Protocol = protocol,
            Points = ReadPoints(node, readSource),
            StatusRules = [],
            SequencePoint = node.OptionalText("sequence"),
        };
        map = map with { StatusRules = ReadStatusRules(node, map) };
        RefuseUnknownSequence(node, map);
        RefuseWideBlock(node, map);
        node.RefuseUnknownKeys();
        return map;
    }

    private static DeviceMap Empty() => new()
    {
        Id = "",
        Title = "",
        Source = "",
        Protocol = DeviceProtocol.Modbus,
        Points = [],
        StatusRules = [],
        SequencePoint = null,
    };

    // What differs from one protocol to the next is where a point comes from.
    private static (DeviceProtocol Protocol, Func<DocumentNode, PointSource> ReadSource)
        ReadProtocol(DocumentNode node) => node.OneOf("protocol", "modbus") switch
        {
            _ => (DeviceProtocol.Modbus, RegisterPointReader.Of(node)),
        };

    private static ImmutableArray<DevicePoint> ReadPoints(
        DocumentNode node, Func<DocumentNode, PointSource> readSource)
    {
        var points = ImmutableArray.CreateBuilder<DevicePoint>();
        foreach (var item in node.Items("points", 1, WireLimits.ReadingsPerRecordMax))
        {
            var point = ReadPoint(item, readSource);
            if (points.Any(other => other.Id == point.Id))
            {
                item.Fault(
                    "id", $"point '{point.Id}' is there twice", "give each point its own id");
            }

            var taken = points.FirstOrDefault(other => Overlap(other, point));
            if (taken is not null)
            {
                item.Fault(
                    "address", $"point '{point.Id}' shares a register with '{taken.Id}'",
                    "give each point its own registers");
            }

            points.Add(point);
        }

        return points.ToImmutable();
    }

    private static bool Overlap(DevicePoint a, DevicePoint b) =>
        a.Source is PointSource.Registers && b.Source is PointSource.Registers
        && a.Registers.Address < b.Registers.Address + b.Registers.Count
        && b.Registers.Address < a.Registers.Address + a.Registers.Count;

    private static DevicePoint ReadPoint(
        DocumentNode item, Func<DocumentNode, PointSource> readSource)
    {
        var scale = item.OptionalNumber("scale", -1_000_000, 1_000_000) ?? 1;
        if (scale == 0)
        {
            item.Fault("scale", "'scale' is 0", "write the factor from raw to unit, such as 0.1");
            scale = 1;
        }

        var point = new DevicePoint
        {
            Id = item.Id("id"),
            Quantity = item.Id("quantity"),
            Unit = item.Text("unit"),
            Source = readSource(item),
            Scale = scale,
            Offset = item.OptionalNumber("offset", -1_000_000_000, 1_000_000_000) ?? 0,
            Range = ReadRange(item),
        };
        item.RefuseUnknownKeys();
        return point;
    }

    private static ValueRange? ReadRange(DocumentNode item)
    {
        if (item.OptionalChild("range") is not { } node)
        {
            return null;
        }

        var min = node.Number("min", -1_000_000_000_000, 1_000_000_000_000);
        var max = node.Number("max", -1_000_000_000_000, 1_000_000_000_000);
        if (node.Has("min") && node.Has("max") && min >= max)
        {
            node.Fault("min", $"'min' {min} is not below 'max' {max}", "swap or mend them");
        }

        node.RefuseUnknownKeys();
        return new ValueRange((double)min, (double)max);
    }

    private static ImmutableArray<StatusRule> ReadStatusRules(DocumentNode node, DeviceMap map)
    {
        var rules = ImmutableArray.CreateBuilder<StatusRule>();
        foreach (var item in node.Items("status", 0, AgentLimits.StatusRulesMax))
        {
            var pointId = item.Id("point");
            var word = map.Points.FirstOrDefault(point => point.Id == pointId);
            if (item.Has("point") && word?.Kind != ValueKind.Integer)
            {
                item.Fault(
                    "point", $"'{pointId}' is no status word of this map",
                    "name a point of a whole-number type without scale and offset");
            }

            var mask = (uint)item.Integer("mask", 1, uint.MaxValue);
            var equals = (uint?)item.OptionalInteger("equals", 0, uint.MaxValue);
            var quality = item.OneOf("quality", "bad", "uncertain") == "uncertain"
                ? Quality.Uncertain
                : Quality.Bad;
            var appliesTo = ReadAppliesTo(item, map, pointId);
            rules.Add(new StatusRule(pointId, mask, equals, quality, ReadReason(item), appliesTo));
            item.RefuseUnknownKeys();
        }

        return rules.ToImmutable();
    }

    private static Reason ReadReason(DocumentNode item)
    {
        string[] own = ["warm-up", "calibration", "zero-span-check", "maintenance", "fault"];
        return Reasons.Parse(item.OneOf("reason", own));
    }

    private static ImmutableArray<string> ReadAppliesTo(
        DocumentNode item, DeviceMap map, string statusPoint)
    {
        var text = item.OptionalText("applies_to") ?? "all";
        if (text == "all")
        {
            // The word itself and the image counter stay good: they are what is trusted.
            return [.. map.Points.Select(point => point.Id)
                .Where(id => id != statusPoint && id != map.SequencePoint)];
        }

        var ids = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (var id in ids)
        {
            if (map.Points.All(point => point.Id != id))
            {
                item.Fault(
                    "applies_to", $"'{id}' is no point of this map",
                    "write 'all', or ids of points with spaces between");
            }
        }

        return [.. ids];
    }

    private static void RefuseUnknownSequence(DocumentNode node, DeviceMap map)
    {
        if (map.SequencePoint is not { } id)
        {
            return;
        }

        var point = map.Points.FirstOrDefault(candidate => candidate.Id == id);
        if (point is null || point.Kind != ValueKind.Integer)
        {
            node.Fault(
                "sequence", $"'{id}' is no counter of this map",
                "name a point of a whole-number type without scale and offset, or remove the line");
        }
    }

    private static void RefuseWideBlock(DocumentNode node, DeviceMap map)
    {
        if (map.Points.Length > 0 && map.Block.Count > AgentLimits.RegistersPerReadMax)
        {
            var max = AgentLimits.RegistersPerReadMax;
            node.Fault(
                "points",
                $"first to last register there are {map.Block.Count}; one read has {max}",
                "leave out points that lie far away, or make two maps with two devices");
        }
    }
}
