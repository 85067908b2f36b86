using System.CommandLine;
using System.Globalization;
using Monitoring.Core.Fund;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Commands;

/// <summary>
/// <c>monitoring-hub fund levers|constraint</c>: why emissions changed, and what holds them up.
/// </summary>
internal static class InsightCommands
{
    private const int LinesMax = 10_000;

    public static Command Levers()
    {
        var before = new Option<FileInfo>("--before")
        {
            Description = "CSV: product,activity,emitted of the earlier span.", Required = true,
        };
        var after = new Option<FileInfo>("--after")
        {
            Description = "The same of the later span.", Required = true,
        };
        var command = new Command(
            "levers", "Tells a change of emissions apart: scale, productivity, range (LMDI).")
        {
            before, after,
        };
        command.SetAction(result =>
        {
            var faults = new Faults();
            var (one, other) = (
                Read(result.GetRequiredValue(before).FullName, faults),
                Read(result.GetRequiredValue(after).FullName, faults));
            foreach (var fault in faults.All)
            {
                System.Console.Error.WriteLine(fault);
            }

            return faults.Any ? ExitCode.BadInput : Show(Core.Fund.Levers.Between(one, other));
        });
        return command;
    }

    public static Command Constraint() => FundDesk.OnBooks(
        new Command("constraint", "What binds the bubble now, and what its last kilogram costs."),
        (_, desk) =>
        {
            var contract = desk.Contract;
            if (new BookReader(desk.Books.Database).NewestQuotaOf(contract.Id, contract.Bubble.Id)
                is not { } quota)
            {
                desk.Errors.WriteLine("No mass of the bubble is known yet.");
                return ExitCode.Failed;
            }

            if (desk.Versions.Parse(quota.Period) is not { } period)
            {
                desk.Errors.WriteLine($"{quota.Period} is no period of the contract.");
                return ExitCode.Failed;
            }

            desk.Output.WriteLine($"{quota.Period}, as it is expected to end:");
            var insight = new Insights(
                desk.Books, desk.Documents.Cluster, desk.Documents.Profiles, desk.Versions)
                .Expected(period);
            foreach (var line in InsightText.LinesOf(
                insight, isUkrainian: false, contract.Currency.Show))
            {
                desk.Output.WriteLine(line);
            }

            return ExitCode.Ok;
        });

    private static int Show(Levers? levers)
    {
        if (levers is null)
        {
            System.Console.Error.WriteLine(
                "The two spans have to have the same products, each with an activity and an "
                    + "emission above 0.");
            return ExitCode.BadInput;
        }

        foreach (var (name, change) in ((string, double)[])
            [("scale", levers.Scale), ("productivity", levers.Productivity),
                ("range", levers.Range), ("together", levers.Total)])
        {
            System.Console.WriteLine(
                name.PadRight(13) + change.ToString(
                    "+0.000;-0.000;0.000", CultureInfo.InvariantCulture));
        }

        return ExitCode.Ok;
    }

    private static System.Collections.Immutable.ImmutableArray<ProductActivity> Read(
        string file, Faults faults)
    {
        if (!File.Exists(file))
        {
            faults.Add(file, 0, "there is no such file", "name a CSV file");
            return [];
        }

        var rows = new List<ProductActivity>();
        foreach (var (i, line) in File.ReadLines(file).Take(LinesMax).Index()
            .Where(row => row.Index > 0 && row.Item.Length > 0))
        {
            var fields = line.Split(',');
            if (fields.Length == 3
                && double.TryParse(fields[1], CultureInfo.InvariantCulture, out var activity)
                && double.TryParse(fields[2], CultureInfo.InvariantCulture, out var emitted)
                && double.IsFinite(activity) && double.IsFinite(emitted))
            {
                rows.Add(new ProductActivity(fields[0].Trim(), activity, emitted));
            }
            else
            {
                faults.Add(
                    file, i + 1, $"'{line}' is no product with two numbers",
                    "write product,activity,emitted");
            }
        }

        return [.. rows];
    }
}
