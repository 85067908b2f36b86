using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Core.Settlement;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Storage;

namespace Monitoring.Tests.Engine;

/// <summary>
/// A hub runs on each preset as it is shipped, in its own periods, from readings to a settlement
/// that is the published or hand-calculated one, and on to the end of its calendar; and whoever
/// shares no code with the hub finds its log in order. Masses in kilograms, money in minor units.
/// </summary>
public sealed class PresetRunTests : IDisposable
{
    // 6 May of a year, within the ozone season; in a quarter, the 25th of its second month.
    private const int HourOfYear = 3_000;
    private const int HourOfQuarter = 1_300;

    // From notice to the last date of any calendar.
    private static readonly TimeSpan AllDates = TimeSpan.FromDays(800);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// Tonnes and activity by member, then what the hub says of each: kilograms emitted, that it
    /// answers for, and to make good; its charge, less what comes back to it.
    /// </summary>
    [Theory]
    [InlineData("arp", "6026 3000", "", "6026000:26000:26000:10246600 3000000:0:0:0")]
    [InlineData("csapr", "403 290 190 90", "",
        "403000:3000:6000:0 290000:0:0:0 190000:0:0:0 90000:0:0:0")]
    [InlineData("eu-ets", "120026 80000", "", "120026000:26000:26000:260000 80000000:0:0:0")]
    [InlineData("hon", "63 20", "50000 50000", "63000:13000:0:0 20000:0:0:0")]
    [InlineData("kyoto", "160 110 31", "",
        "160000:10000:13000:0 110000:10000:13000:0 31000:0:0:0")]
    [InlineData("nbp", "10001 5000", "", "10001000:1000:3000:0 5000000:0:0:0")]
    [InlineData("nerp", "43000 29000 13500", "",
        "43000000:500000:0:0 29000000:667000:0:0 13500000:0:0:0")]
    [InlineData("nox-averaging", "0.520 0.400", "1000 1000", "520:20:0:0 400:0:0:0")]
    [InlineData("reclaim", "61 39", "", "61000:1000:1000:0 39000:0:0:0")]
    [InlineData("ru-charge", "151", "", "151000:51000:0:20126000")]
    [InlineData("se-nox", "24.680 145.320", "135790 864210",
        "24680:24680:0:7978500 145320:145320:0:-7978500")]
    [InlineData("ua-charge", "120", "", "120000:20000:0:250000")]
    [InlineData("cluster", "430.4 310.2 180 105.6", "",
        "430400:12932.051:25864.102:4821283 310200:8565.385:17130.770:3444615 "
            + "180000:0:0:1800000 105600:4702.564:9405.128:1244102")]
    public async Task A_hub_settles_a_period_of_a_preset_and_a_resident_finds_all_well(
        string preset, string tonnes, string activity, string expected)
    {
        var own = new OwnPreset(preset);
        var notice = ContractDates.Of(own.Contract, own.First).Notice.AddHours(1);
        await using (var hub = await StartAsync(own, notice))
        {
            if (preset == "cluster")
            {
                // Section 6.3 of the research: c sold 15 t to a before.
                Ask(hub, own, new FundCommand.ProposeTransfer(
                    "c", "a", FundClauses.VintageOf(own.First), 15_000_000, long.MaxValue), "sale");
                Ask(hub, own, new FundCommand.DecideTransfer("sale", "a", true), "yes");
            }

            await AppendAsync(hub, own, [.. Numbers(tonnes).Select(decimal.Parse)]);
            if (activity.Length > 0)
            {
                await AdvanceAsync(hub, own);
                Assert.Equal("not settled", TextOf(hub, own));
                Report(hub, own, [.. Numbers(activity).Select(long.Parse)]);
            }

            await AdvanceAsync(hub, own);
            Assert.Equal(expected, TextOf(hub, own));
        }

        // Another start, when all dates are over.
        await using var later = await StartAsync(own, notice + AllDates);
        await AdvanceAsync(later, own);
        Assert.Equal(
            PeriodState.Sealed, later.Books.Journal.Read().State.Ledger.StateOf(own.First.Id));
        Assert.Equal(expected, TextOf(later, own));
        var answer = await VerifiedTests.CheckAsync(
            new PublicLog(later.Books), _folder.File("copy"));
        Assert.Equal("", string.Join('\n', answer.Findings.Faults));
        Assert.StartsWith("All is well", answer.Sentence, StringComparison.Ordinal);
    }

    private async Task<TestHub> StartAsync(OwnPreset own, DateTimeOffset now)
    {
        var hub = await TestHub.StartAsync(
            _folder, new LaterTime { Ahead = now - TimeProvider.System.GetUtcNow() },
            own.Cluster, own.Contract);
        new PublicLog(hub.Books).Begin(own.Leaf());
        return hub;
    }

    private static string[] Numbers(string text) => text.Split(' ');

    private static void Report(TestHub hub, OwnPreset own, long[] quantities)
    {
        foreach (var (party, quantity) in own.Contract.Parties.Zip(quantities))
        {
            Ask(hub, own, new FundCommand.ReportActivity(
                own.First.Id, $"stack-{party.Member}", "made", quantity, "MWh"), party.Member);
        }
    }

    private static async Task AppendAsync(TestHub hub, OwnPreset own, decimal[] tonnes)
    {
        var isYear = own.First.Length > TimeSpan.FromDays(300);
        var at = Whole(own.First.Start.AddHours(isYear ? HourOfYear : HourOfQuarter));
        foreach (var (party, mass) in own.Contract.Parties.Zip(tonnes))
        {
            // Where a season counts, what comes before it is a lot, and costs nothing.
            var early = own.Contract.Bubble.Period.Season is null ? 0 : 900;
            await hub.Records.AppendAsync(own.Journal(
                party.Member, [(own.First.Start.AddHours(100), early), (at, mass)]));
        }
    }

    private static DateTimeOffset Whole(DateTimeOffset time) =>
        time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMinute));

    private static async Task AdvanceAsync(TestHub hub, OwnPreset own)
    {
        for (var i = 0; i < 6; i++)
        {
            foreach (var source in own.Cluster.Sources)
            {
                await hub.Grains.GetGrain<ISourceGrain>(source.Id).Advance();
            }

            await hub.Grains.GetGrain<IBubbleGrain>(own.Contract.Id).Advance();
        }
    }

    private static void Ask(TestHub hub, OwnPreset own, FundCommand command, string id)
    {
        var nowMs = own.First.Start.AddDays(7).ToUnixTimeMilliseconds();
        var answer = hub.Books.Journal.Take(
            new FundRequest(id, command), hub.Get<PeriodReckoning>().Terms, nowMs);
        Assert.True(answer.IsAccepted, answer.Reason);
    }

    private static string TextOf(TestHub hub, OwnPreset own)
    {
        var settled = new LedgerBook(hub.Books).StandingOf(own.Contract.Id, own.First.Id)
            ?.Settlement;
        return settled is null ? "not settled" : string.Join(
            ' ', settled.Members.Select(member => string.Join(
                ':', Kilograms(member.EmittedGrams), Kilograms(member.AnswersForGrams),
                Kilograms(member.MakeGoodGrams), Net(settled, member.Member))));
    }

    private static string Kilograms(long grams) => (grams / 1_000m).ToString(
        grams % 1_000 == 0 ? "0" : "0.000", System.Globalization.CultureInfo.InvariantCulture);

    private static long Net(PeriodSettlement settled, string member) =>
        settled.Charges.Where(it => it.Member == member).Sum(it => it.MinorUnits)
            - settled.Refunds.Where(it => it.Member == member).Sum(it => it.MinorUnits);
}
