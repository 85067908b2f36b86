using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core.Ledger;
using Monitoring.Wire;

namespace Monitoring.Core.Fund;

/// <summary>
/// Commands about programmes and projects: call, application, appraisal, vote, commitment,
/// tranches, completion, measured abatement, and the end.
/// </summary>
internal static class ProjectRules
{
    public const string KindTranche = "tranche";
    public const string KindClawBack = "claw-back";

    private const int TranchesMax = 24;
    private const int ScoreMax = 100;

    public static Decision Decide(
        FundState state, FundRequest request, FundTerms terms, long nowMs) =>
        request.Command switch
        {
            FundCommand.OpenCall it => Open(state, it.Programme),
            FundCommand.Apply it => Apply(state, it.Project, terms, nowMs),
            FundCommand.Appraise it => Step(state, it.Project, ProjectState.Applied, project =>
                it.Score is < 0 or > ScoreMax
                    ? Decision.Refuse(FundVerdict.ScoreOutOfRange)
                    : Decision.Accept(project with
                    {
                        State = ProjectState.Appraised, Score = it.Score,
                    })),
            FundCommand.Vote it => Step(state, it.Project, ProjectState.Appraised, project =>
                Vote(state, project, it, terms)),
            FundCommand.Commit it => Step(state, it.Project, ProjectState.Approved, project =>
                Commit(state, project, it, terms, nowMs)),
            FundCommand.PayTranche it => Step(state, it.Project, ProjectState.Committed,
                project => Pay(state, project, it)),
            FundCommand.Complete it => Step(state, it.Project, ProjectState.Committed, project =>
                Complete(state, project, nowMs)),
            FundCommand.Measure it => Step(state, it.Project, ProjectState.Completed, project =>
                MeasureRules.Measure(state, project, it, terms, nowMs)),
            FundCommand.Verify it => Step(state, it.Project, ProjectState.Completed, project =>
                MeasureRules.TypedFault(state, project, terms, nowMs)
                    ?? Verify(project, it.Abatement)),
            FundCommand.CloseProject it => Step(state, it.Project, ProjectState.Verified,
                project => Decision.Accept(project with { State = ProjectState.Closed })),
            FundCommand.ClawBack it => Step(
                state, it.Project, [
                    ProjectState.Committed, ProjectState.Completed, ProjectState.Verified,
                ],
                project => ClawBack(state, project, it, terms, nowMs)),
            _ => throw new InvariantBrokenException($"{request.Command.GetType().Name}"),
        };

    private static Decision Open(FundState state, Programme programme) =>
        !Identifier.IsValid(programme.Id)
            || (programme.Zone is { } zone && !Identifier.IsValid(zone))
            ? Decision.Refuse(FundVerdict.NoSuchProgramme)
        : state.Programmes.ContainsKey(programme.Id) ? Decision.Refuse(FundVerdict.NameTaken)
        : programme.BudgetMinor is <= 0 or > LedgerRules.AmountMax
            ? Decision.Refuse(FundVerdict.AmountNotPositive)
        : Decision.Accept(programme);

    private static Decision Apply(FundState state, Project asked, FundTerms terms, long nowMs)
    {
        if (!Identifier.IsValid(asked.Id) || !Identifier.IsValid(asked.Beneficiary))
        {
            return Decision.Refuse(FundVerdict.NoSuchProject);
        }

        if (state.Projects.ContainsKey(asked.Id))
        {
            return Decision.Refuse(FundVerdict.NameTaken);
        }

        if (!state.Programmes.TryGetValue(asked.Programme, out var programme))
        {
            return Decision.Refuse(FundVerdict.NoSuchProgramme);
        }

        if (terms.OwnersOf is { } owners && !owners.ContainsKey(asked.Source))
        {
            return Decision.Refuse(
                FundVerdict.NoSuchSource,
                $"'{asked.Source}' is no source of cluster.yaml; the sources are "
                    + string.Join(", ", owners.Keys.Order(StringComparer.Ordinal)));
        }

        if (nowMs >= programme.UntilMs)
        {
            return Decision.Refuse(FundVerdict.CallOver);
        }

        if (asked.RequestedMinor is <= 0 or > LedgerRules.AmountMax)
        {
            return Decision.Refuse(FundVerdict.AmountNotPositive);
        }

        // Whatever else came with the application, only what is asked for counts.
        var project = new Project(
            asked.Id, asked.Programme, asked.Beneficiary, asked.Source, asked.Zone,
            asked.RequestedMinor, asked.ExpectedGrams);
        var isEligible = (programme.Zone is null || programme.Zone == project.Zone)
            && (programme.Purpose != Purpose.Abatement || project.ExpectedGrams > 0)
            && project.RequestedMinor <= programme.BudgetMinor;
        return isEligible
            ? Decision.Accept(project)
            : new Decision(
                Answer.Accepted with { Detail = nameof(FundVerdict.NotOfTheCall) },
                [project with { State = ProjectState.Ineligible }]);
    }

