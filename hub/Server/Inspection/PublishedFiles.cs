namespace Monitoring.Server.Inspection;

/// <summary>Finds published files in a folder, whatever the case of their names.</summary>
internal static class PublishedFiles
{
    public static readonly EnumerationOptions AnyCase =
        new() { MatchCasing = MatchCasing.CaseInsensitive };

    /// <summary>
    /// The folders of that name in a folder, and the folder itself, since an inspector may name
    /// one of them.
    /// </summary>
    public static IEnumerable<string> Folders(string folder, string name) =>
        Directory.EnumerateDirectories(folder, name, AnyCase).Order(StringComparer.Ordinal)
            .Append(folder);

    public static List<string> Files(string folder, string name, string pattern) =>
    [
        .. Folders(folder, name)
            .SelectMany(path => Directory.EnumerateFiles(path, pattern, AnyCase))
            .Order(StringComparer.Ordinal),
    ];
}
