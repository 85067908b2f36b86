using System.Diagnostics;
using System.Text;

namespace Monitoring.Tests.Tidy;

/// <summary>One text file: its path from the root with forward slashes, and its text.</summary>
public sealed record SourceFile(string Path, string Text, bool IsExecutable)
{
    public string[] Lines { get; } = Text.Split('\n');

    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    public bool IsCSharp => Path.EndsWith(".cs", StringComparison.Ordinal);

    public bool IsIn(string folder) => Path.StartsWith(folder + "/", StringComparison.Ordinal);
}

/// <summary>What is wrong, where. Line 0: the file as a whole.</summary>
public sealed record Finding(string Path, int Line, string What)
{
    public override string ToString() => $"{Path}:{Line}: {What}";
}

/// <summary>The files a commit would hold. Binary files are known by path only.</summary>
public sealed class Repository
{
    private readonly HashSet<string> _paths;

    public Repository(IEnumerable<string> paths, IEnumerable<SourceFile> texts)
    {
        Texts = [.. texts];
        _paths = [.. paths, .. Texts.Select(file => file.Path)];
    }

    public IReadOnlyList<SourceFile> Texts { get; }

    public IEnumerable<SourceFile> CSharp => Texts.Where(file => file.IsCSharp);

    public IEnumerable<SourceFile> Projects =>
        Texts.Where(file => file.Path.EndsWith(".csproj", StringComparison.Ordinal));

    public IEnumerable<string> Paths => _paths;

    /// <summary>A file, or a folder with at least one file.</summary>
    public bool Has(string path) =>
        path.Length == 0
        || _paths.Contains(path)
        || _paths.Any(known => known.StartsWith(path + "/", StringComparison.Ordinal));

    /// <summary>The checkout this test was built from, with new files.</summary>
    public static Repository Read()
    {
        var root = FindRoot();
        var paths = Git(root, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
            .Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Where(path => File.Exists(Path.Combine(root, path)))
            .ToList();
        var texts = paths.Select(path => ReadText(root, path)).OfType<SourceFile>();
        return new Repository(paths, texts);
    }

    private static SourceFile? ReadText(string root, string path)
    {
        var file = Path.Combine(root, path);
        var bytes = File.ReadAllBytes(file);
        if (bytes.Contains((byte)0))
        {
            return null;
        }

        var executable = !OperatingSystem.IsWindows()
            && (File.GetUnixFileMode(file) & UnixFileMode.UserExecute) != 0;
        return new SourceFile(path, Encoding.UTF8.GetString(bytes), executable);
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Monitoring.sln")))
        {
            folder = folder.Parent
                ?? throw new InvalidOperationException("Monitoring.sln is in no parent folder.");
        }

        return folder.FullName;
    }

    private static string Git(string root, params string[] arguments)
    {
        var start = new ProcessStartInfo("git", ["-C", root, .. arguments])
        {
            RedirectStandardOutput = true,
        };
        using var git = Process.Start(start)
            ?? throw new InvalidOperationException("git did not start.");
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return git.ExitCode == 0
            ? output
            : throw new InvalidOperationException("git ls-files failed; is this a clone?");
    }
}