    // What a person enters has no proof, whatever came with it.
    private static Decision Verify(Project project, Abatement entered) =>
        entered.BeforeActivity <= 0 || entered.AfterActivity <= 0
            ? Decision.Refuse(FundVerdict.ActivityNotPositive)
            : Decision.Accept(project with
            {
                State = ProjectState.Verified, Abatement = entered with { Proof = null },
            });

    private static Decision Vote(
        FundState state, Project project, FundCommand.Vote it, FundTerms terms) =>
        it.For < 0 || it.Against < 0 ? Decision.Refuse(FundVerdict.AmountNotPositive)
        : (Int128)it.For + it.Against > state.Shares.Values.SumWide(shares => shares)
            ? Decision.Refuse(
                FundVerdict.AboveShares,
                $"{state.Shares.Values.SumWide(shares => shares)} shares are issued; each is a "
                    + "voice")
        : it.For > it.Against && project.Score < terms.ScoreMin
            ? Decision.Refuse(FundVerdict.ScoreTooLow, $"the least is {terms.ScoreMin}")
        : Decision.Accept(project with
        {
            State = it.For > it.Against ? ProjectState.Approved : ProjectState.Rejected,
            VotesFor = it.For, VotesAgainst = it.Against,
        });

    private static Decision Commit(
        FundState state, Project project, FundCommand.Commit it, FundTerms terms, long nowMs)
    {
        var programme = state.Programmes[project.Programme];
        if (CommitFault(state, project, programme, it, terms) is { } refused)
        {
            return refused;
        }

        var ledger = state.Ledger;
        var events = ImmutableArray.CreateBuilder<BookEvent>();
        var tranches = ImmutableArray.CreateBuilder<Tranche>();
        foreach (var (index, amount) in it.TranchesMinor.Index())
        {
            if (Lots.Draw(ledger, terms, programme, project, amount) is not { } draws)
            {
                return Decision.Refuse(FundVerdict.LotsTooSmall);
            }

            var key = string.Create(
                CultureInfo.InvariantCulture, $"tranche/{project.Id}/{index + 1}");
            var transaction = Transaction.Of(
                key, KindTranche, FundTerms.YearOf(nowMs),
                [.. draws, new Posting(Accounts.Cash, terms.Money, -amount, "")]);
            var verdict = LedgerRules.JudgeReservation(ledger, transaction);
            if (verdict != BookingVerdict.Accepted)
            {
                return Decision.Refuse(verdict);
            }

            var reserved = new Reserved(transaction, it.ExpiresMs);
            ledger = ledger.With(reserved);
            events.Add(reserved);
            tranches.Add(new Tranche(key, amount, ""));
        }

        events.Add(project with
        {
            State = ProjectState.Committed, Tranches = tranches.ToImmutable(),
            CommittedMs = nowMs,
        });
        return Decision.Accept(events.ToImmutable());
    }

    private static Decision? CommitFault(
        FundState state, Project project, Programme programme, FundCommand.Commit it,
        FundTerms terms)
    {
        if (it.TranchesMinor.Length is 0 or > TranchesMax)
        {
            return Decision.Refuse(FundVerdict.TooManyTranches, $"1 to {TranchesMax}");
        }

        if (it.TranchesMinor.Any(amount => amount is <= 0 or > LedgerRules.AmountMax))
        {
            return Decision.Refuse(FundVerdict.AmountNotPositive);
        }

        var total = it.TranchesMinor.Sum();
        return total > project.RequestedMinor ? Decision.Refuse(FundVerdict.AboveRequest)
            : total > programme.BudgetMinor - SpokenFor(state, other =>
                other.Programme == programme.Id)
                ? Decision.Refuse(FundVerdict.AboveBudget)
            : programme.Purpose == Purpose.Administration
                && total + SpokenFor(state, other =>
                    state.Programmes[other.Programme].Purpose == Purpose.Administration)
                    > (long)((Int128)FundStatement.ProceedsMinor(state)
                        * terms.AdministrationPercent / 100)
                ? Decision.Refuse(FundVerdict.AboveAdministrationCap)
            : null;
    }

