using Microsoft.Extensions.Time.Testing;
using Monitoring.Agent;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Probe;
using Monitoring.Agent.Simulate;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Probe;

public sealed class ProberTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddDays(20_000);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task On_a_terminal_registers_are_drawn_anew_each_second_until_ctrl_c()
    {
        var time = new FakeTimeProvider(Start);
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var options = new SimulationOptions(
            Path.Combine(TestFiles.Config, "devices", "demo-gas-analyser.yaml"))
        {
            Listen = $"127.0.0.1:{port}",
        };
        var simulation = Simulation.Read(options, null, Start, new Faults())!;
        await using var plant = new SimulatedPlant(simulation.Links, time);
        Assert.Null(plant.Listen(Log.Silent(time)));
        using var stop = new CancellationTokenSource();
        var serving = plant.Run(stop.Token);

        var target = new ProbeTarget(
            new SiteLink.Tcp("lan", "127.0.0.1", port, false, Patience), 1,
            new ReadBlock(RegisterTable.Holding, 4, 1), [1]);
        using var screen = new Screen();
        var prober = new Prober(target, screen, isTerminal: true, time, stop.Token);
        var showing = prober.Show("u16");
        await screen.Drawn(1);
        time.Advance(TimeSpan.FromSeconds(1));
        await screen.Drawn(2);
        await stop.CancelAsync();
        Assert.Equal(ExitCode.Ok, await showing);
        await serving;

        var pictures = screen.ToString().Split("\x1b[H\x1b[J");
        Assert.Equal(3, pictures.Length);
        Assert.NotEqual(pictures[1], pictures[2]);
    }

    /// <summary>Tells when a picture is whole.</summary>
    private sealed class Screen : StringWriter
    {
        private readonly SemaphoreSlim _drawn = new(0);

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.StartsWith("Drawn anew", StringComparison.Ordinal) == true)
            {
                _drawn.Release();
            }
        }

        public async Task Drawn(int picture) =>
            Assert.True(await _drawn.WaitAsync(Patience), $"picture {picture} was never drawn");
    }
}
