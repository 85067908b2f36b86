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
    private const string ListName = "expected-differences.csv";

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
                + "Then only news is a failure: a difference not in it, or one in it that is none. "
                + $"Without this option {ListName} in the folder, if there is one.",
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

            var own = Path.Combine(folder, ListName);
            expectedPath ??= File.Exists(own) ? own : null;
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
            $"{"set",-38} {"rows",7} {"compared",9} {"agreeing",9} {"differing",9} "
                + $"{"expected",9} {"left out",9}");
        var (news, doubtful) = (0, 0);
        foreach (var set in sets)
        {
            var differing = set.Comparisons.Count(one => !one.Agrees);
            var unlisted = expected.Unlisted(set).ToList();
            news += unlisted.Count;
            doubtful += unlisted.Count(one => one.Doubt is not null);
            var none = set.Rows == 0 ? "  (0 rows)"
                : set.Comparisons.IsEmpty ? "  (0 numbers compared)" : "";
            System.Console.WriteLine(
                $"{set.Name,-38} {set.Rows,7} {set.Comparisons.Length,9} "
                    + $"{set.Comparisons.Length - differing,9} {differing,9} "
                    + $"{differing - unlisted.Count,9} {set.LeftOut.Values.Sum(),9}{none}");
            Explain(set, unlisted, all);
        }

        return Verdict(sets, expected, news, doubtful);
    }

    /// <summary>What is not compared cannot agree: then the input is at fault.</summary>
    private static int Verdict(
        IReadOnlyList<ComparedSet> sets, ExpectedDifferences expected, int news, int doubtful)
    {
        var agreeing = expected.Agreeing(sets).ToList();
        foreach (var one in agreeing)
        {
            System.Console.WriteLine(
                $"listed as a difference, and is none: {one.Set}, {one.Key}, {one.Field}");
        }

        foreach (var one in expected.Absent(sets))
        {
            System.Console.WriteLine(
                $"listed as a difference, and is not here: {one.Set}, {one.Key}, {one.Field}");
        }

        var compared = sets.Sum(set => set.Comparisons.Length);
        if (news + agreeing.Count > 0)
        {
            System.Console.WriteLine(
                $"{compared} numbers compared: {news} differences are not listed, "
                    + $"{agreeing.Count} listed ones are none. In {doubtful} of the differences "
                    + "what is published beside the number speaks against it; "
                    + $"{news - doubtful} remain unexplained.");
            return ExitCode.Failed;
        }

        if (compared == 0 && sets.All(set => set.Notes.IsEmpty))
        {
            System.Console.WriteLine("Nothing could be compared.");
            return ExitCode.BadInput;
        }

        System.Console.WriteLine(
            $"{compared} numbers compared: every one agrees, or differs as listed.");
        return ExitCode.Ok;
    }

    private static void Explain(ComparedSet set, List<Comparison> unlisted, bool all)
    {
        foreach (var (reason, count) in set.LeftOut)
        {
            System.Console.WriteLine($"    left out {count}: {reason}");
        }

        Show(set.Notes, all ? int.MaxValue : NotesShown, note => note);
        Show(unlisted, all ? int.MaxValue : DifferencesShown, one => all
            ? string.Join(',', new[]
            {
                set.Name, one.Key, one.Field, one.Doubt ?? "", Comparison.Show(one.Ours),
                Comparison.Show(one.Theirs),
            }.Select(Quoted))
            : $"differs: {one.Key} {one.Field}: ours {Comparison.Show(one.Ours)}, "
                + $"theirs {Comparison.Show(one.Theirs)}; "
                + (one.Doubt ?? "nothing speaks against the published number"));
    }

    private static void Show<T>(IReadOnlyList<T> items, int most, Func<T, string> text)
    {
        foreach (var item in items.Take(most))
        {
            System.Console.WriteLine($"    {text(item)}");
        }

        if (items.Count > most)
        {
            System.Console.WriteLine($"    ... {items.Count - most} more with --all");
        }
    }

    private static string Quoted(string cell) =>
        cell.AsSpan().ContainsAny(",\"\n")
            ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : cell;
}
