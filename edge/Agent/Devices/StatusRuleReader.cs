using System.Collections.Immutable;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Devices;

/// <summary>What the status of an instrument says about its readings.</summary>
internal static class StatusRuleReader
{
    // What an instrument may say of itself; the other reasons are those of links and gateways.
    private static readonly string[] ReasonNames = [.. new[]
    {
        Reason.WarmUp, Reason.Calibration, Reason.ZeroSpanCheck, Reason.Maintenance, Reason.Fault,
        Reason.NotReady, Reason.OutOfRange, Reason.LineBreak, Reason.ShortCircuit,
    }.Select(Reasons.NameOf)];

    /// <param name="without">
    /// Points that a variant leaves out: their rules go with them.
    /// </param>
    public static ImmutableArray<StatusRule> Read(
        DocumentNode node, DeviceMap map, IReadOnlyCollection<string> without)
    {
        var rules = ImmutableArray.CreateBuilder<StatusRule>();
        var items = node.Items("status", 0, AgentLimits.StatusRulesMax);

        // The words themselves and the image counter stay good: they are what is trusted.
        var trusted = items.Select(item => item.OptionalText("point") ?? "")
            .Append(map.SequencePoint ?? "").ToHashSet(StringComparer.Ordinal);
        foreach (var item in items)
        {
            var pointId = item.Id("point");
            var point = map.Points.FirstOrDefault(candidate => candidate.Id == pointId);
            if (item.Has("point") && !without.Contains(pointId)
                && point?.Kind is not (ValueKind.Integer or ValueKind.Flag))
            {
                item.Fault(
                    "point", $"'{pointId}' is no status of this map",
                    "name a point of type bit, or of a whole-number type without scale and offset");
            }

            var (mask, equals) = ReadBits(item, isFlag: point?.Kind == ValueKind.Flag);
            var quality = item.OneOf("quality", "bad", "uncertain") == "uncertain"
                ? Quality.Uncertain
                : Quality.Bad;
            var reason = Reasons.Parse(item.OneOf("reason", ReasonNames));
            var appliesTo = ReadAppliesTo(item, map, trusted, without);
            if (!without.Contains(pointId) && appliesTo is not [])
            {
                rules.Add(new StatusRule(pointId, mask, equals, quality, reason, appliesTo));
            }

            item.RefuseUnknownKeys();
        }

        return rules.ToImmutable();
    }

    private static (uint Mask, uint? EqualTo) ReadBits(DocumentNode item, bool isFlag)
    {
        if (isFlag && !item.Has("mask"))
        {
            return (1, (uint?)item.OptionalInteger("equals", 0, 1));
        }

        var mask = (uint)item.Integer("mask", 1, uint.MaxValue);
        var equals = (uint?)item.OptionalInteger("equals", 0, uint.MaxValue);
        if ((equals & ~mask) is > 0)
        {
            item.Fault(
                "equals", $"0x{equals:X} has bits outside of the mask 0x{mask:X}: it never is",
                "mend 'equals' or 'mask'");
        }

        return (mask, equals);
    }

    private static ImmutableArray<string> ReadAppliesTo(
        DocumentNode item, DeviceMap map, HashSet<string> trusted,
        IReadOnlyCollection<string> without)
    {
        var text = item.OptionalText("applies_to") ?? "all";
        var own = map.Points.Select(point => point.Id).ToHashSet();
        if (text == "all")
        {
            return [.. own.Except(trusted)];
        }

        var ids = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Except(without).ToList();
        foreach (var id in ids.Except(own))
        {
            item.Fault(
                "applies_to", $"'{id}' is no point of this map",
                "write 'all', or ids of points with spaces between");
        }

        return [.. ids];
    }
}
