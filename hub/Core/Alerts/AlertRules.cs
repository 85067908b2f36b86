using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core.Contracts;
using Monitoring.Core.Forecast;
using Monitoring.Wire;

namespace Monitoring.Core.Alerts;

/// <summary>A state to store, and the transitions to tell, together.</summary>
/// <param name="Transitions">
/// None, one, or two where a new period begins above the threshold.
/// </param>
public sealed record AlertStep(AlertState State, ImmutableArray<AlertTransition> Transitions);

/// <summary>What a member emitted in a period so far.</summary>
/// <param name="Elapsed">The time of the period that this mass stands for.</param>
public sealed record MemberUse(long Milligrams, TimeSpan Elapsed)
{
    public static readonly MemberUse Nothing = new(0, TimeSpan.Zero);

    /// <summary>
    /// The part of it emitted in the time elapsed. Sources that are ahead of the slowest have
    /// more, which a forecast must not stretch over time that they have behind them.
    /// </summary>
    public long OfElapsedMilligrams { get; init; } = Milligrams;

    /// <summary>
    /// Milligrams at the period's end, not below those known; null where nothing is known of it
    /// yet.
    /// </summary>
    public long? ForecastAtEnd(Period period) =>
        LinearForecast.AtPeriodEnd(OfElapsedMilligrams, Elapsed, period.Length) is { } forecast
            ? Math.Max(forecast, Milligrams)
            : null;
}

/// <summary>When an alert is raised and cleared.</summary>
public static class AlertRules
{
    public static AlertStep Step(AlertState state, AlertObservation seen, DateTimeOffset now)
    {
        Invariant.That(state.Key == seen.Key);
        Invariant.That(seen.HysteresisPercent < seen.ThresholdPercent);
        var transitions = ImmutableArray.CreateBuilder<AlertTransition>();

        void Change(AlertChange change, AlertReason reason, long? value)
        {
            var number = state.Transitions + 1;
            transitions.Add(Transition(state, seen, number, now) with
            {
                Change = change,
                Reason = reason,
                ValueMilligrams = value,
            });
            state = state with
            {
                IsRaised = change == AlertChange.Raised,
                Transitions = number,
            };
        }

        if (state.PeriodId != seen.PeriodId)
        {
            if (state.IsRaised)
            {
                Change(AlertChange.Cleared, AlertReason.PeriodEnded, null);
            }

            state = state with { PeriodId = seen.PeriodId };
        }

        if (seen.ValueMilligrams is { } value)
        {
            if (!state.IsRaised && Reaches(value, seen, seen.ThresholdPercent))
            {
                Change(AlertChange.Raised, AlertReason.ReachedThreshold, value);
            }
            else if (state.IsRaised
                && !Reaches(value, seen, seen.ThresholdPercent - seen.HysteresisPercent))
            {
                Change(AlertChange.Cleared, AlertReason.FellBelowHysteresis, value);
            }
        }

        return new AlertStep(state, transitions.ToImmutable());
    }

    /// <summary>Everything the contract wants watched, at one instant of a period.</summary>
    /// <param name="uses">Of each member so far; a member without facts may miss.</param>
    public static ImmutableArray<AlertObservation> Observe(
        Contract contract, Period period, IReadOnlyDictionary<string, MemberUse> uses,
        bool isProvisional)
    {
        const long MilligramsPerGram = 1_000;
        var all = ImmutableArray.CreateBuilder<AlertObservation>();
        void Add(string subject, AlertLevel level, long? value, (long Grams, int Percent) limit) =>
            all.Add(new AlertObservation
            {
                Key = new AlertKey(contract.Id, subject, level),
                PeriodId = period.Id,
                ValueMilligrams = value,
                LimitMilligrams = limit.Grams * MilligramsPerGram,
                ThresholdPercent = limit.Percent,
                HysteresisPercent = contract.Alerts.HysteresisPercent,
                IsProvisional = isProvisional,
            });

        var sum = 0L;
        foreach (var (member, grams) in contract.Bubble.Holdings)
        {
            var use = uses.GetValueOrDefault(member) ?? MemberUse.Nothing;
            sum += use.Milligrams;
            var forecast = use.ForecastAtEnd(period);
            Add(member, AlertLevel.Forecast, forecast, (grams, contract.Alerts.ForecastPercent));
            Add(
                member, AlertLevel.Member, use.Milligrams,
                (grams, contract.Alerts.MemberPercent));
        }

        Add(
            contract.Bubble.Id, AlertLevel.Bubble, sum,
            (contract.Bubble.CapGrams, contract.Alerts.BubblePercent));
        return all.ToImmutable();
    }

    // A limit of 0 is reached by any mass at all, and not by none.
    private static bool Reaches(long value, AlertObservation seen, int percent) =>
        value > 0 && (Int128)value * 100 >= (Int128)seen.LimitMilligrams * percent;

    private static AlertTransition Transition(
        AlertState state, AlertObservation seen, int number, DateTimeOffset now) => new()
    {
        Id = ContentId.Of(
            "alert", seen.Key.ContractId, seen.Key.Subject, seen.Key.Level.ToString(),
            state.PeriodId, number.ToString(CultureInfo.InvariantCulture)),
        Key = seen.Key,
        Change = AlertChange.Raised,
        Reason = AlertReason.ReachedThreshold,
        PeriodId = state.PeriodId,
        ValueMilligrams = null,
        LimitMilligrams = seen.LimitMilligrams,
        ThresholdPercent = seen.ThresholdPercent,
        IsProvisional = seen.IsProvisional,
        At = now,
    };
}
