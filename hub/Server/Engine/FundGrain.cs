using System.Collections.Immutable;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Core.Settlement;
using Monitoring.Server.Notify;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>The fund of one contract; the key is the contract's id.</summary>
public interface IFundGrain : IGrainWithStringKey
{
    /// <summary>
    /// Whether it is not told yet what members did in a period that is over. They are asked at
    /// its end, and once more when notice of it would be due: it is not settled on a guess.
    /// </summary>
    Task<bool> WaitsForActivity(long periodStartMs);

    /// <summary>
    /// Settles the period that starts then, books its charges and gives notice of them; a repeat
    /// does nothing.
    /// </summary>
    /// <returns>False where more became known meanwhile: then it is to be called again.</returns>
    Task<bool> Settle(long periodStartMs);

    /// <summary>
    /// Looks at settled periods again: those whose facts may have changed are put right, and
    /// those whose time has come go on to be final and sealed.
    /// </summary>
    /// <param name="touchedMs">Starts of windows that were worked out again.</param>
    /// <returns>Whether there is more to look at, which the next call does.</returns>
    Task<bool> Review(IReadOnlyList<long> touchedMs);
}

/// <summary>The one writer of a contract's ledger.</summary>
public sealed class FundGrain : Grain, IFundGrain
{
    private const int PeriodsPerReviewMax = 200;

    private readonly PeriodReckoning _reckoning;
    private readonly LedgerBook _ledger;
    private readonly ContractVersions _versions;
    private readonly NoticeWriter _notices;
    private readonly NoticeBell _bell;
    private readonly LateWatch _late;
    private readonly TimeProvider _time;
    private readonly ILogger<FundGrain> _log;

    // Settled and not sealed: the starts of periods, and when their next step may be due.
    private readonly SortedDictionary<long, long> _waiting = [];

    // Settled on facts, or on what was carried over, that may be others now.
    private readonly HashSet<long> _touched = [];

    // More became known while they were put right.
    private readonly List<long> _again = [];

    // The one in front of them went on.
    private readonly HashSet<long> _woken = [];

    // Put right since their allowances covered them.
    private readonly SortedSet<long> _recovering = [];
    private long _interestDay;

    // A period that waits for what its members did, and what was known when it was looked at.
    private (string Period, long Rows, bool IsLate)? _waited;
    private ImmutableSortedDictionary<string, ActivityReport>? _reported;
    private ImmutableSortedDictionary<string, RestatementOrder>? _orders;

    public FundGrain(
        PeriodReckoning reckoning, LedgerBook ledger, LateWatch late, NoticeWriter notices,
        NoticeBell bell, TimeProvider time, ILogger<FundGrain> log)
    {
        _reckoning = reckoning;
        _ledger = ledger;
        _versions = reckoning.Versions;
        _notices = notices;
        _bell = bell;
        _late = late;
        _time = time;
        _log = log;
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        foreach (var startMs in _ledger.Unsealed(_versions.Newest.Id))
        {
            _waiting[startMs] = 0;
        }

        _touched.UnionWith(_ledger.SettledBeforeCarry(_versions.Newest.Id));
        _recovering.UnionWith(_ledger.CoveredBefore(_versions.Newest.Id)
            .Where(startMs => _versions.Of(_ledger.StandingOf(
                _versions.Newest.Id, _versions.PeriodAt(startMs).Id)!.Value.Settlement
                .ContractHash) is not null));
        return Task.CompletedTask;
    }

    public async Task<bool> WaitsForActivity(long periodStartMs)
    {
        var period = _versions.PeriodAt(periodStartMs);
        var contract = _versions.At(period.Start);
        if (!contract.AsksActivity)
        {
            return false;
        }

        var now = _time.GetUtcNow();
        var isLate = now >= ContractDates.Of(contract, period).Notice;
        var look = (period.Id, _reckoning.JournalRows, isLate);
        if (look == _waited)
        {
            return true;
        }

        var missing = _reckoning.MissingIn(contract, period);
        if (missing.IsEmpty)
        {
            return false;
        }

        _log.PeriodWaits(
            period.Id, string.Join(", ", missing.Select(one => $"{one.Source} ({one.Gap})")));
        await _ledger.TellAsync([.. _notices.NoticesOf(contract, period, missing, isLate, now)]);
        _bell.Ring();
        _waited = look;
        return true;
    }

