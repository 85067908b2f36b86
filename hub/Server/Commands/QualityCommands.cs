using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Monitoring.Core;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Core.Quality;
using Monitoring.Server.Amendments;
using Monitoring.Server.Engine;
using Monitoring.Server.Notify;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Commands;

/// <summary>
/// <c>monitoring-hub import qa FILE</c> stores tests of instruments, <c>quality</c> says how they
/// stand, <c>amend</c> enters values and maintenance. Nothing that is stored is changed by them;
/// a running hub works the windows out again that they are about.
/// </summary>
internal static class QualityCommands
{
    public static Command CreateImport()
    {
        var file = new Argument<FileInfo>("file") { Description = "JSON (ECMPS) or CSV." };
        var author = Text("--author", "Who imports it.");
        var command = new Command("qa", "Stores tests of instruments, each worked out again.")
        {
            file, author, HubDocuments.ConfigOption, HubDocuments.DataOption,
            HubDocuments.SetOption,
        };
        command.SetAction(result => WithBooks(result, (documents, books) => Import(
            documents, new AmendmentBook(books), result.GetRequiredValue(file),
            result.GetRequiredValue(author))));
        return command;
    }

    public static Command CreateQuality()
    {
        var source = Text("--source", "The source.");
        var command = new Command("quality", "Says how the tests stand, and what ends first.")
        {
            source, HubDocuments.ConfigOption, HubDocuments.DataOption, HubDocuments.SetOption,
        };
        command.SetAction(result => WithBooks(result, (documents, books) =>
        {
            var standings = new QualityStandings(
                new AmendmentBook(books), new LevelBook(books), documents.Cluster,
                documents.Profiles);
            return standings.Of(
                result.GetRequiredValue(source), TimeProvider.System.GetUtcNow()) is { } found
                ? Print(found, documents.Settings.TimeZone)
                : Refuse($"'{result.GetRequiredValue(source)}' is no source of cluster.yaml.");
        }));
        return command;
    }

    public static Command CreateAmend()
    {
        var command = new Command(
            "amend", "Enters values and maintenance beside the readings, which stay as they are.");
        foreach (var (name, kind, description) in new[]
        {
            ("maintenance", AmendmentKind.Maintenance, "Planned maintenance: nothing is valid."),
            ("manual", AmendmentKind.Manual, "A value of a person, at the reference state."),
            ("laboratory", AmendmentKind.Laboratory, "A value of a laboratory, likewise."),
        })
        {
            command.Add(CreateEntry(name, kind, description));
        }

        command.Add(CreateApprove());
        command.Add(CreateList());
        return command;
    }

    private static Command CreateEntry(string name, AmendmentKind kind, string description)
    {
        var (source, quantity) = (Text("--source", "The source."), Text("--quantity", "Of it."));
        var (author, reason) = (Text("--author", "Who says it."), Text("--reason", "Why."));
        var (from, until) = (Time("--from"), Time("--until"));
        var value = new Option<decimal>("--value")
        {
            Description = "mg/m3, or m3/h of the flow.", Required = true,
        };
        var command = new Command(name, description)
        {
            source, quantity, from, until, author, reason, HubDocuments.ConfigOption,
            HubDocuments.DataOption, HubDocuments.SetOption,
        };
        if (kind != AmendmentKind.Maintenance)
        {
            command.Add(value);
        }

        command.SetAction(result => WithBooks(result, (documents, books) => Enter(
            documents, new AmendmentBook(books), new Amendment
            {
                Source = result.GetRequiredValue(source),
                Quantity = result.GetRequiredValue(quantity), Kind = kind,
                FromMs = result.GetRequiredValue(from).ToUnixTimeMilliseconds(),
                UntilMs = result.GetRequiredValue(until).ToUnixTimeMilliseconds(),
                Value = kind == AmendmentKind.Maintenance ? null : result.GetValue(value),
                Author = result.GetRequiredValue(author),
                Reason = result.GetRequiredValue(reason),
            })));
        return command;
    }

    private static Command CreateApprove()
    {
        var id = new Argument<string>("id") { Description = "Of the amendment." };
        var author = Text("--author", "Who approves it: somebody else.");
        var command = new Command("approve", "A second person's word for an amendment.")
        {
            id, author, HubDocuments.ConfigOption, HubDocuments.DataOption,
            HubDocuments.SetOption,
        };
        command.SetAction(result => WithBooks(result, (_, all) =>
        {
            var books = new AmendmentBook(all);
            var asked = result.GetRequiredValue(id);
            if (books.All(null).Select(row => row.Amendment)
                .FirstOrDefault(one => one.Id == asked) is not { } found)
            {
                return Refuse($"There is no amendment '{asked}'; 'amend list' has them.");
            }

            return found.Author == result.GetRequiredValue(author)
                ? Refuse($"{found.Author} entered it; somebody else has to approve it.")
                : Add(books, found with
                {
                    Kind = AmendmentKind.Approval, Value = null, Subject = asked,
                    Author = result.GetRequiredValue(author), Reason = "approved",
                });
        }));
        return command;
    }

