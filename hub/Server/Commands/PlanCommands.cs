using System.CommandLine;
using System.Globalization;
using System.Text;
using Monitoring.Core.Fund;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Commands;

/// <summary>
/// <c>monitoring-hub plan submit|show</c>: what members mean to make and to emit. It binds nobody
/// and is kept for ever; by it the forecast knows what is to come, and it is scored by what came.
/// </summary>
public static class PlanCommands
{
    public static Command Create() =>
        new("plan", "Indicative plans: what members mean to make, and what came.")
        {
            Submit(), Show(),
        };

    private static Command Submit()
    {
        var file = new Argument<FileInfo>("file")
        {
            Description = "YAML of one member, or CSV of several; docs/planning.md has both.",
        };
        return FundDesk.OnBooks(
            new Command("submit", "Submits the plan of a member, in place of its last one.")
            {
                file,
            },
            (result, desk) => Submit(desk, result.GetRequiredValue(file).FullName));
    }

    private static int Submit(FundDesk desk, string file)
    {
        var faults = new Faults();
        var plans = ContractFiles.Bytes(file, faults) is { } bytes
            ? PlanFile.Read(file, Encoding.UTF8.GetString(bytes), desk.Contract, faults)
            : [];
        ContractFiles.Report(faults, desk.Errors);
        if (faults.Any)
        {
            desk.Errors.WriteLine("Nothing was submitted.");
            return ExitCode.BadInput;
        }

        var isTaken = true;
        foreach (var plan in plans)
        {
            // The same text again is the same version; a change, also back, is another one.
            var state = desk.Journal.Read().State;
            var before = PlanRules.Newest(state, plan.Member);
            if (before is not null && before.Lines.Select(line => line with
                {
                    FromMs = 0, UntilMs = 0,
                }).SequenceEqual(plan.Lines))
            {
                desk.Output.WriteLine($"{plan.Member}: this is version {before.Version} already");
                continue;
            }

            var version = (before?.Version ?? 0) + 1;
            var answer = desk.Journal.Take(
                new FundRequest(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"plan/{plan.Member}/{version}/{FundDesk.NowMs()}"), plan),
                desk.Terms, FundDesk.NowMs());
            desk.Output.WriteLine(answer.IsAccepted
                ? $"{plan.Member}: version {version}"
                : $"{plan.Member}: {answer.Reason} ({answer.Detail})");
            isTaken &= answer.IsAccepted;
        }

        return isTaken ? ExitCode.Ok : ExitCode.Failed;
    }

    private static Command Show() => FundDesk.OnBooks(
        new Command("show", "What was planned, what is forecast, what came, and the misses."),
        (_, desk) =>
        {
            var ledger = new LedgerBook(desk.Books);
            var uses = new MemberUses(
                new FactBook(desk.Books), new MassSums(desk.Books), desk.Documents.Cluster,
                desk.Documents.Profiles, desk.Versions, ledger);
            foreach (var plan in new Planning(ledger, uses, desk.Books, desk.Versions).All())
            {
                Print(desk.Output, plan);
            }

            return ExitCode.Ok;
        });

    private static void Print(TextWriter output, MemberPlan plan)
    {
        output.WriteLine(plan.Version is { } version
            ? $"{plan.Member} ({plan.Role}), plan version {version}: "
                + (plan.ErrorPercent is { } error
                    ? string.Create(CultureInfo.InvariantCulture, $"plans missed by {error} %")
                    : "nothing to score yet")
                + (plan.ForecastErrorPercent is { } other
                    ? string.Create(CultureInfo.InvariantCulture, $", forecasts by {other} %")
                    : "")
            : $"{plan.Member} ({plan.Role}): no plan");
        foreach (var span in plan.Spans)
        {
            output.WriteLine(
                $"  {span.Planned.Span}: planned {Kg(span.Planned.Grams)}, forecast "
                    + $"{(span.ForecastGrams is { } forecast ? Kg(forecast) : "none")}, "
                    + $"{(span.IsOver ? "came" : "so far")} {Kg(span.ActualGrams)}"
                    + (span.Planned.IsMadeBefore ? "" : "; planned after it began, not scored"));
        }
    }

    private static string Kg(long grams) =>
        (grams / 1_000m).ToString("0.000", CultureInfo.InvariantCulture) + " kg";
}
