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
    private readonly Contract _contract;
    private readonly NoticeWriter _notices;
    private readonly NoticeBell _bell;
    private readonly TimeProvider _time;
    private readonly ILogger<FundGrain> _log;

    // Settled and not sealed: the starts of periods, and when their next step may be due.
    private readonly SortedDictionary<long, long> _waiting = [];
    private long _interestDay;

    public FundGrain(
        PeriodReckoning reckoning, LedgerBook ledger, Contract contract, NoticeWriter notices,
        NoticeBell bell, TimeProvider time, ILogger<FundGrain> log)
    {
        _reckoning = reckoning;
        _ledger = ledger;
        _contract = contract;
        _notices = notices;
        _bell = bell;
        _time = time;
        _log = log;
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        foreach (var startMs in _ledger.Unsealed(_contract.Id))
        {
            _waiting[startMs] = 0;
        }

        return Task.CompletedTask;
    }

    public Task Settle(long periodStartMs)
    {
        var period = PeriodAt(periodStartMs);
        var settled = _reckoning.Of(period, standing: null, isFinal: false);
        var settlement = settled.Settlement;
        var nowMs = NowMs();
        var final = DateTimeOffset.FromUnixTimeMilliseconds(
            FundClauses.FinalMs(_contract, period, nowMs));
        Book(
            settled,
            FundClauses.RequestsOf(
                _contract, period, settlement, _reckoning.EntryOf(settlement), nowMs),
            nowMs, [.. _notices.NoticesOf(period, settlement, final, nowMs)]);
        _waiting[periodStartMs] = 0;
        return Task.CompletedTask;
    }

    public Task Review(IReadOnlyList<long> touchedMs)
    {
        var nowMs = NowMs();
        AccrueInterest(nowMs);
        var touched = touchedMs.Select(ms => PeriodAt(ms).Start.ToUnixTimeMilliseconds())
            .ToHashSet();
        foreach (var startMs in _waiting.Where(pair => pair.Value <= nowMs)
            .Select(pair => pair.Key).Union(touched).Order().ToList())
        {
            var period = PeriodAt(startMs);
            if (_ledger.StandingOf(_contract.Id, period.Id) is var (standing, toldMs))
            {
                Review(period, standing, toldMs, touched.Contains(startMs));
            }
            else
            {
                _waiting.Remove(startMs);
            }
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

    private void Review(Period period, PeriodSettlement standing, long toldMs, bool isTouched)
    {
        var state = _ledger.Books().Ledger.StateOf(period.Id);
        var nowMs = NowMs();
        if (state <= PeriodState.Noticed || isTouched)
        {
            Correct(period, standing, state, nowMs);
        }

        while (FundClauses.NextStepOf(_contract, period, state, toldMs) is var (next, dueMs))
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
    private void Correct(Period period, PeriodSettlement standing, PeriodState state, long nowMs)
    {
        var isFinal = state >= PeriodState.Final;
        if (standing.ContractHash != _contract.Hash
            || (isFinal && !FundClauses.MayRestate(_contract, period, nowMs)))
        {
            return;
        }

        var settled = _reckoning.Of(period, standing, isFinal);
        var revised = settled.Settlement;
        if (revised.Id == standing.Id)
        {
            return;
        }

        var now = DateTimeOffset.FromUnixTimeMilliseconds(nowMs);
        var open = isFinal ? Period.Containing(_contract, now) : period;
        var books = _ledger.Books();
        Book(
            settled,
            FundClauses.CorrectionOf(
                _contract, (period, open), revised, _reckoning.EntryOf(revised, open.Id), books,
                nowMs),
            nowMs,
            [
                .. _notices.NoticesOf(
                    period, revised, Restatement.Of(_contract, standing, revised), nowMs),
            ]);
    }

    private void Book(
        SettledPeriod settled, IReadOnlyList<FundRequest> requests, long nowMs,
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
                    _contract.Currency.Show(settlement.TotalMinorUnits));
                _bell.Ring();
                break;
            default:
                throw new InvalidOperationException(
                    $"{period.Id} cannot be booked: {answer.Reason}. The period stays open.");
        }
    }

    private Period PeriodAt(long ms) =>
        Period.Containing(_contract, DateTimeOffset.FromUnixTimeMilliseconds(ms));

    private long NowMs() => _time.GetUtcNow().ToUnixTimeMilliseconds();
}
