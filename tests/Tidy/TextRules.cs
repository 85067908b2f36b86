using System.Text.RegularExpressions;

namespace Monitoring.Tests.Tidy;

/// <summary>Rules for every text: nothing is left over, nothing is of one machine.</summary>
public static partial class TextRules
{
    /// <summary>Written in two halves, or this file would find itself.</summary>
    private static readonly string[] Leftovers =
        ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK", "NotImplemented" + "Exception"];

    private static readonly string[] MachineFolders = ["work", "root", "farm"];

    private static readonly Regex Leftover =
        new($@"\b({string.Join('|', Leftovers)})\b", RegexOptions.CultureInvariant);

    /// <summary>An absolute path; a folder of that name within a path or address is fine.</summary>
    private static readonly Regex MachinePath =
        new($@"(?<![\w.~\-/}}])/({string.Join('|', MachineFolders)})(?![\w\-])",
            RegexOptions.CultureInvariant);

    public static IEnumerable<Finding> NothingLeftOver(Repository repository) =>
        Matches(repository, Leftover, "is left over");

    public static IEnumerable<Finding> NoMachinePaths(Repository repository) =>
        Matches(repository, MachinePath, "is a path of one machine");

    /// <summary>A script stops at its first fault, and runs as it is checked out.</summary>
    public static IEnumerable<Finding> Scripts(Repository repository)
    {
        foreach (var file in repository.Texts)
        {
            var isScript = file.Path.EndsWith(".sh", StringComparison.Ordinal)
                || Shebang().IsMatch(file.Lines[0]);
            if (!isScript)
            {
                continue;
            }

            if (!file.IsExecutable)
            {
                yield return new Finding(file.Path, 0, "is not executable");
            }

            if (file.Lines[0] is not ("#!/usr/bin/env bash" or "#!/bin/bash"))
            {
                yield return new Finding(file.Path, 1, "does not start with bash");
            }

            var (index, line) = file.Lines.Index()
                .FirstOrDefault(line => line.Item.Length > 0 && line.Item[0] != '#');
            if (line is null || !line.StartsWith("set -", StringComparison.Ordinal))
            {
                yield return new Finding(file.Path, index + 1, "does not start with set -");
            }
        }
    }

    private static IEnumerable<Finding> Matches(
        Repository repository, Regex pattern, string what) =>
        from file in repository.Texts
        where !file.Path.EndsWith("package-lock.json", StringComparison.Ordinal)
        from line in file.Lines.Index()
        from match in pattern.Matches(line.Item)
        select new Finding(file.Path, line.Index + 1, $"'{match.Value}' {what}");

    [GeneratedRegex("^#!.*sh$")]
    private static partial Regex Shebang();
}
