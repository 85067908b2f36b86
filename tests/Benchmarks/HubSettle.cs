using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Monitoring.Core.Contracts;
using Monitoring.Core.Settlement;
using Monitoring.Wire.Documents;

namespace Monitoring.Benchmarks;

/// <summary>
/// A leap year of hourly masses of 200 sources and five pollutants, from facts in memory to a
/// settlement with its trace; and the same once more after one mass came late. Beside the first,
/// as the least that can be asked, SHA-256 over the ids of the facts.
/// </summary>
internal static class HubSettle
{
    private const int Sources = 200;
    private const int Members = 20;
    private const int Rounds = 5;

    private static readonly string[] Pollutants = ["nox", "so2", "co", "dust", "nh3"];
    private static readonly string[] SourceNames = Names("stack", Sources);
    private static readonly string[] MemberNames = Names("member", Members);

    public static IEnumerable<Figure> Settle()
    {
        var contract = ReadContract();
        var period = Period.Containing(contract, contract.InForce);
        var masses = MassesOf(period);
        var ids = Encoding.UTF8.GetBytes(string.Join('\n', masses.Select(mass => mass.FactId)));
        var ours = Median(() => Settled(contract, period, PeriodFacts.Of(masses)));
        var peer = Median(() => SHA256.HashData(ids));
        return
        [
            new Figure("hub.settle", ours, "s"),
            new Figure("hub.settle.peer", peer, "s"),
            new Figure("hub.settle.ratio", ours / peer, "x"),
        ];
    }

    public static IEnumerable<Figure> Resettle()
    {
        var contract = ReadContract();
        var period = Period.Containing(contract, contract.InForce);
        var masses = MassesOf(period);
        var facts = PeriodFacts.Of(masses);
        var late = masses[masses.Length / 2];
        var round = 0;
        var seconds = Median(() => Settled(contract, period, facts.With(late with
        {
            FactId = FactId(masses.Length + round), Milligrams = late.Milligrams + (++round),
        })));
        return [new Figure("hub.resettle", seconds * 1_000, "ms")];
    }

    private static void Settled(Contract contract, Period period, PeriodFacts facts)
    {
        var settlement = SettlementRules.Settle(contract, period, facts, PeriodStanding.Plain);
        if (!settlement.Bubble.IsBroken || settlement.Charges.Length == 0)
        {
            throw new InvalidOperationException("nobody is charged, so not all was worked out");
        }
    }

    private static double Median(Action settle)
    {
        settle();
        var seconds = new List<double>();
        for (var i = 0; i < Rounds; i++)
        {
            var start = TimeProvider.System.GetTimestamp();
            settle();
            seconds.Add(TimeProvider.System.GetElapsedTime(start).TotalSeconds);
        }

        return seconds.Order().ElementAt(Rounds / 2);
    }

    private static EmittedMass[] MassesOf(Period period)
    {
        var hours = (int)period.Length.TotalHours;
        var masses = new EmittedMass[Sources * Pollutants.Length * hours];
        var i = 0;
        for (var hour = 0; hour < hours; hour++)
        {
            var start = period.Start.AddHours(hour);
            for (var source = 0; source < Sources; source++)
            {
                foreach (var pollutant in Pollutants)
                {
                    masses[i] = new EmittedMass(
                        FactId(i), SourceNames[source], MemberNames[source % Members], pollutant,
                        start, start.AddHours(1), 900_000 + (i * 7_919L % 200_000));
                    i++;
                }
            }
        }

        return masses;
    }

    private static string[] Names(string kind, int count) =>
    [
        .. Enumerable.Range(0, count).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $"{kind}-{i}")),
    ];

    // As long as the real ones.
    private static string FactId(int i) => i.ToString("D26", CultureInfo.InvariantCulture);

    private static Contract ReadContract()
    {
        var text = $$"""
            contract: bench
            version: 1
            title: Twenty members and five pollutants
            in_force: 2028-01-01T00:00:00Z
            currency: {code: EUR, decimals: 2}
            parties:
            {{Lines(name => $"{{member: {name}, role: core}}")}}
            bubble:
              id: bench-bubble
              pollutants: {nox: 1, so2: 1.5, co: 0.1, dust: 2, nh3: 3}
              period: {kind: year, zone: Etc/UTC}
              mass_unit: kg
              cap: 13000
              holdings:
            {{Lines(name => $"{{member: {name}, mass: 650}}")}}
            breach: {trigger: aggregate, apportion: own-excess}
            charge: {rate_per_kg: 12.50}
            rounding:
              mass: {unit: g, at: member}
              money: {unit: minor, at: bubble, mode: half-away-from-zero, remainder: largest}
            alerts:
              forecast_percent: 90
              member_percent: 100
              bubble_percent: 100
              hysteresis_percent: 5
            fund:
              split: {local_percent: 70, programme_percent: 20, reserve_percent: 10}
              local_by: zone-of-source
            law: {statutory_duties: unaffected, force_majeure: none}
            """;
        var faults = new Faults();
        return ContractReader.Read(
            "bench.yaml", Encoding.UTF8.GetBytes(text), ContractSurroundings.None, faults)
            ?? throw new InvalidOperationException(string.Join('\n', faults.All));
    }

    private static string Lines(Func<string, string> line) =>
        string.Join('\n', MemberNames.Select(name => $"    - {line(name)}"));
}
