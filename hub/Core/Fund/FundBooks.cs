using System.Collections.Immutable;
using Monitoring.Core.Ledger;
using Monitoring.Wire;

namespace Monitoring.Core.Fund;

/// <summary>Why an id cannot be used.</summary>
public enum RequestVerdict
{
    IdNotUsable,

    /// <summary>Something else was asked under this id before.</summary>
    IdConflict,
}

/// <summary>One row of the journal: a command, its answer, and what it changed.</summary>
/// <param name="Content">The digest of what was asked; empty for rows without an asker.</param>
public sealed record JournalRow(
    string Id, string Content, Answer Answer, ImmutableArray<BookEvent> Events, long AtMs);

/// <summary>
/// The books with the memory of what was asked. A pure state machine: the same requests in the
/// same order give the same books, and a request that comes again gives its first answer.
/// </summary>
public sealed record FundBooks
{
    public static FundBooks Empty { get; } = new();

    public FundState State { get; private init; } = FundState.Empty;

    /// <summary>What was answered to each id, and to which content.</summary>
    public ImmutableDictionary<string, (string Content, Answer Answer)> Answers
    {
        get;
        private init;
    } = ImmutableDictionary<string, (string, Answer)>.Empty;

    /// <summary>The number of rows that it was made of.</summary>
    public long Rows { get; private init; }

    /// <summary>
    /// Decides. A refusal is remembered as well, so that a caller who asks twice is told the same
    /// twice; only an id that cannot be used, or what comes too early, leaves nothing behind.
    /// </summary>
    /// <returns>The answer, and the row to store; null where nothing is to be stored.</returns>
    public (Answer Answer, JournalRow? Row) Decide(FundRequest request, FundTerms terms, long nowMs)
    {
        // Before anything else: a repeat succeeds although rules and books went on since.
        if (Answers.TryGetValue(request.Id, out var before))
        {
            return (before.Content == request.Content
                ? before.Answer
                : Answer.Refused(RequestVerdict.IdConflict), null);
        }

        if (request.Id.Length is 0 or > FundRequest.IdLengthMax)
        {
            return (Answer.Refused(RequestVerdict.IdNotUsable), null);
        }

        var expired = LedgerRules.Expire(State.Ledger, nowMs);
        var decision = FundRules.Decide(
            State.With(expired), request, terms, nowMs);
        if (decision.IsForgotten)
        {
            return (decision.Answer, null);
        }

        var row = new JournalRow(
            request.Id, request.Content, decision.Answer, [.. expired, .. decision.Events], nowMs);
        return (decision.Answer, row);
    }

    /// <summary>Takes in a row that was decided, now or in an earlier run.</summary>
    public FundBooks With(JournalRow row)
    {
        Invariant.That(!Answers.ContainsKey(row.Id));
        return this with
        {
            State = State.With(row.Events),
            Answers = Answers.Add(row.Id, (row.Content, row.Answer)),
            Rows = Rows + 1,
        };
    }
}
