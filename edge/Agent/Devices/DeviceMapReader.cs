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

        var variants = node.Items("variants", 0, AgentLimits.MapVariantsMax);
        var map = ReadMap(node, []);
        node.RefuseUnknownKeys();
        foreach (var variant in variants)
        {
            map = map with { Variants = map.Variants.Add(ReadVariant(variant, node, map)) };
        }

        return map;
    }

    /// <param name="without">Points that a variant leaves out.</param>
    private static DeviceMap ReadMap(DocumentNode node, HashSet<string> without)
    {
        var before = node.Faults.All.Count;
        var (protocol, readSource) = ReadProtocol(node);
        var map = new DeviceMap
        {
            Id = node.Id("id"),
            Title = node.Text("title"),
            Source = node.Text("source"),
            Label = node.Has("label") ? node.OneOf("label", DeviceMap.Labels) : null,
            Protocol = protocol,
            Points = ReadPoints(node, readSource, without),
            StatusRules = [],
            SequencePoint = node.OptionalText("sequence"),
        };
        map = map with { StatusRules = StatusRuleReader.Read(node, map, without) };
        RefuseUnknownSequence(node, map);
        if (protocol == DeviceProtocol.Modbus)
        {
            map = map with { Limits = RequestLimitsReader.Read(node, map.Points) };
            MapVectors.Check(node, map, isSound: node.Faults.All.Count == before);
        }
        else if (protocol == DeviceProtocol.I2c)
        {
            map = I2cPointReader.WithSensor(node, map);
        }

        return map;
    }

    // A variant says what differs from the map; completed by the map it is one of its own.
    private static DeviceMap ReadVariant(DocumentNode variant, DocumentNode node, DeviceMap map)
    {
        var faults = new Faults();
        var whole = variant.CompletedBy(node, faults, "id", "variants", "vectors");
        var without = (whole.OptionalText("without") ?? "")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);
        var read = ReadMap(whole, without);
        whole.RefuseUnknownKeys();
        var hasId = read.Id.Length > 0;
        read = read with { Id = $"{map.Id}-{read.Id}" };
        var isTaken = map.Variants.Any(other => other.Id == read.Id);
        if (hasId && (isTaken || !Identifier.IsValid(read.Id)))
        {
            whole.Fault(
                "id", $"'{read.Id}' is there twice, or no identifier",
                $"the map's id and the variant's, joined by '-': {Identifier.Rule}");
        }

        foreach (var id in without.Except(map.Points.Select(point => point.Id)))
        {
            whole.Fault("without", $"'{id}' is no point of the map", "write ids of its points");
        }

        // What is wrong with the map itself was said already.
        variant.Faults.AddRange(faults.All.Except(variant.Faults.All));
        return read;
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
        ReadProtocol(DocumentNode node) => node.OneOf("protocol", "modbus", "i2c", "gpio") switch
        {
            "i2c" => (DeviceProtocol.I2c, I2cPointReader.Of(node)),
            "gpio" => (DeviceProtocol.Gpio, GpioPointReader.Read),
            _ => (DeviceProtocol.Modbus, RegisterPointReader.Of(node)),
        };

    private static ImmutableArray<DevicePoint> ReadPoints(
        DocumentNode node, Func<DocumentNode, PointSource> readSource, HashSet<string> without)
    {
        var points = ImmutableArray.CreateBuilder<DevicePoint>();
        var items = node.Items("points", 1, WireLimits.ReadingsPerRecordMax);
        foreach (var item in items.Where(item => !without.Contains(item.OptionalText("id") ?? "")))
        {
            var point = ReadPoint(item, readSource);
            if (points.Any(other => other.Id == point.Id))
            {
                item.Fault(
                    "id", $"point '{point.Id}' is there twice", "give each point its own id");
            }

            var taken = points.FirstOrDefault(other => RegisterPointReader.Cross(other, point));
            if (taken is not null)
            {
                item.Fault(
                    "address", $"point '{point.Id}' begins or ends within '{taken.Id}'",
                    "mend the address or type of one: only a part of a value, or all of it, "
                    + "may be a point as well");
            }

            points.Add(point);
        }

        return points.ToImmutable();
    }

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

        var before = node.Faults.All.Count;
        var min = node.Number("min", -1_000_000_000_000, 1_000_000_000_000);
        var max = node.Number("max", -1_000_000_000_000, 1_000_000_000_000);
        if (node.Faults.All.Count == before && min >= max)
        {
            node.Fault("min", $"'min' {min} is not below 'max' {max}", "swap or mend them");
        }

        node.RefuseUnknownKeys();
        return new ValueRange((double)min, (double)max);
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
}
