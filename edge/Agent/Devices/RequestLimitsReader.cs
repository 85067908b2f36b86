using System.Collections.Immutable;
using Monitoring.Wire.Documents;

namespace Monitoring.Agent.Devices;

/// <summary>What requests an instrument bears, from the <c>limits</c> of its map.</summary>
internal static class RequestLimitsReader
{
    public static RequestLimits Read(DocumentNode map, IReadOnlyList<DevicePoint> points)
    {
        if (map.OptionalChild("limits") is not { } node)
        {
            return RequestLimits.Standard;
        }

        var standard = RequestLimits.Standard;
        var limits = new RequestLimits
        {
            RegistersMax = (int)(node.OptionalInteger("registers_max", 1, standard.RegistersMax)
                ?? standard.RegistersMax),
            BitsMax = (int)(node.OptionalInteger("bits_max", 1, standard.BitsMax)
                ?? standard.BitsMax),
            Forbidden = ReadForbidden(node, map),
            HolesAllowed = ReadFlag(node, "holes"),
            MergeAllowed = ReadFlag(node, "merge"),
            Gap = ReadPause(node, "gap") ?? standard.Gap,
            PauseAfterConnect = ReadPause(node, "pause_after_connect")
                ?? standard.PauseAfterConnect,
            TypicalDelay = ReadPause(node, "typical_delay") ?? standard.TypicalDelay,
        };
        node.RefuseUnknownKeys();
        RefuseUnreadable(node, limits, points);
        return limits;
    }

    private static bool ReadFlag(DocumentNode node, string key) =>
        !node.Has(key) || node.OneOf(key, "true", "false") != "false";

    private static TimeSpan? ReadPause(DocumentNode node, string key) => node.Has(key)
        ? node.Duration(key, TimeSpan.Zero, AgentLimits.DevicePauseMax)
        : null;

    private static ImmutableArray<RegisterRange> ReadForbidden(DocumentNode node, DocumentNode map)
    {
        // As in the points of this map: addresses as the manual prints them.
        var start = (int)map.Integer("address_base", 0, 1);
        var ranges = ImmutableArray.CreateBuilder<RegisterRange>();
        foreach (var item in node.Items("forbidden", 0, AgentLimits.ForbiddenRangesMax))
        {
            var table = RegisterPointReader.ReadTable(item);
            var first = (int)item.Integer("first", start, ushort.MaxValue + start);
            var last = (int)item.Integer("last", start, ushort.MaxValue + start);
            if (last < first && item.Has("last"))
            {
                item.Fault("last", $"'last' {last} is below 'first' {first}", "swap or mend them");
            }

            ranges.Add(new RegisterRange(table, first - start, last - start));
            item.RefuseUnknownKeys();
        }

        return ranges.ToImmutable();
    }

    private static void RefuseUnreadable(
        DocumentNode node, RequestLimits limits, IReadOnlyList<DevicePoint> points)
    {
        foreach (var point in points)
        {
            if (point.Source is not PointSource.Registers source)
            {
                continue;
            }

            var last = source.Address + source.Count - 1;
            var isForbidden = limits.Forbidden.Any(range => range.Table == source.Table
                && range.First <= last && source.Address <= range.Last);
            if (isForbidden)
            {
                node.Fault(
                    "forbidden", $"point '{point.Id}' lies in a forbidden range",
                    "leave out the point, or mend the range");
            }

            if (source.Count > limits.RegistersMax)
            {
                node.Fault(
                    "registers_max",
                    $"point '{point.Id}' takes {source.Count} registers, one request "
                    + $"{limits.RegistersMax}", "a value is never split: leave out the point");
            }
        }
    }
}
