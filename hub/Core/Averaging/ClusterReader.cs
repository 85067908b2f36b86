using System.Collections.Immutable;
using Monitoring.Wire.Documents;

namespace Monitoring.Core.Averaging;

/// <summary>Reads the cluster's bindings and reports everything that is wrong at once.</summary>
public static class ClusterReader
{
    private const int MembersMax = 200;
    private const int SourcesMax = 2_000;
    private const int DuctsMax = 10;
    private const decimal LimitMax = 1_000_000m;
    private const decimal PotentialMax = 100_000_000m;

    /// <summary>The cluster, or null when this document added faults.</summary>
    public static ClusterMap? Read(
        string file, string yaml, IReadOnlyCollection<Profile> profiles, Faults faults)
    {
        var before = faults.All.Count;
        var root = DocumentNode.Parse(file, yaml, faults);
        if (faults.All.Count > before)
        {
            return null;
        }

        var members = ReadNamed(root, "members", (id, title) => new Member(id, title));
        var zones = ReadNamed(root, "zones", (id, title) => new Zone(id, title));
        var sources = ImmutableArray.CreateBuilder<SourceBinding>();
        var nodes = new List<DocumentNode>();
        foreach (var node in root.Items("sources", 1, SourcesMax))
        {
            var source = ReadSource(node);
            CheckNames(node, source, members, zones);
            CheckProfile(node, source, profiles);
            FuelReader.Check(
                node, source, profiles.FirstOrDefault(one => one.Id == source.Profile));
            CheckAgainstOthers(node, source, sources);
            sources.Add(source);
            nodes.Add(node);
            node.RefuseUnknownKeys();
        }

        root.RefuseUnknownKeys();
        var all = CommonStackReader.Join(nodes, sources.ToImmutable());
        return faults.All.Count == before
            ? new ClusterMap(members, zones, all)
            : null;
    }

    private static ImmutableArray<T> ReadNamed<T>(
        DocumentNode root, string key, Func<string, string, T> make)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var all = ImmutableArray.CreateBuilder<T>();
        foreach (var node in root.Items(key, 1, MembersMax))
        {
            var id = node.Id("id");
            if (id.Length > 0 && !seen.Add(id))
            {
                node.Fault("id", $"'{id}' is there twice", "give each an id of its own");
            }

            all.Add(make(id, node.Text("title")));
            node.RefuseUnknownKeys();
        }

