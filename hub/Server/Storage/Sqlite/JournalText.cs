using System.Collections.Immutable;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>
/// A row of the journal in the words in which it is stored, with what is written beside it:
/// entries and acts in the order in which they happened. Made without the database.
/// </summary>
/// <param name="Seq">From 1 on, without a hole.</param>
internal sealed record JournalText(
    long Seq, JournalRow Row, string Answer, string Events,
    ImmutableArray<JournalText.Step> Steps)
{
    internal abstract record Step;

    internal sealed record Entry(Transaction Transaction, byte[] Leaf) : Step;

    internal sealed record Act(string Kind, string Body) : Step;

    /// <param name="before">The books that the row was decided on.</param>
    public static JournalText Of(FundBooks before, JournalRow row)
    {
        // A reservation may be made and booked by one row; only then the state has to follow.
        var isFollowed = row.Events.Any(happened => happened is Resolved);
        var ledger = before.State.Ledger;
        var steps = ImmutableArray.CreateBuilder<Step>();
        foreach (var happened in row.Events)
        {
            foreach (var transaction in LedgerState.BookedBy(happened, ledger))
            {
                steps.Add(new Entry(transaction, BookLeaves.Of(transaction, row.AtMs)));
            }

            if (JournalBook.ActOf(happened) is var (kind, body))
            {
                steps.Add(new Act(kind, body));
            }

            ledger = isFollowed && happened is (Booked or Reserved or Resolved)
                ? ledger.With(happened)
                : ledger;
        }

        return new JournalText(
            before.Rows + 1, row, JournalBook.TextOf(row.Answer),
            JournalBook.TextOf(row.Events), steps.DrainToImmutable());
    }
}
