using System.CommandLine;
using System.Globalization;
using Monitoring.Server.Exports;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Commands;

/// <summary>
/// <c>monitoring-hub export averages|facts|releases|log</c>: the books as tables on the standard
/// output, the public log as a folder. A running hub is not disturbed.
/// </summary>
internal static class ExportCommand
{
    private const int YearMin = 1970;
    private const int YearMax = 9_998;

    public static Command Create() => new(
        "export", "Writes what the books hold as CSV, and the public log as files.")
    {
        OfSpan(
            "averages", "The averages of every window, with unit and coverage.",
            (exports, from, to) => exports.Averages(from, to)),
        OfSpan(
            "facts", "The mass facts of every window.",
            (exports, from, to) => exports.Facts(from, to)),
        Releases(),
        LogExportCommand.Create(),
    };

    private static Command OfSpan(
        string name, string description, Func<BookExports, long, long, string> export)
    {
        var from = Instant("--from", "The first window starts here or later.");
        var to = Instant("--to", "The last window starts before.");
        var command = new Command(name, description)
        {
            from, to, HubDocuments.ConfigOption, HubDocuments.DataOption, HubDocuments.SetOption,
        };
        command.SetAction(result => Run(result, exports => export(
            exports,
            result.GetValue(from)?.ToUnixTimeMilliseconds() ?? long.MinValue,
            result.GetValue(to)?.ToUnixTimeMilliseconds() ?? long.MaxValue)));
        return command;
    }

    private static Command Releases()
    {
        var year = new Option<int>("--year")
        {
            Description = "The calendar year, in the hub's time zone.",
            Required = true,
        };
        year.Validators.Add(option =>
        {
            if (option.Tokens.Count == 1
                && int.TryParse(
                    option.Tokens[0].Value, CultureInfo.InvariantCulture, out var number)
                && number is < YearMin or > YearMax)
            {
                option.AddError($"{number} is no year from {YearMin} to {YearMax}.");
            }
        });
        var command = new Command(
            "releases", "What a year released to air, by member, beside the European thresholds.")
        {
            year, HubDocuments.ConfigOption, HubDocuments.DataOption, HubDocuments.SetOption,
        };
        command.SetAction(result => Run(
            result, exports => exports.Releases(result.GetRequiredValue(year))));
        return command;
    }

    private static Option<DateTimeOffset?> Instant(string name, string description) => new(name)
    {
        Description = description + " ISO 8601 with offset, as in 2026-01-01T00:00:00+02:00.",
    };

    private static int Run(ParseResult result, Func<BookExports, string> export)
    {
        if (HubDocuments.Read(result, System.Console.Error) is not { } documents)
        {
            return ExitCode.BadInput;
        }

        var path = Path.Combine(
            result.GetRequiredValue(HubDocuments.DataOption).FullName, "books.db");
        if (!File.Exists(path))
        {
            System.Console.Error.WriteLine(
                $"{path} is not there; name the hub's folder with --data.");
            return ExitCode.BadInput;
        }

        try
        {
            var reader = new BookReader(Books.Open(path).Database);
            System.Console.Out.Write(
                export(new BookExports(reader, documents.Settings.TimeZone)));
            return ExitCode.Ok;
        }
        catch (Exception e) when (e is StoreException or NewerSchemaException)
        {
            System.Console.Error.WriteLine(e.Message);
            return ExitCode.Failed;
        }
    }
}