        return all.ToImmutable();
    }

    private static SourceBinding ReadSource(DocumentNode node)
    {
        var source = ReadAlone(node);
        var quantities = source.Quantities.ToBuilder();
        var ducts = ImmutableArray.CreateBuilder<string>();
        foreach (var duct in node.Items("ducts", 0, DuctsMax))
        {
            var id = duct.Id("id");
            var own = QuantityReader.Read(duct.Child("quantities"));
            CheckDuct(duct, id, source, own, ducts);
            ducts.Add(id);
            foreach (var one in own)
            {
                if (quantities.Any(other => (other.Device, other.Point) == (one.Device, one.Point)))
                {
                    duct.Fault(
                        "quantities", $"point '{one.Point}' of '{one.Device}' is bound twice",
                        "give each duct points of its own");
                }

                quantities.Add(one with
                {
                    Quantity = QuantityUnits.DuctQuantity(id, one.Quantity),
                });
            }

            duct.RefuseUnknownKeys();
        }

        return source with { Quantities = quantities.ToImmutable(), Ducts = ducts.ToImmutable() };
    }

    // Without one of its pollutants a duct would thin the others.
    private static void CheckDuct(
        DocumentNode node, string id, SourceBinding source,
        ImmutableArray<QuantityBinding> own, IEnumerable<string> others)
    {
        if (others.Contains(id))
        {
            node.Fault("id", $"duct '{id}' is there twice", "give each an id of its own");
        }

        foreach (var missing in source.Quantities.Select(one => one.Quantity)
            .Where(name => name is not (QuantityUnits.Operating or QuantityUnits.Moisture
                or QuantityUnits.Load))
            .Where(name => own.All(one => one.Quantity != name)))
        {
            node.Fault(
                "quantities", $"duct '{id}' does not bind '{missing}', as its source does",
                "bind there what the source binds");
        }
    }

    private static SourceBinding ReadAlone(DocumentNode node) => new()
    {
        Id = node.Id("id"),
        Title = node.Text("title"),
        Plant = node.Id("plant"),
        Gateway = node.Id("gateway"),
        Member = node.Id("member"),
        Zone = node.Id("zone"),
        Profile = node.Id("profile"),
        Cycle = node.Duration("cycle", TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)),
        From = node.Instant("from"),
        Until = node.Has("until") ? node.Instant("until") : null,
        Quantities = QuantityReader.Read(node.Child("quantities")),
        TimeZone = ReadTimeZone(node),
        Limits = ReadNumbers(node, "limits", false),
        Potentials = ReadNumbers(node, "potentials", true),
        Fuel = node.Has("fuel") ? node.OneOf("fuel", [.. Part75.Fuel.Names]) : null,
        IsTurbine = node.Has("unit") && node.OneOf("unit", "boiler", "turbine") == "turbine",
        FuelSample = FuelReader.Read(node),
        CommonStack = CommonStackReader.Read(node),
    };

    private static TimeZoneInfo ReadTimeZone(DocumentNode node)
    {
        if (node.OptionalText("time_zone") is not { } name)
        {
            return TimeZoneInfo.Utc;
        }

        if (TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone))
        {
            return zone;
        }

        node.Fault(
            "time_zone", $"there is no time zone '{name}'",
            "use a name of the IANA list, such as 'Europe/Kyiv'");
        return TimeZoneInfo.Utc;
    }

    /// <summary>A number for each pollutant, and for flow and load where those may be.
    /// </summary>
    private static ImmutableDictionary<string, decimal> ReadNumbers(
        DocumentNode node, string key, bool hasFlow)
    {
        var numbers = ImmutableDictionary.CreateBuilder<string, decimal>();
        if (node.OptionalChild(key) is { } child)
        {
            foreach (var name in child.Keys())
            {
                if (QuantityUnits.IsPollutant(name)
                    || (hasFlow && name is QuantityUnits.Flow or QuantityUnits.Load))
                {
                    numbers[name] = child.Number(
                        name, 0.000001m, hasFlow ? PotentialMax : LimitMax);
                }
                else
                {
                    child.Fault(
                        name, $"'{name}' is no pollutant",
                        $"use one of: {string.Join(", ", QuantityUnits.AllPollutants)}"
                            + (hasFlow ? ", flow, load" : ""));
                }
            }
        }

        return numbers.ToImmutable();
    }

    private static void CheckNames(
        DocumentNode node, SourceBinding source, ImmutableArray<Member> members,
        ImmutableArray<Zone> zones)
    {
        if (source.Member.Length > 0 && !members.Any(member => member.Id == source.Member))
        {
            node.Fault(
                "member", $"'{source.Member}' is no member of the cluster",
                "name one of 'members', or add it there");
        }

        if (source.Zone.Length > 0 && !zones.Any(zone => zone.Id == source.Zone))
        {
            node.Fault(
                "zone", $"'{source.Zone}' is no zone of the cluster",
                "name one of 'zones', or add it there");
        }

        if (source.Until is { } until && until <= source.From)
        {
            node.Fault("until", "'until' is not after 'from'", "give a later time, or none");
        }
    }

    private static void CheckProfile(
        DocumentNode node, SourceBinding source, IReadOnlyCollection<Profile> profiles)
    {
        if (source.Profile.Length == 0)
        {
            return;
        }

        if (profiles.FirstOrDefault(one => one.Id == source.Profile) is not { } profile)
        {
            node.Fault(
                "profile", $"there is no profile '{source.Profile}'",
                profiles.Count == 0
                    ? "mend the settings' folder 'profiles': none could be read there"
                    : $"use one of: {string.Join(", ", profiles.Select(one => one.Id))}");
            return;
        }

        if (!IsBoundary(source.From, profile)
            || (source.Until is { } until && !IsBoundary(until, profile)))
        {
            node.Fault(
                "from", $"'from' or 'until' lies inside a window of profile '{profile.Id}'",
                $"use a multiple of {DocumentText.Format(profile.Window)}, counted in UTC");
        }

        if (profile.Window.Ticks % source.Cycle.Ticks != 0)
        {
            node.Fault(
                "cycle", $"'cycle' does not divide the window of profile '{profile.Id}'",
                $"use a part of {DocumentText.Format(profile.Window)}");
        }

        if (profile.FirstLevel is { } first && first.Length.Ticks % source.Cycle.Ticks != 0)
        {
            node.Fault(
                "cycle", $"'cycle' does not divide the first level of profile '{profile.Id}'",
                $"use a part of {DocumentText.Format(first.Length)}");
        }

        CheckLevels(node, source, profile);
        CheckPotentials(node, source, profile);
    }

    private static void CheckLevels(DocumentNode node, SourceBinding source, Profile profile)
    {
        if (!profile.Levels.IsEmpty && !node.Has("time_zone"))
        {
            node.Fault(
                "time_zone", $"profile '{profile.Id}' has days and needs 'time_zone'",
                "name the zone of the plant, such as 'Europe/Kyiv'");
        }

        if (!profile.Levels.IsEmpty && OffsetsOf(source.TimeZone, source.From)
            .Any(offset => offset.Ticks % profile.Window.Ticks != 0))
        {
            node.Fault(
                "time_zone",
                $"days of '{source.TimeZone.Id}' do not begin with a window of profile "
                + $"'{profile.Id}'", "use a profile with a shorter window");
        }

        foreach (var limit in profile.Limits.Where(limit => limit.Value is null
            && !source.Limits.ContainsKey(limit.Pollutant)
            && source.Quantities.Any(one => one.Quantity == limit.Pollutant)))
        {
            node.Fault(
                "limits", $"profile '{profile.Id}' needs a limit for '{limit.Pollutant}'",
                $"add 'limits: {{{limit.Pollutant}: ...}}' with the permit's value in mg/m3");
        }
    }

    private static void CheckPotentials(
        DocumentNode node, SourceBinding source, Profile profile)
    {
        foreach (var quantity in source.Quantities.Select(one => one.Quantity)
            .Where(name => QuantityUnits.IsPollutant(name) || name == QuantityUnits.Flow)
            .Where(name => profile.MissingData == GapRule.Part75
                && !source.Potentials.ContainsKey(name)))
        {
            node.Fault(
                "potentials",
                $"profile '{profile.Id}' needs the maximum potential value of '{quantity}'",
                $"add 'potentials: {{{quantity}: ...}}', in "
                    + $"{QuantityUnits.UnitOf(quantity)} at the reference state");
        }
    }

    private static IEnumerable<TimeSpan> OffsetsOf(TimeZoneInfo zone, DateTimeOffset since) =>
        zone.GetAdjustmentRules()
            .Where(rule => rule.DateEnd >= since.Date)
            .SelectMany(rule => (TimeSpan[])
            [
                zone.BaseUtcOffset + rule.BaseUtcOffsetDelta,
                zone.BaseUtcOffset + rule.BaseUtcOffsetDelta + rule.DaylightDelta,
            ])
            .Append(zone.BaseUtcOffset);

    // A window with two bindings in it would belong to neither.
    private static bool IsBoundary(DateTimeOffset instant, Profile profile) =>
        (instant - DateTimeOffset.UnixEpoch).Ticks % profile.Window.Ticks == 0;

    private static bool IsPollutantOf(SourceBinding source, string quantity) =>
        QuantityUnits.IsPollutant(quantity) || source.Ducts.Any(duct =>
            QuantityUnits.OfDuct(quantity, duct) is { } own && QuantityUnits.IsPollutant(own));

    private static QuantityBinding? SharedPollutant(SourceBinding one, SourceBinding other) =>
        one.Plant == other.Plant && one.Gateway == other.Gateway
            && (one.CommonStack is null || one.CommonStack.Id != other.CommonStack?.Id)
            ? one.Quantities.FirstOrDefault(quantity =>
                IsPollutantOf(one, quantity.Quantity)
                && other.Quantities.Any(its =>
                    its.Device == quantity.Device && its.Point == quantity.Point))
            : null;

    // Two bindings of one source at one instant, a point that counts for two sources, or a source
    // that changes hands or place under one name, would make a mass belong to two.
    private static void CheckAgainstOthers(
        DocumentNode node, SourceBinding source, IEnumerable<SourceBinding> others)
    {
        foreach (var other in others)
        {
            var isBefore = source.Until is { } until && until <= other.From;
            var isAfter = other.Until is { } end && end <= source.From;
            var isSame = other.Id == source.Id;
            if (isSame && !isBefore && !isAfter)
            {
                node.Fault(
                    "id", $"source '{source.Id}' is bound twice at the same time",
                    "end the earlier one with 'until'");
            }
            else if (!isBefore && !isAfter && SharedPollutant(source, other) is { } shared)
            {
                node.Fault(
                    "quantities",
                    $"device '{shared.Device}', point '{shared.Point}' feeds "
                    + $"'{other.Id}' as well", "bind a pollutant to one source at a time");
            }

            if (isSame && (other.Member != source.Member || other.Zone != source.Zone))
            {
                node.Fault(
                    "id", $"source '{source.Id}' has another member or zone above",
                    "give the source a new id");
            }
        }
    }
}
