using System.Globalization;
using System.Text;

namespace Monitoring.Verifier;

/// <summary>What to check, and what to hold it against.</summary>
/// <param name="Key">The log's key as the person knows it; null: as the log itself says.</param>
/// <param name="Witnesses">Those whose cosignatures must be there.</param>
/// <param name="Remembered">The checkpoint of an earlier check; null: there was none.</param>
internal sealed record Question(
    string? Key, IReadOnlyList<string> Witnesses, byte[]? Remembered);

/// <summary>What came out.</summary>
/// <param name="Checkpoint">To be remembered; null where it may not be.</param>
internal sealed record Answer(string Sentence, Findings Findings, byte[]? Checkpoint)
{
    public bool IsWell => Findings.Count == 0;
}

/// <summary>The whole check of one log, from its key to its settlements and the books.</summary>
internal static class Check
{
    private const int WaitsMax = 60;

    private static readonly TimeSpan WaitFor = TimeSpan.FromMilliseconds(500);

    /// <exception cref="UnreachableException">There is nothing to check.</exception>
    public static async Task<Answer> Run(LogFiles files, Question question, TimeProvider time)
    {
        var findings = new Findings();
        using var books = BookCheck.Open(files, findings);
        if (KeyOf(files, question, findings) is not { } key)
        {
            return Bad(findings);
        }

        if (await HeadOf(files, key, books?.Size ?? 0, time, findings)
            is not var (bytes, note, head))
        {
            return Bad(findings);
        }

        // What entries say is worth nothing before their bytes are the signed ones.
        var said = new Findings();
        var history = new History(said);
        var leaves = new Replay(files, findings, history.Take).Run(head);
        CompareRemembered(question, key, leaves, findings);
        var signed = CompareWitnesses(
            files, question, (key, note), leaves, findings);
        if (findings.Count == 0)
        {
            history.End(head.Size);
            books?.Compare(history, said);
            findings.AddRange(said);
        }

        return findings.Count > 0
            ? Bad(findings)
            : new Answer(
                $"All is well: {Many(head.Size, "leaf", "leaves")} of the log '{head.Origin}' "
                    + $"{(head.Size == 1 ? "is as it signed it" : "are as it signed them")}"
                    + $"{signed}, "
                    + (question.Remembered is null ? "" : "nothing was changed since last time, ")
                    + (books is null
                        ? "the books are not there to be compared, "
                        : "the books say the same, ")
                    + history.Signed + history.Revised
                    + Many(history.EntryCount, "entry of the ledger balances", "entries of the "
                        + "ledger balance") + ", and "
                    + Many(history.SettlementCount, "settlement comes", "settlements come")
                    + $" out as charged{history.SettledUntil}"
                    + (question.Key is null
                        ? " (the key is the one that the log itself shows)."
                        : "."),
                findings, bytes);
    }

