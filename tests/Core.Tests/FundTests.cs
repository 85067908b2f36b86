using System.Collections.Immutable;
using CsCheck;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Core.Settlement;

namespace Monitoring.Tests.Core;

public sealed class FundTests
{
    private static readonly Asset Euro = Asset.Money("EUR");

    [Fact]
    public void Charges_go_to_the_zones_of_the_payers_and_to_the_common_parts()
    {
        // 13 100.00 of m0, m1 and m3: 70 % local 9 170.00, 20 % 2 620.00, 10 % 1 310.00.
        long[] holdings = [415_000_000, 300_000_000, 185_000_000, 100_000_000];
        var contract = SettlementTests.Contract(holdings, 50);
        var settlement = SettlementTests.Settle(
            holdings, 50, [430_400_000, 310_200_000, 180_000_000, 105_600_000]);
        var entry = FundPostings.ForCharges(contract, settlement, Zones("z1", "z1", "z2", "z2"))!;

        Assert.Equal(BookingVerdict.Accepted, LedgerRules.Judge(entry, null));
        // Local of m0 4526.22(1), of m1 2997.88(3), of m3 1645.89(6): the last gets the cent.
        Assert.Equal(
            [
                "fund:local:z1 -752410", "fund:local:z2 -164590", "fund:programme -262000",
                "fund:reserve -131000", "member:m0:receivable 646603",
                "member:m1:receivable 428269", "member:m3:receivable 235128",
            ],
            Balances.Of([entry]).Select(it => $"{it.Account} {it.Net}"));
        Assert.Equal(
            settlement.Charges.Select(charge => charge.Id).Order(),
            entry.Postings.Select(posting => posting.Charge).Distinct().Order());
    }

    [Fact]
    public void A_payer_with_stacks_in_two_zones_pays_by_the_mass_of_each()
    {
        var contract = Shipped.Contract;
        var period = Monitoring.Core.Contracts.Period.Containing(contract, contract.InForce);
        var settlement = SettlementRules.Settle(contract, period,
        [
            .. ((string, long)[])[("east", 2_000_000), ("west", 1_000_000)] is var sources
                ? sources.Select(it => new EmittedMass(
                    it.Item1, it.Item1, "member-a", "nox", period.Start, period.End, it.Item2))
                : [],
        ],
        SettlementTests.NoWindows);
        var zones = new Dictionary<string, ZoneKey>
        {
            ["east"] = ZoneKey.In("hill"), ["west"] = ZoneKey.In("river"),
        };
        var entry = FundPostings.ForCharges(contract, settlement, zones)!;

        // 1020 g at EUR 50 are EUR 51.00, EUR 35.70 of it local: two thirds and one third.
        Assert.Equal(
            ["fund:local:hill -2380", "fund:local:river -1190", "fund:programme -1020",
                "fund:reserve -510", "member:member-a:receivable 5100"],
            Balances.Of([entry]).Select(it => $"{it.Account} {it.Net}"));
    }

    /// <summary>
    /// 30 g owed from before and nothing emitted: its own stacks count alike, and where they were
    /// not heard, those of the others by what they emitted.
    /// </summary>
    [Theory]
    [InlineData(true, -263, -262)]
    [InlineData(false, 0, -525)]
    public void Who_owes_from_before_pays_where_it_emits_although_it_emits_nothing(
        bool isHeard, long hill, long river)
    {
        var contract = Shipped.Contract with
        {
            MakeGood = new MakeGoodRule(1_000, false),
            Breach = new BreachRule(Trigger.Member, Apportionment.OwnExcess),
            Charge = ChargeRule.OverPerKg(25_000),
        };
        var period = Monitoring.Core.Contracts.Period.Containing(contract, contract.InForce);
        EmittedMass Of(string source, string member, long milligrams) => new(
            source, source, member, "nox", period.Start, period.End, milligrams);
        EmittedMass[] other = [Of("other", "member-b", 10_000)];
        var settlement = SettlementRules.Settle(
            contract, period,
            PeriodFacts.Of(isHeard
                ? [Of("east", "member-a", 0), Of("west", "member-a", 0), .. other]
                : other),
            PeriodStanding.Plain with
            {
                Accounts = [new MemberAccount("member-a", 0) { OwedGrams = 30 }],
            });
        var entry = FundPostings.ForCharges(
            contract, settlement,
            ((string, string)[])[("east", "hill"), ("west", "river"), ("other", "river")] is var all
                ? all.ToDictionary(one => one.Item1, one => ZoneKey.In(one.Item2)) : [])!;

        Assert.Equal(750, settlement.TotalMinorUnits);
        Assert.Equal(
            (-hill, -river), (Credit(entry, "fund:local:hill"), Credit(entry, "fund:local:river")));
    }

    [Fact]
    public void Nothing_is_booked_where_nobody_pays() =>
        Assert.Null(FundPostings.ForCharges(
            SettlementTests.Contract([100], 50), SettlementTests.Settle([100], 50, [100]),
            Zones("z1")));

