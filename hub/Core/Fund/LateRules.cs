using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Monitoring.Core.Ledger;

namespace Monitoring.Core.Fund;

/// <summary>What follows for a member that is late, by the contract; it stands until it ends.
/// </summary>
/// <param name="Step">One of <see cref="LateRules"/>.</param>
/// <param name="About">The charge or duty that is late the longest.</param>
/// <param name="SinceMs">UTC milliseconds.</param>
public sealed record LateStep(string Member, string Step, string About, long SinceMs) : BookEvent
{
    /// <summary>Until when a plan has to be there, UTC milliseconds; null of other steps.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? PlanDueMs { get; init; }

    /// <summary>Of the document that was handed in, hexadecimal; null before.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PlanSha256 { get; init; }

    /// <summary>When nothing was late any more, or the plan was there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? EndedMs { get; init; }

    public string Key => $"{Member}/{Step}";
}

/// <summary>What follows from being late happens by itself, once, and ends by itself.</summary>
public static class LateRules
{
    /// <summary>Named in public: in the log, the API and on the status page.</summary>
    public const string Published = "published";

    /// <summary>Owes a plan.</summary>
    public const string Plan = "plan";

    /// <summary>May not sell.</summary>
    public const string Suspended = "suspended";

    private const int HashLength = 64;

    private static readonly (string, int)[] NoSteps = [];

    /// <summary>Steps that begin or end now; empty where nothing changes.</summary>
    public static ImmutableArray<LateStep> Due(FundState state, FundTerms terms, long nowMs)
    {
        var due = ImmutableArray.CreateBuilder<LateStep>();
        foreach (var member in state.Charges.Values.Select(charge => charge.Member)
            .Concat(state.Duties.Values.Select(duty => duty.Member))
            .Concat(state.Late.Values.Select(step => step.Member))
            .Distinct().Order(StringComparer.Ordinal))
        {
            var oldest = Ageing.OldestLate(state, member, nowMs);
            foreach (var (name, after) in StepsOf(terms))
            {
                if (Change(state, (member, name), oldest, after, nowMs) is { } step)
                {
                    due.Add(name == Plan && step.EndedMs is null
                        ? step with { PlanDueMs = PlanDueMs(terms, oldest!.DueMs, nowMs) }
                        : step);
                }
            }
        }

        return due.ToImmutable();
    }

    internal static Decision Follow(FundState state, FundTerms terms, long nowMs) =>
        Decision.Accept([.. Due(state, terms, nowMs)]);

    internal static Decision Submit(FundState state, FundCommand.FollowUpPlan it, long nowMs) =>
        !state.Late.TryGetValue($"{it.Member}/{Plan}", out var step) || step.EndedMs is not null
            ? Decision.Refuse(FundVerdict.NoSuchDuty, $"no plan is due of '{it.Member}'")
            : it.Sha256.Length != HashLength || !it.Sha256.All(char.IsAsciiHexDigitLower)
                ? Decision.Refuse(
                    FundVerdict.EvidenceMissing,
                    "'sha256' is the SHA-256 of the document, 64 digits of 0-9 and a-f")
            : Decision.Accept(step with { PlanSha256 = it.Sha256, EndedMs = nowMs });

    /// <summary>The refusal of a sale; null where the member may sell.</summary>
    internal static Decision? TradeFault(
        FundState state, string member, FundTerms terms, long nowMs) =>
        terms.SuspendTradeAfterDays is { } days && Ageing.DaysLate(state, member, nowMs) >= days
            ? Decision.Refuse(
                FundVerdict.TradeSuspended, $"{member} has a charge that is {days} days late")
            : null;

    private static (string Name, int After)[] StepsOf(FundTerms terms) =>
    [
        .. terms.PublishAfterDays is { } publish ? [(Published, publish)] : NoSteps,
        .. terms.PlanAfterDays is not null ? [(Plan, 1)] : NoSteps,
        .. terms.SuspendTradeAfterDays is { } suspend ? [(Suspended, suspend)] : NoSteps,
    ];

    private static LateStep? Change(
        FundState state, (string Member, string Name) of, LateDue? oldest, int after, long nowMs)
    {
        var standing = state.Late.GetValueOrDefault($"{of.Member}/{of.Name}");
        if (standing is { EndedMs: null })
        {
            // A plan stays due, also where the money came meanwhile.
            return oldest is null && of.Name != Plan ? standing with { EndedMs = nowMs } : null;
        }

        var isAnswered = of.Name == Plan && standing?.About == oldest?.About;
        return oldest is not null && oldest.Days >= after && !isAnswered
            ? new LateStep(of.Member, of.Name, oldest.About, nowMs)
            : null;
    }

    // As many days as the contract leaves, counted from when it could be known.
    private static long PlanDueMs(FundTerms terms, long dueMs, long nowMs) => Math.Max(
        dueMs + (terms.PlanAfterDays!.Value * Ageing.DayMs),
        nowMs + ((terms.PlanAfterDays.Value - 1) * Ageing.DayMs));
}
