namespace Monitoring.Tests.Servers;

/// <summary>Where the checkout and its built programs are.</summary>
public static class Checkout
{
    public static string Root { get; } = FindRoot();

    public static string File(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>A built program, of the same configuration as the running test.</summary>
    public static string Program(string project, string assembly)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        return File("artifacts", "bin", project, configuration, assembly);
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(folder.FullName, "Monitoring.sln")))
        {
            folder = folder.Parent
                ?? throw new InvalidOperationException("Monitoring.sln is in no parent folder.");
        }

        return folder.FullName;
    }
}
