using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;

namespace Monitoring.Tests.Core;

/// <summary>Asks the books and keeps what they answer, as the hub does.</summary>
internal sealed class Teller(FundTerms terms)
{
    public FundBooks Books { get; private set; } = FundBooks.Empty;

    public FundState State => Books.State;

    public List<JournalRow> Rows { get; } = [];

    public long NowMs { get; set; }

    /// <summary>The reason of the answer.</summary>
    public string Ask(string id, FundCommand command)
    {
        var (answer, row) = Books.Decide(new FundRequest(id, command), terms, NowMs);
        if (row is not null)
        {
            Books = Books.With(row);
            Rows.Add(row);
        }

        return answer.Reason;
    }

    public long Owed(string member) =>
        (long)State.Ledger.At(Accounts.Receivable(member), terms.Money).Net;

    /// <summary>What came in is promised, paid or free; whatever happened.</summary>
    public void AssertIdentity() => Assert.Equal(
        FundStatement.ProceedsMinor(State),
        FundStatement.AllocatedMinor(State)
            + FundStatement.UnallocatedMinor(State, terms.Money));
}
