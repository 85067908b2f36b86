using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Monitoring.Tests.Tidy;

/// <summary>Dependencies point one way; these are the tables of section 3 of the design.</summary>
public static class DependencyRules
{
    /// <summary>Which projects a project may reference. Tests may reference any.</summary>
    private static readonly Dictionary<string, string[]> ProjectReferences = new()
    {
        ["edge/Wire/Wire.csproj"] = [],
        ["edge/Agent/Agent.csproj"] = ["Wire.csproj"],
        ["hub/Core/Core.csproj"] = ["Wire.csproj"],
        ["hub/Server/Server.csproj"] = ["Core.csproj", "Wire.csproj"],
        ["hub/Verifier/Verifier.csproj"] = [],
    };

    /// <summary>Which folders of the rules may name which others; all may use Trace.</summary>
    private static readonly Dictionary<string, string[]> Siblings = new()
    {
        ["Averaging"] = ["Part75", "Quality", "Validity"],
        ["Standardisation"] = ["Averaging", "Part75", "Validity"],
        ["Gaps"] = ["Averaging"],
        ["Amendments"] = ["Averaging", "Part75", "Quality"],
        ["Compliance"] = ["Averaging"],
        ["Reprocessing"] = ["Averaging"],
        ["Mass"] =
            ["Amendments", "Averaging", "Gaps", "Part75", "Standardisation", "Validity"],
        ["Settlement"] = ["Contracts"],
        ["Fund"] = ["Settlement", "Ledger", "Contracts"],
        ["Alerts"] = ["Forecast", "Contracts"],
    };

    private const string UsableByAll = "Trace";

    /// <summary>A rule touches no file, socket, thread, clock or logger.</summary>
    private static readonly string[] ImpureFolders = ["edge/Wire", "hub/Core"];

    private static readonly string[] ImpureNamespaces =
        ["System.IO", "System.Net", "System.Threading", "Microsoft.Extensions"];

    private static readonly HashSet<string> ImpureTypes =
    [
        "Task", "ValueTask", "CancellationToken", "CancellationTokenSource", "ILogger",
        "IAsyncEnumerable", "TimeProvider", "FileStream", "FileInfo", "DirectoryInfo",
        "StreamReader", "StreamWriter", "HttpClient", "Thread", "Timer",
    ];

    /// <summary>Static classes; each of them may also be the name of a property.</summary>
    private static readonly HashSet<string> ImpureReceivers =
        ["File", "Directory", "Console", "Environment", "Process", "Stopwatch"];

    public static IEnumerable<Finding> Projects(Repository repository) =>
        from project in repository.Projects
        where !project.IsIn("tests")
        from reference in Elements(project, "ProjectReference")
        let name = reference[(reference.LastIndexOfAny(['/', '\\']) + 1)..]
        where !ProjectReferences.TryGetValue(project.Path, out var allowed)
            || !allowed.Contains(name)
        select new Finding(project.Path, 0, $"may not reference {name}");

    public static IEnumerable<Finding> PureRules(Repository repository) =>
        from file in repository.CSharp
        where ImpureFolders.Any(file.IsIn)
        let root = Syntax.Parse(file)
        from finding in ImpureNames(root).Concat(AsynchronousWords(root))
        select finding with { Path = file.Path };

    public static IEnumerable<Finding> EdgeKnowsNoHub(Repository repository) =>
        from file in repository.CSharp
        where file.IsIn("edge")
        from name in Syntax.DottedNames(Syntax.Parse(file))
        where Syntax.StartsWithName(name.Name, "Monitoring.Core")
            || Syntax.StartsWithName(name.Name, "Monitoring.Server")
        select new Finding(file.Path, name.Line, $"edge may not name {name.Name}");

    public static IEnumerable<Finding> SiblingFolders(Repository repository)
    {
        var files = repository.CSharp.Where(file => file.IsIn("hub/Core")).ToList();
        var folders = files.Select(FolderInCore).Where(folder => folder.Length > 0).ToHashSet();
        return
            from file in files
            let own = FolderInCore(file)
            where own.Length > 0
            from name in Syntax.DottedNames(Syntax.Parse(file))
            let other = NamedSibling(name.Name, folders)
            where other is not null && other != own && other != UsableByAll
                && !Siblings.GetValueOrDefault(own, []).Contains(other)
            select new Finding(file.Path, name.Line, $"{own} may not name {other}");
    }

    /// <summary>One global using would let every folder name every other unseen.</summary>
    public static IEnumerable<Finding> GlobalUsings(Repository repository) =>
        (from file in repository.CSharp
         where file.IsIn("edge") || file.IsIn("hub")
         from directive in Syntax.Parse(file).Usings
         where directive.GlobalKeyword.IsKind(SyntaxKind.GlobalKeyword)
         select new Finding(file.Path, Syntax.LineOf(directive), "a global using"))
        .Concat(
            from project in repository.Projects
            where !project.IsIn("tests")
            from name in Elements(project, "Using")
            select new Finding(project.Path, 0, $"a global using of {name}"));

    internal static IEnumerable<string> Elements(SourceFile project, string element) =>
        XDocument.Parse(project.Text).Descendants(element)
            .Select(found => (string?)found.Attribute("Include") ?? "");

    private static IEnumerable<Finding> ImpureNames(SyntaxNode root) =>
        Syntax.DottedNames(root)
            .Where(name => ImpureNamespaces.Any(banned => Syntax.StartsWithName(name.Name, banned)))
            .Concat(Syntax.FreeNames(root).Where(name => ImpureTypes.Contains(name.Name)))
            .Concat(Syntax.Receivers(root).Where(name => ImpureReceivers.Contains(name.Name)))
            .Select(name => new Finding("", name.Line, $"a rule may not name {name.Name}"));

    private static IEnumerable<Finding> AsynchronousWords(SyntaxNode root) =>
        from token in root.DescendantTokens()
        where token.IsKind(SyntaxKind.AsyncKeyword) || token.IsKind(SyntaxKind.AwaitKeyword)
        select new Finding("", token.GetLocation().GetLineSpan().StartLinePosition.Line + 1,
            $"a rule may not be {token.Text}");

    /// <summary>The folder below hub/Core; empty for the files of hub/Core itself.</summary>
    private static string FolderInCore(SourceFile file)
    {
        var parts = file.Path.Split('/');
        return parts.Length > 3 ? parts[2] : "";
    }

    /// <summary>The folder of Core whose namespace a dotted name is in.</summary>
    private static string? NamedSibling(string name, HashSet<string> folders)
    {
        var parts = name.Split('.');
        var first = name.StartsWith("Monitoring.Core.", StringComparison.Ordinal) ? 2
            : name.StartsWith("Core.", StringComparison.Ordinal) ? 1
            : -1;
        return first >= 0 && folders.Contains(parts[first]) ? parts[first] : null;
    }
}
