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
    /// Settles the period that starts then, books its charges and gives notice of them; a repeat
    /// does nothing.
    /// </summary>
    Task Settle(long periodStartMs);

    /// <summary>
    /// Looks at settled periods again: those whose facts may have changed are put right, and
    /// those whose time has come go on to be final and sealed.
    /// </summary>
    /// <param name="touchedMs">Starts of windows that were worked out again.</param>
    Task Review(IReadOnlyList<long> touchedMs);
}

/// <summary>The one writer of a contract's ledger.</summary>
public sealed class FundGrain : Grain, IFundGrain
{
    private readonly PeriodReckoning _reckoning;
    private readonly LedgerBook _ledger;
    private readonly ContractVersions _versions;
    private readonly NoticeWriter _notices;
    private readonly NoticeBell _bell;
    private readonly TimeProvider _time;
    private readonly ILogger<FundGrain> _log;

    // Settled and not sealed: the starts of periods, and when their next step may be due.
    private readonly SortedDictionary<long, long> _waiting = [];

    // Settled on facts, or on what was carried over, that may be others now.
    private readonly HashSet<long> _touched = [];
    private long _interestDay;

    public FundGrain(
        PeriodReckoning reckoning, LedgerBook ledger, NoticeWriter notices, NoticeBell bell,
        TimeProvider time, ILogger<FundGrain> log)
    {
        _reckoning = reckoning;
        _ledger = ledger;
        _versions = reckoning.Versions;
        _notices = notices;
        _bell = bell;
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
        return Task.CompletedTask;
    }

    public Task Settle(long periodStartMs)
    {
        var period = _versions.PeriodAt(periodStartMs);
        var contract = _versions.At(period.Start);
        var settled = _reckoning.Of(contract, period, standing: null, isFinal: false);
        var settlement = settled.Settlement;
        var nowMs = NowMs();
        var final = DateTimeOffset.FromUnixTimeMilliseconds(
            FundClauses.FinalMs(contract, period, nowMs));
        Book(
            contract, settled,
            FundClauses.RequestsOf(
                contract, period, settlement, _reckoning.EntryOf(contract, settlement), nowMs),
            nowMs, [.. _notices.NoticesOf(contract, period, settlement, final, nowMs)]);
        _waiting[periodStartMs] = 0;
        return Task.CompletedTask;
    }

    public Task Review(IReadOnlyList<long> touchedMs)
    {
        var nowMs = NowMs();
        AccrueInterest(nowMs);
        _touched.UnionWith(touchedMs.Select(ms =>
            _versions.PeriodAt(ms).Start.ToUnixTimeMilliseconds()));
        var due = new SortedSet<long>(_touched.Concat(
            _waiting.Where(pair => pair.Value <= nowMs).Select(pair => pair.Key)));
        while (due.Count > 0)
        {
            var startMs = due.Min;
            due.Remove(startMs);
            var period = _versions.PeriodAt(startMs);
            if (_ledger.StandingOf(_versions.Newest.Id, period.Id) is not var (standing, toldMs))
            {
                _waiting.Remove(startMs);
            }
            else if (Review(period, standing, toldMs, _touched.Contains(startMs))
                && _ledger.NextSettledMs(_versions.Newest.Id, period.End) is { } nextMs)
            {
                // It leaves something else to the next one, however long that has been final.
                _touched.Add(nextMs);
                due.Add(nextMs);
            }

            _touched.Remove(startMs);
        }

        return Task.CompletedTask;
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
        var nowMs = NowMs();
        while (FundClauses.NextStepOf(contract, period, state, toldMs) is var (next, dueMs))
        {
            if (nowMs < dueMs || IsHeldUp(period, next))
            {
                _waiting[period.Start.ToUnixTimeMilliseconds()] = dueMs;
                return;
            }

            // A refusal is remembered under its id, so each try has one of its own.
            var answer = _ledger.Ask(
                new FundRequest(
                    $"{next}/{period.Id}/{nowMs}", new FundCommand.MovePeriod(period.Id, next)),
                _reckoning.Terms, nowMs);
            if (!answer.IsAccepted)
            {
                _log.EngineFailed(period.Id, $"it does not get {next}: {answer.Reason}");
                return;
            }

            state = next;
        }

        _waiting.Remove(period.Start.ToUnixTimeMilliseconds());
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
        if (isFinal && !FundClauses.MayRestate(contract, period, nowMs))
        {
            return false;
        }

        var settled = _reckoning.Of(contract, period, standing, isFinal);
        var revised = settled.Settlement;
        if (revised.Id == standing.Id)
        {
            return false;
        }

        var open = isFinal ? _versions.PeriodAt(nowMs) : period;
        var books = _ledger.Books();
        Book(
            contract, settled,
            FundClauses.CorrectionOf(
                contract, (period, open), revised,
                _reckoning.EntryOf(contract, revised, open.Id), books, nowMs),
            nowMs,
            [
                .. _notices.NoticesOf(
                    contract, period, revised, Restatement.Of(contract, standing, revised),
                    nowMs),
            ]);
        return !revised.Carried.SequenceEqual(standing.Carried);
    }

    private void Book(
        Contract contract, SettledPeriod settled, IReadOnlyList<FundRequest> requests, long nowMs,
        IReadOnlyList<Notice> notices)
    {
        var (period, settlement) = (settled.Period, settled.Settlement);
        var answer = _ledger.Book(settled, requests, _reckoning.Terms, nowMs, notices);
        switch (answer)
        {
            case { IsAccepted: true, Reason: nameof(BookingVerdict.AlreadyBooked) }:
                break;
            case { IsAccepted: true }:
                _log.PeriodSettled(
                    period.Id, settlement.Bubble.EmittedGrams, settlement.Bubble.CapGrams,
                    contract.Currency.Show(settlement.TotalMinorUnits));
                _bell.Ring();
                break;
            default:
                throw new InvalidOperationException(
                    $"{period.Id} cannot be booked: {answer.Reason}. The period stays open.");
        }
    }

    private long NowMs() => _time.GetUtcNow().ToUnixTimeMilliseconds();
}
