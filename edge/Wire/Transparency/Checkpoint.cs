using System.Globalization;

namespace Monitoring.Wire.Transparency;

/// <summary>
/// The state of a log at one size, as its text is signed (C2SP tlog-checkpoint): origin, size and
/// root, a line each.
/// </summary>
/// <param name="Origin">The name of the log; its key has the same.</param>
public sealed record Checkpoint(string Origin, long Size, TreeHash Root)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Origin}\n{Size}\n{Convert.ToBase64String(Root.ToArray())}\n");

    /// <summary>
    /// Null where the text is no checkpoint. Lines after the third are refused, since nobody
    /// says what they would mean.
    /// </summary>
    public static Checkpoint? Parse(string text) =>
        text.Split('\n') is [{ Length: > 0 } origin, var size, var root, ""]
        && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        && size == count.ToString(CultureInfo.InvariantCulture)
        && NoteText.Base64(root) is { Length: TreeHash.Bytes } hash
            ? new Checkpoint(origin, count, TreeHash.Read(hash))
            : null;

    /// <summary>
    /// The checkpoint in a note that its log signed; null where the log did not, or where the
    /// text is none.
    /// </summary>
    public static Checkpoint? Of(SignedNote note, NoteVerifier log) =>
        Parse(note.Text) is { } checkpoint && checkpoint.Origin == log.Name
        && note.SignatureOf(log) is not null
            ? checkpoint
            : null;
}
