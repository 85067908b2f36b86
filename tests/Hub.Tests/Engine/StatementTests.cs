using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;

namespace Monitoring.Tests.Engine;

/// <summary>What a statement says of a year, and of one period.</summary>
public sealed class StatementTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_statement_says_of_each_period_why_it_changed_and_what_held_it_up()
    {
        await using var hub = await TestHub.StartAsync(_folder);
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 141));
        await hub.Records.AppendAsync(Records.Span("plant-b", 0, 141));
        await hub.AdvanceAsync(28, 2);
        var periods = hub.Query<string>("SELECT period FROM settlement ORDER BY end_ms");
        foreach (var (i, (period, source, made)) in ((string, string, long)[])
            [
                (periods[0], "stack-a", 100), (periods[0], "stack-b", 100),
                (periods[1], "stack-a", 110), (periods[1], "stack-b", 110),
            ] is var rows ? rows.Index() : [])
        {
            Assert.True(hub.Books.Journal.Take(
                new FundRequest($"made {i}", new FundCommand.ReportActivity(
                    period, source, source, made, "MWh")),
                FundClauses.TermsOf(Shipped.Contract, Shipped.Cluster), 1).IsAccepted);
        }

        var versions = hub.Get<ContractVersions>();
        var insights = new Insights(hub.Books, hub.Cluster, hub.Get<ProfileSet>(), versions);
        var statements = new Statements(hub.Books, versions, insights);
        var year = statements.TextOf(statements.Year(2026)!, "uk");
        Assert.Contains("перед ним немає підсумованого періоду", year, StringComparison.Ordinal);
        Assert.Contains("обсяг +", year, StringComparison.Ordinal);
        Assert.Contains("зона hill, nox", year, StringComparison.Ordinal);
        var second = statements.TextOf(statements.Period(periods[1])!, "en");
        Assert.DoesNotContain($"\n{periods[0]}\n", second, StringComparison.Ordinal);
        Assert.Contains($"against {periods[0]}: ", second, StringComparison.Ordinal);
        Assert.Contains("bubble, nox: ", second, StringComparison.Ordinal);
        Assert.Contains("EUR 50.00 (the charge)", second, StringComparison.Ordinal);
        Assert.Null(statements.Period("other/2026-03-01T00:00:00Z"));
        Assert.Null(statements.Year(1));

        // The third minute runs; it will end at three times what its first 20 s are.
        var running = versions.PeriodAt(Records.StartMs + 120_000);
        var expected = insights.Expected(running).Tightness[0].Constraint;
        var forecast = hub.Query<long>(
            "SELECT forecast_mg FROM quota WHERE subject = 'demo-bubble' ORDER BY id DESC LIMIT 1")
            .Single();
        Assert.Equal(forecast / 1_000.0, expected.ExpectedGrams, 2.0);
    }

    /// <summary>New Year of Kyiv comes two hours before that of UTC.</summary>
    [Fact]
    public void A_year_is_that_of_the_contracts_time_zone()
    {
        var faults = new Monitoring.Wire.Documents.Faults();
        var contract = ContractReader.Read(
            "cluster.yaml", System.Text.Encoding.UTF8.GetBytes(
                Shipped.Text("contracts/presets/cluster.yaml")),
            ContractSurroundings.None, faults)!;
        var books = Books.Open(Path.Combine(_folder.Path, "books.db"));
        var versions = ContractVersions.Only(contract);
        var insights = new Insights(
            books, Shipped.Cluster, new ProfileSet(new Dictionary<string, Profile>()),
            versions);
        var span = new Statements(books, versions, insights).Year(2026)!;
        Assert.Equal(
            (DateTimeOffset.Parse("2025-12-31T22:00:00Z", null).ToUnixTimeMilliseconds(),
                DateTimeOffset.Parse("2026-12-31T22:00:00Z", null).ToUnixTimeMilliseconds()),
            (span.FromMs, span.UntilMs));
    }
}
