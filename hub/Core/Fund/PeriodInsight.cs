using System.Collections.Immutable;
using Monitoring.Core.Contracts;
using Monitoring.Core.Settlement;

namespace Monitoring.Core.Fund;

/// <summary>Why a change of emissions cannot be told apart by its causes.</summary>
public enum LeverGap
{
    None,
    NoPeriodBefore,

    /// <summary>Of some source with a mass nobody reported what it made, then or before.</summary>
    ActivityMissing,

    /// <summary>What was made is not counted in one unit.</summary>
    UnitsDiffer,

    /// <summary>Other products were made than before; a logarithm of 0 is no number.</summary>
    ProductsDiffer,
}

/// <summary>
/// What a settled period says beside money: by what its emissions changed and why, and which
/// limit held it up.
/// </summary>
/// <param name="Before">The settled period before it; null for the first.</param>
/// <param name="Levers">In grams; null where <paramref name="Gap"/> says why.</param>
/// <param name="Tightness">Of the bubble and of each zone, the one to look at first.</param>
public sealed record PeriodInsight(
    string PeriodId, string? Before, Levers? Levers, LeverGap Gap,
    ImmutableArray<Tightness> Tightness);

/// <summary>Works insights out of settlements and of what members reported to have made.</summary>
public static class PeriodInsights
{
    private const long Thousandths = 1_000;
    private const double MilligramsPerGram = 1_000;

    /// <param name="before">The settlement of the period before it, if there is one.</param>
    public static PeriodInsight Of(
        Contract contract, Period period, PeriodSettlement settled, PeriodSettlement? before,
        FundState state, IReadOnlyDictionary<string, ZoneKey> keyBySource)
    {
        var (levers, gap) = before is null
            ? (null, LeverGap.NoPeriodBefore)
            : LeversOf(before, settled, state);
        return new PeriodInsight(
            settled.PeriodId, before?.PeriodId, levers, gap,
            TightnessOf(contract, period, settled, state, keyBySource));
    }

    /// <summary>
    /// Limits of the bubble and of its zones with their prices. A contract caps the bubble; a
    /// zone's part of it is what those hold who emit there, by where their emissions come down.
    /// </summary>
    private static ImmutableArray<Tightness> TightnessOf(
        Contract contract, Period period, PeriodSettlement settled, FundState state,
        IReadOnlyDictionary<string, ZoneKey> keyBySource)
    {
        var pollutant = contract.Bubble.Pollutant;
        var options = OptionsOf(state, pollutant);
        var perKg = ChargePerKg(contract, period);
        var zones = new SortedDictionary<string, (long Cap, long Emitted)>(StringComparer.Ordinal);
        foreach (var member in settled.Members)
        {
            Split(member, settled, keyBySource, zones);
        }

        // While the sum is within the cap nobody answers for a zone, so a kilogram there is free.
        var ofZones = settled.Bubble.IsBroken
            || contract.Breach.Trigger is Trigger.Member or Trigger.Both ? perKg : 0;
        return
        [
            .. Constraints.Of(
                [
                    new Constraint(
                        null, pollutant, settled.Bubble.CapGrams, settled.Bubble.EmittedGrams),
                ],
                options, perKg),
            .. Constraints.Of(
                [
                    .. zones.Select(zone => new Constraint(
                        zone.Key, pollutant, zone.Value.Cap, zone.Value.Emitted)),
                ],
                options, ofZones),
        ];
    }

    private static void Split(
        MemberVerdict member, PeriodSettlement settled,
        IReadOnlyDictionary<string, ZoneKey> keyBySource,
        SortedDictionary<string, (long Cap, long Emitted)> zones)
    {
        var parts = settled.Sources.Where(source => source.Member == member.Member)
            .SelectMany(source => keyBySource.TryGetValue(source.Source, out var key)
                ? key.Shares.Select(share =>
                    (share.Zone, Weight: (Int128)source.Milligrams * share.Parts))
                : [])
            .GroupBy(share => share.Zone)
            .OrderBy(zone => zone.Key, StringComparer.Ordinal)
            .Select(zone => (Zone: zone.Key, Weight: zone.SumWide(share => share.Weight)))
            .ToList();
        if (parts.All(part => part.Weight == 0))
        {
            return;
        }

        Int128[] weights = [.. parts.Select(part => part.Weight)];
        var caps = LargestRemainder.Split(Math.Max(0, member.LevelGrams), weights);
        var emitted = LargestRemainder.Split(member.EmittedGrams, weights);
        foreach (var (i, (zone, _)) in parts.Index())
        {
            var (cap, sum) = zones.GetValueOrDefault(zone);
            zones[zone] = (cap + caps[i], sum + emitted[i]);
        }
    }

    /// <summary>Ways of emitting less: as measured where it was, or else as applied for.</summary>
    public static ImmutableArray<AbatementOption> OptionsOf(FundState state, string pollutant) =>
    [
        .. state.Projects.Values
            .Where(project => state.Programmes[project.Programme].Pollutant == pollutant
                && project.State is not (ProjectState.Ineligible or ProjectState.Rejected)
                && project.ExpectedGrams > 0)
            .Select(project => new AbatementOption(
                project.Id, project.Zone, pollutant,
                project.CostPerKgMinor
                    ?? Rounding.Quotient(
                        (Int128)project.RequestedMinor * Thousandths, project.ExpectedGrams),
                project.Abatement?.Grams ?? project.ExpectedGrams)),
    ];

    /// <summary>What the dearest tier takes for a kilogram of excess in that period.</summary>
    public static long ChargePerKg(Contract contract, Period period) => Rounding.Quotient(
        (Int128)Settlement.ChargeRules.RateIn(contract, period) * Thousandths
            * contract.Charge.Tiers.Where(tier => tier.Part == ChargedPart.Over)
                .Select(tier => tier.TimesThousandths).DefaultIfEmpty(0).Max(),
        (Int128)contract.Charge.PerGrams * Thousandths);

    private static (Levers? Levers, LeverGap Gap) LeversOf(
        PeriodSettlement before, PeriodSettlement after, FundState state)
    {
        var (one, other) = (ReportsOf(before, state), ReportsOf(after, state));
        if (one is null || other is null)
        {
            return (null, LeverGap.ActivityMissing);
        }

        if (one.Concat(other).Select(row => row.Report.Unit).Distinct().Count() > 1)
        {
            return (null, LeverGap.UnitsDiffer);
        }

        return Levers.Between(ProductsOf(one), ProductsOf(other)) is { } levers
            ? (levers, LeverGap.None)
            : (null, LeverGap.ProductsDiffer);
    }

    /// <summary>Null where a source has a mass and no report, or none has a mass.</summary>
    private static List<(SourceMass Source, ActivityReport Report)>? ReportsOf(
        PeriodSettlement settled, FundState state)
    {
        var emitting = settled.Sources.Where(source => source.Milligrams > 0).ToList();
        var known = emitting.Select(source => (
                Source: source,
                Report: ActivityRules.MadeBy(state, settled.PeriodId, source.Source)))
            .Where(row => row.Report is not null)
            .Select(row => (row.Source, row.Report!)).ToList();
        return emitting.Count > 0 && known.Count == emitting.Count ? known : null;
    }

    private static ImmutableArray<ProductActivity> ProductsOf(
        List<(SourceMass Source, ActivityReport Report)> rows) =>
    [
        .. rows.GroupBy(row => row.Report.Product).Select(product => new ProductActivity(
            product.Key, product.Sum(row => (double)row.Report.Quantity),
            product.Sum(row => row.Source.Milligrams / MilligramsPerGram))),
    ];
}