    /// <summary>What such projects were paid, and what is still reserved for them.</summary>
    private static long SpokenFor(FundState state, Func<Project, bool> which) =>
        state.Projects.Values.Where(which).Sum(project => project.PaidMinor
            + project.Tranches
                .Where(tranche => state.Ledger.Pending.ContainsKey(tranche.Key))
                .Sum(tranche => tranche.MinorUnits));

    private static Decision Pay(FundState state, Project project, FundCommand.PayTranche it)
    {
        if (it.Tranche < 1 || it.Tranche > project.Tranches.Length)
        {
            return Decision.Refuse(FundVerdict.NoSuchTranche);
        }

        if (it.Evidence.Length == 0)
        {
            return Decision.Refuse(FundVerdict.EvidenceMissing);
        }

        var tranche = project.Tranches[it.Tranche - 1];
        var step = new Resolved(tranche.Key, Outcome.Posted);
        var verdict = LedgerRules.Judge(state.Ledger, step);
        return verdict switch
        {
            StepVerdict.Accepted => Decision.Accept(step, project with
            {
                Tranches = project.Tranches.SetItem(
                    it.Tranche - 1, tranche with { Evidence = it.Evidence }),
            }),
            _ => Decision.Refuse(verdict),
        };
    }

    // What was not asked for until the end goes back to where it came from. A project that never
    // was paid anything has nothing to be measured by.
    private static Decision Complete(FundState state, Project project, long nowMs) =>
        Decision.Accept(
    [
        .. Unused(state, project),
        project with
        {
            State = project.PaidMinor > 0 ? ProjectState.Completed : ProjectState.Rejected,
            CompletedMs = nowMs,
        },
    ]);

    private static IEnumerable<BookEvent> Unused(FundState state, Project project) =>
        project.Tranches.Where(tranche => state.Ledger.Pending.ContainsKey(tranche.Key))
            .Select(tranche => new Resolved(tranche.Key, Outcome.Void));

    /// <summary>
    /// Money comes back into the lots it came from, each its part; at any stage after some was
    /// paid, since who closes the plant is never measured. What was only promised is free again.
    /// </summary>
    private static Decision ClawBack(
        FundState state, Project project, FundCommand.ClawBack it, FundTerms terms, long nowMs)
    {
        if (it.MinorUnits <= 0)
        {
            return Decision.Refuse(FundVerdict.AmountNotPositive);
        }

        if (it.MinorUnits > project.PaidMinor)
        {
            return Decision.Refuse(FundVerdict.AbovePaid);
        }

        var paid = project.Tranches.Where(tranche => tranche.IsPaid)
            .SelectMany(tranche => state.Ledger.Entries[tranche.Key].Postings)
            .Where(posting => posting.Lot.Length > 0)
            .GroupBy(Place.Of)
            .Select(group => (Place: group.Key, Amount: group.Sum(posting => posting.Amount)))
            .ToList();
        var parts = LargestRemainder.Split(it.MinorUnits, [.. paid.Select(one => one.Amount)]);
        var transaction = Transaction.Of(
            $"{KindClawBack}/{project.Id}", KindClawBack, FundTerms.YearOf(nowMs),
            [
                new Posting(Accounts.Cash, terms.Money, it.MinorUnits, ""),
                .. paid.Zip(parts).Where(pair => pair.Second > 0).Select(pair =>
                    new Posting(pair.First.Place.Account, terms.Money, -pair.Second, "")
                    {
                        Lot = pair.First.Place.Lot,
                    }),
            ]);
        return FundRules.Book(
            state, [transaction],
            [
                .. Unused(state, project),
                project with
                {
                    State = ProjectState.ClawedBack, ReturnedMinor = it.MinorUnits,
                },
            ]);
    }

    private static Decision Step(
        FundState state, string id, ProjectState at, Func<Project, Decision> decide) =>
        Step(state, id, [at], decide);

    private static Decision Step(
        FundState state, string id, ImmutableArray<ProjectState> at,
        Func<Project, Decision> decide) =>
        !state.Projects.TryGetValue(id, out var project)
            ? Decision.Refuse(FundVerdict.NoSuchProject)
        : !at.Contains(project.State)
            ? Decision.Refuse(FundVerdict.OutOfTurn, $"{id} is {project.State}")
        : decide(project);
}
