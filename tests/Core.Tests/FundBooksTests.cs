using System.Collections.Immutable;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Core.Settlement;

namespace Monitoring.Tests.Core;

/// <summary>The worked example of the research to the cent.</summary>
public sealed class FundBooksTests
{
    private const long Day = Ageing.DayMs;
    private const string Old = "b/2026";
    private const string New = "b/2027";

    private static readonly string[] Members = ["m0", "m1", "m2", "m3"];

    private static readonly FundTerms Terms = new()
    {
        Allowances = new AllowanceTerms { Bubble = "b", Pollutant = "nox" },
        Currency = "EUR",
        SelfPercent = 50,
        LocalFloorPercent = 60,
        AdministrationPercent = 5,
        InterestBasisPoints = 1_000,
        PublishAfterDays = 1,
        SuspendTradeAfterDays = 30,
    };

    private static readonly Dictionary<string, ZoneKey> Keys = new()
    {
        ["stack-m0"] = ZoneKey.In("z1"),
        ["stack-m1"] = ZoneKey.In("z1"),
        ["stack-m2"] = ZoneKey.In("z2"),
        ["stack-m3"] = new ZoneKey([("z1", 600_000), ("z2", 400_000)], "declared"),
    };

    private readonly Teller _teller = new(Terms);

    [Fact]
    public void The_first_pass_fills_the_lots_of_the_worked_example()
    {
        BookFirst();
        Assert.Equal(
            ["fund:local:z1 63086.52", "fund:local:z2 16083.48", "fund:programme 22620.00",
                "fund:reserve 11310.00"],
            Balances());
        Assert.Equal(
            [48_212_83L, 34_446_15, 18_000_00, 12_441_02],
            Members.Select(member => _teller.Owed(member)));
        _teller.AssertIdentity();
    }

    [Fact]
    public void The_second_pass_gives_credit_to_all_who_shared_the_slack()
    {
        BookFirst();
        PayAll();
        RunProject();
        Assert.Equal("fund:local:z1 13086.52", Balances()[0]);

        Assert.Equal("Accepted", _teller.Ask("restate", SecondPass()));
        Assert.Equal(
            [-235_05L, -2_679_49, 0, -85_46], Members.Select(member => _teller.Owed(member)));
        Assert.Equal(
            ["fund:local:z1 11010.44", "fund:local:z2 16059.56", "fund:programme 22020.00",
                "fund:reserve 11010.00"],
            Balances());

        var statement = StatementNow();
        Assert.Equal(60_100_00, statement.ClosingMinor);
        Assert.Equal(113_100_00, statement.Lines.Sum(line => line.ChargedMinor));
        Assert.Equal(-3_000_00, statement.Lines.Sum(line => line.RestatedMinor));
        Assert.Equal(-50_000_00, statement.Lines.Sum(line => line.PaidMinor));
        Assert.Equal(0, statement.Lines.Sum(line => line.LentMinor));
        Assert.Equal(-3_000_00, statement.OwedMinor);
        Assert.Equal(63_100_00, statement.CashMinor);

        _teller.Ask("shares", new FundCommand.IssueShares("town", 24_996));
        Assert.Equal(
            2_4040 * 100,
            StatementNow().PerShareTenThousandths);
        _teller.AssertIdentity();
    }

    [Fact]
    public void A_correction_is_booked_once_and_the_same_one_changes_nothing()
    {
        BookFirst();
        Assert.Equal("Accepted", _teller.Ask("restate", SecondPass()));
        Assert.Equal("Accepted", _teller.Ask("restate", SecondPass()));
        Assert.Equal("NothingChanged", _teller.Ask("again", SecondPass()));
        // The gross stays: what was booked first, its reversal, and the new charges.
        Assert.Equal(3, _teller.State.Ledger.Entries.Count);
        Assert.Equal(
            113_100_00L,
            (long)_teller.State.Ledger.Entries["reversal/restate"].Postings
                .Where(posting => posting.Amount > 0).Sum(posting => posting.Amount));
        _teller.AssertIdentity();
    }

