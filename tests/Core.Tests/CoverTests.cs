using System.Collections.Immutable;
using CsCheck;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Core.Settlement;

namespace Monitoring.Tests.Core;

/// <summary>What the ledger does with allowances is what settlements say of them.</summary>
public sealed class CoverTests
{
    private const int Periods = 5;

    private static readonly Gen<(BankRule Bank, long Ratio, int[] Grams)> Cases = Gen.Select(
        Gen.Int[0, 2].Select(kind => (BankKind)kind),
        Gen.Int[0, 50], Gen.Bool, Gen.Long[0, 3_000],
        Gen.Int[0, 3_000].Array[2 * (Periods + 1)],
        (kind, percent, isOldest, ratio, grams) => (
            new BankRule(
                kind, kind == BankKind.FlowControl ? percent : 0,
                kind == BankKind.FlowControl ? 1_500 : 1_000)
            {
                IsOldestFirst = isOldest, BorrowPercent = percent,
            },
            ratio, grams));

    [Fact]
    public void The_bank_of_the_ledger_is_what_each_settlement_leaves() => Cases.Sample(it =>
    {
        var world = new World(it.Bank, it.Ratio);
        world.Run(it.Grams);
        world.AssertBanked();
    });

    /// <summary>As if it had been known from the beginning.</summary>
    [Fact]
    public void A_final_period_that_is_put_right_leaves_the_books_that_it_would_have_left() =>
        Cases.Sample(it =>
        {
            var world = new World(it.Bank, it.Ratio);
            world.Run(it.Grams);
            int[] known = [it.Grams[^2], it.Grams[^1], .. it.Grams.Skip(2)];
            world.PutRight(known);
            world.AssertBanked();
            var other = new World(it.Bank, it.Ratio);
            other.Run(known);
            Assert.Equal(other.Balances(), world.Balances());
        });

    [Fact]
    public void What_was_given_up_too_much_is_the_members_own_again()
    {
        var world = new World(new BankRule(BankKind.Free, 0, 1_000), 1_000);
        world.Settle(0, [500, 1_680]);
        world.Ask(new FundCommand.MeetDuty(world.DutyOf(0, "member-a")));
        Assert.Equal(200, world.Of(Accounts.MadeGood("member-a")));
        world.Run([0, 0, 100, 0, 0, 0, 0, 0, 0, 0], from: 1);
        world.PutRight([400, 1_680, 100, 0, 0, 0, 0, 0, 0, 0]);
        Assert.Equal(100, world.Of(Accounts.MadeGood("member-a")));
        world.AssertBanked();
    }

