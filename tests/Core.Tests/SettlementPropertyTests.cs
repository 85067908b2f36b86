using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using CsCheck;
using Monitoring.Core;
using Monitoring.Core.Contracts;
using Monitoring.Core.Settlement;
using Monitoring.Tests.Core.Oracle;

namespace Monitoring.Tests.Core;

/// <summary>
/// What holds for every contract and every fact, and the naive oracle beside the rules.
/// MONITORING_SETTLEMENT_CASES=1000000 is the long form.
/// </summary>
public sealed class SettlementPropertyTests
{
    private static readonly int Cases = int.Parse(
        Environment.GetEnvironmentVariable("MONITORING_SETTLEMENT_CASES") ?? "1500",
        CultureInfo.InvariantCulture);

    private static readonly Gen<BreachRule> Breaches =
        from trigger in Gen.Enum<Trigger>()
        from apportion in Gen.Enum<Apportionment>()
        from variability in Pick(0, 0, 7, 18)
        from isOfAllocation in Gen.Bool
        select new BreachRule(trigger, apportion)
        {
            VariabilityPercent = variability, IsLevelOfAllocation = isOfAllocation,
        };

    private static readonly Gen<BankRule> Banks =
        from kind in Gen.Enum<BankKind>()
        from free in Gen.Int[0, 30]
        from beyond in Pick(1_000L, 1_500L, 2_000L, 3_000L)
        from isOldest in Gen.Bool
        from borrow in Pick(0, 0, 10)
        select new BankRule(kind, free, kind == BankKind.FlowControl ? beyond : 1_000)
        {
            IsOldestFirst = isOldest, BorrowPercent = borrow,
        };

    private static readonly Gen<MakeGoodRule?> MakeGoods =
        from ratio in Pick(1_000L, 1_300L, 2_000L, 4_000L)
        from isOfBubble in Gen.Bool
        from assurance in Pick(0L, 2_000L)
        from isThere in Gen.Bool
        select isThere
            ? new MakeGoodRule(ratio, isOfBubble) { AssuranceThousandths = assurance }
            : null;

    private static readonly Gen<ImmutableArray<Tier>> Tiers = Pick<ImmutableArray<Tier>>(
        [new(ChargedPart.Over, null, 1_000)],
        [new(ChargedPart.Within, null, 1_000), new(ChargedPart.Over, null, 5_000)],
        [new(ChargedPart.Within, 80, 0), new(ChargedPart.Within, null, 1_000),
            new(ChargedPart.Over, null, 1_000)],
        [new(ChargedPart.Over, 10, 1_500), new(ChargedPart.Over, 50, 25_000),
            new(ChargedPart.Over, null, 100_000)]);

    private static readonly Gen<(MassRounding Mass, MoneyRounding Money)> Roundings =
        from unit in Pick(1L, 1L, 1_000L)
        from at in Gen.Enum<RoundingScope>()
        from mode in Gen.Enum<RoundingMode>()
        from moneyMode in Gen.Enum<RoundingMode>()
        from moneyAt in Pick(RoundingScope.Bubble, RoundingScope.Member)
        select (new MassRounding(unit, at, mode), new MoneyRounding(moneyAt, moneyMode));

    private sealed record Member(
        long Holding, long Emitted, long Banked, long Owed, long Moved, long Factor);

    private static readonly Gen<Member> Members =
        from scale in Pick(20L, 5_000L, 2_000_000L)
        from holding in Gen.Long[0, scale]
        from emitted in Gen.Long[0, scale * 1_000]
        from banked in Gen.Long[0, scale / 4]
        from owed in Gen.Long[0, scale / 8]
        from moved in Gen.Long[0, 100]
        from factor in Pick(1_000L, 1_000L, 1_250L, 333L)
        select new Member(holding, emitted, banked, owed, moved, factor);

