using System.Text.RegularExpressions;

namespace Monitoring.Tests.Tidy;

/// <summary>A page has one title, and what it points at exists.</summary>
public static partial class MarkdownRules
{
    public static IEnumerable<Finding> OneTitle(Repository repository) =>
        from page in Pages(repository)
        let titles = Prose(page).Count(line => line.Text.StartsWith("# ", StringComparison.Ordinal))
        where titles != 1
        select new Finding(page.Path, 0, $"{titles} titles; there is exactly one");

    public static IEnumerable<Finding> Links(Repository repository) =>
        from page in Pages(repository)
        from line in Prose(page)
        from match in Link().Matches(line.Text)
        let target = match.Groups[1].Value.Split('#')[0]
        where target.Length > 0 && !target.Contains(':', StringComparison.Ordinal)
        where Resolve(page, target) is not { } path || !repository.Has(path)
        select new Finding(page.Path, line.Number, $"the link to {target} leads nowhere");

    /// <summary>A name in code style that begins with a folder or ./ is a file of ours.</summary>
    public static IEnumerable<Finding> NamedFiles(Repository repository)
    {
        var folders = repository.Paths.Where(path => path.Contains('/', StringComparison.Ordinal))
            .Select(path => path.Split('/')[0]).ToHashSet();
        return
            from page in Pages(repository)
            from line in Prose(page)
            from match in CodeSpan().Matches(line.Text)
            let name = match.Groups[1].Value.Split(' ')[0]
            let path = name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name
            where path.Length < name.Length || folders.Contains(path.Split('/')[0])
            where path.Contains('/', StringComparison.Ordinal) || path.Length < name.Length
            where !Pattern().IsMatch(path) && !repository.Has(path.TrimEnd('/'))
            select new Finding(page.Path, line.Number, $"there is no {name}");
    }

    private static IEnumerable<SourceFile> Pages(Repository repository) =>
        repository.Texts.Where(file => file.Path.EndsWith(".md", StringComparison.Ordinal));

    /// <summary>The lines outside fenced blocks, numbered from 1.</summary>
    private static IEnumerable<(int Number, string Text)> Prose(SourceFile page)
    {
        var fenced = false;
        foreach (var (index, line) in page.Lines.Index())
        {
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal))
            {
                fenced = !fenced;
            }
            else if (!fenced)
            {
                yield return (index + 1, line);
            }
        }
    }

    /// <summary>The path from the root, or null if the link leaves the repository.</summary>
    private static string? Resolve(SourceFile page, string target)
    {
        var parts = page.Path.Split('/')[..^1].ToList();
        foreach (var part in target.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".." && parts.Count == 0)
            {
                return null;
            }

            if (part == "..")
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }

    [GeneratedRegex(@"\[[^\]]*\]\(([^)\s]+)[^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex CodeSpan();

    /// <summary>Placeholders stand for many names.</summary>
    [GeneratedRegex(@"[*<>{}…\[\]]|NNNN")]
    private static partial Regex Pattern();
}
