using Monitoring.Core;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Server.Notify;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>
/// The period that is over and cannot be settled, since nobody told what members made in it. It
/// holds up all that come after, so it is open work of each member that has not reported.
/// </summary>
public sealed class AwaitedActivity(
    FactBook facts, QuotaBook quotas, MemberUses uses, PeriodReckoning reckoning,
    HubSettings settings, TimeProvider time)
{
    public const string Kind = "activity";

    private readonly NextPeriod _next = new(facts, quotas, reckoning.Versions);

    // A status page asks every few seconds, and masses of a year are many.
    private Looked? _looked;

    /// <summary>By member; empty where nothing is waited for.</summary>
    public IReadOnlyList<OpenItem> Now()
    {
        if (_next.Find() is not { } period
            || reckoning.Versions.At(period.Start) is not { AsksActivity: true } contract
            || !uses.HavePassed(period))
        {
            return [];
        }

        var rows = reckoning.JournalRows;
        if (_looked is not { } looked || (looked.Period, looked.Rows) != (period, rows))
        {
            looked = new Looked(period, rows, [.. reckoning.MissingIn(contract, period)]);
            _looked = looked;
        }

        var notice = ContractDates.Of(contract, period).Notice;
        var isLate = time.GetUtcNow() >= notice;
        return
        [
            .. looked.Missing.GroupBy(one => one.Member).Select(member =>
            {
                string Text(Language language) => ActivityText.Of(
                    period, [.. member],
                    LocalTime.In(notice, settings.TimeZone, "yyyy-MM-dd HH:mm:ss zzz"),
                    isLate, language) + (isLate ? " (report_activity)" : "");
                return new OpenItem(
                    Kind, $"{period.Id}/{member.Key}", member.Key, period.Id,
                    period.End.ToUnixTimeMilliseconds(), notice.ToUnixTimeMilliseconds(),
                    Text(Language.English), Text(Language.Ukrainian));
            }),
        ];
    }

    private sealed record Looked(
        Period Period, long Rows, IReadOnlyList<MissingActivity> Missing);
}