    [Fact]
    public void Every_booking_balances_by_charge_and_by_part_whatever_the_amounts()
    {
        var members = Gen.Select(Gen.Long[0, 3_000], Gen.Long[0, 3_000]).Array[1, 6];
        Gen.Select(members, Gen.Long[0, 30]).Sample((pairs, rate) =>
        {
            long[] holdings = [.. pairs.Select(pair => pair.Item1)];
            var contract = SettlementTests.Contract(holdings, rate);
            var settlement = SettlementTests.Settle(
                holdings, rate, [.. pairs.Select(pair => pair.Item2)]);
            var entry = FundPostings.ForCharges(
                contract, settlement, Zones("z1", "z2", "z1", "z3", "z2", "z1"));
            if (entry is null)
            {
                Assert.Equal(0, settlement.TotalMinorUnits);
                return;
            }

            Assert.Equal(BookingVerdict.Accepted, LedgerRules.Judge(entry, null));
            Assert.All(
                entry.Postings.GroupBy(posting => posting.Charge),
                charge => Assert.Equal(0, charge.Sum(posting => posting.Amount)));
            Assert.All(entry.Postings, posting => Assert.Equal(
                posting.Account.StartsWith("member:", StringComparison.Ordinal),
                posting.Amount > 0));
            var expected = Monitoring.Core.LargestRemainder.Split(
                settlement.TotalMinorUnits, [70, 20, 10]);
            Assert.Equal(expected[1], Credit(entry, "fund:programme"));
            Assert.Equal(expected[2], Credit(entry, "fund:reserve"));
            Assert.Equal(expected[0], Credit(entry, "fund:local:"));
        });
    }

    [Fact]
    public void Booking_twice_is_one_booking_and_another_content_is_a_conflict()
    {
        var one = Entry(("member:a:receivable", Euro, 5), ("fund:reserve", Euro, -5));
        var same = Entry(("member:a:receivable", Euro, 5), ("fund:reserve", Euro, -5));
        var other = Entry(("member:a:receivable", Euro, 6), ("fund:reserve", Euro, -6));

        Assert.Equal(one.Id, same.Id);
        Assert.Equal(BookingVerdict.AlreadyBooked, LedgerRules.Judge(same, one));
        Assert.Equal(BookingVerdict.KeyConflict, LedgerRules.Judge(other, one));
    }

    [Fact]
    public void What_does_not_balance_or_mixes_or_is_nowhere_is_refused()
    {
        var nox = Asset.MassOf("nox");
        Assert.Equal(BookingVerdict.NoPostings, Judge());
        Assert.Equal(BookingVerdict.ZeroAmount, Judge(("fund:reserve", Euro, 0)));
        Assert.Equal(
            BookingVerdict.Unbalanced,
            Judge(("member:a:receivable", Euro, 5), ("fund:reserve", Euro, -4)));
        Assert.Equal(
            BookingVerdict.Unbalanced,
            Judge(("member:a:receivable", Euro, 5), ("fund:reserve", Asset.Money("UAH"), -5)));
        Assert.Equal(
            BookingVerdict.MixedAssetKinds,
            Judge(("fund:reserve", Euro, 5), ("fund:programme", Euro, -5),
                ("member:a:holding", nox, 5), ("bubble:b:cap", nox, -5)));
        Assert.Equal(
            BookingVerdict.Accepted,
            Judge(("member:a:holding", nox, 5), ("bubble:b:cap", nox, -5)));
        foreach (var account in (string[])
            ["fund", "fund:local", "fund:local:Up", "member::receivable", "bank:x", "fund:x:"])
        {
            Assert.Equal(
                BookingVerdict.UnknownAccount,
                Judge((account, Euro, 5), ("fund:reserve", Euro, -5)));
        }

        Assert.Equal(
            BookingVerdict.UnknownAccount,
            Judge(("fund:reserve", nox, 5), ("bubble:b:cap", nox, -5)));
    }

    [Fact]
    public void Sums_near_the_end_of_a_long_do_not_wrap_into_balance() =>
        Assert.Equal(
            BookingVerdict.Unbalanced,
            Judge(("fund:reserve", Euro, long.MaxValue), ("fund:programme", Euro, long.MaxValue),
                ("member:a:receivable", Euro, 2)));

    private static long Credit(Transaction entry, string account) =>
        -entry.Postings.Where(it => it.Account.StartsWith(account, StringComparison.Ordinal))
            .Sum(it => it.Amount);

    private static Dictionary<string, ZoneKey> Zones(params string[] zones) =>
        zones.Select((zone, i) => ($"stack-m{i}", zone))
            .ToDictionary(pair => pair.Item1, pair => ZoneKey.In(pair.zone));

    private static BookingVerdict Judge(params (string, Asset, long)[] postings) =>
        LedgerRules.Judge(Entry(postings), null);

    private static Transaction Entry(
        params (string Account, Asset Asset, long Amount)[] postings) => Transaction.Of(
        "key", "charge", "bubble/period",
        [.. postings.Select(it => new Posting(it.Account, it.Asset, it.Amount, "charge"))]);
}
