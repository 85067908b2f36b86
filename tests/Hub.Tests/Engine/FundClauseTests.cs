using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Engine;

/// <summary>What ledger and fund act by is what the contract says, clause by clause.</summary>
public sealed class FundClauseTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void No_term_of_ledger_or_fund_is_left_at_its_default()
    {
        var contract = Shipped.Contract with
        {
            Trade = new TradeRule(false, 3, 1_100, [new DeniedTrade("river", "hill")])
            {
                Approval = "all",
            },
            Bank = new BankRule(BankKind.FlowControl, 12, 1_500)
            {
                IsOldestFirst = false, BorrowPercent = 5,
            },
            Late = new LateRule(7.25m, true, true, 14),
            Fund = new FundSplit(70, 20, 10)
            {
                AdminMaxPercent = 4, LocalMinPercent = 60, SelfMaxPercent = 30, ScoreMin = 40,
            },
        };
        var terms = FundClauses.TermsOf(
            contract with
            {
                Currency = new Currency("UAH", 2),
                Bubble = contract.Bubble with
                {
                    Period = contract.Bubble.Period with
                    {
                        Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Kyiv"),
                    },
                },
            },
            Shipped.Cluster);
        var plain = new FundTerms
        {
            Currency = "", Allowances = new AllowanceTerms { Bubble = "", Pollutant = "" },
        };

        // Only what a person asks has dates of its own, and asks for facts.
        Assert.Equal(
            [
                nameof(FundTerms.ByHand), nameof(FundTerms.IsAmendment),
                nameof(FundTerms.FactsIn),
            ],
            Same(terms, plain).Concat(Same(terms.Allowances, plain.Allowances)));
        Assert.Equal(725, terms.InterestBasisPoints);
    }

    /// <summary>
    /// Ratio, approval, banking, its free share, oldest first, borrowing, interest, what follows
    /// from being late, local floor, denied directions.
    /// </summary>
    [Theory]
    [InlineData("arp", "1 Counterparty Free 0 True 0 0 pub+plan60 0 0")]
    [InlineData("cluster", "1 Counterparty FlowControl 10 False 0 0 pub 60 0")]
    [InlineData("csapr", "1 Counterparty Free 0 True 0 0 pub 0 0")]
    [InlineData("eu-ets", "1 Counterparty Free 0 True 0 0 pub 0 0")]
    [InlineData("hon", "1 Counterparty None 0 False 0 0 pub 0 0")]
    [InlineData("kyoto", "1 Counterparty Free 0 True 0 0 pub+halt+plan90 0 0")]
    [InlineData("nbp", "1 Counterparty FlowControl 10 False 0 0 pub 0 0")]
    [InlineData("nerp", "1 Counterparty None 0 False 0 0 pub 0 0")]
    [InlineData("nox-averaging", "1 Counterparty None 0 False 0 0 pub 0 0")]
    [InlineData("reclaim", "1 Counterparty None 0 False 0 0 pub 0 1")]
    [InlineData("ru-charge", "1 Counterparty None 0 False 0 0 pub 0 0")]
    [InlineData("se-nox", "1 Counterparty None 0 False 0 0 pub 0 0")]
    [InlineData("ua-charge", "1 Counterparty None 0 False 0 0 pub 0 0")]
    public void A_preset_says_what_its_allowances_can_do(string preset, string expected) =>
        Assert.Equal(expected, TextOf(preset));

    [Fact]
    public void A_vintage_is_a_period_and_can_be_sold_as_long_as_the_contract_says()
    {
        var contract = Preset("cluster");
        var terms = FundClauses.TermsOf(contract, Shipped.Cluster).Allowances;
        var first = Period.Containing(contract, contract.InForce);
        var vintage = terms.VintageOf(FundClauses.VintageOf(first))!;

        // 30 days later it is Sunday in Kyiv.
        Assert.Equal(
            new DateTimeOffset(2027, 1, 31, 22, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds(),
            vintage.TradeUntilMs);
        Assert.Equal(
            (400_000_000L, 1_000_000_000L), (vintage.Holdings["a"], vintage.CapGrams));
        Assert.Null(terms.VintageOf("2026"));
        Assert.Null(terms.VintageOf("2026-01-01T00:00:00Z"));
    }

    [Fact]
    public async Task A_sale_counts_in_the_settlement_of_its_period()
    {
        await using var hub = await TestHub.StartAsync(_folder);
        var terms = FundClauses.TermsOf(Shipped.Contract, Shipped.Cluster);
        var vintage = DateTimeOffset.FromUnixTimeMilliseconds(Records.StartMs)
            .ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
        var journal = hub.Books.Journal;
        Assert.Equal(
            ["AboveCap", "NoSuchVintage", "Accepted", "Accepted"],
            journal.Take(
                [
                    new FundRequest("more", new FundCommand.Allocate("member-a", vintage, 1)),
                    new FundRequest("other", new FundCommand.ProposeTransfer(
                        "member-b", "member-a", "2026", 100, long.MaxValue)),
                    new FundRequest("sale", new FundCommand.ProposeTransfer(
                        "member-b", "member-a", vintage, 100, long.MaxValue)),
                    new FundRequest("yes", new FundCommand.DecideTransfer(
                        "sale", "member-a", true)),
                ],
                terms, Records.StartMs).Select(answer => answer.Reason));

        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 61));
        await hub.Records.AppendAsync(Records.Span("plant-b", 0, 61));
        await hub.AdvanceAsync(12, 1);
        var settlement = new LedgerBook(hub.Books).SettlementFor(
            hub.Query<string>("SELECT id FROM settlement").Single())!;
        Assert.Equal(
            [400, 1_580], settlement.Members.Select(member => member.Coverage.CapacityGrams));

        // What is shown while the period runs, and what warns, goes by the same.
        Assert.Equal(
            [("demo-bubble", 1_980_000), ("member-a", 400_000), ("member-b", 1_580_000)],
            hub.Query<(string, long)>(
                "SELECT DISTINCT subject, holding_mg FROM quota ORDER BY subject"));
    }

    [Fact]
    public async Task A_sale_is_seen_and_warns_before_anything_else_is_measured()
    {
        await using var hub = await TestHub.StartAsync(_folder);
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 31));
        await hub.Records.AppendAsync(Records.Span("plant-b", 0, 31));
        await hub.AdvanceAsync(6, 0);
        await hub.Grains.GetGrain<IBubbleGrain>("demo").Advance();
        var before = hub.Query<long>("SELECT COUNT(*) FROM quota").Single();
        await hub.Grains.GetGrain<IBubbleGrain>("demo").Advance();
        Assert.Equal(before, hub.Query<long>("SELECT COUNT(*) FROM quota").Single());
        var used = hub.Query<long>(
            "SELECT used_mg FROM quota WHERE subject = 'member-b' ORDER BY id DESC LIMIT 1")
            .Single();
        Assert.Empty(hub.Query<long>(
            "SELECT seq FROM alert WHERE subject = 'member-b' AND level = 'Member'"));

        // What member-b has left after it is less than it has emitted already.
        var vintage = FundClauses.VintageOf(
            hub.Get<ContractVersions>().PeriodAt(Records.StartMs));
        var grams = 1_680 - (used / 1_000) + 1;
        Assert.All(
            hub.Books.Journal.Take(
                [
                    new FundRequest("sale", new FundCommand.ProposeTransfer(
                        "member-b", "member-a", vintage, grams, long.MaxValue)),
                    new FundRequest("yes", new FundCommand.DecideTransfer(
                        "sale", "member-a", true)),
                ],
                FundClauses.TermsOf(Shipped.Contract, Shipped.Cluster), Records.StartMs),
            answer => Assert.True(answer.IsAccepted, answer.Reason));
        await hub.Grains.GetGrain<IBubbleGrain>("demo").Advance();
        Assert.Equal(
            [(300 + grams) * 1_000, (1_680 - grams) * 1_000],
            hub.Query<long>(
                "SELECT holding_mg FROM quota WHERE subject <> 'demo-bubble' "
                    + "ORDER BY id DESC LIMIT 2").Reverse());
        Assert.Single(hub.Query<long>(
            "SELECT seq FROM alert WHERE subject = 'member-b' AND level = 'Member'"));
    }

    [Fact]
    public async Task What_is_made_good_in_kind_is_due_out_of_the_next_holding()
    {
        var contract = Shipped.Contract with { MakeGood = new MakeGoodRule(2_000, false) };
        await using var hub = await TestHub.StartAsync(_folder, contract: contract);
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 61));
        await hub.Records.AppendAsync(Records.Span("plant-b", 0, 61));
        await hub.AdvanceAsync(12, 1);
        var settled = new LedgerBook(hub.Books).SettlementFor(
            hub.Query<string>("SELECT id FROM settlement").Single())!;
        var duties = hub.Books.Journal.Read().State.Duties.Values.ToList();
        Assert.NotEmpty(duties);
        Assert.Equal(
            settled.Members.Where(member => member.MakeGoodGrams > 0)
                .Select(member => (member.Member, member.MakeGoodGrams)),
            duties.Select(duty => (duty.Member, duty.DueGrams)));

        // Nothing of the next vintage was issued yet; what meets the duty issues it.
        var terms = FundClauses.TermsOf(contract, Shipped.Cluster);
        var answer = hub.Books.Journal.Take(
            new FundRequest("meet", new FundCommand.MeetDuty(duties[0].Id)), terms, 1);
        Assert.True(answer.IsAccepted, answer.Reason);
        Assert.True(hub.Books.Journal.Read().State.Duties[duties[0].Id].MetGrams > 0);
    }

    /// <summary>
    /// Ten days after notice: what is due within nine days was taken out of the next holding,
    /// what is due within twelve was not; and so with the date of holding.
    /// </summary>
    [Theory]
    [InlineData(9, 0, true, true)]
    [InlineData(12, 0, false, true)]
    [InlineData(0, 9, false, true)]
    [InlineData(0, 12, false, false)]
    public async Task Duties_and_holdings_are_taken_on_their_dates(
        int withinDays, int holdDays, bool isMet, bool isCovered)
    {
        var time = new LaterTime();
        await using var hub = await TestHub.StartAsync(_folder, time, null, Shipped.Contract with
        {
            MakeGood = new MakeGoodRule(1_000, false) { WithinDays = withinDays },
            Calendar = CalendarRule.AtOnce with { HoldDays = holdDays, PayDays = 20 },
        });
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 61));
        await hub.Records.AppendAsync(Records.Span("plant-b", 0, 61));
        await hub.AdvanceAsync(12, 1);
        time.Ahead = TimeSpan.FromDays(10);
        await hub.Grains.GetGrain<IFundGrain>("demo").Review([]);

        var state = hub.Books.Journal.Read().State;
        var duty = state.Duties.Values.Single(duty => duty.DueGrams > 0);
        Assert.Equal(isMet ? Math.Min(duty.DueGrams, 300) : 0, duty.MetGrams);
        Assert.Equal(withinDays == 9, Ageing.DaysLate(
            state, duty.Member, time.GetUtcNow().ToUnixTimeMilliseconds()) > 0);
        Assert.Equal(isCovered, state.Covers.Count == 1);
        Assert.Equal(isCovered, hub.Query<string>(
            "SELECT account FROM posting WHERE account LIKE '%:surrendered'").Count > 0);
        Assert.Equal(PeriodState.Final, state.Ledger.StateOf(duty.PeriodId));
    }

    private static string TextOf(string preset)
    {
        var terms = FundClauses.TermsOf(Preset(preset), Shipped.Cluster);
        var allowances = terms.Allowances;
        return string.Join(
            ' ', (decimal)allowances.TransferRatio.Give / allowances.TransferRatio.Get,
            allowances.IsTradeAllowed ? allowances.Approval : "no-trade",
            allowances.Banking, allowances.FreeBankPercent, allowances.IsOldestFirst,
            allowances.BorrowPercent, terms.InterestBasisPoints,
            string.Join('+', (string[])
            [
                .. terms.PublishAfterDays is null ? (string[])[] : ["pub"],
                .. terms.SuspendTradeAfterDays is null ? (string[])[] : ["halt"],
                .. terms.PlanAfterDays is { } days ? [$"plan{days}"] : (string[])[],
            ]),
            terms.LocalFloorPercent, allowances.DeniedDirections.Count);
    }

    private static Contract Preset(string name)
    {
        var faults = new Faults();
        var contract = ContractReader.Read(
            name, Encoding.UTF8.GetBytes(Shipped.Text($"contracts/presets/{name}.yaml")),
            ContractSurroundings.None, faults);
        Assert.Equal("", string.Join('\n', faults.All));
        return contract!;
    }

    private static IEnumerable<string> Same<T>(T one, T other) =>
        typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite && TextOf(property.GetValue(one))
                == TextOf(property.GetValue(other)))
            .Select(property => property.Name);

    private static string TextOf(object? value) => value switch
    {
        ImmutableHashSet<(string, string)> set => string.Join(' ', set),
        ImmutableDictionary<string, ImmutableHashSet<string>> map => string.Join(' ', map.Keys),
        Delegate method => $"{method.Target?.GetType()}",
        _ => $"{value}",
    };
}