    [Fact]
    public void A_correction_upwards_has_a_new_day_and_one_downwards_is_a_credit()
    {
        Book(SecondCharges);
        _teller.Ask("up", new FundCommand.Restate(
            Old, New, Entry(FirstCharges, New), Dues(FirstCharges), 90 * Day, "audit"));
        Assert.Equal(
            [(30 * Day, 47_977_78L), (90 * Day, 235_05)],
            Ageing.Of(_teller.State, "m0", 0)
                .Select(open => (open.Charge.DueMs, open.OpenMinor)));
        Assert.Equal(0, Ageing.DaysLate(_teller.State, "m2", 30 * Day));

        _teller.Ask("nobody", new FundCommand.Restate(Old, New, null, [], 90 * Day, "court"));
        Assert.All(Members, member => Assert.Equal(0, _teller.Owed(member)));
        Assert.All(Members, member => Assert.Empty(Ageing.Of(_teller.State, member, 0)));
        Assert.All(Lots.Of(_teller.State.Ledger), lot => Assert.Equal(0, lot.FreeMinor));
        _teller.AssertIdentity();
    }

    [Fact]
    public void A_lot_that_was_spent_borrows_first_in_its_zone_and_then_of_the_reserve()
    {
        BookFirst();
        PayAll();
        RunProject();
        Assert.Equal("Accepted", _teller.Ask(
            "nobody", new FundCommand.Restate(Old, New, null, [], 0, "court")));
        var loan = _teller.State.Ledger.Entries["loan/nobody"];
        Assert.All(Lots.Of(_teller.State.Ledger), lot => Assert.Equal(0, lot.FreeMinor));
        // All income was taken back; the project's 500 times 100.00 are gone.
        Assert.Equal(50_000_00, _teller.State.Ledger.At(Accounts.Deficit, Terms.Money).Net);
        Assert.Equal(0, loan.Postings.Sum(posting => posting.Amount));
        _teller.AssertIdentity();
    }

    [Fact]
    public void Money_is_spent_where_it_belongs_and_nowhere_else()
    {
        BookFirst();
        PayAll();
        Call("other", "z2", Purpose.Abatement);
        Apply("p2", "other", "m0", "z1");
        Assert.Equal(ProjectState.Ineligible, _teller.State.Projects["p2"].State);
        Apply("p3", "other", "m0", "z2");
        Approve("p3");
        // z2 holds 16 083.48, not 50 000.00, whatever z1 holds.
        Assert.Equal("LotsTooSmall", Commit("p3", 50_000_00));
        Assert.Equal("Accepted", Commit("p3", 16_000_00, "second"));
        Assert.Equal(83_48, Free("fund:local:z2"));
        Assert.Equal(63_086_52, Free("fund:local:z1"));
        _teller.AssertIdentity();
    }

    [Theory]
    [InlineData("m0", 58_675_09, "LotsTooSmall")]
    [InlineData("m0", 58_675_08, "Accepted")]
    [InlineData("outsider", 63_086_52, "Accepted")]
    [InlineData("outsider", 63_086_53, "LotsTooSmall")]
    public void A_payer_gets_at_most_half_out_of_its_own_money(
        string beneficiary, long amount, string expected)
    {
        BookFirst();
        PayAll();
        Call("call", "z1", Purpose.Abatement);
        Apply("p", "call", beneficiary, "z1");
        Approve("p");
        Assert.Equal(expected, Commit("p", amount));
        if (expected == "Accepted")
        {
            Assert.True(2 * Draws("p").Where(it => Lot.Parse(it.Lot)!.Payer == beneficiary)
                .Sum(it => it.Amount) <= amount);
        }
    }

    [Fact]
    public void Only_money_that_was_paid_in_can_be_promised()
    {
        BookFirst();
        Call("call", "z1", Purpose.Abatement);
        Apply("p", "call", "outsider", "z1");
        Approve("p");
        Assert.Equal("LimitPassed", Commit("p", 1));
        Pay("m2", 18_000_00);
        Assert.Equal("LimitPassed", Commit("p", 18_000_01, "second"));
        Assert.Equal("Accepted", Commit("p", 18_000_00, "third"));
    }