    public Task<bool> Settle(long periodStartMs)
    {
        var period = _versions.PeriodAt(periodStartMs);
        var contract = _versions.At(period.Start);
        var settled = _reckoning.Of(contract, period, standing: null, isFinal: false);
        var settlement = settled.Settlement;
        var nowMs = NowMs();
        var final = DateTimeOffset.FromUnixTimeMilliseconds(
            FundClauses.FinalMs(contract, period, nowMs));
        var books = _ledger.Books();
        var state = books.Ledger.StateOf(period.Id);

        // What a person sealed before it was settled, as older releases let one, is booked as if
        // it became known later.
        var open = _versions.PeriodAt(nowMs);
        var isBooked = Book(
            contract, settled,
            state == PeriodState.Sealed
                ? FundClauses.CorrectionOf(
                    contract, (period, open), settlement,
                    _reckoning.EntryOf(contract, settlement, open.Id), books, nowMs)
                : FundClauses.RequestsOf(
                    contract, period, settlement, _reckoning.EntryOf(contract, settlement), state,
                    nowMs),
            nowMs, [.. _notices.NoticesOf(contract, period, settlement, final, nowMs)]);
        if (!isBooked)
        {
            return Task.FromResult(false);
        }

        _waiting[periodStartMs] = 0;

        // A period that had no facts in its time may be settled behind others.
        if (_ledger.NextSettledMs(_versions.Newest.Id, period.End) is { } nextMs)
        {
            _touched.Add(nextMs);
        }

        return Task.FromResult(true);
    }

    public async Task<bool> Review(IReadOnlyList<long> touchedMs)
    {
        var nowMs = NowMs();
        AccrueInterest(nowMs);
        TouchReported();
        TouchOrdered();
        _touched.UnionWith(touchedMs.Select(ms =>
            _versions.PeriodAt(ms).Start.ToUnixTimeMilliseconds()));
        var due = new SortedSet<long>(_touched.Concat(
            _waiting.Where(pair => pair.Value <= nowMs).Select(pair => pair.Key)));
        for (var i = 0; due.Count > 0 && i < PeriodsPerReviewMax; i++)
        {
            var startMs = due.Min;
            due.Remove(startMs);
            var period = _versions.PeriodAt(startMs);
            if (_ledger.StandingOf(_versions.Newest.Id, period.Id) is not var (standing, toldMs))
            {
                _waiting.Remove(startMs);
                WakeAfter(startMs);
            }
            else if (Review(period, standing, toldMs, _touched.Contains(startMs))
                && _ledger.NextSettledMs(_versions.Newest.Id, period.End) is { } nextMs)
            {
                // It leaves something else to the next one, however long that has been final.
                _touched.Add(nextMs);
                due.Add(nextMs);
            }

            _touched.Remove(startMs);
            due.UnionWith(_woken);
            _woken.Clear();
        }

        _touched.UnionWith(_again);
        var isMore = due.Count > 0 || _again.Count > 0;
        _again.Clear();
        CoverAnew(nowMs);
        if (due.Count > 0)
        {
            // A chain of periods, each of which leaves something else to the next.
            _log.ReviewGoesOn(
                PeriodsPerReviewMax, _versions.PeriodAt(due.Min).Id,
                _ledger.SettledFrom(_versions.Newest.Id, due.Min));
        }

        await _late.LookAsync(nowMs);
        return isMore;
    }

    // Put right after their allowances had covered them: together, since what one of them leaves
    // in the bank the next may have used. A chain that goes on at the next look is waited for.
    private void CoverAnew(long nowMs)
    {
        if (_recovering.Count == 0 || _touched.Count > 0)
        {
            return;
        }

        var covers = _recovering.Select(startMs => _versions.PeriodAt(startMs))
            .Select(period => (
                Period: period, Of: _ledger.StandingOf(_versions.Newest.Id, period.Id)))
            .Select(it => FundClauses.CoverOf(
                _versions.Of(it.Of!.Value.Settlement.ContractHash)!, it.Period,
                it.Of.Value.Settlement))
            .ToImmutableArray();
        Ask(
            $"cover/{covers[0].Settlement}/{nowMs}",
            new FundCommand.Cover(_versions.PeriodAt(nowMs).Id, covers), nowMs);
        _recovering.Clear();
    }

    private IEnumerable<long> WaitingBefore(Period period) => _waiting.Keys
        .TakeWhile(startMs => startMs < period.Start.ToUnixTimeMilliseconds());

