using System.Collections.Immutable;
using Monitoring.Core.Averaging;
using Monitoring.Core.Part75;
using Monitoring.Core.Quality;

namespace Monitoring.Core.Amendments;

/// <summary>What amendments and tests make of one window.</summary>
/// <param name="Excluded">By quantity, the rule by which it is not valid.</param>
/// <param name="Entered">By quantity, the value that takes the place of what was measured.
/// </param>
public sealed record AmendedWindow(
    ImmutableDictionary<string, string> Excluded, ImmutableDictionary<string, Amendment> Entered)
{
    public const string RuleMaintenance = "planned-maintenance";

    private const long MsPerHour = 3_600_000;
    private const string Audit = "rata";

    public static readonly AmendedWindow Nothing = new(
        ImmutableDictionary<string, string>.Empty,
        ImmutableDictionary<string, Amendment>.Empty);

    /// <summary>By quantity, the bias factor of the last audit that was passed.</summary>
    public ImmutableDictionary<string, BiasFactor> Biases { get; init; } =
        ImmutableDictionary<string, BiasFactor>.Empty;

    /// <param name="known">What was known of the source, in the order in which it was entered.
    /// </param>
    public static AmendedWindow Of(
        SourceBinding source, Profile profile, Window window, IReadOnlyList<Amendment> known)
    {
        if (known.Count == 0 && profile.RequiredTests.IsEmpty)
        {
            return Nothing;
        }

        var inForce = known.Where(one => IsInForce(one, profile, known)).ToList();
        var excluded = ImmutableDictionary.CreateBuilder<string, string>();
        var entered = ImmutableDictionary.CreateBuilder<string, Amendment>();
        var biases = ImmutableDictionary.CreateBuilder<string, BiasFactor>();
        foreach (var quantity in source.Quantities.Select(one => one.Quantity))
        {
            var covering = inForce.Where(one => one.Quantity == quantity
                && one.FromMs <= window.StartMs && window.StartMs < one.UntilMs).ToList();
            var rule = covering.Any(one => one.Kind == AmendmentKind.Maintenance)
                ? RuleMaintenance
                : GateOf(quantity, profile, window.StartMs, inForce)
                    .FirstOrDefault(standing => !standing.IsValid)?.Rule;
            if (rule is not null)
            {
                excluded[quantity] = rule;
            }

            if (covering.LastOrDefault(one => one.Kind != AmendmentKind.Test
                && one.Value is not null) is { } value)
            {
                entered[quantity] = value;
            }

            if (profile.AdjustsBias && BiasOf(quantity, source.TimeZone, window, inForce)
                is { } bias)
            {
                biases[quantity] = bias;
            }
        }

        return new AmendedWindow(excluded.ToImmutable(), entered.ToImmutable())
        {
            Biases = biases.ToImmutable(),
        };
    }

    /// <summary>
    /// An audit counts from the hour in which it was over, as its test does. Null without one,
    /// and of diluents and moisture, which have no bias test.
    /// </summary>
    private static BiasFactor? BiasOf(
        string quantity, TimeZoneInfo zone, Window window, IEnumerable<Amendment> inForce)
    {
        if (QuantityUnits.InAnyDuct(quantity) is QuantityUnits.CarbonDioxide
            or QuantityUnits.Oxygen or QuantityUnits.Moisture)
        {
            return null;
        }

        var last = inForce
            .Where(one => one is { Kind: AmendmentKind.Test, Test: Audit, Passed: true }
                && one.Quantity == quantity
                && one.FromMs / MsPerHour <= window.StartMs / MsPerHour)
            .MaxBy(one => one.FromMs);
        return last is null ? null : new BiasFactor(
            last.Value,
            $"RATA {last.Subject} of {TraceText.Local(last.FromMs, zone)}, {last.Reason}",
            last.Result.EndsWith(BiasFactor.OfRate, StringComparison.Ordinal));
    }

    /// <summary>How the tests of one quantity stand at an instant.</summary>
    public static ImmutableArray<TestStanding> GateOf(
        string quantity, Profile profile, long timeMs, IEnumerable<Amendment> known) =>
        QualityGate.At(
            timeMs / MsPerHour,
            [
                .. profile.RequiredTests.Where(test =>
                    test.Quantities.Contains(QuantityUnits.InAnyDuct(quantity))),
            ],
            [
                .. known.Where(one =>
                        one.Kind == AmendmentKind.Test && one.Quantity == quantity)
                    .Select(one => new DoneTest(
                        one.Test, one.FromMs / MsPerHour, one.Passed, one.UntilMs / MsPerHour)),
            ]);

    /// <summary>What a profile wants approved counts from a second person's word on.</summary>
    public static bool IsInForce(
        Amendment one, Profile profile, IReadOnlyList<Amendment> known) =>
        !profile.NeedsApproval || one.Kind is AmendmentKind.Test or AmendmentKind.Approval
        || known.Any(other => other.Kind == AmendmentKind.Approval && other.Subject == one.Id
            && other.Author != one.Author);
}