    [Fact]
    public void A_promise_that_runs_out_returns_to_its_lots()
    {
        BookFirst();
        PayAll();
        var before = Lots.Of(_teller.State.Ledger).ToList();
        Call("call", "z1", Purpose.Abatement);
        Apply("p", "call", "outsider", "z1");
        Approve("p");
        Assert.Equal("Accepted", Commit("p", 50_000_00));
        Assert.Equal(50_000_00, FundStatement.AllocatedMinor(_teller.State));
        _teller.NowMs = 300 * Day;
        Assert.Equal("EndedOtherwise", _teller.Ask(
            "late", new FundCommand.PayTranche("p", 1, "invoice")));
        Assert.Equal(before, Lots.Of(_teller.State.Ledger));
        Assert.Equal(0, FundStatement.AllocatedMinor(_teller.State));
        Assert.Equal("Accepted", _teller.Ask("end", new FundCommand.Complete("p")));
        Assert.Equal(ProjectState.Rejected, _teller.State.Projects["p"].State);
        _teller.AssertIdentity();
    }

    [Fact]
    public void The_fund_spends_on_itself_below_its_cap_only()
    {
        BookFirst();
        PayAll();
        Call("office", null, Purpose.Administration);
        Apply("p", "office", "town", "z1");
        Approve("p");
        // 5 % of 113 100.00.
        Assert.Equal("AboveAdministrationCap", Commit("p", 5_655_01));
        Assert.Equal("Accepted", Commit("p", 5_655_00, "second"));
        Assert.All(Draws("p"), draw => Assert.Equal("fund:programme", draw.Account));
    }

    [Fact]
    public void What_a_project_spared_is_measured_by_activity_and_its_cost_follows()
    {
        BookFirst();
        PayAll();
        RunProject();
        _teller.Ask("complete", new FundCommand.Complete("p1"));
        // 430.4 t at 1 000 h; 200 t at 800 h, where 344.32 t were to be expected.
        _teller.Ask("verify", new FundCommand.Verify(
            "p1", new Abatement(430_400_000, 200_000_000, 1_000, 800)));
        var project = _teller.State.Projects["p1"];
        Assert.Equal(144_320_000, project.Abatement!.Grams);
        // 50 000.00 for 144 320 kg are 0.346 a kilogram.
        Assert.Equal(35, project.CostPerKgMinor);

        // The masses were typed, and the statement says so.
        foreach (var (language, told) in ((string, string)[])
            [("en", "(an estimate: the masses"), ("uk", "(оцінка: маси введено")])
        {
            Assert.Contains(
                told, StatementText.Render(StatementNow(), language, "2026", it => $"{it}"),
                StringComparison.Ordinal);
        }

        var before = Draws("p1").GroupBy(Place.Of).ToDictionary(
            group => group.Key, group => (long)_teller.State.Ledger.Balances[group.Key].FreeCredit);
        Assert.Equal("AbovePaid", _teller.Ask(
            "too much", new FundCommand.ClawBack("p1", 50_000_01)));
        Assert.Equal("Accepted", _teller.Ask(
            "back", new FundCommand.ClawBack("p1", 10_000_00)));
        Assert.Equal(ProjectState.ClawedBack, _teller.State.Projects["p1"].State);
        Assert.Equal(10_000_00, before.Sum(pair =>
            (long)_teller.State.Ledger.Balances[pair.Key].FreeCredit - pair.Value));
        _teller.AssertIdentity();
    }

