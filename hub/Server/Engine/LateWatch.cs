using Monitoring.Core.Fund;
using Monitoring.Server.Notify;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>
/// Lets follow from being late what the contract says, and tells of what waits for a person: once,
/// since a notice of the same id is written once. The fund's one writer asks it to look.
/// </summary>
public sealed class LateWatch(
    PeriodReckoning reckoning, LedgerBook ledger, OpenWork open, NoticeWriter notices,
    NoticeBell bell)
{
    private const long EveryMs = 60_000;

    private long _lookedMs = long.MinValue;

    public async Task LookAsync(long nowMs)
    {
        if (nowMs - EveryMs < _lookedMs)
        {
            return;
        }

        if (!LateRules.Due(ledger.Books(), reckoning.Terms, nowMs).IsEmpty)
        {
            ledger.Ask(
                new FundRequest($"late/{nowMs}", new FundCommand.FollowLate()), reckoning.Terms,
                nowMs);
        }

        var period = reckoning.Versions.PeriodAt(nowMs);
        Notice[] told =
        [
            .. open.Now().SelectMany(item => notices.NoticesOf(item, period, nowMs)),
        ];
        if (told.Length > 0)
        {
            await ledger.TellAsync(told);
            bell.Ring();
        }

        _lookedMs = nowMs;
    }
}
