using System.Text;
using Monitoring.Core;
using Monitoring.Core.Contracts;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Engine;

/// <summary>A charge goes where the payer's emissions come down, from readings to log.</summary>
public sealed class ZoneKeyTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_settlement_fills_the_lots_of_zones_by_the_key_of_its_contract()
    {
        var text = Shipped.Text("contracts/demo.yaml").Replace(
            "local_by: zone-of-source\n",
            """
            local_by: zone-key
              zone_keys:
                - source: stack-a
                  zones: {river: 60, hill: 40}
                  provenance: dispersion-model
                  version: 1
                  uncertainty_points: 10

            """, StringComparison.Ordinal);
        var faults = new Faults();
        var contract = ContractReader.Read(
            "demo.yaml", Encoding.UTF8.GetBytes(text), Shipped.Surroundings, faults)!;
        Assert.Equal("", string.Join('\n', faults.All));
        await using var hub = await TestHub.StartAsync(_folder, contract: contract);
        var log = new PublicLog(hub.Books);
        log.Begin(VerifiedTests.Leaf(contract, text));
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 121));
        await hub.Records.AppendAsync(Records.Span("plant-b", 0, 121));
        await hub.AdvanceAsync(24, 2);

        // Late data move the charge, and its correction by the same key.
        await hub.Records.AppendAsync(Records.One(
            363, Records.Gas(0, 900) with { TimeMs = Records.StartMs + 5_500 }));
        await hub.AdvanceAsync(25, 3);
        foreach (var entry in hub.Query<string>(
            "SELECT id FROM entry WHERE kind IN ('charge', 'correction') "
                + "AND idempotency_key NOT LIKE 'reversal%'"))
        {
            var at = hub.Query<(string Account, long Amount)>(
                    $"SELECT account, -SUM(amount) FROM posting WHERE entry = "
                        + $"(SELECT seq FROM entry WHERE id = '{entry}') GROUP BY account")
                .ToDictionary(row => row.Account, row => row.Amount);
            var local = at["fund:local:river"] + at["fund:local:hill"];
            Assert.True(local > 0);
            Assert.Equal(
                LargestRemainder.Split(local, [40, 60]),
                (long[])[at["fund:local:hill"], at["fund:local:river"]]);
        }

        var answer = await VerifiedTests.CheckAsync(log, _folder.File("copy"));
        Assert.True(answer.IsWell, string.Join('\n', answer.Findings.Faults));
        SaysWhereItComesDown(hub);
    }

    private static void SaysWhereItComesDown(TestHub hub)
    {
        var versions = hub.Get<ContractVersions>();
        var insights = new Insights(hub.Books, hub.Cluster, hub.Get<ProfileSet>(), versions);
        var statements = new Statements(hub.Books, versions, insights);
        string Statement(string language) => statements.TextOf(statements.Year(2026)!, language);
        Assert.Contains(
            "  stack-a: hill 40 %, river 60 %, each ± 10 points (dispersion-model, version 1)\n",
            Statement("en"), StringComparison.Ordinal);
        Assert.Contains("Куди осідають викиди", Statement("uk"), StringComparison.Ordinal);

        // Of the hill's limit 40 % of what stack-a emits is a part too.
        var period = hub.Query<(long From, long Until)>(
            "SELECT start_ms, end_ms FROM settlement ORDER BY start_ms LIMIT 1").Single();
        var settled = insights.Settled(period.From, period.Until, 1).Single();
        var emitted = hub.Query<(string Source, long Mg)>(
                $"""
                SELECT source, SUM(milligrams) FROM fact WHERE pollutant = 'nox'
                    AND start_ms < {period.Until} AND NOT EXISTS (
                        SELECT 1 FROM fact AS newer WHERE newer.source = fact.source
                            AND newer.start_ms = fact.start_ms
                            AND newer.pollutant = fact.pollutant
                            AND newer.revision > fact.revision)
                    GROUP BY source
                """)
            .ToDictionary(row => row.Source, row => row.Mg / 1_000m);
        Assert.Equal(
            (double)((0.4m * emitted["stack-a"]) + emitted["stack-b"]),
            settled.Tightness.Single(it => it.Constraint.Zone == "hill").Constraint.ExpectedGrams,
            2.0);
    }
}