    /// <summary>A contract, and what is known of a period of it.</summary>
    internal sealed record Case(
        Contract Contract, Period Period, ImmutableArray<EmittedMass> Facts,
        PeriodStanding Standing)
    {
        public PeriodSettlement Settle() => SettlementRules.Settle(
            Contract, Period, PeriodFacts.Of(Facts), Standing);

        public Case With(int member, long milligrams) => this with
        {
            Facts = Facts.SetItem(
                member * 2, Facts[member * 2] with
                {
                    Milligrams = Facts[member * 2].Milligrams + milligrams,
                    FactId = Facts[member * 2].FactId + "-2",
                }),
        };

        public override string ToString() => JsonSerializer.Serialize(
            new { Contract.Breach, Contract.Bank, Contract.MakeGood, Contract.MassRounding,
                Contract.MoneyRounding, Contract.Charge, Contract.Bubble.CapGrams, Facts,
                Standing.Accounts });
    }

    private static readonly Gen<Case> All =
        from members in Members.Array[1, 7]
        from breach in Breaches
        from bank in Banks
        from makeGood in MakeGoods
        from tiers in Tiers
        from rounding in Roundings
        from rate in Gen.Long[0, 50_000]
        from reserve in Pick(0L, 0L, 50L)
        select CaseOf(
            members, Plain(members, reserve) with
            {
                Breach = breach,
                Bank = bank,
                MakeGood = makeGood,
                MassRounding = rounding.Mass,
                MoneyRounding = rounding.Money,
                Charge = new ChargeRule(rate, 1_000, tiers)
                {
                    Factors =
                    [
                        .. members.Select((member, i) =>
                            new LocationFactor($"m{i}", member.Factor)),
                    ],
                },
            });

    // The contract as most will have it: nobody pays before the sum is too much.
    private static readonly Gen<Case> Aggregates =
        from members in Members.Array[1, 7]
        from rate in Gen.Long[0, 50_000]
        from apportion in Pick(Apportionment.OwnExcess, Apportionment.ProRata)
        select CaseOf(
            members, Plain(members, 0) with
            {
                Charge = ChargeRule.OverPerKg(rate),
                Breach = new BreachRule(Trigger.Aggregate, apportion),
                MakeGood = new MakeGoodRule(2_000, false),
            });

    [Fact]
    public void Rules_and_naive_oracle_come_to_the_same() => All.Sample(it =>
    {
        var settlement = it.Settle();
        var oracle = new NaiveSettlement(
            it.Contract,
            it.Contract.Bubble.Holdings.ToDictionary(one => one.Member, one => one.Grams),
            it.Contract.Bubble.CapGrams,
            it.Standing.Accounts.ToDictionary(account => account.Member));
        var (excess, total, members) = oracle.Settle(it.Facts);

        Assert.Equal(excess, settlement.Bubble.ExcessGrams);
        Assert.Equal(total, settlement.TotalMinorUnits);
        var charges = settlement.Charges.ToDictionary(one => one.Member, one => one.MinorUnits);
        Assert.Equal(members, settlement.Members.Select(member => new NaiveMember(
            member.EmittedGrams, member.OwnExcessGrams, member.ApportionedGrams,
            member.AnswersForGrams, member.MakeGoodGrams, member.Coverage.Carried,
            charges.GetValueOrDefault(member.Member))
        {
            Use = NaiveUse.Of(member.Coverage),
        }));
    }, iter: Cases);

    [Fact]
    public void I5_what_is_apportioned_is_the_excess_of_the_bubble() => Aggregates.Sample(it =>
    {
        var settlement = it.Settle();
        Assert.Equal(
            settlement.Bubble.ExcessGrams, settlement.Members.Sum(one => one.ApportionedGrams));
        Assert.Equal(
            2 * settlement.Bubble.ExcessGrams, settlement.Members.Sum(one => one.MakeGoodGrams));
    }, iter: Cases);

    [Fact]
    public void I6_whoever_keeps_its_holding_answers_for_nothing() => All
        .Where(it => it.Contract.Breach.Apportion != Apportionment.ProRata).Sample(it =>
        {
            var settlement = it.Settle();
            Assert.All(settlement.Members, member => Assert.True(
                member.OwnExcessGrams > 0 || member.AnswersForGrams == 0));
            Assert.All(
                settlement.Members.Where(_ => !settlement.Bubble.IsBroken
                    && it.Contract.Breach.Trigger is Trigger.Aggregate or Trigger.TwoRoute),
                member => Assert.Equal((0, 0), (member.AnswersForGrams, member.MakeGoodGrams)));
        }, iter: Cases);

