using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Monitoring.Tests;

/// <summary>
/// Breaks the rules one at a time in a copy of the sources, and wants the test of the invariant
/// to notice. By name only: <c>./test mutations</c>; it builds once for each.
/// </summary>
public sealed class MutationTests(MutationTests.Copied copy) : IClassFixture<MutationTests.Copied>
{
    private static readonly TimeSpan BuildMax = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan RunMax = TimeSpan.FromMinutes(3);

    // Each run of all tests tries a few, other ones each time; by name all are tried.
    private static readonly int? Few = Number("MONITORING_MUTATIONS");

    public static TheoryData<string, int> Rows()
    {
        var rows = Mutation.All.Index().ToArray();
        if (Few is { } few)
        {
            var random = new Random(Number("MONITORING_MUTATIONS_SEED") ?? 0);
            rows = [.. rows.Where(row => row.Item.Suite == Mutation.CoreSuite)];
            random.Shuffle(rows);
            rows = rows[..Math.Min(few, rows.Length)];
        }

        return new(rows.Select(row => (row.Item.Invariant, row.Index)));
    }

    [Fact]
    public void Every_invariant_has_a_mutation() => Assert.Equal(
        Enumerable.Range(1, 19).Select(number => $"I{number}"),
        Mutation.All.Select(one => one.Invariant).Distinct());

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_test_of_the_invariant_notices(string invariant, int row)
    {
        var mutation = Mutation.All[row];
        var file = Path.Combine(copy.Folder, mutation.File);
        var source = File.ReadAllText(file);
        Assert.Equal(2, source.Split(mutation.Find).Length);
        try
        {
            File.WriteAllText(file, source.Replace(mutation.Find, mutation.Replace));
            copy.Build(mutation.Suite);
            Assert.NotEqual("0 failed", copy.Run(mutation));
        }
        finally
        {
            File.WriteAllText(file, source);
        }

        Assert.Equal(mutation.Invariant, invariant);
    }

    [Fact]
    public void Unbroken_sources_are_not_complained_of()
    {
        if (Few is not null)
        {
            // All tests run on them anyway.
            return;
        }

        foreach (var suite in Mutation.All.Select(one => one.Suite).Distinct())
        {
            copy.Build(suite);
        }

        Assert.All(
            Mutation.All.DistinctBy(one => one.Test),
            mutation => Assert.Equal("0 failed", copy.Run(mutation)));
    }

    private static int? Number(string variable) => int.TryParse(
        Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture,
        out var number) ? number : null;

    /// <summary>A copy of all that git knows, to be broken and built in peace.</summary>
    public sealed class Copied : IDisposable
    {
        public Copied()
        {
            var root = Root();
            var files = Start(root, TimeSpan.FromMinutes(1), "git", "ls-files", "-z").Output
                .Split('\0', StringSplitOptions.RemoveEmptyEntries);
            foreach (var name in files.Where(name => File.Exists(Path.Combine(root, name))))
            {
                var to = Path.Combine(Folder, name);
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                File.Copy(Path.Combine(root, name), to);
            }
        }

        public string Folder { get; } = Directory.CreateTempSubdirectory("mutations-").FullName;

        public void Dispose() => Directory.Delete(Folder, recursive: true);

        public void Build(string suite)
        {
            // Broken code may leave something unused; that is no reason not to try it.
            var (code, output) = Start(
                Folder, BuildMax, "dotnet", "build", $"tests/{suite}/{suite}.csproj",
                "--disable-build-servers", "--nologo", "--verbosity", "quiet",
                "-p:TreatWarningsAsErrors=false", "-p:RunAnalyzers=false");
            Assert.True(code == 0, output);
        }

        /// <summary>Such as <c>1 failed</c>; an answer without a count is a failure too.</summary>
        public string Run(Mutation mutation)
        {
            var (code, output) = Start(
                Folder, RunMax, Path.Combine(
                    Folder, "artifacts/bin", mutation.Suite, "debug", mutation.Suite),
                "-noLogo", "-noColor", "-method", $"*.{mutation.Test}");
            var count = Regex.Match(output, "Total: ([1-9][0-9]*), Errors: 0, Failed: ([0-9]+)");
            return code == 0 && count.Success ? $"{count.Groups[2].Value} failed"
                : count.Success ? $"{count.Groups[2].Value} failed (code {code})"
                : $"code {code}: {output}";
        }

        private static (int Code, string Output) Start(
            string folder, TimeSpan max, string program, params string[] arguments)
        {
            var info = new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder, RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(info)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(max))
            {
                process.Kill(entireProcessTree: true);
            }

            process.WaitForExit();
            return (process.ExitCode, output.Result + errors.Result);
        }

        private static string Root()
        {
            var folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "Monitoring.sln")))
            {
                folder = Path.GetDirectoryName(folder.TrimEnd(Path.DirectorySeparatorChar))!;
            }

            return folder;
        }
    }
}
