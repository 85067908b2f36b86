namespace Monitoring.Tests.Tidy;

/// <summary>The table of all checks.</summary>
public static class Checks
{
    public static readonly IReadOnlyDictionary<string, Func<Repository, IEnumerable<Finding>>> All =
        new Dictionary<string, Func<Repository, IEnumerable<Finding>>>
        {
            ["function length"] = SizeRules.Functions,
            ["top-level length"] = SizeRules.TopLevelStatements,
            ["file length"] = SizeRules.Files,
            ["line width"] = SizeRules.Columns,
            ["parameter count"] = SizeRules.Parameters,
            ["type names"] = NameRules.Types,
            ["path names"] = NameRules.Paths,
            ["project references"] = DependencyRules.Projects,
            ["pure rules"] = DependencyRules.PureRules,
            ["edge knows no hub"] = DependencyRules.EdgeKnowsNoHub,
            ["sibling folders"] = DependencyRules.SiblingFolders,
            ["global usings"] = DependencyRules.GlobalUsings,
            ["packages in sources"] = PackageRules.Sources,
            ["packages in projects"] = PackageRules.Projects,
            ["leftovers"] = TextRules.NothingLeftOver,
            ["machine paths"] = TextRules.NoMachinePaths,
            ["scripts"] = TextRules.Scripts,
            ["markdown titles"] = MarkdownRules.OneTitle,
            ["markdown links"] = MarkdownRules.Links,
            ["markdown files"] = MarkdownRules.NamedFiles,
            ["top-level folders"] = LayoutRules.TopLevel,
            ["solution"] = LayoutRules.Solution,
        };
}
