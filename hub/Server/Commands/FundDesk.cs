using System.Collections.Immutable;
using System.CommandLine;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Commands;

/// <summary>What a command on the books of a hub works with; the hub may run meanwhile.</summary>
internal sealed record FundDesk(
    HubDocuments Documents, Books Books, TextWriter Output, TextWriter Errors)
{
    public Contract Contract => Documents.Contract;

    public JournalBook Journal => Books.Journal;

    public ContractVersions Versions { get; } = new(Books, Documents.Contract);

    public FundTerms Terms => FundClauses.TermsOf(Versions, Documents.Cluster) with
    {
        FactsIn = new MeasuredSpans(Books).In,
    };

    public static long NowMs() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>A command that has the books, its documents and where to write.</summary>
    public static Command OnBooks(Command command, Func<ParseResult, FundDesk, int> run)
    {
        command.Add(HubDocuments.ConfigOption);
        command.Add(HubDocuments.DataOption);
        command.Add(HubDocuments.SetOption);
        command.SetAction(result =>
        {
            var (output, errors) = (
                result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
            if (HubDocuments.Read(result, errors) is not { } documents)
            {
                return ExitCode.BadInput;
            }

            var books = Path.Combine(
                result.GetRequiredValue(HubDocuments.DataOption).FullName, "books.db");
            if (!File.Exists(books))
            {
                errors.WriteLine($"There is no {books}; name its folder with --data.");
                return ExitCode.BadInput;
            }

            var desk = new FundDesk(documents, Books.Open(books), output, errors);
            if (desk.Journal.ProblemOfBooks() is { } changed)
            {
                errors.WriteLine($"{books}: {changed}");
                return ExitCode.BadInput;
            }

            return run(result, desk);
        });
        return command;
    }

    /// <summary>The terms for what a person asks, who may move periods only so far.</summary>
    public FundTerms TermsFor(IEnumerable<FundRequest> requests) => Terms with
    {
        ByHand = requests.Select(request => request.Command)
            .OfType<FundCommand.MovePeriod>().Select(move => Versions.Parse(move.PeriodId ?? ""))
            .OfType<Period>().DistinctBy(period => period.Id)
            .ToImmutableDictionary(period => period.Id, DatesOf),
        IsAmendment = new AmendmentBook(Books).Has,
    };

    private PeriodDates DatesOf(Period period) =>
        new LedgerBook(Books).StandingOf(Contract.Id, period.Id) is var (standing, toldMs)
            ? FundClauses.DatesOf(
                Versions.Of(standing.ContractHash) ?? Versions.At(period.Start), period, toldMs)
            : new PeriodDates(IsSettled: false, FinalMs: 0, SealedMs: 0);
}
