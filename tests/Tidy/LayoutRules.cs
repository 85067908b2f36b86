namespace Monitoring.Tests.Tidy;

/// <summary>The folders of section 3 of the design and no others; every project is built.</summary>
public static class LayoutRules
{
    private static readonly string[] TopFolders =
        [".ci", "docs", "eng", "edge", "hub", "firmware-config", "dashboards", "tests"];

    public static IEnumerable<Finding> TopLevel(Repository repository) =>
        repository.Paths
            .Where(path => path.Contains('/', StringComparison.Ordinal))
            .Select(path => path.Split('/')[0])
            .Distinct()
            .Where(folder => !TopFolders.Contains(folder))
            .Select(folder => new Finding(folder, 0, "is no folder of the layout"));

    public static IEnumerable<Finding> Solution(Repository repository)
    {
        var solution = repository.Texts.FirstOrDefault(file => file.Path == "Monitoring.sln");
        return
            from project in repository.Projects
            let entry = $"\"{project.Path.Replace('/', '\\')}\""
            where solution is null || !solution.Text.Contains(entry, StringComparison.Ordinal)
            select new Finding(project.Path, 0, "is not in Monitoring.sln");
    }
}