    private bool Ask(string id, FundCommand command, long nowMs)
    {
        var answer = _ledger.Ask(new FundRequest(id, command), _reckoning.Terms, nowMs);
        if (!answer.IsAccepted)
        {
            _log.EngineFailed(id, $"the books refuse it: {answer.Reason} {answer.Detail}");
        }

        return answer.IsAccepted;
    }

    // What members did was reported otherwise than it was settled by.
    private void TouchReported()
    {
        if (_ledger.Books().Activities is var reports && reports != _reported)
        {
            _touched.UnionWith(_reckoning.ReportedAnew()
                .Select(period => period.Start.ToUnixTimeMilliseconds()));
            _reported = reports;
        }
    }

    private void TouchOrdered()
    {
        if (_ledger.Books().Orders is var orders && orders != _orders)
        {
            _touched.UnionWith(orders.Values.Where(_ledger.Books().IsOpen)
                .Select(order => _versions.Parse(order.PeriodId)).OfType<Period>()
                .Select(period => period.Start.ToUnixTimeMilliseconds()));
            _orders = orders;
        }
    }

    // Once a day, for whole days; a repeat under the id of the day does nothing.
    private void AccrueInterest(long nowMs)
    {
        var day = nowMs / Ageing.DayMs;
        if (_interestDay == day || _reckoning.Terms.InterestBasisPoints == 0)
        {
            return;
        }

        _ledger.Ask(
            new FundRequest($"interest/{day}", new FundCommand.AccrueInterest()),
            _reckoning.Terms, nowMs);
        _interestDay = day;
    }

    /// <returns>Whether the next period begins with something else now.</returns>
    private bool Review(Period period, PeriodSettlement standing, long toldMs, bool isTouched)
    {
        var state = _ledger.Books().Ledger.StateOf(period.Id);
        var nowMs = NowMs();

        // It is another one's when this hub does not know the contract that it was settled by.
        var contract = _versions.Of(standing.ContractHash);
        var isCarryNew = contract is not null
            && (state <= PeriodState.Noticed || isTouched)
            && Correct(contract, period, standing, state, nowMs);
        MoveOn(contract ?? _versions.At(period.Start), period, state, toldMs);
        return isCarryNew;
    }

    private void MoveOn(Contract contract, Period period, PeriodState state, long toldMs)
    {
        var (startMs, nowMs) = (period.Start.ToUnixTimeMilliseconds(), NowMs());
        while (FundClauses.NextStepOf(contract, period, state, toldMs) is var (next, dueMs))
        {
            var inKindMs = state == PeriodState.Final
                ? TakeInKind(contract, period, toldMs, nowMs)
                : long.MaxValue;

            // Nothing can be booked in a period before a sealed one: so earlier ones go first,
            // and wake those behind them.
            var isBehind = next == PeriodState.Sealed && WaitingBefore(period).Any();
            if (nowMs < dueMs || isBehind || IsHeldUp(period, next))
            {
                _waiting[startMs] = Math.Min(
                    inKindMs, isBehind && nowMs >= dueMs ? long.MaxValue : dueMs);
                return;
            }

            // A refusal is remembered under its id, so each try has one of its own.
            if (!Ask(
                $"{next}/{period.Id}/{nowMs}", new FundCommand.MovePeriod(period.Id, next), nowMs))
            {
                return;
            }

            state = next;
        }

        _waiting.Remove(startMs);
        WakeAfter(startMs);
    }

    private void WakeAfter(long startMs)
    {
        foreach (var next in _waiting.Keys.SkipWhile(key => key <= startMs).Take(1).ToList())
        {
            _waiting[next] = 0;
            _woken.Add(next);
        }
    }

