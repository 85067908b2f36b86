namespace Monitoring.Server.Engine;

/// <summary>
/// Why a window was worked out again, as books and public log tell it: one or more of these words,
/// and the ids of the amendments that it knows and the revision before did not.
/// </summary>
public static class RevisionReason
{
    /// <summary>Images were stored after the window had been closed.</summary>
    public const string LateData = "late-data";

    /// <summary>A gateway said by how much its clock had been wrong, and images moved.</summary>
    public const string ClockCorrection = "clock-correction";

    /// <summary>Somebody entered, found, tested or approved something, or another
    /// configuration was accepted.</summary>
    public const string Amendment = "amendment";

    /// <summary>What fills a gap rests on hours that have changed.</summary>
    public const string Substitution = "substitution";

    /// <summary>The same with another word, once.</summary>
    public static string And(string because, string word) =>
        because.Split(' ').Contains(word) ? because : $"{because} {word}";

    /// <param name="amendments">Ids; of none the word is left out.</param>
    public static string With(string because, IReadOnlyCollection<string> amendments) =>
        amendments.Count == 0
            ? because
            : $"{And(because, Amendment)} {string.Join(' ', amendments)}";
}
