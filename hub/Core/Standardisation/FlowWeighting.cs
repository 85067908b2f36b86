using System.Collections.Immutable;
using Monitoring.Core.Averaging;

namespace Monitoring.Core.Standardisation;

/// <summary>
/// Brings the ducts of one source together: flows add up, and a concentration weighs as much as
/// the flow of its duct (EN 17255-1). A duct that is closed has no weight.
/// </summary>
internal static class FlowWeighting
{
    public const string RuleNoFlow = "no-flow";

    /// <param name="ways">At the reference state, dry, one of each duct.</param>
    public static Way Sum(ImmutableArray<Way> ways, int decimals) => ways[0].Then(
        new Step(
            $"{ways[0].Quantity} of all ducts", $"sum of flows{Rounded(decimals)}",
            ways.All(way => way.Value is not null) ? ways.Sum(Weight) : null, ways[0].Unit, [],
            [.. ways.Skip(1)]),
        decimals, RuleNoFlow);

    /// <param name="ducts">Of each a concentration or share, and the flow.</param>
    public static Way Mean(ImmutableArray<(Way Value, Way Flow)> ducts, int decimals)
    {
        var first = ducts[0].Value;
        var flow = ducts.Sum(duct => Weight(duct.Flow));
        var isKnown = ducts.All(duct => duct.Value.Value is not null || Weight(duct.Flow) == 0);
        return first.Then(
            new Step(
                $"{first.Quantity} of all ducts",
                $"sum of concentration x flow / sum of flow{Rounded(decimals)}",
                isKnown && flow > 0
                    ? ducts.Sum(duct => (duct.Value.Value ?? 0) * Weight(duct.Flow)) / flow
                    : null,
                first.Unit, [],
                [.. ducts.Skip(1).Select(duct => duct.Value), .. ducts.Select(duct => duct.Flow)]),
            decimals, RuleNoFlow);
    }

    private static decimal Weight(Way flow) => Math.Max(0, flow.Value ?? 0);

    private static string Rounded(int decimals) => $", to {decimals} decimals";
}
