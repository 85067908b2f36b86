using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core.Contracts;
using Monitoring.Core.Forecast;
using Monitoring.Wire;

namespace Monitoring.Core.Alerts;

/// <summary>A state to store, and the transition to tell, if there is one, together.</summary>
public sealed record AlertStep(AlertState State, AlertTransition? Transition);

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
    /// How much of what the period is made of lies in the time elapsed, and how much in all of
    /// it; null: as much as there is time.
    /// </summary>
    public (long Done, long Whole)? Pace { get; init; }

    /// <summary>
    /// Milligrams at the period's end, not below those known; null where nothing is known of it
    /// yet.
    /// </summary>
    public long? ForecastAtEnd(Period period) =>
        LinearForecast.AtPeriodEnd(
            OfElapsedMilligrams, Pace ?? (Elapsed.Ticks, period.Length.Ticks)) is { } forecast
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
        if (seen.ValueMilligrams is not { } value)
        {
            return new AlertStep(state, null);
        }

        if (!state.IsRaised && Reaches(value, seen, seen.ThresholdPercent))
        {
            return Change(state, seen, AlertReason.ReachedThreshold, now);
        }

        return state.IsRaised
            && !Reaches(value, seen, seen.ThresholdPercent - seen.HysteresisPercent)
                ? Change(state, seen, AlertReason.FellBelowHysteresis, now)
                : new AlertStep(state, null);
    }

    /// <summary>The period is settled, so an alert that stands is over.</summary>
    public static AlertStep End(AlertState state, AlertObservation seen, DateTimeOffset now)
    {
        Invariant.That(state.Key == seen.Key);
        return state.IsRaised
            ? Change(state, seen, AlertReason.PeriodEnded, now)
            : new AlertStep(state, null);
    }

    /// <summary>Everything the contract wants watched, at one instant of a period.</summary>
    /// <param name="limits">What each may emit, after all sales and with what it carries.</param>
    /// <param name="uses">Of each member so far; a member without facts may miss.</param>
    public static ImmutableArray<AlertObservation> Observe(
        Contract contract, Period period, QuotaLimits limits,
        IReadOnlyDictionary<string, MemberUse> uses, bool isProvisional)
    {
        const long MilligramsPerGram = 1_000;
        var all = ImmutableArray.CreateBuilder<AlertObservation>();
        void Add(string subject, AlertLevel level, long? value, (long Grams, int Percent) limit) =>
            all.Add(new AlertObservation
            {
                Key = new AlertKey(contract.Id, period.Id, subject, level),
                ValueMilligrams = value,
                LimitMilligrams = limit.Grams * MilligramsPerGram,
                ThresholdPercent = limit.Percent,
                HysteresisPercent = contract.Alerts.HysteresisPercent,
                IsProvisional = isProvisional,
            });

        // What benchmarks allow is known only once what was made is: nobody is above it before.
        if (!contract.Bubble.Benchmarks.IsEmpty)
        {
            return [];
        }

        var sum = 0L;
        foreach (var (member, grams) in limits.Members)
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
            (limits.BubbleGrams, contract.Alerts.BubblePercent));
        return all.ToImmutable();
    }

    // A limit of 0 is reached by any mass at all, and not by none.
    private static bool Reaches(long value, AlertObservation seen, int percent) =>
        value > 0 && (Int128)value * 100 >= (Int128)seen.LimitMilligrams * percent;

    private static AlertStep Change(
        AlertState state, AlertObservation seen, AlertReason reason, DateTimeOffset now)
    {
        var number = state.Transitions + 1;
        var key = seen.Key;
        var transition = new AlertTransition
        {
            Id = ContentId.Of(
                "alert", key.ContractId, key.Subject, key.Level.ToString(), key.PeriodId,
                number.ToString(CultureInfo.InvariantCulture)),
            Key = key,
            Change = state.IsRaised ? AlertChange.Cleared : AlertChange.Raised,
            Reason = reason,
            ValueMilligrams = seen.ValueMilligrams,
            LimitMilligrams = seen.LimitMilligrams,
            ThresholdPercent = seen.ThresholdPercent,
            IsProvisional = seen.IsProvisional,
            At = now,
        };
        return new AlertStep(
            state with { IsRaised = !state.IsRaised, Transitions = number }, transition);
    }
}