    /// <summary>
    /// On their dates: what members owe in kind for a final period, and what their allowances
    /// cover of what they emitted. Each is tried once; what the books refuse a person may do.
    /// </summary>
    /// <returns>When there is something to do again.</returns>
    private long TakeInKind(Contract contract, Period period, long toldMs, long nowMs)
    {
        var wakeMs = long.MaxValue;
        var books = _ledger.Books();
        var makeGoodMs = FundClauses.MakeGoodMs(contract, period, toldMs);
        foreach (var duty in makeGoodMs is null ? [] : books.Duties.Values.Where(duty =>
            duty.PeriodId == period.Id && duty.MetGrams < duty.DueGrams).ToList())
        {
            wakeMs = nowMs < makeGoodMs ? makeGoodMs.Value : wakeMs;
            if (nowMs >= makeGoodMs)
            {
                _ledger.Ask(
                    new FundRequest($"meet/{duty.Id}", new FundCommand.MeetDuty(duty.Id)),
                    _reckoning.Terms, nowMs);
            }
        }

        var holdMs = FundClauses.HoldMs(contract, period, toldMs);
        if (!FundClauses.IsCovered(contract) || books.Covers.ContainsKey(period.Id))
        {
            return wakeMs;
        }

        // What is reserved may still be sold.
        if (nowMs < holdMs || books.Ledger.Pending.Values.Any(reserved =>
            reserved.Transaction.PeriodId == period.Id))
        {
            return Math.Min(wakeMs, Math.Max(holdMs, nowMs));
        }

        // The bank is filled in order: the one in front wakes this one.
        var isFirst = !WaitingBefore(period).TakeLast(1).Any(startMs =>
            !books.Covers.ContainsKey(_versions.PeriodAt(startMs).Id));
        if (isFirst && _ledger.StandingOf(contract.Id, period.Id) is var (standing, _))
        {
            Ask(
                $"cover/{period.Id}",
                new FundCommand.Cover(
                    period.Id, [FundClauses.CoverOf(contract, period, standing)]),
                nowMs);
            WakeAfter(period.Start.ToUnixTimeMilliseconds());
        }

        return wakeMs;
    }

    private bool IsHeldUp(Period period, PeriodState next)
    {
        var books = _ledger.Books();
        return next == PeriodState.Final
            ? books.Objections.Values.Any(objection =>
                objection.PeriodId == period.Id && objection.Answer is null)
            : books.Ledger.Pending.Values.Any(reserved =>
                reserved.Transaction.PeriodId == period.Id);
    }

    // What a final period came to is reversed and booked again in the period that is open.
    private bool Correct(
        Contract contract, Period period, PeriodSettlement standing, PeriodState state, long nowMs)
    {
        var isFinal = state >= PeriodState.Final;
        var books = _ledger.Books();
        var needsOrder = isFinal && !FundClauses.MayRestate(contract, period, nowMs);
        if (needsOrder && books.Orders.IsEmpty)
        {
            return false;
        }

        var settled = _reckoning.Of(contract, period, standing, isFinal);
        var revised = settled.Settlement;
        if (revised.Id == standing.Id)
        {
            return false;
        }

        var order = isFinal ? FundClauses.OrderFor(books, period, standing, revised) : null;
        if (needsOrder && order is null)
        {
            return false;
        }

        var open = isFinal ? _versions.PeriodAt(nowMs) : period;
        if (!Book(
            contract, settled,
            FundClauses.CorrectionOf(
                contract, (period, open), revised,
                _reckoning.EntryOf(contract, revised, open.Id), books, nowMs, order),
            nowMs,
            [
                .. _notices.NoticesOf(
                    contract, period, revised, Restatement.Of(contract, standing, revised) with
                    {
                        Reason = order?.Reason, Document = order?.Sha256,
                    },
                    nowMs),
            ]))
        {
            _again.Add(period.Start.ToUnixTimeMilliseconds());
            return false;
        }

        if (books.Covers.ContainsKey(period.Id))
        {
            _recovering.Add(period.Start.ToUnixTimeMilliseconds());
        }

        return !revised.Carried.SequenceEqual(standing.Carried);
    }

    // False where more became known since it was worked out.
    private bool Book(
        Contract contract, SettledPeriod settled, IReadOnlyList<FundRequest> requests, long nowMs,
        IReadOnlyList<Notice> notices)
    {
        var (period, settlement) = (settled.Period, settled.Settlement);
        var answer = _ledger.Book(settled, requests, _reckoning.Terms, nowMs, notices);
        switch (answer)
        {
            case { Reason: nameof(JournalVerdict.WentOn) }:
                return false;
            case { IsAccepted: true, Reason: nameof(BookingVerdict.AlreadyBooked) }:
                return true;
            case { IsAccepted: true }:
                _log.PeriodSettled(
                    period.Id, settlement.Bubble.EmittedGrams, settlement.Bubble.CapGrams,
                    contract.Currency.Show(settlement.TotalMinorUnits));
                _bell.Ring();
                return true;
            default:
                throw new InvalidOperationException(
                    $"{period.Id} cannot be booked: {answer.Reason}. The period stays open.");
        }
    }

    private long NowMs() => _time.GetUtcNow().ToUnixTimeMilliseconds();
}
