namespace Monitoring.Tests.Servers;

/// <summary>A program that a test needs; without it the test is skipped aloud.</summary>
public static class Tool
{
    /// <summary>Debian's own, with its modules; another may come first in PATH.</summary>
    public const string Python = "/usr/bin/python3";

    public static string Require(string program, string package)
    {
        var path = Find(program);
        if (path is null)
        {
            Assert.Skip($"{program} is not installed (package {package})");
        }

        return path;
    }

    public static async Task RequirePythonModule(string module, string package)
    {
        Require(Python, "python3");
        await using var probe = Child.Start(Python, ["-c", $"import {module}"]);
        if (await probe.WaitForExit(TimeSpan.FromSeconds(30)) != 0)
        {
            Assert.Skip($"the Python module {module} is not installed (package {package})");
        }
    }

    private static string? Find(string program)
    {
        if (Path.IsPathRooted(program))
        {
            return File.Exists(program) ? program : null;
        }

        // Daemons live in sbin, which the PATH of a plain user lacks.
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        return folders.Append("/usr/sbin").Append("/usr/bin")
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
    }
}