    [Fact]
    public void I7_charges_sum_to_the_bubbles_total_rounded_once() => Aggregates.Sample(it =>
    {
        var settlement = it.Settle();
        var exact = (BigInteger)settlement.Bubble.ExcessGrams * it.Contract.Charge.RateMinorUnits;
        Assert.Equal((exact + 500) / 1_000, settlement.TotalMinorUnits);
        Assert.Equal(
            settlement.TotalMinorUnits, settlement.Charges.Sum(charge => charge.MinorUnits));
        Assert.All(settlement.Charges, charge =>
            Assert.Equal(charge.MinorUnits, charge.Lines.Sum(line => line.MinorUnits)));
    }, iter: Cases);

    [Fact]
    public void I9_the_same_facts_give_the_same_bytes_in_any_order_and_culture()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            All.Sample(it =>
            {
                CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
                var one = JsonSerializer.Serialize(it.Settle());
                CultureInfo.CurrentCulture = Strange();
                var other = JsonSerializer.Serialize(
                    (it with { Facts = [.. it.Facts.Reverse()] }).Settle());
                Assert.Equal(one, other);
            }, iter: Cases / 4, threads: 1);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    // Exactly it never falls; largest remainder may move one unit.
    [Fact]
    public void I10_more_emission_of_one_never_lowers_what_anyone_answers_for() =>
        Gen.Select(Aggregates, Gen.Int[0, 6], Gen.Long[1, 3_000_000]).Sample((it, who, more) =>
        {
            if (it.Contract.Breach.Apportion == Apportionment.ProRata)
            {
                return;
            }

            var before = it.Settle();
            var after = it.With(who % before.Members.Length, more).Settle();
            Assert.All(
                before.Members.Zip(after.Members),
                pair => Assert.True(
                    pair.Second.ApportionedGrams >= pair.First.ApportionedGrams - 1));
        }, iter: Cases);

    [Fact]
    public void I11_a_restatement_is_the_difference_and_back_again_it_is_nothing() =>
        Gen.Select(Aggregates, Gen.Int[0, 6], Gen.Long[1, 3_000_000]).Sample((it, who, more) =>
        {
            var first = it.Settle();
            var revised = it.With(who % first.Members.Length, more).Settle();
            var there = Restatement.Of(it.Contract, first, revised);
            var back = Restatement.Of(it.Contract, revised, first);
            Assert.Equal(there.MinorUnits, there.Members.Sum(member => member.MinorUnits));
            Assert.Equal(revised.TotalMinorUnits - first.TotalMinorUnits, there.MinorUnits);
            Assert.Equal(
                there.Members.Select(member => -member.MinorUnits),
                back.Members.Select(member => member.MinorUnits));
            Assert.NotEqual(first.Id, revised.Id);
        }, iter: Cases / 4);

    [Fact]
    public void I12_one_late_fact_gives_what_all_facts_together_give() =>
        Gen.Select(All, Gen.Int[0, 13]).Sample((it, which) =>
        {
            var late = it.Facts[which % it.Facts.Length];
            var old = late with { FactId = "older", Milligrams = late.Milligrams / 2 };
            var facts = PeriodFacts.Of([.. it.Facts.Remove(late), old]).With(late).With(late);
            Assert.Equal(
                it.Settle().Id,
                SettlementRules.Settle(it.Contract, it.Period, facts, it.Standing).Id);
        }, iter: Cases / 4);