    /// <summary>
    /// 100 g of the next holding of 300 were borrowed, and 250 of those sold before that was
    /// covered. What lacks is said, and counts in the settlement of the next period.
    /// </summary>
    [Fact]
    public void Who_sold_what_it_had_borrowed_is_named_with_what_lacks()
    {
        var world = new World(
            new BankRule(BankKind.Free, 0, 1_000) { BorrowPercent = 50 }, 1_000);
        world.Settle(0, [400, 1_680]);
        Assert.Equal("Accepted", world.Ask(new FundCommand.ProposeTransfer(
            "member-a", "member-b", world.VintageAt(1), 250, long.MaxValue)));
        Assert.Equal("Accepted", world.Ask(
            new FundCommand.DecideTransfer("5", "member-b", true)));
        world.NowMs = 77;
        Assert.Equal("Accepted", world.Ask(world.CoverAlone(0)));
        var covered = Assert.Single(world.State.Covers.Values);
        Assert.Equal(
            [new CoverShort("member-a", CoverShort.Borrowed, 50, 77)], covered.Short!.Value);
        Assert.Equal(50, world.Of(Accounts.Surrendered("member-a"), world.VintageAt(1)));
        Assert.Contains("member-a 50 g borrowed", world.Said, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nothing_lacks_nothing_is_said_of_it()
    {
        var world = new World(
            new BankRule(BankKind.Free, 0, 1_000) { BorrowPercent = 50 }, 1_000);
        world.Run([400, 1_680, 100, 0, 0, 0, 0, 0, 0, 0]);
        Assert.All(world.State.Covers.Values, covered => Assert.Null(covered.Short));
    }

    [Fact]
    public void What_is_due_in_kind_is_late_after_its_day_and_stops_sales_till_it_is_met()
    {
        var world = new World(BankRule.None, 1_000) { MakeGoodDueMs = 2 * Ageing.DayMs };
        world.Settle(0, [500, 1_680]);
        var sell = new FundCommand.ProposeTransfer(
            "member-a", "member-b", world.VintageAt(2), 10, long.MaxValue);
        world.NowMs = 2 * Ageing.DayMs;
        Assert.Equal("Accepted", world.Ask(sell));
        Assert.Equal(200, Ageing.OwedGrams(world.State, "member-a"));
        world.NowMs = 3 * Ageing.DayMs;
        Assert.Equal(1, Ageing.DaysLate(world.State, "member-a", world.NowMs));
        Assert.Equal("TradeSuspended", world.Ask(sell));
        Assert.Equal("Accepted", world.Ask(
            new FundCommand.MeetDuty(world.DutyOf(0, "member-a"))));
        Assert.Equal("Accepted", world.Ask(sell));

        // Without a day of its own it is never late.
        var other = new World(BankRule.None, 1_000);
        other.Settle(0, [500, 1_680]);
        Assert.Equal(0, Ageing.DaysLate(other.State, "member-a", 900 * Ageing.DayMs));
    }

    /// <summary>Two members, 300 and 1680 g a minute, no charge in money.</summary>
    private sealed class World
    {
        private readonly Contract _contract;
        private readonly Teller _teller;
        private readonly List<PeriodSettlement> _settled = [];
        private int _asked;

        public World(BankRule bank, long ratio)
        {
            _contract = Shipped.Contract with
            {
                Bank = bank,
                MakeGood = new MakeGoodRule(ratio, false),
                Charge = ChargeRule.OverPerKg(0),
            };
            _teller = new Teller(new FundTerms
            {
                Currency = "EUR",
                SuspendTradeAfterDays = 1,
                Allowances = new AllowanceTerms
                {
                    Bubble = "demo-bubble",
                    Pollutant = "nox",
                    Banking = bank.Kind switch
                    {
                        BankKind.Free => Banking.Free,
                        BankKind.FlowControl => Banking.FlowControl,
                        _ => Banking.None,
                    },
                    VintageOf = _ => new VintageTerms(
                        long.MaxValue, 1_980, _contract.Bubble.Holdings.ToImmutableDictionary(
                            holding => holding.Member, holding => holding.Grams)),
                },
            });
        }

        public long MakeGoodDueMs { get; init; }

        public long NowMs
        {
            get => _teller.NowMs;
            set => _teller.NowMs = value;
        }

        public FundState State => _teller.State;

        public void Run(int[] grams, int from = 0)
        {
            for (var i = from; i < Periods; i++)
            {
                Settle(i, grams[(2 * i)..((2 * i) + 2)]);
                Assert.Equal("Accepted", Ask(
                    new FundCommand.Cover(PeriodAt(i).Id, [CoverOf(i)])));
            }
        }

        public void Settle(int i, int[] grams)
        {
            _settled.Add(Settlement(i, grams));
            var period = PeriodAt(i).Id;
            Ask(new FundCommand.MovePeriod(period, PeriodState.Closing));
            Ask(new FundCommand.MovePeriod(period, PeriodState.Noticed));
            Ask(new FundCommand.BookCharges(period, null, DuesOf(i), 0));
            Ask(new FundCommand.MovePeriod(period, PeriodState.Final));
        }

        public void PutRight(int[] grams)
        {
            for (var i = 0; i < Periods; i++)
            {
                _settled[i] = Settlement(i, grams[(2 * i)..((2 * i) + 2)]);
                Ask(new FundCommand.Restate(
                    PeriodAt(i).Id, PeriodAt(9).Id, null, DuesOf(i), 0, "late"));
            }

            Assert.Equal("Accepted", Ask(new FundCommand.Cover(
                PeriodAt(9).Id, [.. Enumerable.Range(0, Periods).Select(CoverOf)])));
        }

        public void AssertBanked()
        {
            foreach (var carry in _settled[^1].Carried)
            {
                Assert.Equal(carry.BankedGrams, Of(Accounts.Banked(carry.Member)));
            }
        }

        public FundCommand.Cover CoverAlone(int i) => new(PeriodAt(i).Id, [CoverOf(i)]);

        public string Said => _teller.Rows[^1].Answer.Detail;

        public long Of(string account, string vintage) => (long)State.Ledger.Balances
            .Where(pair => pair.Key.Account == account
                && pair.Key.Asset == Asset.Allowance("nox", vintage))
            .Aggregate((Int128)0, (sum, pair) => sum + pair.Value.Net);

        public long Of(string account) => (long)State.Ledger.Balances
            .Where(pair => pair.Key.Account == account)
            .Aggregate((Int128)0, (sum, pair) => sum + pair.Value.Net);

        public IEnumerable<(Place Place, Int128 Net)> Balances() => State.Ledger.Balances
            .Where(pair => pair.Value.Net != 0).Select(pair => (pair.Key, pair.Value.Net))
            .OrderBy(pair => pair.Key.Account, StringComparer.Ordinal)
            .ThenBy(pair => pair.Key.Asset.Code, StringComparer.Ordinal);

        public string DutyOf(int i, string member) => $"{PeriodAt(i).Id}/{member}";

        public string VintageAt(int i) => PeriodAt(i).Id.Split('/')[1];

        public string Ask(FundCommand command) => _teller.Ask($"{++_asked}", command);

        private Period PeriodAt(int i) =>
            Period.Containing(_contract, _contract.InForce.AddMinutes(i));

        private PeriodSettlement Settlement(int i, int[] grams)
        {
            var period = PeriodAt(i);
            var standing = i == 0
                ? PeriodStanding.Plain
                : PeriodStanding.Plain.After(
                    _settled[i - 1].Carried, _contract.Bubble.HoldingsIn(period));
            return SettlementRules.Settle(
                _contract, period,
                PeriodFacts.Of(
                [
                    .. _contract.Parties.Select((party, j) => new EmittedMass(
                        $"{i} {j}", $"stack-{j}", party.Member, "nox", period.Start, period.End,
                        grams[j] * 1_000L)),
                ]),
                standing);
        }

        private ImmutableArray<MemberDue> DuesOf(int i) =>
        [
            .. _settled[i].Members.Where(member => member.MakeGoodGrams > 0)
                .Select(member => new MemberDue(
                    "", member.Member, 0, member.MakeGoodGrams, VintageAt(i + 1))
                {
                    MakeGoodDueMs = MakeGoodDueMs,
                }),
        ];

        private PeriodCover CoverOf(int i) => new(
            PeriodAt(i).Id, VintageAt(i), VintageAt(i + 1), _settled[i].Id,
            _contract.Bank.Kind != BankKind.None,
            [
                .. _settled[i].Members.Select(member => new MemberCover(
                    member.Member,
                    new CoveredGrams(
                        member.Coverage.Current, member.Coverage.BankedOneToOne,
                        member.Coverage.BankedBeyond, member.Coverage.BeyondCovered,
                        member.Coverage.Borrowed))),
            ]);
    }
}
