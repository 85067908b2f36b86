using System.Collections.Immutable;
using Monitoring.Core.Ledger;

namespace Monitoring.Core.Fund;

/// <summary>One account of the fund in a span of time; minor units.</summary>
public sealed record StatementLine(
    string Account, long OpeningMinor, long ChargedMinor, long RestatedMinor, long InterestMinor,
    long LentMinor, long PaidMinor, long ReturnedMinor, long ClosingMinor);

/// <summary>What the fund paid for, and what it was good for.</summary>
public sealed record StatementProject(
    string Project, string Programme, string Zone, ProjectState State, long PromisedMinor,
    long PaidMinor, long? AbatedGrams, long? CostPerKgMinor)
{
    /// <summary>Null where masses were entered by hand, or none are known.</summary>
    public AbatementProof? Proof { get; init; }
}

/// <summary>
/// What the fund came from, where it went, and what is left. Every number follows from the
/// ledger, and opening and closing meet in every line.
/// </summary>
/// <param name="PromisedMinor">Reserved for projects and not paid yet.</param>
/// <param name="OwedMinor">Charged and not paid in, less credits.</param>
public sealed record FundStatement(
    string Currency, ImmutableArray<StatementLine> Lines, long PromisedMinor, long CashMinor,
    long OwedMinor, long UnmatchedMinor, long DeficitMinor, long Shares,
    ImmutableArray<StatementProject> Projects)
{
    public long ClosingMinor => Lines.Sum(line => line.ClosingMinor);

    /// <summary>For information: a share is a voice, and no restricted money is paid out.</summary>
    /// <returns>Minor units in ten thousandths for each share; null without shares.</returns>
    public long? PerShareTenThousandths =>
        Shares == 0 ? null : Rounding.Quotient((Int128)ClosingMinor * 10_000, Shares);

    /// <summary>
    /// All income there ever was: charges as they hold now, less what of them went back to
    /// members by what they made, and interest. It is counted from
    /// what members owe, and the lots from what they hold, so that one can be held to the other.
    /// </summary>
    public static long ProceedsMinor(FundState state) =>
        state.Charges.Values.Sum(charge => charge.MinorUnits + charge.InterestMinor)
            + state.Standing.Values.SelectMany(entry => state.Ledger.Entries[entry].Postings)
                .Where(posting => posting.Amount < 0 && posting.Lot.Length == 0)
                .Sum(posting => posting.Amount);

    /// <summary>Promised to projects, and paid to them for good.</summary>
    public static long AllocatedMinor(FundState state) =>
        Lots.Of(state.Ledger).Sum(lot => lot.PromisedMinor)
            + state.Projects.Values.Sum(project => project.PaidMinor);

    /// <summary>Nobody has spoken for it yet. A deficit is what was spoken for too much.</summary>
    public static long UnallocatedMinor(FundState state, Asset money) =>
        Lots.Of(state.Ledger).Sum(lot => lot.FreeMinor)
            - (long)state.Ledger.At(Accounts.Deficit, money).Net;

    /// <summary>
    /// Of a span, as it was at its end. What is booked for a period belongs to the time of that
    /// period, also where notice of it was given later; all else to the time when it was booked.
    /// </summary>
    /// <param name="rows">The whole journal.</param>
    /// <param name="startOf">When a period begins; null for what is none of the contract's.</param>
    public static FundStatement Of(
        IEnumerable<JournalRow> rows, string currency, Func<string, long?> startOf, long fromMs,
        long untilMs)
    {
        var (state, end) = (FundState.Empty, FundState.Empty);
        var (before, within) = (new List<Transaction>(), new List<Transaction>());
        foreach (var row in rows)
        {
            foreach (var happened in row.Events)
            {
                foreach (var entry in LedgerState.BookedBy(happened, state.Ledger))
                {
                    var atMs = startOf(entry.PeriodId) ?? row.AtMs;
                    (atMs < fromMs ? before : atMs < untilMs ? within : null)?.Add(entry);
                }

                state = state.With(happened);
            }

            end = row.AtMs < untilMs ? state : end;
        }

        return Of(end, currency, before, within);
    }

    /// <param name="end">Of which the promises, projects and shares are.</param>
    /// <param name="before">Entries before the span.</param>
    /// <param name="within">Entries that belong to it.</param>
    public static FundStatement Of(
        FundState end, string currency, IReadOnlyCollection<Transaction> before,
        IReadOnlyCollection<Transaction> within)
    {
        var money = Asset.Money(currency);
        var all = before.Concat(within).SelectMany(entry => entry.Postings)
            .Where(posting => posting.Asset == money).ToLookup(posting => posting.Account);
        long Net(string account) => all[account].Sum(posting => posting.Amount);
        var opened = Sums(before);
        var moved = Sums(within);
        long Of(string account, string kind) => moved.GetValueOrDefault((account, kind));
        var lines = opened.Keys.Concat(moved.Keys).Select(key => key.Account).Distinct()
            .Order(StringComparer.Ordinal)
            .Select(account =>
            {
                var opening = opened.Where(pair => pair.Key.Account == account)
                    .Sum(pair => pair.Value);
                return new StatementLine(
                    account, opening, Of(account, FundPostings.KindCharge),
                    Of(account, FundPostings.KindRestatement)
                        + Of(account, FundPostings.KindCorrection),
                    Of(account, "interest"),
                    Of(account, "loan"), Of(account, ProjectRules.KindTranche),
                    Of(account, ProjectRules.KindClawBack),
                    opening + moved.Where(pair => pair.Key.Account == account)
                        .Sum(pair => pair.Value));
            });
        return new FundStatement(
            currency, [.. lines],
            Lots.Of(end.Ledger).Sum(lot => lot.PromisedMinor),
            Net(Accounts.Cash),
            all.Where(account => account.Key.StartsWith("member:", StringComparison.Ordinal))
                .Sum(account => account.Sum(posting => posting.Amount)),
            -Net(Accounts.Unmatched), Net(Accounts.Deficit), end.Shares.Values.Sum(),
            [.. end.Projects.Values.Select(project => Line(end, project))]);
    }

    // The fund's side only: a credit makes a lot larger.
    private static Dictionary<(string Account, string Kind), long> Sums(
        IEnumerable<Transaction> entries) =>
        entries.SelectMany(entry => entry.Postings.Select(posting => (entry.Kind, posting)))
            .Where(line => line.posting.Lot.Length > 0)
            .GroupBy(line => (line.posting.Account, line.Kind))
            .ToDictionary(
                group => group.Key, group => -group.Sum(line => line.posting.Amount));

    private static StatementProject Line(FundState state, Project project) => new(
        project.Id, project.Programme, project.Zone, project.State,
        project.Tranches.Where(tranche => state.Ledger.Pending.ContainsKey(tranche.Key))
            .Sum(tranche => tranche.MinorUnits),
        project.PaidMinor, project.Abatement?.Grams, project.CostPerKgMinor)
    {
        Proof = project.Abatement?.Proof,
    };
}
