using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Wire;
using Monitoring.Wire.Documents;

namespace Monitoring.Core.Contracts;

/// <summary>Reads where the emissions of sources come down, as the parties agreed on it.</summary>
internal static class ZoneKeyReader
{
    private const int KeysMax = 2_000;
    private const int ZonesMax = 200;
    private const decimal PercentMin = 0.0001m;
    private const int Decimals = 4;

    private const string ByKey = "zone-key";

    /// <param name="node">The clause of the fund.</param>
    /// <returns>By source; empty where all of a source's part is for the zone it stands in.
    /// </returns>
    public static ImmutableSortedDictionary<string, ZoneKey> Read(
        DocumentNode node, ContractSurroundings surroundings)
    {
        var isByKey = node.OneOf("local_by", "zone-of-source", ByKey) == ByKey;
        if (!isByKey && node.Has("zone_keys"))
        {
            node.Fault(
                "zone_keys", "'local_by' says that the zone of a source takes all of its part",
                $"set 'local_by' to '{ByKey}', or remove 'zone_keys'");
        }

        var keys = ImmutableSortedDictionary.CreateBuilder<string, ZoneKey>(
            StringComparer.Ordinal);
        foreach (var item in node.Items("zone_keys", isByKey ? 1 : 0, KeysMax))
        {
            var source = item.Id("source");
            var key = ReadKey(item, surroundings);
            if (source.Length > 0 && !keys.TryAdd(source, key))
            {
                item.Fault("source", $"'{source}' has a key above", "give each source one key");
            }

            if (Identifier.IsValid(source)
                && surroundings.Sources is { } sources && !sources.Contains(source))
            {
                item.Fault(
                    "source", $"'{source}' is no source of the cluster",
                    $"use one of: {string.Join(", ", sources)}");
            }

            item.RefuseUnknownKeys();
        }

        return keys.Count == 0
            ? ImmutableSortedDictionary<string, ZoneKey>.Empty
            : keys.ToImmutable();
    }

    private static ZoneKey ReadKey(DocumentNode node, ContractSurroundings surroundings)
    {
        var zones = node.Child("zones");
        var shares = ImmutableArray.CreateBuilder<(string Zone, int Parts)>();
        foreach (var zone in zones.Keys())
        {
            shares.Add((zone, ReadParts(zones, zone)));
            CheckZone(zones, zone, surroundings);
        }

        var sum = shares.Sum(share => (long)share.Parts);
        if (node.Has("zones") && (sum != ZoneKey.Whole || shares.Count > ZonesMax))
        {
            var percent = (sum * 100m / ZoneKey.Whole).ToString(
                "0.####", CultureInfo.InvariantCulture);
            node.Fault(
                "zones", $"the parts of {shares.Count} zones sum to {percent} %",
                $"write at most {ZonesMax} parts that sum to 100");
        }

        return new ZoneKey(
            [.. shares.OrderBy(share => share.Zone, StringComparer.Ordinal)],
            node.OneOf("provenance", [.. ZoneKey.Provenances]))
        {
            Version = (int)node.Integer("version", 1, 1_000_000),
            UncertaintyPoints = node.Number("uncertainty_points", 0, 100),
        };
    }

    private static int ReadParts(DocumentNode zones, string zone)
    {
        var percent = zones.Number(zone, PercentMin, 100);
        if (decimal.Round(percent, Decimals) != percent)
        {
            zones.Fault(
                zone, $"'{zone}' has more than {Decimals} decimals",
                $"round it to {Decimals}, so that the parts sum to 100");
        }

        return ZoneKey.PartsOf(percent);
    }

    private static void CheckZone(
        DocumentNode zones, string zone, ContractSurroundings surroundings)
    {
        if (!Identifier.IsValid(zone))
        {
            zones.Fault(
                zone, $"'{zone}' is no name of a zone", "use small letters, digits and '-'");
        }
        else if (surroundings.Zones is { } known && !known.Contains(zone))
        {
            zones.Fault(
                zone, $"'{zone}' is no zone of the cluster",
                $"use one of: {string.Join(", ", known)}");
        }
    }
}
