using System.Numerics;
using System.Text;
using System.Text.Json;
using CsCheck;
using Monitoring.Core.Contracts;
using Monitoring.Core.Settlement;
using Monitoring.Tests.Core;
using Monitoring.Verifier;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests;

/// <summary>
/// Settlement was written twice, here in fractions and in the hub in whole numbers. Whatever
/// members emit, hold, have banked and owe, and in whichever year, both come to the same.
/// </summary>
public sealed class PresetTests
{
    private const int Members = 10;

    public static TheoryData<string> Served =>
    [
        "arp", "cluster", "csapr", "eu-ets", "kyoto", "nerp", "reclaim", "ru-charge",
        "ua-charge",
    ];

    /// <summary>What needs facts that no instrument gives, a hub does not serve.</summary>
    [Theory]
    [InlineData("nbp", "bubble.period.season")]
    [InlineData("hon", "bubble.benchmarks")]
    [InlineData("nox-averaging", "bubble.benchmarks")]
    [InlineData("se-nox", "refund")]
    public void What_no_hub_settles_is_named(string preset, string clause) =>
        Assert.Equal(clause, Read(preset).Terms.NotUnderstood);

    [Theory]
    [MemberData(nameof(Served))]
    public void A_preset_comes_out_as_the_hub_settles_it(string preset) =>
        Compare(preset, text => text);

    [Theory]
    [InlineData("trigger: aggregate", "trigger: both")]
    [InlineData("trigger: aggregate", "trigger: two-route")]
    [InlineData("apportion: own-excess", "apportion: pro-rata")]
    [InlineData("apportion: own-excess", "apportion: own-level, levels: allocation")]
    [InlineData("of: apportioned", "of: bubble")]
    [InlineData("unit: g, at: member", "unit: t, at: source, mode: half-even")]
    [InlineData("unit: g, at: member", "unit: kg, at: bubble, mode: half-even")]
    [InlineData("mode: half-away-from-zero", "mode: half-even")]
    [InlineData("carry: flow-control", "use: oldest-first, borrow_percent: 7, carry: flow-control")]
    public void A_clause_of_the_cluster_comes_out_as_the_hub_settles_it(string old, string next) =>
        Compare("cluster", text =>
        {
            // Members of a mapping stand in lines of their own.
            var changed = old.StartsWith("apportion", StringComparison.Ordinal)
                ? text.Replace(
                    old, next.Replace(", ", "\n  ", StringComparison.Ordinal),
                    StringComparison.Ordinal)
                : text.Replace(old, next, StringComparison.Ordinal);
            Assert.NotEqual(text, changed);
            return changed;
        });

    private static void Compare(string preset, Func<string, string> change)
    {
        var (contract, terms) = Read(preset, change);
        Assert.Null(terms.NotUnderstood);
        Gen.Select(
            Gen.Long[0, 2_000_000].Array[Members], Gen.Long[0, 2_000].Array[Members],
            Gen.Long[0, 400].Array[Members], Gen.Long[0, 200].Array[Members], Gen.Int[0, 9],
            Gen.Bool).Sample((masses, held, banked, owed, years, isPlain) =>
        {
            var period = Period.Containing(contract, contract.InForce.AddDays((366 * years) + 1));
            var holdings = contract.Bubble.HoldingsIn(period);
            var accounts = isPlain ? [] : holdings.Select((holding, i) => new MemberAccount(
                holding.Member, holding.Grams * held[i] / 1_000)
            {
                BankedGrams = holding.Grams * banked[i] / 1_000,
                OwedGrams = holding.Grams * owed[i] / 1_000,
            }).ToList();

            // In thousandths of a part of a holding, so that every digit counts.
            var facts = contract.Parties.Select((party, i) => (
                party.Member, Milligrams: Math.Max(1, (long)((Int128)masses[i]
                    * holdings.First(it => it.Member == party.Member).Grams / 1_000))))
                .ToList();
            var settled = SettlementRules.Settle(
                contract, period,
                PeriodFacts.Of(
                [
                    .. facts.Select(fact => new EmittedMass(
                        fact.Member, $"stack-{fact.Member}", fact.Member,
                        contract.Bubble.Pollutant, period.Start, period.End, fact.Milligrams)),
                ]),
                PeriodStanding.Plain with { Accounts = [.. accounts] });
            var reckoned = Reckoning.Of(
                terms.In(period.Start.ToUnixTimeMilliseconds()),
                facts.Select(fact => (
                    fact.Member, $"stack-{fact.Member}", (BigInteger)fact.Milligrams)),
                [
                    .. accounts.Select(account => new Account(
                        account.Member, account.HeldGrams, account.BankedGrams,
                        account.OwedGrams)),
                ]);
            Assert.Equal(TextOf(settled), TextOf(reckoned));
        }, iter: 300);
    }

    private static string TextOf(PeriodSettlement settled) =>
        $"{settled.Bubble.EmittedGrams} {settled.Bubble.CapGrams} {settled.Bubble.ExcessGrams} "
            + string.Join(", ", settled.Members.Select(member =>
                $"{member.Member} {member.EmittedGrams} {member.AnswersForGrams} "
                + $"{member.MakeGoodGrams} {member.Coverage.Carried} {member.Coverage.Borrowed} "
                + settled.Charges.Where(charge => charge.Member == member.Member)
                    .Sum(charge => charge.MinorUnits)));

    private static string TextOf(Reckoning reckoned) =>
        $"{reckoned.Emitted} {reckoned.Limit} {reckoned.Excess} "
            + string.Join(", ", reckoned.Members.Select(member =>
                $"{member.Member} {member.Emitted} {member.AnswersFor} {member.InKind} "
                + $"{member.Carried} {member.Borrowed} {member.Charge}"));

    private static (Contract Contract, Terms Terms) Read(
        string preset, Func<string, string>? change = null)
    {
        var text = Shipped.Text($"contracts/presets/{preset}.yaml");
        text = change is null ? text : change(text);
        var faults = new Faults();
        var contract = ContractReader.Read(
            preset, Encoding.UTF8.GetBytes(text), ContractSurroundings.None, faults);
        Assert.Equal("", string.Join('\n', faults.All));
        var canonical = DocumentNode.Parse(preset, text, faults).Canonical();
        return (contract!, Terms.Of(JsonDocument.Parse(canonical).RootElement));
    }
}
