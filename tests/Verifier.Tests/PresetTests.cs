using System.Numerics;
using System.Text;
using System.Text.Json;
using CsCheck;
using Monitoring.Core.Contracts;
using Monitoring.Core.Settlement;
using Monitoring.Tests.Core;
using Monitoring.Verifier;
using Monitoring.Wire.Documents;
using Activity = Monitoring.Core.Settlement.Activity;

namespace Monitoring.Tests;

/// <summary>
/// Settlement was written twice, here in fractions and in the hub in whole numbers. Whatever
/// members emit, hold, have banked and owe, do and make, and in whichever year, both come to the
/// same. MONITORING_LONG_FORMS=1 tries a hundred times as much.
/// </summary>
public sealed class PresetTests
{
    private const int Members = 10;

    private const int Times = 4;

    private static readonly int Rounds =
        Environment.GetEnvironmentVariable("MONITORING_LONG_FORMS") is "1" ? 30_000 : 300;

    public static TheoryData<string> All =>
    [
        "arp", "cluster", "csapr", "eu-ets", "hon", "kyoto", "nbp", "nerp", "nox-averaging",
        "reclaim", "ru-charge", "se-nox", "ua-charge",
    ];

    [Theory]
    [MemberData(nameof(All))]
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
    [InlineData("pollutant: so2", "pollutants: {so2: 1, nox: 0.7, dust: 12.345678}")]
    [InlineData("pollutant: so2", "pollutants: {nox: 0.333333}")]
    [InlineData("kind: year, zone: Europe/Kyiv",
        "kind: year, zone: Europe/Kyiv, season: {from: 03-29, to: 09-30}")]
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

    [Theory]
    [InlineData("se-nox", "admin_percent: 0", "admin_percent: 7")]
    [InlineData("nox-averaging", "own_limit: 0.50", "own_limit: 5.0")]
    [InlineData("nox-averaging", "apportion: own-excess", "apportion: pro-rata")]
    [InlineData("hon", "trigger: aggregate", "trigger: two-route")]
    [InlineData("hon", "rate_per_kg: 0", "rate_per_kg: 3.77")]
    [InlineData("hon", "unit: g, at: member", "unit: kg, at: source, mode: half-even")]
    [InlineData("nbp", "rate_per_t: 0", "rate_per_t: 12.5")]
    public void A_clause_of_a_preset_comes_out_as_the_hub_settles_it(
        string preset, string old, string next) => Compare(preset, text =>
        {
            Assert.Contains(old, text, StringComparison.Ordinal);
            return text.Replace(old, next, StringComparison.Ordinal);
        });

    private static void Compare(string preset, Func<string, string> change)
    {
        var (contract, terms) = Read(preset, change);
        Assert.Null(terms.NotUnderstood);
        var activities = Gen.Long[0, 4_000].Array[Members];
        Gen.Select(
            Gen.Long[0, 2_000_000].Array[Members], Gen.Long[0, 2_000].Array[Members],
            Gen.Long[0, 400].Array[Members], Gen.Long[0, 200].Array[Members], Gen.Int[0, 9],
            Gen.Bool, activities).Sample((masses, held, banked, owed, years, isPlain, done) =>
        {
            var period = Period.Containing(contract, contract.InForce.AddDays((366 * years) + 1));
            var holdings = contract.Bubble.HoldingsIn(period);
            var accounts = isPlain || terms.AsksActivity is not null ? []
                : holdings.Select((holding, i) => new MemberAccount(
                    holding.Member, holding.Grams * held[i] / 1_000)
                {
                    BankedGrams = holding.Grams * banked[i] / 1_000,
                    OwedGrams = holding.Grams * owed[i] / 1_000,
                }).ToList();
            var facts = FactsOf(contract, period, masses).ToList();
            var acts = ActivitiesOf(contract, period, done).ToList();
            List<string> gone = isPlain ? [] : [contract.Parties[0].Member];
            var settled = SettlementRules.Settle(
                contract, period, PeriodFacts.Of(facts),
                PeriodStanding.Plain with
                {
                    Accounts = [.. accounts],
                    Activities = [.. acts],
                    WindowsExpected = gone.ToDictionary(member => member, _ => int.MaxValue),
                });
            var reckoned = Reckoning.Of(
                terms.In(period.Start.ToUnixTimeMilliseconds()),
                facts.Select(fact => new Mass(
                    fact.FactId, fact.Source, fact.Start.ToUnixTimeMilliseconds(), fact.Member,
                    fact.Pollutant, fact.Milligrams)),
                new Known(
                [
                    .. accounts.Select(account => new Account(
                        account.Member, account.HeldGrams, account.BankedGrams,
                        account.OwedGrams)),
                ],
                [
                    .. acts.Select(act => new Verifier.Activity(
                        act.Member, act.Start.ToUnixTimeMilliseconds(),
                        act.End.ToUnixTimeMilliseconds(), act.Quantity)),
                ],
                gone));
            Assert.Equal(TextOf(settled), TextOf(reckoned));
        }, iter: Rounds);
    }

