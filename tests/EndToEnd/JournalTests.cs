using Dapper;
using Monitoring.Tests.Rig;
using Monitoring.Tests.Servers;

namespace Monitoring.Tests;

/// <summary>What a gateway cannot keep is said; what comes after is kept again.</summary>
public sealed class JournalTests
{
    private const string Plant = "plant-a";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task After_a_damaged_journal_a_new_one_begins_and_the_hub_knows_why()
    {
        using var folder = new TemporaryFolder();
        var files = new DemoFiles(folder.Path, cycle: "200 ms");
        await using var plant = new RunningPlant(files, files.MqttPort);
        await plant.Start();
        await Stored(files, 10);
        Assert.Equal(0, await plant.Edge.Stop());
        await File.WriteAllTextAsync(files.JournalFile(Plant), "no journal any more");
        await plant.Edge.Start("The journal was damaged");
        var before = Stores.Progress(files, Plant).Images;
        await Stored(files, before + 10);
        await plant.StopEdge();
        await plant.StopRest();

        using var records = Stores.Open(files.RecordsFile);
        Assert.Equal(2, records.QuerySingle<long>("SELECT COUNT(*) FROM epoch"));
        Assert.Contains(
            "journal-corrupt", records.Query<string>("SELECT reason FROM gap"));
        var stored = Stores.Stored(files);
        Assert.Equal(stored.Count, stored.Select(image => image.Name).Distinct().Count());
        Assert.Contains("no journal any more", Damaged(files), StringComparison.Ordinal);
    }

    /// <summary>The text of the file that was put aside.</summary>
    private static string Damaged(DemoFiles files) => File.ReadAllText(Assert.Single(
        Directory.GetFiles(files.EdgeFolder(Plant)),
        file => new FileInfo(file).Length == "no journal any more".Length));

    private static Task Stored(DemoFiles files, long images) => Eventually.True(
        $"{images} images are stored", () => Stores.Progress(files, Plant).Images >= images,
        Patience);
}
