using System.CommandLine;
using System.Text.Json;
using Monitoring.Server.Inspection;

namespace Monitoring.Server.Commands;

/// <summary>
/// <c>monitoring-hub verify-rules DIR</c>: recomputes published results and shows where ours
/// differ. An inspector runs it on tables that we have never seen.
/// </summary>
internal static class VerifyRulesCommand
{
    private const int DifferencesShown = 5;
    private const int NotesShown = 8;

    public static Command Create()
    {
        var folder = new Argument<DirectoryInfo>("dir")
        {
            Description = "A folder with epa-qa, epa-hourly, epa-daily-*, epa-quota or epa-json "
                + "in it, or one of these.",
            DefaultValueFactory = _ => new DirectoryInfo("."),
        };
        var expected = new Option<FileInfo?>("--expected")
        {
            Description = "A CSV of known differences: set, key, field, reason, ours, theirs. "
                + "Then only news is a failure: a difference not in it, or one in it that is none.",
        };
        var all = new Option<bool>("--all")
        {
            Description = "Show every difference, as lines of such a CSV.",
        };
        var command = new Command(
            "verify-rules", "Recomputes published results of others and shows where ours differ.")
        {
            folder, expected, all,
        };
        command.SetAction(result => Run(
            result.GetRequiredValue(folder).FullName, result.GetValue(expected)?.FullName,
            result.GetValue(all)));
        return command;
    }

    private static int Run(string folder, string? expectedPath, bool all)
    {
        try
        {
            if (!Directory.Exists(folder))
            {
                System.Console.Error.WriteLine($"{folder} is no folder.");
                return ExitCode.BadInput;
            }

            var expected = expectedPath is null
                ? ExpectedDifferences.None
                : ExpectedDifferences.Read(expectedPath);
            if (RulesInspection.Run(folder) is not { } sets)
            {
                System.Console.Error.WriteLine(
                    $"{folder} holds no published tables; name a folder with epa-qa, "
                        + "epa-hourly, epa-daily-*, epa-quota or epa-json in it.");
                return ExitCode.BadInput;
            }

            return Report(sets, expected, all);
        }
        catch (Exception e) when (e is IOException or FormatException or JsonException
            or UnauthorizedAccessException)
        {
            System.Console.Error.WriteLine(e.Message);
            return ExitCode.BadInput;
        }
    }

    private static int Report(
        IReadOnlyList<ComparedSet> sets, ExpectedDifferences expected, bool all)
    {
        System.Console.WriteLine(
            $"{"set",-38} {"compared",9} {"agreeing",9} {"differing",9} {"expected",9} "
                + $"{"left out",9}");
        var news = 0;
        foreach (var set in sets)
        {
            var differing = set.Comparisons.Count(one => !one.Agrees);
            var unlisted = expected.Unlisted(set).ToList();
            news += unlisted.Count;
            var none = set.Comparisons.IsEmpty ? "  (0 numbers compared)" : "";
            System.Console.WriteLine(
                $"{set.Name,-38} {set.Comparisons.Length,9} "
                    + $"{set.Comparisons.Length - differing,9} {differing,9} "
                    + $"{differing - unlisted.Count,9} {set.LeftOut.Values.Sum(),9}{none}");
            Explain(set, unlisted, all);
        }

        var stale = expected.Stale(sets).ToList();
        foreach (var one in stale)
        {
            System.Console.WriteLine(
                $"listed as a difference, and is none: {one.Set}, {one.Key}, {one.Field}");
        }

        System.Console.WriteLine(news + stale.Count == 0
            ? "Every number agrees, or differs as listed."
            : $"{news} differences are not listed, {stale.Count} listed ones are none.");
        return news + stale.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static void Explain(ComparedSet set, List<Comparison> unlisted, bool all)
    {
        foreach (var (reason, count) in set.LeftOut)
        {
            System.Console.WriteLine($"    left out {count}: {reason}");
        }

        foreach (var note in set.Notes.Take(all ? int.MaxValue : NotesShown))
        {
            System.Console.WriteLine($"    {note}");
        }

        if (!all && set.Notes.Length > NotesShown)
        {
            System.Console.WriteLine($"    ... {set.Notes.Length - NotesShown} more with --all");
        }

        foreach (var one in unlisted.Take(all ? int.MaxValue : DifferencesShown))
        {
            System.Console.WriteLine(all
                ? $"{set.Name},{one.Key},{one.Field},,{Comparison.Show(one.Ours)},"
                    + Comparison.Show(one.Theirs)
                : $"    differs: {one.Key} {one.Field}: ours {Comparison.Show(one.Ours)}, "
                    + $"theirs {Comparison.Show(one.Theirs)}");
        }

        if (!all && unlisted.Count > DifferencesShown)
        {
            System.Console.WriteLine(
                $"    ... {unlisted.Count - DifferencesShown} more with --all");
        }
    }
}