    // In thousandths of a part of a holding, so that every digit counts; of each pollutant, at
    // times all over the period, from two stacks.
    private static IEnumerable<EmittedMass> FactsOf(
        Contract contract, Period period, long[] masses)
    {
        var pollutants = contract.Bubble.Weights.IsEmpty
            ? [contract.Bubble.Pollutant]
            : contract.Bubble.Weights.Select(weight => weight.Pollutant).ToList();
        var step = (period.End - period.Start) / Times;
        foreach (var (i, party) in contract.Parties.Index())
        {
            var grams = contract.Bubble.HoldingsIn(period)
                .First(one => one.Member == party.Member).Grams;
            foreach (var (p, pollutant) in pollutants.Index())
            {
                for (var n = 0; n < Times; n++)
                {
                    // Without holdings, in odd milligrams of what benchmarks are about.
                    var whole = (Int128)masses[i] * (grams == 0 ? 1_000_003 : grams) / 1_000;
                    var start = period.Start + (n * step);
                    yield return new EmittedMass(
                        $"{i}/{p}/{n}", $"stack-{party.Member}-{n % 2}", party.Member, pollutant,
                        start, start + step, Math.Max(1, (long)(whole / (Times + p + n))));
                }
            }
        }
    }

    // The last quarter of the year is nobody's activity.
    private static IEnumerable<Activity> ActivitiesOf(
        Contract contract, Period period, long[] done)
    {
        var step = (period.End - period.Start) / Times;
        return contract.Bubble.Benchmarks.IsEmpty && contract.Refund is null ? []
            : contract.Parties.SelectMany((party, i) => Enumerable.Range(0, Times - 1).Select(n =>
                new Activity(
                    party.Member, period.Start + (n * step), period.Start + ((n + 1) * step),
                    done[i] / (n + 1))));
    }

    private static string TextOf(PeriodSettlement settled) =>
        $"{settled.Bubble.EmittedGrams} {settled.Bubble.CapGrams} {settled.Bubble.ExcessGrams} "
            + string.Join(", ", settled.Members.Select(member =>
                $"{member.Member} {member.EmittedGrams} {member.AnswersForGrams} "
                + $"{member.MakeGoodGrams} {member.Coverage.Carried} {member.Coverage.Borrowed} "
                + settled.Charges.Where(charge => charge.Member == member.Member)
                    .Sum(charge => charge.MinorUnits)))
            + $" back {string.Join(' ', settled.Refunds.Select(refund => refund.MinorUnits))}";

    private static string TextOf(Reckoning reckoned) =>
        $"{reckoned.Emitted} {reckoned.Limit} {reckoned.Excess} "
            + string.Join(", ", reckoned.Members.Select(member =>
                $"{member.Member} {member.Emitted} {member.AnswersFor} {member.InKind} "
                + $"{member.Carried} {member.Borrowed} {member.Charge}"))
            + $" back {string.Join(' ', reckoned.Refunds)}";

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
