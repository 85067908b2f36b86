using Monitoring.Tests.Crash;
using Monitoring.Tests.Rig;
using Monitoring.Tests.Servers;

namespace Monitoring.Tests;

/// <summary>Registers of a server that nobody here wrote reach the record log unchanged.</summary>
public sealed class PymodbusTests
{
    // NOx 123.456 (u32, high word first), CO 12.5 (f32, low word first), O2 from 10.00 on by 0.10
    // a second, the counter 65543; flow 123456.7 (u32, low word first), -10.5 Cel, 101.32 kPa.
    private const string Registers = """
        {"units": {
          "1": {"holding": {"0": [1, 57920, 0, 16712,
            {"from": 1000, "step": 10, "wrap": 60}, 0, 1, 7]}},
          "2": {"input": {"100": [54919, 18, 65431, 10132, 0, 0, 0, 9]}}}}
        """;

    [Fact]
    public async Task Stored_values_are_the_served_ones()
    {
        await using var instruments = await PymodbusServer.Start(Registers);
        using var folder = new TemporaryFolder();
        var files = new DemoFiles(folder.Path);
        DemoFiles.Edit(
            files.Site("plant-a"), $"port: {files.InstrumentPort("plant-a")}",
            $"port: {instruments.Port}");
        await using var hub = Programs.Hub(files);
        await using var edge = Programs.Edge(files, "plant-a", files.MqttPort);
        await hub.Start(Programs.HubIsReady);
        await edge.Start(Programs.EdgeStarts);
        await Eventually.True(
            "eight images are stored", () => Stores.Progress(files, "plant-a").Images >= 8,
            TimeSpan.FromSeconds(40), () => edge.Output + hub.Output + instruments.Output);
        Assert.Equal(0, await edge.Stop());
        Assert.Equal(0, await hub.Stop());

        var stored = Stores.Stored(files);
        Assert.All(stored, image => Assert.Equal(
            image.Name.Device == "flow-meter" ? 9 : 65_543, image.Name.Sequence));
        Assert.All(stored.Where(image => image.Name.Device == "gas-analyser"), IsAnalyser);
        Assert.All(stored.Where(image => image.Name.Device == "flow-meter"), IsFlowMeter);
        Assert.True(stored.Select(image => image.Values.GetValueOrDefault("o2"))
            .OfType<double>().Distinct().Count() > 2, "the living register never changed");
    }

    private static void IsAnalyser(StoredImage image)
    {
        Assert.Equal(3, image.Values.Count);
        Assert.Equal(123.456, image.Values["nox"]);
        Assert.Equal(12.5, image.Values["co"]);

        // The server reads its own clock, at most an answer's time away from the image's.
        double[] near = [.. new[] { -300, 300 }.Select(shift =>
            (double)(10 + (0.1m * ((image.TimeMs + shift) / 1_000 % 60))))];
        Assert.Contains(image.Values["o2"]!.Value, near);
    }

    private static void IsFlowMeter(StoredImage image)
    {
        Assert.Equal(4, image.Values.Count);
        Assert.Equal(123_456.7, image.Values["flow"]);
        Assert.Equal(-10.5, image.Values["t"]);
        Assert.Equal(101.32, image.Values["p"]);
        Assert.Equal(0, image.Values["status"]);
    }
}
