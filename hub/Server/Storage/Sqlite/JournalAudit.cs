using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>
/// Holds the journal, which the hub believes, against the entries, postings and acts beside it,
/// which everybody else reads.
/// </summary>
internal sealed class JournalAudit
{
    private const string Earlier = "earlier/";

    private readonly Dictionary<string, Transaction> _reserved = [];
    private readonly Dictionary<string, ChargeDue> _charges = [];

    // By member: what its charges say that it was charged, and what the entries do.
    private readonly Dictionary<string, (long Said, long Booked)> _charged = [];

    private JournalAudit()
    {
    }

    /// <summary>The first difference, naming its row; null where there is none.</summary>
    public static string? DifferenceOf(Database database)
    {
        using var connection = database.Connect();
        using var unit = connection.BeginTransaction(deferred: true);
        using var entries = StoredEntries.Read(connection).GetEnumerator();
        using var acts = StoredActs.Read(connection).GetEnumerator();
        var audit = new JournalAudit();
        var isLeft = (Entry: entries.MoveNext(), Act: acts.MoveNext());
        var (seq, isTold, areChargesTold) = (0L, false, false);
        try
        {
            foreach (var row in JournalBook.RowsAfter(connection, 0))
            {
                seq++;

                // Rows from before acts were told have none.
                isTold |= isLeft.Act && acts.Current.Id == row.Id;
                foreach (var happened in row.Events)
                {
                    foreach (var booked in audit.BookedBy(happened))
                    {
                        if (!isLeft.Entry || entries.Current.DifferenceTo(row, booked) is not null)
                        {
                            return Told(
                                seq, row, isLeft.Entry
                                    ? entries.Current.DifferenceTo(row, booked)!
                                    : $"entry '{booked.IdempotencyKey}' is missing");
                        }

                        isLeft.Entry = entries.MoveNext();
                    }

                    // Charges were told later than other acts, and from the first one on all.
                    if (isTold && JournalBook.ActOf(happened) is var (kind, body)
                        && (happened is not ChargeDue
                            || (areChargesTold |= isLeft.Act && acts.Current.IsOf(row, kind))))
                    {
                        if (!isLeft.Act || !acts.Current.Is(row, kind, body, happened.GetType()))
                        {
                            return Told(seq, row, $"the act '{kind}' in the public log is another");
                        }

                        isLeft.Act = acts.MoveNext();
                    }
                }

                if (audit.ChargesDiffer(row) is { } member)
                {
                    return Told(
                        seq, row, $"charges of {member} are not what the entries booked");
                }
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException
            or InvalidOperationException)
        {
            return $"table 'journal', row {seq + 1} cannot be read: {e.Message}";
        }

        return isLeft.Entry
            ? $"table 'entry', row {entries.Current.Seq} ('{entries.Current.Key}') is in no row of "
                + "the journal"
            : isLeft.Act
                ? $"table 'act' has '{acts.Current.Kind}' of '{acts.Current.Id}', which is in no "
                    + "row of the journal"
            : null;
    }

    private static string Told(long seq, JournalRow row, string what) =>
        $"table 'journal', row {seq} ('{row.Id}'): {what}";

    private ImmutableArray<Transaction> BookedBy(BookEvent happened)
    {
        switch (happened)
        {
            case Booked booked:
                return booked.Linked;
            case Reserved reserved:
                _reserved[reserved.Transaction.IdempotencyKey] = reserved.Transaction;
                return [];
            case Resolved resolved:
                _reserved.Remove(resolved.Key, out var transaction);
                return resolved.Outcome == Outcome.Posted && transaction is not null
                    ? [transaction]
                    : [];
            default:
                return [];
        }
    }

    // Payments apart, a member owes what its charges say, and each row leaves it so.
    private string? ChargesDiffer(JournalRow row)
    {
        var touched = new List<string>();
        foreach (var happened in row.Events)
        {
            if (happened is ChargeDue charge)
            {
                var before = _charges.GetValueOrDefault(charge.Id);
                _charges[charge.Id] = charge;
                Add(
                    touched, charge.Member,
                    charge.MinorUnits + charge.InterestMinor
                        - (before?.MinorUnits ?? 0) - (before?.InterestMinor ?? 0), 0);
            }
            else if (happened is Booked booked)
            {
                foreach (var posting in booked.Linked.SelectMany(entry => entry.Postings))
                {
                    if (posting.Charge.Length > 0
                        && posting.Account.Split(':') is ["member", var member, "receivable"])
                    {
                        Add(touched, member, 0, posting.Amount);
                    }
                }
            }
        }

        return touched.FirstOrDefault(member =>
            _charged[member] is var (said, booked) && said != booked);
    }

    private void Add(List<string> touched, string member, long said, long booked)
    {
        var (before, then) = _charged.GetValueOrDefault(member);
        _charged[member] = (before + said, then + booked);
        touched.Add(member);
    }

    /// <summary>An entry with its postings, as it is stored for readers.</summary>
    private sealed record StoredEntries(
        long Seq, string Id, string Key, string Kind, string Period, long BookedMs,
        List<Posting> Postings)
    {
        public static IEnumerable<StoredEntries> Read(SqliteConnection connection)
        {
            using var command = connection.CreateCommand();
            command.CommandText =
                """
                SELECT e.seq, e.id, e.idempotency_key, e.kind, e.period, e.booked_ms,
                    p.account, p.asset, p.amount, p.charge, p.lot
                FROM entry e LEFT JOIN posting p ON p.entry = e.seq ORDER BY e.seq, p.id
                """;
            using var reader = command.ExecuteReader();
            StoredEntries? one = null;
            var (text, asset) = ("", (Asset?)null);
            while (reader.Read())
            {
                if (one?.Seq != reader.GetInt64(0))
                {
                    if (one is not null)
                    {
                        yield return one;
                    }

                    one = new StoredEntries(
                        reader.GetInt64(0), reader.GetString(1), reader.GetString(2),
                        reader.GetString(3), reader.GetString(4), reader.GetInt64(5), []);
                }

                if (reader.IsDBNull(6))
                {
                    continue;
                }

                if (reader.GetString(7) is var written && written != text)
                {
                    (text, asset) = (written, Asset.Parse(written)
                        ?? throw new InvalidOperationException(
                            $"entry '{one.Key}' has an asset '{written}'"));
                }

                one.Postings.Add(new Posting(
                    reader.GetString(6), asset!, reader.GetInt64(8), reader.GetString(9))
                {
                    Lot = reader.GetString(10),
                });
            }

            if (one is not null)
            {
                yield return one;
            }
        }

        public string? DifferenceTo(JournalRow row, Transaction booked)
        {
            // Entries from before the journal have neither lots nor an id that tells them.
            var isEarlier = row.Id.StartsWith(Earlier, StringComparison.Ordinal);
            if (Key != booked.IdempotencyKey || Id != booked.Id || Kind != booked.Kind
                || Period != booked.PeriodId || BookedMs != row.AtMs
                || Postings.Count != booked.Postings.Length)
            {
                return $"it books '{booked.IdempotencyKey}' ({booked.Kind}, {booked.PeriodId}), "
                    + $"entry {Seq} is '{Key}' ({Kind}, {Period})";
            }

            for (var i = 0; i < Postings.Count; i++)
            {
                var said = isEarlier ? booked.Postings[i] with { Lot = "" } : booked.Postings[i];
                if (said != Postings[i])
                {
                    return $"it books {TextOf(said)} under '{Key}', where entry {Seq} has "
                        + TextOf(Postings[i]);
                }
            }

            return isEarlier || Transaction.Of(
                booked.IdempotencyKey, booked.Kind, booked.PeriodId, booked.Postings,
                booked.Reverses).Id == booked.Id
                ? null
                : $"what it says of '{Key}' does not have the id of entry {Seq}";
        }

        private static string TextOf(Posting posting) =>
            $"{posting.Amount} {posting.Asset} to {posting.Account}"
                + (posting.Lot.Length > 0 ? $" of {posting.Lot}" : "");
    }

    /// <summary>What the public log tells beside entries.</summary>
    private sealed record StoredActs(string Id, string Kind, long AtMs, string Body)
    {
        public static IEnumerable<StoredActs> Read(SqliteConnection connection)
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT id, kind, at_ms, body FROM act ORDER BY seq";
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                yield return new StoredActs(
                    reader.GetString(0), reader.GetString(1), reader.GetInt64(2),
                    reader.GetString(3));
            }
        }

        public bool IsOf(JournalRow row, string kind) => Id == row.Id && Kind == kind;

        // An earlier release may have written less of it.
        public bool Is(JournalRow row, string kind, string body, Type type) =>
            IsOf(row, kind) && AtMs == row.AtMs
                && (Body == body || JournalBook.Rewritten(Body, type) == body);
    }
}
