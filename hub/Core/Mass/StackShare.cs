using System.Collections.Immutable;
using Monitoring.Core.Averaging;
using Monitoring.Core.Part75;
using Monitoring.Core.Standardisation;

namespace Monitoring.Core.Mass;

/// <summary>
/// What one unit of a common stack made in a window beside the others: its share of the mass. The
/// parts of all units are the mass of the stack, to the milligram.
/// </summary>
/// <param name="Own">The place of this unit.</param>
/// <param name="Units">All units, in the order of their ids.</param>
/// <param name="Loads">By what each unit's part is found; the same order.</param>
public sealed record StackShare(
    int Own, ImmutableArray<UnitOutput> Units, ImmutableArray<Way> Loads)
{
    /// <summary>The plant ran, and no unit made anything to share it out by.</summary>
    public const string RuleNoLoad = "no-load";

    private const decimal Steps = 1_000_000;

    /// <summary>Why there is none; null where there is.</summary>
    public string? AbsentBecause =>
        Loads.Select(load => load.AbsentBecause).FirstOrDefault(rule => rule is not null)
        ?? (Units.Sum(unit => unit.Output * unit.Time) > 0 ? null : RuleNoLoad);

    public static StackShare Of(
        StackUnits stack, SourceBinding source, StackWays ways, Operation operation)
    {
        ImmutableArray<Way> loads =
        [
            .. stack.Units.Select(unit =>
                ways.AsMeasured(stack.QuantityOf(unit, source.Id))),
        ];
        return new StackShare(
            stack.Units.IndexOf(source.Id),
            [.. loads.Select(load => OutputOf(load, operation.Share))], loads);
    }

    /// <summary>This unit's part of the stack's mass, mg.</summary>
    public long Of(long milligrams)
    {
        // The mean over the window is load x time already, and has at most six decimals.
        var weights = Loads.Select(load =>
            (Int128)(Math.Max(0, load.Value!.Value) * Steps)).ToList();
        return LargestRemainder.Split(milligrams, weights)[Own];
    }

    private static UnitOutput OutputOf(Way load, decimal time)
    {
        var counted = load.Mean?.Judged.Where(one => one.ExcludedBy is null).ToList() ?? [];
        var ran = counted.Count == 0
            ? 0
            : time * counted.Count(one => one.Number > 0) / counted.Count;
        return ran == 0 || load.Value is not { } mean
            ? new UnitOutput(0, 0)
            : new UnitOutput(Math.Max(0, mean) * time / ran, ran);
    }
}
