using System.Globalization;
using Monitoring.Core;
using Monitoring.Core.Alerts;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Settlement;
using Monitoring.Core.Warnings;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Notify;

/// <summary>One notice of what happened for each channel that is set.</summary>
public sealed class NoticeWriter(HubSettings settings, Contract contract, ClusterMap cluster)
{
    private readonly IReadOnlyList<string> _channels = NoticeChannels.Of(settings);

    public IEnumerable<Notice> NoticesOf(AlertTransition transition) =>
        _channels.Select(channel => new Notice(
            transition.Id, channel,
            AlertNotice.Of(transition, contract, cluster, settings.TimeZone),
            transition.At.ToUnixTimeMilliseconds()));

    /// <summary>Of an instrument of a source.</summary>
    public IEnumerable<Notice> NoticesOf(WarningChange change)
    {
        var source = change.Key.Source;
        var document = new NoticeDocument
        {
            SchemaVersion = AlertNotice.SchemaVersion,
            Id = change.Id,
            Kind = change.IsRaised ? "raised" : "cleared",
            Level = "instrument",
            Reason = WarningRules.NameOf(change.Key.Kind),
            Contract = contract.Id,
            Bubble = contract.Bubble.Id,
            Pollutant = change.Key.Quantity,
            Subject = new NoticeSubject(
                source,
                cluster.Sources.FirstOrDefault(one => one.Id == source)?.Title ?? source),
            Period = NoticePeriod.Of(Period.Containing(contract, change.At), settings.TimeZone),
            ValueG = null,
            LimitG = null,
            Percent = null,
            ThresholdPercent = 0,
            Provisional = false,
            At = LocalTime.Iso(change.At, settings.TimeZone),
            Text = change.Text,
        };
        return _channels.Select(channel => new Notice(
            change.Id, channel, AlertNotice.Json(document),
            change.At.ToUnixTimeMilliseconds()));
    }

    /// <summary>To each member that owes or gets something, before it is final.</summary>
    /// <param name="own">The contract by which it was settled.</param>
    public IEnumerable<Notice> NoticesOf(
        Contract own, Period period, PeriodSettlement settlement, DateTimeOffset final, long nowMs)
    {
        var until = LocalTime.In(final, settings.TimeZone, "yyyy-MM-dd HH:mm:ss zzz");
        return settlement.Members
            .Where(member => member.AnswersForGrams > 0
                || settlement.Charges.Any(charge => charge.Member == member.Member)
                || settlement.Refunds.Any(refund =>
                    refund.Member == member.Member && refund.MinorUnits > 0))
            .SelectMany(member => NoticesOf(
                (period, settlement, member), SettlementNotice.Settled, nowMs,
                language => SettlementNotice.To(member, settlement, own, until, language)));
    }

    /// <summary>To each member for whom something changed, whoever caused it.</summary>
    /// <param name="own">The contract by which it was settled.</param>
    public IEnumerable<Notice> NoticesOf(
        Contract own, Period period, PeriodSettlement revised, Restatement restatement,
        long nowMs) =>
        revised.Members
            .Where(member => restatement.Members.Any(change =>
                change.Member == member.Member && change.Reason != ChangeReason.None))
            .SelectMany(member => NoticesOf(
                (period, revised, member), SettlementNotice.Corrected, nowMs,
                language => restatement.NoticeTo(member.Member, own, language)));

    /// <summary>To each member that did not report what it did in a period that is over.</summary>
    /// <param name="own">The contract by which it is to be settled.</param>
    /// <param name="isLate">Notice of the period was due, and cannot be given.</param>
    public IEnumerable<Notice> NoticesOf(
        Contract own, Period period, IEnumerable<MissingActivity> missing, bool isLate,
        DateTimeOffset now)
    {
        var until = LocalTime.In(
            ContractDates.Of(own, period).Notice, settings.TimeZone, "yyyy-MM-dd HH:mm:ss zzz");
        var reason = isLate ? ActivityText.Late : ActivityText.Missing;
        return missing.GroupBy(one => one.Member).SelectMany(member =>
        {
            var document = DocumentOf(
                ContentId.Of("notice", reason, own.Id, period.Id, member.Key), reason, member.Key,
                period, now.ToUnixTimeMilliseconds()) with
            {
                Provisional = true,
                Text = ActivityText.Of(period, [.. member], until, isLate, Language.English),
                TextUk = ActivityText.Of(period, [.. member], until, isLate, Language.Ukrainian),
            };
            return _channels.Select(channel => new Notice(
                document.Id, channel, AlertNotice.Json(document), now.ToUnixTimeMilliseconds()));
        });
    }

    /// <summary>Of what waits for a person, once.</summary>
    /// <param name="now">The period that runs, for what is about none.</param>
    public IEnumerable<Notice> NoticesOf(OpenItem item, Period now, long nowMs)
    {
        const string Reason = "open-work";
        var document = DocumentOf(
            ContentId.Of(
                "notice", Reason, item.Kind, item.Id,
                item.SinceMs.ToString(CultureInfo.InvariantCulture)),
            Reason, item.Member ?? contract.Bubble.Id, now, nowMs) with
        {
            Text = item.Text + DueOf(item, "; until ") + ".",
            TextUk = item.TextUk + DueOf(item, "; до ") + ".",
        };
        return _channels.Select(channel => new Notice(
            document.Id, channel, AlertNotice.Json(document), nowMs));
    }

    private string DueOf(OpenItem item, string until) => item.DueMs is { } dueMs
        ? until + LocalTime.In(
            DateTimeOffset.FromUnixTimeMilliseconds(dueMs), settings.TimeZone,
            "yyyy-MM-dd HH:mm:ss zzz")
        : "";

    private IEnumerable<Notice> NoticesOf(
        (Period Period, PeriodSettlement Settlement, MemberVerdict Member) about, string reason,
        long nowMs, Func<Language, string> text)
    {
        var document = DocumentOf(
            ContentId.Of("notice", about.Settlement.Id, about.Member.Member), reason,
            about.Member.Member, about.Period, nowMs) with
        {
            ValueG = about.Member.EmittedGrams,
            LimitG = about.Member.LevelGrams,
            Percent = MassText.Percent(about.Member.EmittedGrams, about.Member.LevelGrams),
            ThresholdPercent = 100,
            Provisional = reason == SettlementNotice.Settled,
            Text = text(Language.English),
            TextUk = text(Language.Ukrainian),
        };
        return _channels.Select(channel => new Notice(
            document.Id, channel, AlertNotice.Json(document), nowMs));
    }

    private NoticeDocument DocumentOf(
        string id, string reason, string member, Period period, long nowMs) => new()
        {
            SchemaVersion = AlertNotice.SchemaVersion,
            Id = id,
            Kind = "told",
            Level = "settlement",
            Reason = reason,
            Contract = contract.Id,
            Bubble = contract.Bubble.Id,
            Pollutant = contract.Bubble.Pollutant,
            Subject = new NoticeSubject(
                member, cluster.Members.FirstOrDefault(it => it.Id == member)?.Title ?? member),
            Period = NoticePeriod.Of(period, settings.TimeZone),
            ValueG = null,
            LimitG = null,
            Percent = null,
            ThresholdPercent = 0,
            Provisional = false,
            At = LocalTime.Iso(nowMs, settings.TimeZone),
            Text = "",
        };
}