    [Fact]
    public void A_late_charge_bears_interest_in_its_lots_and_suspends_trade()
    {
        BookFirst();
        _teller.NowMs = 29 * Day;
        Assert.Equal(0, Ageing.DaysLate(_teller.State, "m0", _teller.NowMs));
        _teller.NowMs = 60 * Day;
        Assert.Equal(30, Ageing.DaysLate(_teller.State, "m0", _teller.NowMs));
        _teller.Ask("grant", new FundCommand.Allocate("m0", "2026", 100));
        Assert.Equal("TradeSuspended", _teller.Ask(
            "sell", new FundCommand.ProposeTransfer("m0", "m1", "2026", 10, 90 * Day)));

        _teller.Ask("interest", new FundCommand.AccrueInterest());
        // 18 000.00 at 10 % for 30 of 365 days: 147.945.
        Assert.Equal(18_147_95, _teller.Owed("m2"));
        _teller.AssertIdentity();
        var once = _teller.State;
        _teller.Ask("interest at once", new FundCommand.AccrueInterest());
        Assert.Equal(once.Ledger.Entries.Count, _teller.State.Ledger.Entries.Count);

        Pay("m0", _teller.Owed("m0"));
        Assert.Equal(0, Ageing.DaysLate(_teller.State, "m0", _teller.NowMs));
        Assert.Equal("Accepted", _teller.Ask(
            "sell then", new FundCommand.ProposeTransfer("m0", "m1", "2026", 10, 90 * Day)));
    }

    [Fact]
    public void A_payment_nobody_can_place_waits_until_somebody_can()
    {
        BookFirst();
        _teller.Ask("pay", new FundCommand.TakePayment("bank-1", null, 500, "?", 0));
        Assert.Equal(18_000_00, _teller.Owed("m2"));
        Assert.Equal("Accepted", _teller.Ask(
            "match", new FundCommand.MatchPayment("bank-1", "m2")));
        Assert.Equal(17_995_00, _teller.Owed("m2"));
        Assert.Equal("NoSuchPayment", _teller.Ask(
            "match again", new FundCommand.MatchPayment("bank-1", "m1")));
        Assert.Equal("NameTaken", _teller.Ask(
            "pay again", new FundCommand.TakePayment("bank-1", "m2", 500, "?", 0)));
    }

    [Fact]
    public void An_objection_holds_the_period_up_until_it_is_answered()
    {
        Assert.Equal("NotNoticed", _teller.Ask(
            "early", new FundCommand.FileObjection("m0", Old, "the analyser was biased")));
        Move(PeriodState.Closing, PeriodState.Noticed);
        Assert.Equal("Accepted", _teller.Ask(
            "early", new FundCommand.FileObjection("m0", Old, "the analyser was biased")));
        Assert.Equal("Accepted", _teller.Ask(
            "objection", new FundCommand.FileObjection("m0", Old, "the analyser was biased")));
        Assert.Equal("Accepted", _teller.Ask(
            "early word", new FundCommand.AnswerObjection("early", false, "it was not")));
        Assert.Equal("ObjectionsStand", _teller.Ask(
            "final", new FundCommand.MovePeriod(Old, PeriodState.Final)));
        Assert.Equal("AnswerMissing", _teller.Ask(
            "no word", new FundCommand.AnswerObjection("objection", false, "")));
        Assert.Equal("Accepted", _teller.Ask(
            "word", new FundCommand.AnswerObjection("objection", true, "it was")));
        Assert.Equal("OutOfTurn", _teller.Ask(
            "other word", new FundCommand.AnswerObjection("objection", false, "it was not")));
        Assert.Equal("Accepted", _teller.Ask(
            "final then", new FundCommand.MovePeriod(Old, PeriodState.Final)));
        Assert.True(_teller.State.Objections["objection"].IsUpheld);

        // Too late is for ever.
        Assert.Equal("NotNoticed", _teller.Ask(
            "late", new FundCommand.FileObjection("m0", Old, "the analyser was biased")));
        Assert.True(_teller.Books.Answers.ContainsKey("late"));
    }

