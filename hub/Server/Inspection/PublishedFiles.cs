using System.IO.Enumeration;

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

    /// <summary>
    /// All files of a kind in the folders of that name; of a folder of another name only those
    /// with the usual file name, since it may hold anything.
    /// </summary>
    /// <param name="extension">As in <c>*.csv</c>.</param>
    public static List<string> Files(
        string folder, string name, string extension, string usualName) =>
    [
        .. Folders(folder, name)
            .SelectMany(path => Directory.EnumerateFiles(
                path, IsNamed(path, name) ? extension : usualName, AnyCase))
            .Order(StringComparer.Ordinal),
    ];

    private static bool IsNamed(string path, string name) => FileSystemName.MatchesSimpleExpression(
        name, Path.GetFileName(Path.TrimEndingDirectorySeparator(path)));
}