    [Fact]
    public void I19_the_trace_computes_again_to_what_it_says() => Aggregates.Sample(it =>
    {
        var settlement = it.Settle();
        var parts = settlement.Trace.Parts;
        long Value(Trace trace) => long.Parse(trace.Result!.Value, CultureInfo.InvariantCulture);
        Trace Part(Trace of, string title) =>
            of.Parts.First(part => part.Title.StartsWith(title, StringComparison.Ordinal));
        var emitted = 0L;
        foreach (var member in parts.Skip(2))
        {
            var mass = Part(member, "emitted by");
            Assert.Equal(
                Rounding.Quotient(mass.Parts.Sum(Value), 1_000), Value(mass));
            var own = Part(member, "own excess of");
            Assert.Equal(
                Math.Max(0, Value(mass) - long.Parse(
                    own.Constants[0].Value.Value, CultureInfo.InvariantCulture)), Value(own));
            emitted += Value(mass);
        }

        var cap = long.Parse(parts[0].Constants[0].Value.Value, CultureInfo.InvariantCulture);
        Assert.Equal(Math.Max(0, emitted - cap), Value(parts[0]));
        Assert.Equal(
            Value(parts[0]),
            parts.Skip(2).Sum(member => Value(Part(member, "apportioned excess of"))));
        Assert.Equal(
            decimal.Parse(parts[1].Result!.Value, CultureInfo.InvariantCulture),
            parts.Skip(2).Sum(member =>
                decimal.Parse(member.Result!.Value, CultureInfo.InvariantCulture)));
    }, iter: Cases / 4);

    [Fact]
    public void Nobody_loses_by_who_stands_first_but_for_one_unit() => Aggregates.Sample(it =>
    {
        var one = it.Settle();
        var turned = (it with
        {
            Contract = it.Contract with { Parties = [.. it.Contract.Parties.Reverse()] },
        }).Settle();
        Assert.Equal(one.TotalMinorUnits, turned.TotalMinorUnits);
        Assert.All(one.Members.Zip(turned.Members.Reverse()), pair => Assert.InRange(
            pair.First.ApportionedGrams - pair.Second.ApportionedGrams, -1, 1));
    }, iter: Cases / 4);

    // As far from the invariant one as a culture of this world can be.
    private static CultureInfo Strange()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NegativeSign = "\u2212";
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NumberGroupSeparator = ".";
        culture.DateTimeFormat.TimeSeparator = ".";
        culture.DateTimeFormat.DateSeparator = "/";
        return culture;
    }

    private static Gen<T> Pick<T>(params T[] all) => Gen.Int[0, all.Length - 1].Select(i => all[i]);

    private static Contract Plain(Member[] members, long reserve)
    {
        var contract = SettlementTests.Contract(
            [.. members.Select(member => member.Holding)], 0);
        return contract with
        {
            Bubble = contract.Bubble with { CapGrams = contract.Bubble.CapGrams + reserve },
        };
    }

    private static Case CaseOf(Member[] members, Contract contract)
    {
        var period = Period.Containing(contract, contract.InForce);
        return new Case(
            contract, period,
            [
                .. members.SelectMany((member, i) => (EmittedMass[])
                [
                    new($"m{i}-0", $"stack-m{i}", $"m{i}", "nox", period.Start,
                        period.Start.AddSeconds(10), member.Emitted - (member.Emitted / 3)),
                    new($"m{i}-1", $"other-m{i}", $"m{i}", "nox", period.Start.AddSeconds(20),
                        period.Start.AddSeconds(30), member.Emitted / 3),
                ]),
            ],
            PeriodStanding.Plain with
            {
                Accounts = [.. members.Select((_, i) => AccountOf(members, i, contract.Bank))],
            });
    }

    // A part of what each holds goes to the next, so that holdings are not the allocations.
    private static MemberAccount AccountOf(Member[] members, int i, BankRule bank)
    {
        var own = members[i];
        var giver = members[(i + 1) % members.Length];
        var moved = (giver.Holding * giver.Moved / 200) - (own.Holding * own.Moved / 200);
        return new MemberAccount($"m{i}", own.Holding + moved)
        {
            BankedGrams = bank.Kind == BankKind.None ? 0 : own.Banked,
            OwedGrams = bank == BankRule.None ? 0 : own.Owed,
        };
    }
}
