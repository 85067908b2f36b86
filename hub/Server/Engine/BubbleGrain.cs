using System.Collections.Immutable;
using Monitoring.Core.Alerts;
using Monitoring.Core.Contracts;
using Monitoring.Server.Notify;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>One bubble; the key is its contract's id.</summary>
public interface IBubbleGrain : IGrainWithStringKey
{
    /// <summary>
    /// Looks at the balance again, and settles every period that all sources passed.
    /// </summary>
    Task Advance();
}

/// <summary>
/// The owner of one bubble's running balance and alerts, which follow the newest facts. A period
/// is settled when every source of the bubble has passed its end; until then it stays open.
/// </summary>
public sealed class BubbleGrain : Grain, IBubbleGrain
{
    private const int PeriodsPerCallMax = 100;

    private readonly FactBook _facts;
    private readonly MemberUses _uses;
    private readonly QuotaBook _quotas;
    private readonly Contract _contract;
    private readonly NoticeWriter _notices;
    private readonly NoticeBell _bell;
    private readonly TimeProvider _time;
    private long _observedWindow;
    private long _reviewedWindow;

    // Many sources call for each look that has something to see.
    private bool _isDue = true;

    public BubbleGrain(
        FactBook facts, MemberUses uses, QuotaBook quotas, Contract contract,
        NoticeWriter notices, NoticeBell bell, TimeProvider time)
    {
        _facts = facts;
        _uses = uses;
        _quotas = quotas;
        _contract = contract;
        _notices = notices;
        _bell = bell;
        _time = time;
    }

    public async Task Advance()
    {
        await SettleDue();
        var touched = _facts.RevisedAfter(_reviewedWindow, UnsettledFromMs());
        var reviewed = _observedWindow;
        await GrainFactory.GetGrain<IFundGrain>(_contract.Id).Review(touched);
        _reviewedWindow = reviewed;
    }

    private async Task SettleDue()
    {
        _isDue |= await ObserveTouchedAsync();
        for (var i = 0; _isDue && i < PeriodsPerCallMax; i++)
        {
            if (NextPeriod() is not { } period || !_uses.HavePassed(period))
            {
                _isDue = false;
                break;
            }

            // Until notice is given it stays due: the next call looks again.
            if (_time.GetUtcNow() < ContractDates.Of(_contract, period).Notice)
            {
                return;
            }

            // The last facts may have come since: what they break is told before it is settled.
            await ObserveAsync(period, AlertRules.Step, isOver: false);
            await GrainFactory.GetGrain<IFundGrain>(_contract.Id)
                .Settle(period.Start.ToUnixTimeMilliseconds());
            await ObserveAsync(period, AlertRules.End, isOver: true);
        }

        if (_isDue)
        {
            this.AsReference<IBubbleGrain>().Advance().Ignore();
        }
    }

    // Every unsettled period with a new or revised fact is looked at. A silent member holds up
    // settlements, and must not keep the others from being warned in the periods after.
    private async Task<bool> ObserveTouchedAsync()
    {
        var (windowId, startsMs) = _facts.StartsAfter(
            _contract.Bubble.Pollutant, _observedWindow, UnsettledFromMs());
        var periods = startsMs
            .Select(ms => Period.Containing(_contract, DateTimeOffset.FromUnixTimeMilliseconds(ms)))
            .Distinct();
        foreach (var period in periods)
        {
            await ObserveAsync(period, AlertRules.Step, isOver: false);
        }

        var isNew = windowId > _observedWindow;
        _observedWindow = windowId;
        return isNew;
    }

    private long UnsettledFromMs() =>
        _quotas.PositionOf(_contract.Id) ?? _contract.InForce.ToUnixTimeMilliseconds();

    /// <summary>The first unsettled period that has a fact; null where there is none.</summary>
    private Period? NextPeriod() =>
        _facts.NextFactMs(_contract.Bubble.Pollutant, UnsettledFromMs()) is { } factMs
            ? Period.Containing(_contract, DateTimeOffset.FromUnixTimeMilliseconds(factMs))
            : null;

    private async Task ObserveAsync(
        Period period, Func<AlertState, AlertObservation, DateTimeOffset, AlertStep> rule,
        bool isOver)
    {
        var uses = _uses.In(period);
        var states = _quotas.AlertStates(_contract.Id, period.Id);
        var now = _time.GetUtcNow();
        var steps = AlertRules.Observe(_contract, period, uses, isProvisional: !isOver)
            .Select(seen => rule(
                states.GetValueOrDefault(seen.Key) ?? AlertState.Initial(seen.Key), seen, now))
            .ToImmutableArray();
        ImmutableArray<AlertTransition> transitions =
            [.. steps.Select(step => step.Transition).OfType<AlertTransition>()];
        await _quotas.WriteAsync(new QuotaStep(
            _contract, period, LinesOf(period, uses), [.. steps.Select(step => step.State)],
            transitions, [.. transitions.SelectMany(_notices.NoticesOf)])
        {
            IsPeriodOver = isOver,
        });
        if (transitions.Length > 0)
        {
            _bell.Ring();
        }
    }

    private ImmutableArray<QuotaLine> LinesOf(
        Period period, IReadOnlyDictionary<string, MemberUse> used)
    {
        const long MilligramsPerGram = 1_000;
        var lines = ImmutableArray.CreateBuilder<QuotaLine>();
        foreach (var (member, grams) in _contract.Bubble.HoldingsIn(period))
        {
            var use = used[member];
            lines.Add(new QuotaLine(
                member, (period.Start + use.Elapsed).ToUnixTimeMilliseconds(), use.Milligrams,
                grams * MilligramsPerGram, use.ForecastAtEnd(period)));
        }

        // The bubble's forecast is only as old as its slowest member's.
        lines.Add(new QuotaLine(
            _contract.Bubble.Id, lines.Max(line => line.AtMs),
            lines.Sum(line => line.UsedMilligrams),
            _contract.Bubble.CapIn(period) * MilligramsPerGram,
            lines.All(line => line.ForecastMilligrams is not null)
                ? lines.Sum(line => line.ForecastMilligrams!.Value)
                : null));
        return lines.ToImmutable();
    }
}
