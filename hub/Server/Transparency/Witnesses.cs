using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Transparency;

namespace Monitoring.Server.Transparency;

/// <summary>Those whose word on the log the hub takes and shows.</summary>
public sealed record WitnessKeys(ImmutableArray<NoteVerifier> Keys);

/// <summary>What became of a cosignature that was sent in.</summary>
public enum CosignatureVerdict
{
    Taken,
    NotANote,
    NotOurCheckpoint,
    UnknownWitness,
}

/// <summary>Takes cosignatures, and puts them under the checkpoint that is served.</summary>
public sealed class Witnesses(PublicLog log, NoteSigner signer, WitnessKeys known)
{
    /// <summary>The newest checkpoint with each cosignature of it; null before any.</summary>
    public string? Newest() => log.Head is { } head
        ? Joined(SignedNote.Parse(head)!, log.Cosigned())
        : null;

    /// <summary>The newest checkpoint that a witness signed; null where none has.</summary>
    public string? NewestCosigned()
    {
        var rows = log.Cosigned();
        return rows.MaxBy(row => row.Size) is { } newest
            && NoteSignature.Parse(newest.LogLine) is { } line
            ? Joined(new SignedNote(newest.Text, [line]), rows)
            : null;
    }

    /// <summary>That an entry is in the log, as C2SP tlog-proof has it; null for no such.</summary>
    public string? Proof(long index)
    {
        if (log.Prove(index) is not var (head, proof))
        {
            return null;
        }

        var hashes = string.Concat(
            proof.Select(hash => Convert.ToBase64String(hash.ToArray()) + "\n"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"c2sp.org/tlog-proof@v1\nindex {index}\n{hashes}\n")
            + Joined(SignedNote.Parse(head)!, log.Cosigned());
    }

    /// <summary>
    /// A note with our own signature is one that we issued, however long ago; so nothing else
    /// has to be remembered to tell it from another's.
    /// </summary>
    public CosignatureVerdict Take(string note)
    {
        if (SignedNote.Parse(note) is not { } signed)
        {
            return CosignatureVerdict.NotANote;
        }

        if (Checkpoint.Of(signed, signer.Verifier) is not { } checkpoint)
        {
            return CosignatureVerdict.NotOurCheckpoint;
        }

        var ours = signed.SignatureOf(signer.Verifier)!;
        var taken = CosignatureVerdict.UnknownWitness;
        foreach (var witness in known.Keys)
        {
            if (signed.SignatureOf(witness) is { } line)
            {
                log.Cosign(new CosignedRow(
                    witness.ToString(), checkpoint.Size, signed.Text, ours.ToString(),
                    line.ToString()));
                taken = CosignatureVerdict.Taken;
            }
        }

        return taken;
    }

    // A witness that is no longer in the settings is not shown any more.
    private string Joined(SignedNote note, ImmutableArray<CosignedRow> rows) => (note with
    {
        Signatures =
        [
            .. note.Signatures,
            .. rows.Where(row => row.Text == note.Text
                    && known.Keys.Any(key => key.ToString() == row.Witness))
                .Select(row => NoteSignature.Parse(row.Line)).OfType<NoteSignature>(),
        ],
    }).ToString();
}
