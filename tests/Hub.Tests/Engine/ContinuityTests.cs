using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;

namespace Monitoring.Tests.Engine;

public sealed class ContinuityTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Documents_that_would_count_time_twice_are_refused()
    {
        await using var hub = await TestHub.StartAsync(_folder);
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 61));
        await hub.Records.AppendAsync(Records.Span("plant-b", 0, 61));
        var contract = Shipped.Contract;
        Assert.Empty(Faults(hub, contract, Seconds(60)));
        await hub.AdvanceAsync(12, 1);
        Assert.Empty(Faults(hub, contract, Seconds(10)));
        Assert.Empty(Faults(hub, contract with { Version = 2 }, Seconds(10)));

        // The first minute is settled; a period of two minutes has it in it once more.
        Assert.Contains("inside a period", Assert.Single(Faults(
            hub, TwoMinutes(contract),
            Seconds(10))), StringComparison.Ordinal);
        Assert.Contains("before that", Assert.Single(Faults(
            hub, contract with { Id = "other" }, Seconds(10))), StringComparison.Ordinal);
        var start = DateTimeOffset.FromUnixTimeMilliseconds(Records.StartMs);
        Assert.Empty(Faults(
            hub, contract with { Id = "other", InForce = start.AddSeconds(60) }, Seconds(10)));
        Assert.Equal(2, Faults(hub, contract, Seconds(20)).Count);
    }

    private static Contract TwoMinutes(Contract contract) => contract with
    {
        Bubble = contract.Bubble with { Period = PeriodRule.Of(Seconds(120)) },
    };

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private static IReadOnlyList<string> Faults(TestHub hub, Contract contract, TimeSpan window) =>
        Continuity.FaultsOf(
            new FactBook(hub.Books), new LedgerBook(hub.Books), hub.Cluster,
            new ProfileSet(new Dictionary<string, Profile>
            {
                ["demo"] = Shipped.Profile with { Window = window },
            }),
            ContractVersions.Only(contract));
}