    private static string Many(long count, string one, string many) => string.Create(
        CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");

    private static PublicKey? KeyOf(LogFiles files, Question question, Findings findings)
    {
        // Some web servers answer any path with a page of theirs.
        if (files.Read("checkpoint") is not { } newest || Note.Parse(newest) is null)
        {
            var bytes = files.Read("vkey");
            if (bytes is null || PublicKey.Parse(TextOf(bytes)) is null)
            {
                throw new UnreachableException(
                    $"{files.Place} is no log: it has no checkpoint and no key. Name the address "
                        + "of a hub, or a folder that 'monitoring-hub export log' wrote.");
            }
        }

        var shown = question.Key ?? (files.Read("vkey") is { } read
            ? TextOf(read)
            : throw new UnreachableException(
                $"{files.Place} does not show the key of its log; name it with --key."));
        var key = PublicKey.Parse(shown);
        if (key is not { Kind: PublicKey.OfLog })
        {
            findings.Add(question.Key is null ? "vkey" : "--key", "is no key of a log");
            return null;
        }

        return key;
    }

    private static string TextOf(byte[] vkey) => Encoding.UTF8.GetString(vkey).TrimEnd('\n');

    /// <summary>The newest checkpoint, once it has all that the books tell; else null.</summary>
    private static async Task<(byte[] Bytes, Note Note, Head Head)?> HeadOf(
        LogFiles files, PublicKey key, long sizeMin, TimeProvider time, Findings findings)
    {
        for (var waits = 0; ; waits++)
        {
            var bytes = files.Read("checkpoint");
            var note = bytes is null ? null : Note.Parse(bytes);
            var head = note is null ? null : Head.Parse(note.Text);
            if (bytes is not null && (note is null || head is null))
            {
                findings.Add("checkpoint", "is no signed checkpoint");
                return null;
            }

            if (note is not null && (head!.Origin != key.Name || !key.Signed(note)))
            {
                findings.Add("checkpoint", $"is not signed by the key of '{key.Name}'");
                return null;
            }

            if (head is not null && head.Size >= sizeMin)
            {
                return (bytes!, note!, head);
            }

            // What was written last is signed a second later.
            if (waits == WaitsMax || Directory.Exists(files.Place))
            {
                findings.Add(
                    "checkpoint",
                    head is null ? "is missing" : $"ends at {head.Size} leaves, the books tell of "
                        + $"{sizeMin}");
                return null;
            }

            await Task.Delay(WaitFor, time);
        }
    }

    private static void CompareRemembered(
        Question question, PublicKey key, IReadOnlyList<byte[]> leaves, Findings findings)
    {
        if (question.Remembered is null)
        {
            return;
        }

        var note = Note.Parse(question.Remembered);
        var head = note is null ? null : Head.Parse(note.Text);
        if (head is null || !key.Signed(note!) || head.Origin != key.Name)
        {
            findings.Add(
                "the remembered checkpoint", $"is not one that the key of '{key.Name}' signed");
        }
        else if (!IsBeginning(head, leaves))
        {
            findings.Add(
                "the log",
                "is not the one of last time: " + (head.Size > leaves.Count
                    ? $"it had {head.Size} leaves then and has {leaves.Count} now"
                    : $"its first {head.Size} leaves were others then"));
        }
    }

    private static string CompareWitnesses(
        LogFiles files, Question question, (PublicKey Key, Note Newest) log,
        IReadOnlyList<byte[]> leaves, Findings findings)
    {
        var (key, newest) = log;
        if (question.Witnesses.Count == 0)
        {
            return "";
        }

        List<Note> notes = [newest];
        if (files.Read("cosigned") is { } bytes && Note.Parse(bytes) is { } cosigned)
        {
            notes.Add(cosigned);
        }

        foreach (var text in question.Witnesses)
        {
            if (PublicKey.Parse(text) is not { Kind: PublicKey.OfWitness } witness)
            {
                findings.Add("--witness", $"'{text}' is no key of a witness");
            }
            else if (notes.Find(witness.Signed) is not { } note
                || Head.Parse(note.Text) is not { } head || head.Origin != key.Name)
            {
                findings.Add("cosigned", $"is not signed by the witness '{witness.Name}'");
            }
            else if (!IsBeginning(head, leaves))
            {
                findings.Add(
                    "cosigned", $"the witness '{witness.Name}' saw " + (head.Size > leaves.Count
                        ? $"{head.Size} leaves, of which the log has {leaves.Count} now"
                        : $"other leaves among the first {head.Size}"));
            }
        }

        return $" and {question.Witnesses.Count} of its witnesses saw";
    }

    private static bool IsBeginning(Head head, IReadOnlyList<byte[]> leaves) =>
        head.Size <= leaves.Count
        && Tree.Root([.. leaves.Take((int)head.Size)]).AsSpan().SequenceEqual(head.Root);

    private static Answer Bad(Findings findings) => new(
        $"Not all is well: {findings.Faults[0]}"
            + (findings.Count == 1 ? "." : $"; and {findings.Count - 1} more."),
        findings, null);
}
