using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Monitoring.Tests.Tidy;

/// <summary>Types, files and folders are named after things in the domain.</summary>
public static class NameRules
{
    private static readonly string[] BannedEndings =
    [
        "Manager", "Helper", "Helpers", "Util", "Utils", "Utility", "Utilities", "Service",
        "Services", "Common", "Base", "Impl", "Processor", "Data", "Info",
    ];

    public static IEnumerable<Finding> Types(Repository repository) =>
        from file in repository.CSharp
        from type in Syntax.Parse(file).DescendantNodes()
        let name = type switch
        {
            BaseTypeDeclarationSyntax declared => declared.Identifier.ValueText,
            DelegateDeclarationSyntax declared => declared.Identifier.ValueText,
            _ => "",
        }
        from ending in BannedEndings
        where name.EndsWith(ending, StringComparison.Ordinal)
        select new Finding(file.Path, Syntax.LineOf(type), $"{name} ends in {ending}");

    public static IEnumerable<Finding> Paths(Repository repository) =>
        from path in repository.Paths
        where path.EndsWith(".cs", StringComparison.Ordinal)
        from part in path[..^3].Split('/')
        from ending in BannedEndings
        where part.EndsWith(ending, StringComparison.Ordinal)
        select new Finding(path, 0, $"{part} ends in {ending}");
}
