using System.Collections.Immutable;
using Monitoring.Wire.Documents;

namespace Monitoring.Core.Averaging;

/// <summary>
/// A stack of several units, each a source of its own with the same channels: the mass is shared
/// out by what each unit made or burned (40 CFR Part 75 Appendix F, F-21A, B and D).
/// </summary>
/// <param name="By"><c>load</c> or <c>fuel_flow</c>.</param>
/// <param name="Units">All sources of it, this one too, in the order of their ids.</param>
public sealed record StackUnits(string Id, string By, ImmutableArray<string> Units)
{
    /// <summary>Under what name a source has what it is shared out by, of each unit.</summary>
    public string QuantityOf(string unit, string own) =>
        unit == own ? By : QuantityUnits.OfUnit(By, unit);
}

/// <summary>Reads which sources share a stack, and gives each what the others make.</summary>
internal static class CommonStackReader
{
    public static StackUnits? Read(DocumentNode node)
    {
        if (node.OptionalChild("common_stack") is not { } child)
        {
            return null;
        }

        var stack = new StackUnits(
            child.Id("id"),
            child.OneOf("by", QuantityUnits.Load, QuantityUnits.FuelFlow), []);
        child.RefuseUnknownKeys();
        return stack;
    }

    /// <summary>The same sources, each with the loads of all units of its stack.</summary>
    public static ImmutableArray<SourceBinding> Join(
        IReadOnlyList<DocumentNode> nodes, ImmutableArray<SourceBinding> sources) =>
        [.. sources.Select((source, i) => Joined(nodes[i], source, sources))];

    private static SourceBinding Joined(
        DocumentNode node, SourceBinding source, ImmutableArray<SourceBinding> all)
    {
        if (source.CommonStack is not { } stack)
        {
            return source;
        }

        var units = all.Where(one => one.CommonStack?.Id == stack.Id
                && one.From < (source.Until ?? DateTimeOffset.MaxValue)
                && source.From < (one.Until ?? DateTimeOffset.MaxValue))
            .OrderBy(one => one.Id, StringComparer.Ordinal).ToList();
        Check(node, source, units);
        return source with
        {
            CommonStack = stack with { Units = [.. units.Select(unit => unit.Id)] },
            Quantities =
            [
                .. source.Quantities,
                .. units.Where(unit => unit.Id != source.Id)
                    .Select(unit => unit.Find(stack.By)).OfType<QuantityBinding>()
                    .Zip(units.Where(unit => unit.Id != source.Id
                        && unit.Find(stack.By) is not null))
                    .Select(pair => pair.First with
                    {
                        Quantity = QuantityUnits.OfUnit(stack.By, pair.Second.Id), Names = [],
                    }),
            ],
        };
    }

    private static void Check(
        DocumentNode node, SourceBinding source, List<SourceBinding> units)
    {
        var stack = source.CommonStack!;
        if (units.Count < 2)
        {
            node.Fault(
                "common_stack", $"no other source is of common stack '{stack.Id}'",
                "give each of its units a source with the same 'common_stack'");
        }

        if (source.Find(stack.By) is null)
        {
            node.Fault(
                "quantities", $"a unit of common stack '{stack.Id}' does not bind '{stack.By}'",
                "bind it: the mass is shared out by it");
        }

        if (!source.Ducts.IsEmpty || !source.HasFlow)
        {
            node.Fault(
                "quantities", "a unit of a common stack has the flow of it, and no ducts",
                "bind the channels of the common stack");
        }

        if (units.FirstOrDefault(unit => !IsAlike(source, unit)) is { } other)
        {
            node.Fault(
                "common_stack", $"'{source.Id}' and '{other.Id}' share '{stack.Id}', and differ",
                $"give all its units the same gateway, profile, cycle, fuel, from, until and "
                    + $"channels, with '{stack.By}' of their own in one unit");
        }
    }

    // The mass of the stack has to come out the same, whichever unit it is worked out for.
    private static bool IsAlike(SourceBinding one, SourceBinding other)
    {
        IEnumerable<QuantityBinding> Common(SourceBinding source) => source.Quantities
            .Where(quantity => quantity.Quantity is not (QuantityUnits.Load
                or QuantityUnits.FuelFlow or QuantityUnits.CalorificValue))
            .OrderBy(quantity => quantity.Quantity, StringComparer.Ordinal);
        return (one.Plant, one.Gateway, one.Profile, one.Cycle, one.From, one.Until)
            == (other.Plant, other.Gateway, other.Profile, other.Cycle, other.From, other.Until)
            && (one.Fuel, one.IsTurbine, one.FuelSample, one.CommonStack!.By)
            == (other.Fuel, other.IsTurbine, other.FuelSample, other.CommonStack!.By)
            && one.Find(one.CommonStack.By)?.Unit == other.Find(one.CommonStack.By)?.Unit
            && Common(one).Select(Key).SequenceEqual(Common(other).Select(Key));
    }

    private static (QuantityBinding, string) Key(QuantityBinding one) => (
        one with { Calibrations = [], Names = [] },
        string.Join(';', one.Calibrations.AsEnumerable()) + string.Join(';', one.Names));
}
