using System.Collections.Immutable;
using System.Text;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Server.Storage;
using Monitoring.Server.Transparency;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Records;
using Monitoring.Wire.Transparency;

namespace Monitoring.Tests.Engine;

/// <summary>
/// A preset as somebody makes it its own: a key for each party, a cluster with one stack of each
/// member, and what these stacks measure. Nothing else of the file is changed.
/// </summary>
internal sealed class OwnPreset
{
    // The largest values that count as measured, so that a year's mass fits into few windows of
    // ten seconds: 100 kg/m3 at the reference state, and by the flow the mass to the milligram.
    private const double MilligramsPerCubicMetre = 100_000_000;
    private const decimal CubicMetresPerHourOfTonne = 3_600;
    private const int WindowsOfMass = 5;

    // Those of the preset that names zones.
    private static readonly string[] Zones = ["coastal", "inland"];

    private readonly ImmutableArray<NoteSigner> _signers;
    private readonly string _text;

    public OwnPreset(string name)
    {
        var text = Shipped.Text($"contracts/presets/{name}.yaml");
        var members = Read(name, text, ContractSurroundings.None).Parties
            .Select(party => party.Member).ToList();
        _signers =
        [
            .. members.Select((member, i) => new NoteSigner(
                member, SignatureKind.Ed25519, [.. Enumerable.Repeat((byte)(i + 1), 32)])),
        ];
        foreach (var signer in _signers)
        {
            text = text.Replace(
                $"  - {{member: {signer.Verifier.Name}, role: ",
                $"  - {{member: {signer.Verifier.Name}, key: {signer.Verifier}, role: ",
                StringComparison.Ordinal);
        }

        _text = text;
        Contract = Read(
            name, text, new ContractSurroundings(members, [Shipped.Profile.Window])
            {
                Sources = [.. members.Select(member => $"stack-{member}")],
                Zones = Zones,
            });
        First = Period.Containing(Contract, Contract.InForce);
        var faults = new Faults();
        Cluster = ClusterReader.Read("cluster.yaml", Map(members), [Shipped.Profile], faults)!;
        Assert.Equal("", string.Join('\n', faults.All));
    }

    public Contract Contract { get; }

    public ClusterMap Cluster { get; }

    /// <summary>The first period that the contract holds in.</summary>
    public Period First { get; }

    /// <summary>The leaf that the log begins with: the contract, signed by all.</summary>
    public byte[] Leaf()
    {
        var canonical = DocumentNode.Parse("own.yaml", _text, new Faults()).Canonical();
        return ContractLeaf.Of(
            Contract, canonical,
            _signers.Select(signer => signer.Sign(Encoding.UTF8.GetString(canonical))));
    }

    /// <summary>
    /// What a gateway sends of a member: each of these masses in some windows, one window of
    /// nothing after the period, and one image more, by which that window is over.
    /// </summary>
    public JournalAppend Journal(
        string member, IEnumerable<(DateTimeOffset Time, decimal Tonnes)> masses)
    {
        var images = masses
            .SelectMany(mass => Enumerable.Range(0, WindowsOfMass).Select(i => (
                mass.Time + (i * Shipped.Profile.Window), mass.Tonnes / WindowsOfMass)))
            .Append((First.End, 0))
            .Append((First.End.AddSeconds(10), 0))
            .Select((mass, i) => (i + 1L, (JournalRecord)Image(mass.Item1, mass.Item2)))
            .ToImmutableArray();
        return new JournalAppend(
            Records.Gateway(member), Records.Epoch, images, images.Length, null,
            First.End.AddMinutes(1).ToUnixTimeMilliseconds());
    }

    private static JournalRecord.Image Image(DateTimeOffset time, decimal tonnes)
    {
        var ms = time.ToUnixTimeMilliseconds();
        Reading Good(string point, double value) =>
            new(point, PointValue.Real(value), Quality.Good, Reason.None, ms);
        return new JournalRecord.Image(
            "analyser", ms, new Boot(Guid.Empty, ms), ClockState.Synced,
            [
                Good("gas", MilligramsPerCubicMetre),
                Good("flow", (double)(tonnes * CubicMetresPerHourOfTonne)),
                Good("t", 0), Good("p", 101.3),
            ]);
    }

    private string Map(List<string> members)
    {
        var text = new StringBuilder("members:\n");
        foreach (var member in members)
        {
            text.Append($"  - {{id: {member}, title: Plant of {member}}}\n");
        }

        text.Append("zones:\n");
        foreach (var zone in Zones)
        {
            text.Append($"  - {{id: {zone}, title: Zone {zone}}}\n");
        }

        text.Append("sources:\n");
        foreach (var member in members)
        {
            text.Append(
                $$"""
                  - id: stack-{{member}}
                    title: Stack of {{member}}
                    plant: {{member}}
                    gateway: gateway-1
                    member: {{member}}
                    zone: {{Zones[member.StartsWith(Zones[0], StringComparison.Ordinal) ? 0 : 1]}}
                    profile: demo
                    cycle: 10 s
                    from: 2017-01-01T00:00:00Z
                    quantities:
                      {{Contract.Bubble.Pollutant}}: {device: analyser, point: gas, unit: mg/m3}
                      flow: {device: analyser, point: flow, unit: m3/h}
                      t: {device: analyser, point: t, unit: Cel}
                      p: {device: analyser, point: p, unit: kPa}

                """);
        }

        return text.ToString();
    }

    private static Contract Read(string name, string text, ContractSurroundings surroundings)
    {
        var faults = new Faults();
        var contract = ContractReader.Read(
            $"{name}.yaml", Encoding.UTF8.GetBytes(text), surroundings, faults);
        Assert.Equal("", string.Join('\n', faults.All));
        return contract!;
    }
}