    private static Command CreateList()
    {
        var command = new Command("list", "Every amendment and every test, as it was entered.")
        {
            HubDocuments.ConfigOption, HubDocuments.DataOption, HubDocuments.SetOption,
        };
        command.SetAction(result => WithBooks(result, (documents, books) =>
        {
            var zone = documents.Settings.TimeZone;
            foreach (var (_, atMs, one) in new AmendmentBook(books).All(null))
            {
                System.Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{one.Id}  {one.Source}/{one.Quantity}  "
                    + $"{one.Kind.ToString().ToLowerInvariant()} "
                    + $"{one.Test}{one.Subject} {one.Value}  {LocalTime.Iso(one.FromMs, zone)}  "
                    + $"{one.Result}{one.Reason}  {one.Author}, {LocalTime.Iso(atMs, zone)}"));
            }

            return ExitCode.Ok;
        }));
        return command;
    }

    private static int Import(
        HubDocuments documents, AmendmentBook books, FileInfo file, string author)
    {
        var faults = new Faults();
        if (!file.Exists)
        {
            return Refuse($"There is no {file.FullName}.");
        }

        var text = File.ReadAllText(file.FullName);
        var ecmps = new EcmpsTestReader(documents.Cluster, file.FullName, author, faults);
        var tests = file.Extension.Equals(".json", StringComparison.OrdinalIgnoreCase)
            ? ecmps.Read(text)
            : new TestTableReader(
                documents.Cluster, documents.Profiles, file.FullName, author, faults).Read(text);
        if (faults.Any)
        {
            foreach (var fault in faults.All)
            {
                System.Console.Error.WriteLine(fault);
            }

            System.Console.Error.WriteLine($"{faults.Count}; nothing was stored.");
            return ExitCode.BadInput;
        }

        var added = books.Add(tests, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        foreach (var (test, isNew) in tests.Zip(added))
        {
            System.Console.WriteLine(
                $"{test.Source}/{test.Quantity} {test.Test} {test.Subject}: "
                + $"{(test.Passed ? "passed" : "FAILED")}, {test.Result}"
                + (isNew ? "" : " (was stored before)"));
        }

        foreach (var unread in ecmps.Unread)
        {
            System.Console.WriteLine($"NOT READ: {unread}");
        }

        return ExitCode.Ok;
    }

    private static int Enter(HubDocuments documents, AmendmentBook books, Amendment amendment)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(amendment.FromMs);
        var isBooked = QuantityUnits.IsPollutant(amendment.Quantity)
            || amendment.Quantity == QuantityUnits.Flow;
        return amendment.UntilMs <= amendment.FromMs ? Refuse("--until is not after --from.")
            : documents.Cluster.SourceAt(amendment.Source, at)?.Quantities
                .Any(one => one.Quantity == amendment.Quantity) != true
                ? Refuse($"'{amendment.Source}' has no '{amendment.Quantity}' at that time.")
            : amendment.Value is not null && (!isBooked || amendment.Value < 0)
                ? Refuse("A value is of a pollutant or the flow, and not below 0.")
            : Add(books, amendment);
    }

    private static int Add(AmendmentBook books, Amendment amendment)
    {
        var nowMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var added = books.Add([amendment], nowMs);
        System.Console.WriteLine(amendment.Id + (added[0] ? "" : " was entered before"));
        return ExitCode.Ok;
    }

    private static int Print(SourceTests found, TimeZoneInfo zone)
    {
        void Mark(bool isShown, ImmutableArray<Constant> constants)
        {
            if (isShown)
            {
                System.Console.WriteLine(Constant.UnverifiedOf(constants));
            }
        }

        foreach (var quantity in found.Quantities)
        {
            foreach (var test in quantity.Tests)
            {
                System.Console.WriteLine(
                    $"{quantity.Quantity}  {test.Rule}"
                    + (test.ExpiresMs is { } ms ? $", valid until {LocalTime.Iso(ms, zone)}" : ""));
            }

            if (quantity.Range is { } range)
            {
                System.Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{quantity.Quantity}  calibration range: {range.WeeksOver} weeks over 5 %, "
                    + $"{range.WeeksLeft} left, worst {range.WorstPercent:0.0} %")
                    + (range.NeedsCalibration ? "; a new QAL2 is due" : ""));
            }

            foreach (var chart in quantity.Charts)
            {
                System.Console.WriteLine(
                    $"{quantity.Quantity}  {chart.Level}: CUSUM {chart.Cusum}, Shewhart "
                    + $"{chart.Shewhart}, EWMA {chart.Ewma} after {chart.Readings} readings"
                    + (chart.Correction == 0 ? "" : string.Create(
                        CultureInfo.InvariantCulture, $"; take off {chart.Correction}")));
            }
        }

        Mark(found.Quantities.Any(one => one.Range is not null), En14181.OfRange);
        Mark(found.Quantities.Any(one => !one.Charts.IsEmpty), En14181.OfCharts);
        return ExitCode.Ok;
    }

    internal static int WithBooks(ParseResult result, Func<HubDocuments, Books, int> run)
    {
        if (HubDocuments.Read(result, System.Console.Error) is not { } documents)
        {
            return ExitCode.BadInput;
        }

        var path = Path.Combine(
            result.GetRequiredValue(HubDocuments.DataOption).FullName, "books.db");
        return File.Exists(path)
            ? run(documents, Books.Open(path))
            : Refuse($"There is no {path}; name the hub's folder with --data.");
    }

    internal static int Refuse(string why)
    {
        System.Console.Error.WriteLine(why);
        return ExitCode.BadInput;
    }

    internal static Option<string> Text(string name, string description) =>
        new(name) { Description = description, Required = true };

    internal static Option<DateTimeOffset> Time(string name) => new(name)
    {
        Description = "ISO 8601 with offset, as in 2026-01-01T00:00:00+02:00.", Required = true,
    };
}
