using System.CommandLine;
using System.Globalization;
using System.Text;
using Monitoring.Core.Averaging;
using Monitoring.Core.Exports;
using Monitoring.Server.Engine;
using Monitoring.Server.Exports;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Commands;

/// <summary>
/// <c>monitoring-hub export averages|facts|releases|hj212|ecmps|log</c>: what the books hold on
/// the standard output, the public log as a folder. A running hub is not disturbed.
/// </summary>
internal static class ExportCommand
{
    /// <summary>The standard's interval of minutes.</summary>
    private const int Hj212MinutesMax = 30;

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
        Hj212(),
        Ecmps(),
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

    private static Command Hj212()
    {
        var (from, to) = (
            Instant("--from", "The first hour or day starts here or later."),
            Instant("--to", "The last one starts before."));
        var source = Text("--source", "The source.");
        var station = Text("--station", "MN, the station's number.");
        var password = Text("--password", "PW of the station.");
        var system = new Option<string>("--system")
        {
            Description = "ST.", DefaultValueFactory = _ => "31",
        };
        var message = new Option<string>("--message")
        {
            Description = "minute (CN 2051), hour (2061) or day (2031).",
            DefaultValueFactory = _ => "hour",
        };
        message.AcceptOnlyFromAmong("minute", "hour", "day");
        var minutes = Whole("--minutes", "Of one message of minutes.", 1, Hj212MinutesMax);
        (minutes.Required, minutes.DefaultValueFactory) = (false, _ => 10);
        var command = new Command(
            "hj212", "Minutes, hours or days of a source as frames of HJ 212-2017.")
        {
            source, station, password, system, message, minutes, from, to,
            HubDocuments.ConfigOption, HubDocuments.DataOption, HubDocuments.SetOption,
        };
        command.SetAction(result => Run(result, (documents, data) => Hours(
            documents, data, (windows, facts) =>
            {
                var binding = BindingOf(documents, result.GetRequiredValue(source));
                var zone = binding.TimeZone;
                var profile = documents.Profiles[binding.Profile];
                var export = new Hj212Export(
                    windows, facts, zone,
                    new Hj212Sender(
                        result.GetRequiredValue(system), result.GetRequiredValue(password),
                        result.GetRequiredValue(station)));
                var (fromMs, toMs, sentAt) = (
                    result.GetValue(from)?.ToUnixTimeMilliseconds() ?? long.MinValue,
                    result.GetValue(to)?.ToUnixTimeMilliseconds() ?? long.MaxValue,
                    TimeZoneInfo.ConvertTime(TimeProvider.System.GetUtcNow(), zone).DateTime);
                return result.GetRequiredValue(message) switch
                {
                    "minute" => export.Minutes(
                        binding.Id, (fromMs, toMs), result.GetValue(minutes), profile, sentAt),
                    "day" => export.Days(binding.Id, (fromMs, toMs), profile, sentAt),
                    _ => export.Hours(binding.Id, fromMs, toMs, sentAt),
                };
            })));
        return command;
    }

    private static SourceBinding BindingOf(HubDocuments documents, string source) =>
        documents.Cluster.Sources.LastOrDefault(one => one.Id == source)
            ?? throw new ArgumentException($"'{source}' is no source of cluster.yaml.");

    private static Command Ecmps()
    {
        var source = Text("--source", "The source.");
        var location = Text("--location", "The stack's name in the monitoring plan.");
        var facility = Whole("--facility", "The ORIS code.", 1, 999_999);
        var year = Whole("--year", "The year.", YearMin, YearMax);
        var quarter = Whole("--quarter", "1 to 4.", 1, 4);
        var command = new Command(
            "ecmps", "The hours of a quarter in the ECMPS layout (JSON).")
        {
            source, location, facility, year, quarter, HubDocuments.ConfigOption,
            HubDocuments.DataOption, HubDocuments.SetOption,
        };
        command.SetAction(result => Run(result, (documents, data) => Hours(
            documents, data, (windows, facts) =>
            {
                var binding = BindingOf(documents, result.GetRequiredValue(source));
                return Encoding.UTF8.GetString(new EcmpsExport(windows, facts).Of(
                    binding, result.GetRequiredValue(location), result.GetRequiredValue(facility),
                    result.GetRequiredValue(year), result.GetRequiredValue(quarter)).Span) + "\n";
            })));
        return command;
    }

    private static Option<int> Whole(string name, string description, int min, int max)
    {
        var option = new Option<int>(name) { Description = description, Required = true };
        option.Validators.Add(given =>
        {
            if (given.Tokens.Count == 1
                && int.TryParse(given.Tokens[0].Value, CultureInfo.InvariantCulture, out var number)
                && (number < min || number > max))
            {
                given.AddError($"{name} is {number}; {min} to {max} are possible.");
            }
        });
        return option;
    }

    private static string Hours(
        HubDocuments documents, string data, Func<StoredWindows, FactBook, string> export)
    {
        var records = RecordLog.Open(Path.Combine(data, "records.db"));
        try
        {
            var books = Books.Open(Path.Combine(data, "books.db"));
            return export(
                StoredWindows.Of(records, books, documents.Cluster, documents.Profiles),
                new FactBook(books));
        }
        finally
        {
            records.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static Option<string> Text(string name, string description) =>
        new(name) { Description = description, Required = true };

    private static Command Releases()
    {
        var year = Whole(
            "--year", "The calendar year, in the hub's time zone.", YearMin, YearMax);
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

    private static int Run(ParseResult result, Func<BookExports, string> export) =>
        Run(result, (documents, data) => export(new BookExports(
            new BookReader(Books.Open(Path.Combine(data, "books.db")).Database),
            documents.Settings.TimeZone)));

    private static int Run(ParseResult result, Func<HubDocuments, string, string> export)
    {
        if (HubDocuments.Read(result, System.Console.Error) is not { } documents)
        {
            return ExitCode.BadInput;
        }

        var data = result.GetRequiredValue(HubDocuments.DataOption).FullName;
        var path = Path.Combine(data, "books.db");
        if (!File.Exists(path))
        {
            System.Console.Error.WriteLine(
                $"{path} is not there; name the hub's folder with --data.");
            return ExitCode.BadInput;
        }

        try
        {
            System.Console.Out.Write(export(documents, data));
            return ExitCode.Ok;
        }
        catch (Exception e) when (e is ArgumentException or RecordLogException
            or StoreException or NewerSchemaException)
        {
            System.Console.Error.WriteLine(e.Message);
            return ExitCode.Failed;
        }
    }
}
