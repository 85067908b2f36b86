using System.Collections.Immutable;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Core.Mass;
using Monitoring.Core.Settlement;

namespace Monitoring.Tests.Core;

/// <summary>
/// One minute of the demo, from images to the fund: rows 1000 to 1005 of the gas turbine's data of
/// 2011 and 2013 (UCI, CC BY 4.0), energy yield in MWh and NOx in mg/m3.
/// </summary>
public sealed class DemoMinuteTests
{
    private static readonly (double Yield, double Nox)[] PlantA =
        [(145.58, 78.668), (162.25, 70.105), (163.33, 69.05),
            (162.63, 69.35), (163.46, 68.981), (163.57, 69.26)];

    private static readonly (double Yield, double Nox)[] PlantB =
        [(159.52, 64.054), (159.18, 65.043), (159.52, 66.655),
            (159.1, 69.561), (135.81, 75.646), (133.22, 74.516)];

    [Fact]
    public void Member_a_breaks_the_bubble_and_pays_into_the_fund()
    {
        var contract = Shipped.Contract;
        var start = DateTimeOffset.FromUnixTimeMilliseconds(Images.StartMs);
        var period = Period.Containing(contract, start);
        Assert.Equal(start, period.Start);
        EmittedMass[] masses =
        [
            .. PlantA.SelectMany((row, i) => Masses(0, i, row)),
            .. PlantB.SelectMany((row, i) => Masses(1, i, row)),
        ];

        var settlement = SettlementRules.Settle(
            contract, period, masses, SettlementTests.NoWindows);

        Assert.True(settlement.Bubble.IsBroken);
        var share = settlement.Members[1].EmittedGrams * 100 / settlement.Members[1].HoldingGrams;
        Assert.InRange(share, 61, 93);
        var charge = Assert.Single(settlement.Charges);
        Assert.Equal("member-a", charge.Member);
        Assert.Equal(settlement.Bubble.ExcessGrams * 50 * 100 / 1_000, charge.MinorUnits);
        // After three windows member-a is above its holding already.
        Assert.True(masses.Where(it => it.Member == "member-a").Take(3).Sum(it => it.Milligrams)
            > settlement.Members[0].HoldingGrams * 1_000);
        var entry = FundPostings.ForCharges(
            contract, settlement,
            Shipped.Cluster.ZoneBySource.ToDictionary(it => it.Key, it => ZoneKey.In(it.Value)))!;
        Assert.Equal(BookingVerdict.Accepted, LedgerRules.Judge(entry, null));
        Assert.Contains(entry.Postings, it => it.Account == "fund:local:river");
        Assert.DoesNotContain(entry.Postings, it => it.Account == "fund:local:hill");
    }

    private static IEnumerable<EmittedMass> Masses(
        int plant, int slot, (double Yield, double Nox) row)
    {
        var source = Shipped.Cluster.Sources[plant];
        var startMs = Images.StartMs + (slot * 10_000L);
        // Dry flow at 20 Cel: heat (efficiency 35 %) x Fd of natural gas x 20.9 / (20.9 - 14.6).
        var flow = row.Yield * 3_600 / 0.35 * 8_710 * 0.0283168 / 1_055.056 * 20.9 / (20.9 - 14.6);
        var images = new Dictionary<string, ImmutableArray<SourceImage>>
        {
            ["gas-analyser"] =
            [
                .. Enumerable.Range(0, 10).Select(i => Images.Gas((slot * 10) + i, nox: row.Nox)),
            ],
            ["flow-meter"] =
            [
                .. Enumerable.Range(0, 10).Select(i =>
                    Images.Flow((slot * 10) + i, flow, 20, 101.325)),
            ],
        };
        var result = WindowCalculation.Compute(
            source, Shipped.Profile, new Window(startMs, startMs + 10_000), images, 1,
            DateTimeOffset.UnixEpoch);
        return result.Facts.Where(fact => fact.Pollutant == "nox").Select(fact => new EmittedMass(
            fact.Id, fact.Source, source.Member, fact.Pollutant, fact.Window.Start,
            fact.Window.End, fact.Milligrams));
    }
}
