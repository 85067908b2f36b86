using System.CommandLine;
using System.Globalization;
using Monitoring.Core.Averaging;
using Monitoring.Core.Reprocessing;
using Monitoring.Server.Engine;
using Monitoring.Server.Notify;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Commands;

/// <summary>
/// <c>monitoring-hub reprocess SOURCE --from --to --with FILE</c>: what another cluster.yaml or
/// profile makes of stored windows. Nothing is changed until <c>--accept</c>.
/// </summary>
internal static class ReprocessCommand
{
    private const int FilesMax = 20;
    private const string NoNumber = "-";

    public static Command Create()
    {
        var source = new Argument<string>("source") { Description = "The source's id." };
        var (from, to) = (QualityCommands.Time("--from"), QualityCommands.Time("--to"));
        var with = new Option<string[]>("--with")
        {
            Description = "A cluster.yaml or a profile to take instead (repeatable).",
            HelpName = "file", Required = true,
        };
        var accept = new Option<bool>("--accept")
        {
            Description = "Gives the windows new revisions; needs --author and --reason.",
        };
        var author = new Option<string>("--author") { Description = "Who accepts it." };
        var reason = new Option<string>("--reason") { Description = "Why." };
        var command = new Command(
            "reprocess", "Shows, and on demand accepts, what another configuration gives.")
        {
            source, from, to, with, accept, author, reason, HubDocuments.ConfigOption,
            HubDocuments.DataOption, HubDocuments.SetOption,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(to) <= result.GetValue(from))
            {
                result.AddError("--to is not after --from.");
            }

            foreach (var option in (Option<string>[])[author, reason])
            {
                if (result.GetValue(accept) && string.IsNullOrWhiteSpace(result.GetValue(option)))
                {
                    result.AddError($"--accept needs {option.Name}.");
                }
            }
        });
        command.SetAction(async (result, _) =>
        {
            var span = new Window(
                result.GetRequiredValue(from).ToUnixTimeMilliseconds(),
                result.GetRequiredValue(to).ToUnixTimeMilliseconds());
            return HubDocuments.Read(result, System.Console.Error) is { } documents
                ? await RunAsync(
                    documents, result.GetRequiredValue(HubDocuments.DataOption).FullName,
                    (result.GetRequiredValue(source), span, result.GetRequiredValue(with)),
                    result.GetValue(accept)
                        ? (result.GetRequiredValue(author), result.GetRequiredValue(reason))
                        : null)
                : ExitCode.BadInput;
        });
        return command;
    }

    private static async Task<int> RunAsync(
        HubDocuments documents, string data, (string Source, Window Span, string[] Files) asked,
        (string Author, string Reason)? by)
    {
        if (!File.Exists(Path.Combine(data, "books.db")))
        {
            await System.Console.Error.WriteLineAsync(
                $"{data} has no books.db; name the hub's folder with --data.");
            return ExitCode.BadInput;
        }

        await using var records = RecordLog.Open(Path.Combine(data, "records.db"));
        var reprocessings = Reprocessings.Of(
            records, Books.Open(Path.Combine(data, "books.db")), documents.Cluster,
            documents.Profiles);
        var faults = new Faults();
        var (source, span, files) = asked;
        if (ReadProposed(documents, source, files, faults) is { } proposed)
        {
            reprocessings.Check(source, span, proposed, faults);
            if (!faults.Any)
            {
                return Compare(
                    reprocessings, documents.Settings.TimeZone, (source, span, proposed), by);
            }
        }

        foreach (var fault in faults.All)
        {
            await System.Console.Error.WriteLineAsync(fault.ToString());
        }

        await System.Console.Error.WriteLineAsync($"{faults.Count}; nothing was worked out.");
        return ExitCode.BadInput;
    }

    private static int Compare(
        Reprocessings reprocessings, TimeZoneInfo zone,
        (string Source, Window Span, Configuration Proposed) asked,
        (string Author, string Reason)? by)
    {
        var (source, span, proposed) = asked;
        try
        {
            Print(reprocessings.Compare(source, span, proposed), zone);
        }
        catch (RecordLogException e)
        {
            System.Console.Error.WriteLine($"It cannot be worked out: {e.Message}");
            return ExitCode.Failed;
        }

        if (by is not { } person)
        {
            System.Console.WriteLine("Nothing was changed; --accept takes it over.");
            return ExitCode.Ok;
        }

        var accepted = reprocessings.Accept(
            source, span, proposed, person, TimeProvider.System.GetUtcNow());
        System.Console.WriteLine(
            $"{accepted.Id} accepted; the hub that runs gives the windows new revisions."
            + (reprocessings.NeedsApproval(source, span)
                ? $" It waits for a second person: amend approve {accepted.Id} --author NAME"
                : ""));
        return ExitCode.Ok;
    }

    /// <summary>The running documents with those in the place that are given instead.</summary>
    private static Configuration? ReadProposed(
        HubDocuments documents, string source, string[] files, Faults faults)
    {
        var (cluster, given) = (documents.Configuration.Cluster, new List<NamedText>());
        foreach (var file in files.Take(FilesMax))
        {
            if (HubDocuments.ReadText(file, faults) is not { } text)
            {
                continue;
            }

            if (DocumentNode.Parse(file, text.Text, faults).Has("sources"))
            {
                cluster = text;
            }
            else
            {
                given.Add(text);
            }
        }

        if (faults.Any)
        {
            return null;
        }

        var ids = given.Select(IdOf).ToHashSet(StringComparer.Ordinal);
        var profiles = documents.Configuration.Profiles.Where(text => !ids.Contains(IdOf(text)))
            .Concat(given);
        if (Configuration.Read(new ConfigurationText(cluster, [.. profiles]), faults)
            is not { } all)
        {
            return null;
        }

        var named = all.Cluster.Sources.Where(one => one.Id == source)
            .Select(one => one.Profile).ToHashSet(StringComparer.Ordinal);
        foreach (var text in given.Where(text => !named.Contains(IdOf(text))))
        {
            faults.Add(
                text.File, 0, $"'{source}' does not name profile '{IdOf(text)}'",
                "name it in the source's 'profile', in a cluster.yaml that is given too");
        }

        // Kept is what the cluster needs, whatever else lies in the folder.
        return faults.Any ? null : Configuration.Read(
            all.Text with
            {
                Profiles =
                [
                    .. all.Text.Profiles.Where(text =>
                        all.Cluster.Sources.Any(one => one.Profile == IdOf(text))),
                ],
            },
            faults);
    }

    private static string IdOf(NamedText text) =>
        DocumentNode.Parse(text.File, text.Text, new Faults()).Id("id");

    private static void Print(Difference found, TimeZoneInfo zone)
    {
        System.Console.WriteLine("window,revision,quantity,unit,old,new,difference");
        foreach (var window in found.Windows)
        {
            var at = LocalTime.Iso(window.Window.StartMs, zone);
            foreach (var number in window.Numbers.Where(number => !number.IsSame))
            {
                System.Console.WriteLine(
                    $"{at},{window.Revision},{number.Quantity},{number.Unit},"
                    + $"{Text(number.Old, number.OldAbsent)},{Text(number.New, number.NewAbsent)},"
                    + Text(number.Difference, NoNumber));
            }
        }

        System.Console.WriteLine();
        System.Console.WriteLine("total,unit,old,windows,new,windows,difference");
        foreach (var total in found.Totals)
        {
            System.Console.WriteLine(
                $"{total.Quantity},{total.Unit},{Text(total.Old, NoNumber)},{total.OldWindows},"
                + $"{Text(total.New, NoNumber)},{total.NewWindows},"
                + Text(total.Difference, NoNumber));
        }

        var changed = found.Windows.Count(window =>
            window.Numbers.Any(number => !number.IsSame));
        System.Console.WriteLine($"{changed} of {found.Windows.Length} windows differ.");
        if (found.Windows.Count(window => window.IsBeside) is > 0 and var beside)
        {
            System.Console.WriteLine(
                $"{beside} of them lie outside of the span: they are filled by what lies in it.");
        }
    }

    private static string Text(decimal? value, string? absent) =>
        value?.ToString(CultureInfo.InvariantCulture) ?? absent ?? NoNumber;
}
