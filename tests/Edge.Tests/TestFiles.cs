using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests;

/// <summary>The shipped documents, and folders of a test's own.</summary>
internal static class TestFiles
{
    public static string Config { get; } =
        Path.Combine(AppContext.BaseDirectory, "firmware-config");

    public static Site Site(string name)
    {
        var faults = new Faults();
        var site = SiteReader.ReadFile(Path.Combine(Config, "sites", name), faults);
        Assert.Empty(faults.All);
        return site!;
    }

    public static string Folder() => Directory.CreateTempSubdirectory("edge-tests-").FullName;
}