    [Fact]
    public void The_same_id_is_answered_as_before_and_another_content_is_a_conflict()
    {
        var grant = new FundCommand.Allocate("m0", "2026", 100);
        var sell = new FundCommand.ProposeTransfer("m0", "m1", "2026", 101, Day);
        Assert.Equal("LimitPassed", _teller.Ask("sell", sell));
        Assert.Equal("Accepted", _teller.Ask("grant", grant));
        Assert.Equal("Accepted", _teller.Ask("grant", grant));
        Assert.Equal("IdConflict", _teller.Ask("grant", grant with { Grams = 99 }));
        _teller.Ask("more", new FundCommand.Allocate("m0", "2026", 100));

        // It could be sold now; but that id was refused, and its caller was told.
        Assert.Equal("LimitPassed", _teller.Ask("sell", sell));
        Move(PeriodState.Closing, PeriodState.Noticed, PeriodState.Final, PeriodState.Sealed);
        Assert.Equal("Accepted", _teller.Ask("grant", grant));
        Assert.Equal("PeriodClosed", _teller.Ask("late grant", grant));
        Assert.Equal("IdNotUsable", _teller.Ask("", grant));
        Assert.Equal("IdNotUsable", _teller.Ask(new string('x', 201), grant));
    }

    [Fact]
    public void Less_than_the_floor_for_the_zones_is_refused()
    {
        var entry = Transaction.Of("charge", "charge", Old,
        [
            new Posting(Accounts.Receivable("m0"), Terms.Money, 100, "c"),
            new Posting(Accounts.Local("z1"), Terms.Money, -59, "c") { Lot = "m0/nox/b/2026" },
            new Posting(Accounts.Reserve, Terms.Money, -41, "c") { Lot = "m0/nox/b/2026" },
        ]);
        ImmutableArray<MemberDue> dues = [new("c", "m0", 100, 0, "")];
        Assert.Equal("BelowLocalFloor", _teller.Ask(
            "floor", new FundCommand.BookCharges(Old, entry, dues, 0)));
        Assert.Equal("LinesDiffer", _teller.Ask("lines", new FundCommand.BookCharges(
            Old, entry, [dues[0] with { MinorUnits = 99 }], 0)));
    }

    [Fact]
    public void A_duty_is_met_out_of_the_next_vintage_as_far_as_it_goes()
    {
        ImmutableArray<MemberDue> dues = [new("", "m0", 0, 200, "2027")];
        _teller.Ask("book", new FundCommand.BookCharges(Old, null, dues, 0));
        Assert.Equal("NothingLeft", _teller.Ask(
            "early", new FundCommand.MeetDuty("b/2026/m0")));
        _teller.Ask("grant", new FundCommand.Allocate("m0", "2027", 150));
        Assert.Equal("Accepted", _teller.Ask("first", new FundCommand.MeetDuty("b/2026/m0")));
        Assert.Equal(150, _teller.State.Duties["b/2026/m0"].MetGrams);
        _teller.Ask("grant more", new FundCommand.Allocate("m0", "2027", 150));
        _teller.Ask("second", new FundCommand.MeetDuty("b/2026/m0"));
        var asset = Asset.Allowance("nox", "2027");
        Assert.Equal(100, _teller.State.Ledger.At(Accounts.Holding("m0"), asset).Net);
        Assert.Equal(200, _teller.State.Ledger.At(Accounts.MadeGood("m0"), asset).Net);
    }

    private static readonly long[] FirstCharges = [48_212_83, 34_446_15, 18_000_00, 12_441_02];
    private static readonly long[] SecondCharges = [47_977_78, 31_766_66, 18_000_00, 12_355_56];

    private FundStatement StatementNow() =>
        FundStatement.Of(_teller.Rows, "EUR", _ => null, 0, long.MaxValue);

    private static FundCommand.Restate SecondPass() => new(
        Old, New, Entry(SecondCharges, New), Dues(SecondCharges), 90 * Day,
        "the analyser of m1 was biased");

