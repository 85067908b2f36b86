using Monitoring.Tests.Rig;
using Monitoring.Tests.Servers;

namespace Monitoring.Tests;

/// <summary>A backup of a running hub becomes a hub that goes on.</summary>
public sealed class BackupTests
{
    private const string Plant = "plant-a";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_backup_of_a_running_hub_is_restored_and_served()
    {
        using var folder = new TemporaryFolder();
        var files = new DemoFiles(folder.Path, cycle: "500 ms");
        await using var broker = await MosquittoServer.Start();
        await using var simulator = Programs.Simulator(files, Plant);
        await using var edge = Programs.Edge(files, Plant, broker.Port);
        var url = $"mqtt.url={Programs.Broker(broker.Port)}";
        await using var hub = Programs.Hub(files, url);
        await simulator.Start(Programs.SimulatorListens);
        await hub.Start(Programs.HubIsReady);
        await edge.Start(Programs.EdgeIsBorn);
        await Eventually.True(
            "some images are stored", () => Stores.Progress(files, Plant).Images >= 16, Soon,
            () => edge.Output + hub.Output);

        var copy = folder.File("backup");
        Assert.Equal(0, await Run("backup", "--data", files.HubFolder, "--to", copy));
        Assert.Equal(2, await Run("backup", "--data", files.HubFolder, "--to", copy));
        await Eventually.True(
            "the hub stores on",
            () => Stores.Progress(files, Plant).Images
                > Stores.CountIn(Path.Combine(copy, "records.db"), "record"),
            Soon, () => hub.Output);
        Assert.Equal(0, await edge.Stop());
        Assert.Equal(0, await hub.Stop());
        var all = Stores.Stored(files);

        // The disk is lost; the gateway still has what the backup lacks only if it was not
        // committed, so the restored hub holds exactly the beginning.
        Directory.Move(files.HubFolder, files.HubFolder + ".lost");
        Assert.Equal(0, await Run("restore", "--from", copy, "--data", files.HubFolder));
        var restored = Stores.Stored(files);
        Assert.InRange(restored.Count, 16, all.Count - 1);
        Assert.Equal(
            all.Take(restored.Count).Select(image => (image.Epoch, image.Offset)),
            restored.Select(image => (image.Epoch, image.Offset)));
        await using var again = Programs.Hub(files, url);
        await again.Start(Programs.HubIsReady);
        Assert.Equal(0, await again.Stop());
    }

    private static async Task<int?> Run(params string[] arguments)
    {
        await using var program = new Daemon(Programs.HubProgram, arguments);
        program.Start();
        return await program.WaitForExit();
    }
}
