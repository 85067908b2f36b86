using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Server.Engine;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Engine;

/// <summary>A source of two ducts in the books.</summary>
public sealed class DuctTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_window_waits_for_every_duct_and_is_explained_down_to_each()
    {
        var one = Stack.Source(Stack.EnIedVi);
        var source = one with
        {
            From = DateTimeOffset.FromUnixTimeMilliseconds(Stack.StartMs),
            Ducts = ["b"],
            Quantities =
            [
                .. one.Quantities, .. one.Quantities.Select(it => it with
                {
                    Quantity = QuantityUnits.DuctQuantity("b", it.Quantity), Device = "second",
                }),
            ],
        };
        await using var hub = await TestHub.StartAsync(
            _folder, Shipped.Cluster with { Sources = [source] },
            Shipped.Contract with { Bubble = Shipped.Contract.Bubble with { Pollutant = "hg" } },
            Stack.EnIedVi);
        await AppendAsync(hub, "analyser", 100, 1);
        Assert.Empty(hub.Query<long>("SELECT milligrams FROM fact"));
        await AppendAsync(hub, "second", 300, 32);
        // 1000 m3/h each, of 100 and of 300 mg/m3, for half an hour.
        Assert.Equal([200_000L], hub.Query<long>("SELECT milligrams FROM fact"));
        Assert.Equal(
            ["duct-b-nox 300", "nox 100", "nox-std 200"],
            hub.Query<string>(
                "SELECT quantity || ' ' || value FROM average WHERE quantity IN "
                    + "('nox', 'duct-b-nox', 'nox-std') ORDER BY quantity"));
        var text = TraceText.Render(
            hub.Traces.Find(hub.Query<string>("SELECT id FROM fact").Single())!,
            TimeZoneInfo.Utc);
        Assert.DoesNotContain("worked out again", text);
        Assert.Contains("second/nox = 300", text);
    }

    private static async Task AppendAsync(TestHub hub, string device, double nox, long offset)
    {
        ImmutableArray<(long, JournalRecord)> records =
        [
            .. Enumerable.Range(0, 31).Select(minute => (
                minute + offset,
                (JournalRecord)(Stack.Minute(minute, nox).Image with { Device = device }))),
        ];
        await hub.Records.AppendAsync(Records.One(
            records[^1].Item1, (JournalRecord.Image)records[0].Item2,
            receivedMs: Stack.StartMs + 31 * Stack.MinuteMs) with { Records = records });
        for (var i = 0; i < 3; i++)
        {
            await hub.Grains.GetGrain<ISourceGrain>("stack-a").Advance();
        }
    }
}
