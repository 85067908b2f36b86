using System.CommandLine;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Server.Amendments;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Commands;

/// <summary>
/// <c>monitoring-hub import hj212 FILE</c>: the hours that a station's own logger sent elsewhere
/// fill those that are missing here, as entries of a person.
/// </summary>
internal static class Hj212Command
{
    public static Command CreateImport()
    {
        var file = new Argument<FileInfo>("file") { Description = "Frames of HJ 212-2017." };
        var source = QualityCommands.Text("--source", "Whose hours they are.");
        var author = QualityCommands.Text("--author", "Who enters them.");
        var reason = QualityCommands.Text("--reason", "Why they are missing here.");
        var command = new Command(
            "hj212", "Enters hours that were not measured here, CN 2061 of HJ 212-2017.")
        {
            file, source, author, reason, HubDocuments.ConfigOption, HubDocuments.DataOption,
            HubDocuments.SetOption,
        };
        command.SetAction(result => QualityCommands.WithBooks(result, (documents, books) => Run(
            documents, books, result.GetRequiredValue(file), new Amendment
            {
                Source = result.GetRequiredValue(source), Quantity = "",
                Kind = AmendmentKind.Manual, FromMs = 0,
                Author = result.GetRequiredValue(author),
                Reason = result.GetRequiredValue(reason),
            })));
        return command;
    }

    private static int Run(
        HubDocuments documents, Books books, FileInfo file, Amendment entry)
    {
        var binding = documents.Cluster.Sources.LastOrDefault(one => one.Id == entry.Source);
        if (binding is null || documents.Profiles[binding.Profile].MissingData == GapRule.None
            || !file.Exists)
        {
            return QualityCommands.Refuse(
                binding is null ? $"'{entry.Source}' is no source of cluster.yaml."
                : !file.Exists ? $"There is no {file.FullName}."
                : $"Profile '{binding.Profile}' fills no hours; use 'amend manual'.");
        }

        var (faults, facts) = (new Faults(), new FactBook(books));
        var reader = new Hj212Reader(
            binding,
            (quantity, startMs) => facts.NewestOf(entry.Source, startMs) is not { } row
                || facts.NumbersOf(row).Any(one =>
                    one.Quantity == quantity + GapBook.ReferenceSuffix && one.Value is null),
            entry, file.FullName, faults);
        var entries = reader.Read(File.ReadAllBytes(file.FullName));
        foreach (var fault in faults.All)
        {
            System.Console.Error.WriteLine(fault);
        }

        if (faults.Any)
        {
            System.Console.Error.WriteLine($"{faults.Count}; nothing was entered.");
            return ExitCode.BadInput;
        }

        var amendments = new AmendmentBook(books);
        var added = amendments.Add(
            entries, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        foreach (var (one, isNew) in entries.Zip(added))
        {
            System.Console.WriteLine(
                $"{one.Id}  {one.Quantity} {one.Value} {one.Result}"
                + (isNew ? "" : " was entered before"));
        }

        System.Console.WriteLine(
            $"{added.Count(isNew => isNew)} hours entered; {reader.PassedOver} values were "
            + "measured here, or are not valid there.");
        foreach (var (command, count) in reader.NotOfHours)
        {
            System.Console.WriteLine(
                $"NOT ENTERED: {count} messages of CN {command}; an entry takes the place of an "
                + "hour (CN 2061), not of minutes (2051) or a day (2031).");
        }

        return ExitCode.Ok;
    }
}