    private static Transaction Entry(long[] amounts, string? openPeriod = null)
    {
        long[] holdings = [415_000_000, 300_000_000, 185_000_000, 100_000_000];
        var contract = SettlementTests.Contract(holdings, 50);
        var settlement = SettlementTests.Settle(
            holdings, 50, [430_400_000, 310_200_000, 180_000_000, 105_600_000]) with
        {
            Id = $"settlement-{amounts.Sum()}",
            PeriodId = Old,
            Charges =
            [
                .. amounts.Select((amount, i) =>
                    new Charge($"charge-{i}-{amounts.Sum()}", $"m{i}", 0, amount)),
            ],
            TotalMinorUnits = amounts.Sum(),
        };
        return (openPeriod is null
            ? FundPostings.ForCharges(contract, settlement, Keys)
            : FundPostings.ForRestatement(contract, settlement, Keys, openPeriod))!;
    }

    private static ImmutableArray<MemberDue> Dues(long[] amounts) =>
        [.. amounts.Select((amount, i) =>
            new MemberDue($"charge-{i}-{amounts.Sum()}", $"m{i}", amount, 0, ""))];

    private void BookFirst() => Book(FirstCharges);

    private void Book(long[] amounts) => Assert.Equal("Accepted", _teller.Ask(
        "charges", new FundCommand.BookCharges(Old, Entry(amounts), Dues(amounts), 30 * Day)));

    private void PayAll() =>
        Assert.All(Members, member => Pay(member, _teller.Owed(member)));

    private void Pay(string member, long amount) => Assert.Equal("Accepted", _teller.Ask(
        $"pay {member}", new FundCommand.TakePayment($"bank {member}", member, amount, "", 0)));

    private void RunProject()
    {
        Call("call", "z1", Purpose.Abatement);
        Apply("p1", "call", "m0", "z1");
        Approve("p1");
        Assert.Equal("Accepted", Commit("p1", 50_000_00));
        _teller.AssertIdentity();
        Assert.Equal("Accepted", _teller.Ask(
            "tranche", new FundCommand.PayTranche("p1", 1, "invoice 7")));
        Assert.Equal(50_000_00, _teller.State.Projects["p1"].PaidMinor);
    }

    private void Call(string id, string? zone, Purpose purpose) => Assert.Equal(
        "Accepted", _teller.Ask($"call {id}", new FundCommand.OpenCall(new Programme(
            id, "A call", purpose, zone, "nox", 100_000_00, 90 * Day))));

    private void Apply(string id, string call, string beneficiary, string zone) =>
        Assert.Equal("Accepted", _teller.Ask($"apply {id}", new FundCommand.Apply(new Project(
            id, call, beneficiary, "stack-m0", zone, 80_000_00, 100_000_000))));

    private void Approve(string id)
    {
        Assert.Equal("OutOfTurn", _teller.Ask($"early {id}", new FundCommand.Vote(id, 3, 1)));
        _teller.Ask($"appraise {id}", new FundCommand.Appraise(id, 80));
        _teller.Ask("voters", new FundCommand.IssueShares("voters", 4));
        Assert.Equal("AboveShares", _teller.Ask($"many {id}", new FundCommand.Vote(id, 4, 1)));
        Assert.Equal("Accepted", _teller.Ask($"vote {id}", new FundCommand.Vote(id, 3, 1)));
    }

    private string Commit(string id, long amount, string ask = "commit") => _teller.Ask(
        $"{ask} {id}", new FundCommand.Commit(id, [amount], 200 * Day));

    private IEnumerable<Posting> Draws(string project)
    {
        var key = $"tranche/{project}/1";
        var ledger = _teller.State.Ledger;
        var transaction = ledger.Entries.GetValueOrDefault(key)
            ?? ledger.Pending[key].Transaction;
        return transaction.Postings.Where(posting => posting.Lot.Length > 0);
    }

    private long Free(string account) => Lots.Of(_teller.State.Ledger)
        .Where(lot => lot.Place.Account == account).Sum(lot => lot.FreeMinor);

    private void Move(params PeriodState[] states) => Assert.All(states, to => Assert.Equal(
        "Accepted", _teller.Ask($"{to}", new FundCommand.MovePeriod(Old, to))));

    private string[] Balances() =>
    [
        .. Lots.Of(_teller.State.Ledger).GroupBy(lot => lot.Place.Account)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{group.Key} {group.Sum(lot => lot.FreeMinor) / 100m:F2}"),
    ];
}
