using System.Net;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Settlement;
using Monitoring.Server;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Server.Notify;
using Monitoring.Tests.Core;
using NJsonSchema;

namespace Monitoring.Tests.Surface;

/// <summary>What members are told of a period, and what a neighbour's data mean to them.</summary>
public sealed class SettlementNoticeTests
{
    private static readonly Contract Contract = Shipped.Contract;

    private static readonly Period Period = Period.Containing(
        Contract, new DateTimeOffset(2026, 11, 24, 10, 15, 0, TimeSpan.Zero));

    private static readonly NoticeWriter Writer = new(
        new HubSettings(
            new IPEndPoint(IPAddress.Loopback, 1),
            new MqttSettings(null, new IPEndPoint(IPAddress.Loopback, 1), "h", "h", null, null),
            TimeZoneInfo.Utc, "", "", "", null,
            new WebhookSettings(new Uri("http://127.0.0.1/"), "secret"), null),
        Contract, Shipped.Cluster);

    [Fact]
    public async Task Who_owes_is_told_how_much_until_when_and_that_neighbours_may_change_it()
    {
        var settlement = Settle(700, 1_480, replaces: null);
        var notices = Writer.NoticesOf(
            Contract, Period, settlement, Period.End.AddSeconds(30),
            Period.End.ToUnixTimeMilliseconds())
            .ToList();
        var notice = AlertNotice.Parse(notices.Single().Body);
        Assert.Equal(
            "demo-bubble/2026-11-24T10:15:00Z: member-a emitted 700 g, where its level is 300 g; "
                + "it answers for 200 g and owes EUR 10.00. The excess of the bubble is shared "
                + "among those above their holding, so a correction of a neighbour's data may "
                + "change this charge too. Objections until 2026-11-24 10:16:30 +00:00; then it "
                + "is final.",
            notice.Text);
        Assert.Contains("відповідає за 200 г", notice.TextUk, StringComparison.Ordinal);
        Assert.True(notice.Provisional);
        var schema = await JsonSchema.FromJsonAsync(Shipped.Text("schemas/notice.schema.json"));
        Assert.Empty(schema.Validate(notices[0].Body));
    }

    [Fact]
    public void Who_owes_otherwise_because_of_a_neighbour_is_told_why()
    {
        var before = Settle(700, 1_480, replaces: null);
        var after = Settle(700, 1_380, before.Id);
        var notices = Writer.NoticesOf(
            Contract, Period, after, Restatement.Of(Contract, before, after), nowMs: 1)
            .Select(notice => AlertNotice.Parse(notice.Body))
            .ToDictionary(notice => notice.Subject.Id);
        Assert.Contains(
            "you owe EUR 5.00 less, although your own data did not change: member-b emitted 100 g "
                + "less than was settled.",
            notices["member-a"].Text, StringComparison.Ordinal);
        Assert.Contains("emissions changed by -100 g", notices["member-b"].Text,
            StringComparison.Ordinal);
        Assert.Equal("facts-changed", notices["member-a"].Reason);
    }

    [Fact]
    public void Who_owes_otherwise_since_an_earlier_period_left_something_else_is_told_so()
    {
        var before = Settle(700, 1_480, replaces: null);
        var after = SettlementRules.Settle(
            Contract, Period, PeriodFacts.Of(MassesOf(700, 1_480)), PeriodStanding.Plain with
            {
                Replaces = before.Id,
                Accounts = [new MemberAccount("member-a", 300) { BankedGrams = 100 }],
            });
        var notice = AlertNotice.Parse(Writer.NoticesOf(
            Contract, Period, after, Restatement.Of(Contract, before, after), nowMs: 1)
            .Single().Body);
        Assert.Contains(
            "an earlier period was put right and left you 100 g more", notice.Text,
            StringComparison.Ordinal);
        Assert.Contains("залишив вам на 100 г більше", notice.TextUk, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_open_is_told_to_its_member_once_with_its_date()
    {
        var item = new OpenItem(
            "plan", "charge", "member-a", null, 5, 1_800_000_000_000, "a plan is due",
            "має подати план");
        var notice = Writer.NoticesOf(item, Period, 9).Single();
        Assert.Equal(notice.Id, Writer.NoticesOf(item, Period, 10).Single().Id);
        Assert.NotEqual(
            notice.Id, Writer.NoticesOf(item with { SinceMs = 6 }, Period, 9).Single().Id);
        var told = AlertNotice.Parse(notice.Body);
        Assert.Equal(
            ("open-work", "member-a", "a plan is due; until 2027-01-15 08:00:00 +00:00.",
                "має подати план; до 2027-01-15 08:00:00 +00:00."),
            (told.Reason, told.Subject.Id, told.Text, told.TextUk));
        var schema = await JsonSchema.FromJsonAsync(Shipped.Text("schemas/notice.schema.json"));
        Assert.Empty(schema.Validate(notice.Body));
    }

    [Fact]
    public async Task Who_did_not_report_what_it_did_is_asked_and_told_that_all_wait()
    {
        MissingActivity[] missing =
            [new MissingActivity("member-a", "stack-a", ActivityGap.NotReported)];
        var asked = Writer.NoticesOf(Contract, Period, missing, isLate: false, Period.End).Single();
        var late = Writer.NoticesOf(Contract, Period, missing, isLate: true, Period.End).Single();
        Assert.NotEqual(asked.Id, late.Id);
        Assert.Equal(
            "demo-bubble/2026-11-24T10:15:00Z cannot be settled: it is not known what member-a "
                + "did (stack-a: no report of what it made). It was to be reported until "
                + "2026-11-24 10:16:00 +00:00; the settlement of all members waits for it.",
            AlertNotice.Parse(late.Body).Text);
        Assert.Contains(
            "Повідомте про це до", AlertNotice.Parse(asked.Body).TextUk, StringComparison.Ordinal);
        var schema = await JsonSchema.FromJsonAsync(Shipped.Text("schemas/notice.schema.json"));
        Assert.Empty(schema.Validate(asked.Body));
        Assert.Empty(schema.Validate(late.Body));
    }

    [Fact]
    public void Who_is_charged_otherwise_for_what_was_made_is_told_that()
    {
        var before = Settle(700, 1_480, replaces: null);
        var after = Settle(700, 1_480, before.Id) with
        {
            Activities = [new Activity("member-b", Period.Start, Period.End, 7)],
            Charges = [],
        };
        var notices = Writer.NoticesOf(
            Contract, Period, after, Restatement.Of(Contract, before, after), nowMs: 1)
            .Select(notice => AlertNotice.Parse(notice.Body))
            .ToDictionary(notice => notice.Subject.Id);
        Assert.Contains(
            "since what you made was reported otherwise", notices["member-b"].Text,
            StringComparison.Ordinal);
        Assert.Contains(
            "member-b made something else than was settled", notices["member-a"].Text,
            StringComparison.Ordinal);
    }

    private static PeriodSettlement Settle(long gramsA, long gramsB, string? replaces) =>
        SettlementRules.Settle(
            Contract, Period, PeriodFacts.Of(MassesOf(gramsA, gramsB)),
            PeriodStanding.Plain with { Replaces = replaces });

    private static EmittedMass[] MassesOf(long gramsA, long gramsB)
    {
        EmittedMass Mass(string member, long grams) => new(
            $"{member} {grams}", $"stack-{member[^1]}", member, "nox", Period.Start, Period.End,
            grams * 1_000);
        return [Mass("member-a", gramsA), Mass("member-b", gramsB)];
    }
}
