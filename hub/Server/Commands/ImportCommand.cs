using System.Collections.Immutable;
using System.CommandLine;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Commands;

/// <summary>
/// <c>monitoring-hub import FILE</c>: books the payments of a bank statement. A line that is
/// there already is not booked again, so a file can be imported as often as one likes.
/// </summary>
public static class ImportCommand
{
    public static Command Create()
    {
        var file = new Argument<FileInfo>("file")
        {
            Description = "The statement (camt.053 or CSV).",
        };
        return FundDesk.OnBooks(
            new Command(
                "import",
                "Books the payments of a bank statement and says what it could not place.")
            {
                file, QualityCommands.CreateImport(), Hj212Command.CreateImport(),
            },
            (result, desk) => Run(desk, result.GetRequiredValue(file)));
    }

    private static int Run(FundDesk desk, FileInfo file)
    {
        var contract = desk.Contract;
        var faults = new Faults();
        if (!file.Exists)
        {
            faults.Add(file.FullName, 0, "there is no such file", "name the bank's file");
        }

        var (lines, closing) = faults.Any ? ([], null) : Read(file, contract.Currency, faults);
        if (faults.Any)
        {
            foreach (var fault in faults.All)
            {
                desk.Errors.WriteLine(fault);
            }

            desk.Errors.WriteLine($"{faults.Count}; nothing was booked.");
            return ExitCode.BadInput;
        }

        var (journal, terms, nowMs) = (desk.Journal, desk.Terms, FundDesk.NowMs());
        var isWrong = false;
        foreach (var line in lines)
        {
            var (told, isFault) = Take(journal, contract, terms, line, nowMs);
            isWrong |= isFault;
            desk.Output.WriteLine(
                $"{line.Id}  {contract.Currency.Show(line.MinorUnits)}  {told}");
        }

        var state = journal.Read().State;
        desk.Output.WriteLine(
            $"Cash in the books: {Show(contract, state, Accounts.Cash, 1)}; "
                + $"nobody's yet: {Show(contract, state, Accounts.Unmatched, -1)}.");
        var cash = (long)state.Ledger.At(
            Accounts.Cash, Asset.Money(contract.Currency.Code)).Net;
        if (closing is { } end && end != cash)
        {
            desk.Output.WriteLine(
                $"DIFFERS: the bank has {contract.Currency.Show(end)} after this statement. Import "
                    + "those before it, and look at the lines that are not booked.");
        }

        return !isWrong && (closing is null || closing == cash) ? ExitCode.Ok : ExitCode.Failed;
    }

    private static (ImmutableArray<BankLine> Lines, long? ClosingMinor) Read(
        FileInfo file, Currency currency, Faults faults)
    {
        var text = File.ReadAllText(file.FullName);
        return Camt053.IsXml(text)
            ? Camt053.Read(file.FullName, text, currency, faults)
            : (BankStatement.Read(file.FullName, text, currency.Decimals, faults), null);
    }

    // A line that should be in the books and is not, or not so, fails the import.
    private static (string Told, bool IsFault) Take(
        JournalBook journal, Contract contract, FundTerms terms, BankLine line, long nowMs)
    {
        var state = journal.Read().State;
        if (line.MinorUnits <= 0)
        {
            return (OutgoingOf(state, line), false);
        }

        if (state.Payments.TryGetValue(line.Id, out var before))
        {
            return before.MinorUnits == line.MinorUnits
                ? ("was booked before", false)
                : ($"DIFFERS: booked before as {contract.Currency.Show(before.MinorUnits)}", true);
        }

        var member = BankStatement.MemberOf(
            state, contract.Parties.Select(party => party.Member), line.Reference);
        var answer = journal.Take(
            new FundRequest($"bank/{line.Id}", new FundCommand.TakePayment(
                line.Id, member, line.MinorUnits, line.Reference, line.ValueMs)),
            terms, nowMs);
        return !answer.IsAccepted ? ($"NOT BOOKED: {answer.Reason}", true)
            : member is null
                ? ("booked; its reference names no member and no charge, or more than one", false)
            : ($"booked for {member}", false);
    }

    // Money that went out was booked when its tranche was paid; here it is only found again.
    private static string OutgoingOf(FundState state, BankLine line)
    {
        var tranche = state.Projects.Values.SelectMany(project => project.Tranches)
            .FirstOrDefault(tranche => tranche.IsPaid && tranche.MinorUnits == -line.MinorUnits
                && line.Reference.Contains(tranche.Key, StringComparison.Ordinal));
        return tranche is null
            ? "NOT IN THE BOOKS: no paid tranche has this amount and its name in the reference"
            : $"is {tranche.Key}";
    }

    private static string Show(Contract contract, FundState state, string account, int side) =>
        contract.Currency.Show(
            side * (long)state.Ledger.At(account, Asset.Money(contract.Currency.Code)).Net);
}
