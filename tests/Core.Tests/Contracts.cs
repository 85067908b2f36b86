using System.Collections.Immutable;
using System.Text;
using Monitoring.Core.Contracts;
using Monitoring.Core.Settlement;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Core;

/// <summary>The shipped contracts, and periods of them made out of masses in tonnes.</summary>
internal static class Contracts
{
    public static readonly string[] Presets =
    [
        "arp", "cluster", "csapr", "eu-ets", "hon", "kyoto", "nbp", "nerp", "nox-averaging",
        "reclaim", "ru-charge", "se-nox", "ua-charge",
    ];

    public static Contract Preset(string name) =>
        Read(Shipped.Text($"contracts/presets/{name}.yaml"));

    public static Contract Read(string text)
    {
        var faults = new Faults();
        var contract = ContractReader.Read(
            "contract.yaml", Encoding.UTF8.GetBytes(text), ContractSurroundings.None, faults);
        Assert.Equal("", string.Join('\n', faults.All));
        return contract!;
    }

    /// <summary>One fact a member, in tonnes, in the order of the parties.</summary>
    public static PeriodFacts Emitted(Contract contract, Period period, params decimal[] tonnes) =>
        PeriodFacts.Of(
        [
            .. contract.Parties.Zip(tonnes, (party, mass) =>
                Mass(contract, period, party.Member, mass)),
        ]);

    public static EmittedMass Mass(
        Contract contract, Period period, string member, decimal tonnes, int hour = 3_000) => new(
        $"{member}-{hour}", $"stack-{member}", member, contract.Bubble.Pollutant,
        At(period, hour), At(period, hour + 1), (long)(tonnes * 1_000_000_000m));

    public static Period First(Contract contract) =>
        Period.Containing(contract, contract.InForce);

    public static PeriodSettlement Settle(Contract contract, params decimal[] tonnes)
    {
        var period = First(contract);
        return SettlementRules.Settle(
            contract, period, Emitted(contract, period, tonnes), PeriodStanding.Plain);
    }

    public static PeriodSettlement Settle(
        Contract contract, MemberAccount[] accounts, params decimal[] tonnes)
    {
        var period = First(contract);
        return SettlementRules.Settle(
            contract, period, Emitted(contract, period, tonnes),
            PeriodStanding.Plain with { Accounts = [.. accounts] });
    }

    public static MemberAccount Account(string member, decimal tonnes) =>
        new(member, (long)(tonnes * 1_000_000m));

    // A short period has no hour 3000; the same fraction of it does as well.
    private static DateTimeOffset At(Period period, int hour)
    {
        var inside = period.Start.AddHours(hour);
        return inside <= period.End ? inside : period.Start.AddHours(hour % 2_000);
    }
}
