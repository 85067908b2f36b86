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
    private readonly ContractVersions _versions;
    private readonly PeriodReckoning _reckoning;
    private readonly NextPeriod _next;
    private readonly NoticeWriter _notices;
    private readonly NoticeBell _bell;
    private readonly TimeProvider _time;
    private readonly Dictionary<Period, QuotaLimits> _limits = [];
    private long _observedWindow;

    // Settlements say themselves which windows they know; this only spares looking again.
    private long _reviewedWindow;

    private readonly SortedSet<long> _passedOver = [];

    // Many sources call for each look that has something to see.
    private bool _isDue = true;

    public BubbleGrain(
        FactBook facts, MemberUses uses, QuotaBook quotas, PeriodReckoning reckoning,
        NoticeWriter notices, NoticeBell bell, TimeProvider time)
    {
        _facts = facts;
        _uses = uses;
        _quotas = quotas;
        _versions = reckoning.Versions;
        _reckoning = reckoning;
        _next = new NextPeriod(facts, quotas, reckoning.Versions);
        _notices = notices;
        _bell = bell;
        _time = time;
    }

    public async Task Advance()
    {
        await SettleDue();
        await SettlePassedOver();
        var touched = _facts.RevisedAfter(_versions.Newest, _reviewedWindow);
        var reviewed = _observedWindow;
        var isMore = await GrainFactory.GetGrain<IFundGrain>(_versions.Newest.Id).Review(touched);
        _reviewedWindow = reviewed;
        if (isMore)
        {
            this.AsReference<IBubbleGrain>().Advance().Ignore();
        }
    }

    // Nothing was known of them when they were over, so others were settled in their place.
    private async Task SettlePassedOver()
    {
        if (_quotas.PositionOf(_versions.Newest.Id) is not { } positionMs)
        {
            return;
        }

        _passedOver.UnionWith(_quotas.PassedOver(
                _versions.Newest, _reviewedWindow,
                _versions.At(DateTimeOffset.MinValue).InForce.ToUnixTimeMilliseconds(), positionMs)
            .Select(startMs => _versions.PeriodAt(startMs).Start.ToUnixTimeMilliseconds()));
        var fund = GrainFactory.GetGrain<IFundGrain>(_versions.Newest.Id);
        foreach (var startMs in _passedOver.Take(PeriodsPerCallMax).ToList())
        {
            if (!await fund.WaitsForActivity(startMs) && await fund.Settle(startMs))
            {
                _passedOver.Remove(startMs);
            }
        }
    }

    private async Task SettleDue()
    {
        _isDue |= await ObserveTouchedAsync();
        for (var i = 0; _isDue && i < PeriodsPerCallMax; i++)
        {
            if (_next.Find() is not { } period || !_uses.HavePassed(period))
            {
                _isDue = false;
                break;
            }

            // Until notice is given it stays due: the next call looks again.
            var contract = _versions.At(period.Start);
            var fund = GrainFactory.GetGrain<IFundGrain>(_versions.Newest.Id);
            if (await fund.WaitsForActivity(period.Start.ToUnixTimeMilliseconds())
                || _time.GetUtcNow() < ContractDates.Of(contract, period).Notice)
            {
                return;
            }

            // The last facts may have come since: what they break is told before it is settled.
            await ObserveAsync(period, AlertRules.Step, isOver: false);
            if (!await fund.Settle(period.Start.ToUnixTimeMilliseconds()))
            {
                return;
            }

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
            _versions.Newest.Bubble.Pollutants, _observedWindow, _next.FromMs);
        var periods = startsMs.Select(_versions.PeriodAt).Concat(SoldIn()).Distinct().ToList();
        foreach (var period in periods)
        {
            await ObserveAsync(period, AlertRules.Step, isOver: false);
        }

        var isNew = windowId > _observedWindow;
        _observedWindow = windowId;
        return isNew;
    }

    /// <summary>Running periods in which members hold something else than when last seen.</summary>
    private IEnumerable<Period> SoldIn() =>
        _limits.Where(pair => !pair.Value.IsSameAs(
                _reckoning.LimitsOf(_versions.At(pair.Key.Start), pair.Key)))
            .Select(pair => pair.Key);

    private async Task ObserveAsync(
        Period period, Func<AlertState, AlertObservation, DateTimeOffset, AlertStep> rule,
        bool isOver)
    {
        var contract = _versions.At(period.Start);
        var uses = _uses.In(period);
        var limits = _reckoning.LimitsOf(contract, period);
        if (isOver)
        {
            _limits.Remove(period);
        }
        else
        {
            _limits[period] = limits;
        }

        var states = _quotas.AlertStates(contract.Id, period.Id);
        var now = _time.GetUtcNow();
        var steps = AlertRules.Observe(contract, period, limits, uses, isProvisional: !isOver)
            .Select(seen => rule(
                states.GetValueOrDefault(seen.Key) ?? AlertState.Initial(seen.Key), seen, now))
            .ToImmutableArray();
        ImmutableArray<AlertTransition> transitions =
            [.. steps.Select(step => step.Transition).OfType<AlertTransition>()];
        await _quotas.WriteAsync(new QuotaStep(
            contract, period, LinesOf(contract, period, limits, uses),
            [.. steps.Select(step => step.State)], transitions,
            [.. transitions.SelectMany(_notices.NoticesOf)])
        {
            IsPeriodOver = isOver,
        });
        if (transitions.Length > 0)
        {
            _bell.Ring();
        }
    }

    private static ImmutableArray<QuotaLine> LinesOf(
        Contract contract, Period period, QuotaLimits limits,
        IReadOnlyDictionary<string, MemberUse> used)
    {
        const long MilligramsPerGram = 1_000;
        var lines = ImmutableArray.CreateBuilder<QuotaLine>();
        foreach (var (member, grams) in limits.Members)
        {
            var use = used[member];
            lines.Add(new QuotaLine(
                member, (period.Start + use.Elapsed).ToUnixTimeMilliseconds(), use.Milligrams,
                grams * MilligramsPerGram, use.ForecastAtEnd(period)));
        }

        // The bubble's forecast is only as old as its slowest member's.
        lines.Add(new QuotaLine(
            contract.Bubble.Id, lines.Max(line => line.AtMs),
            lines.Sum(line => line.UsedMilligrams),
            limits.BubbleGrams * MilligramsPerGram,
            lines.All(line => line.ForecastMilligrams is not null)
                ? lines.Sum(line => line.ForecastMilligrams!.Value)
                : null));
        return lines.ToImmutable();
    }
}
