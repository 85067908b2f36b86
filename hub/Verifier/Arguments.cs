namespace Monitoring.Verifier;

/// <summary>What the command line asks for.</summary>
internal sealed record Arguments(
    string Place, string? Key, IReadOnlyList<string> Witnesses, string? Remember)
{
    public const string Usage = """
        monitoring-verify URL|FOLDER [--key KEY] [--witness KEY]... [--remember FILE]

        Checks the public log of a hub with nothing of the hub's own code: each leaf and tile
        against the signed checkpoint, the ledger, the books, and each settlement by its contract.

          URL              of the hub, or of a web server with a copy of its log
          FOLDER           a copy, made by 'monitoring-hub export log'
          --key KEY        the log's key, as you know it from elsewhere; else the log's own word
          --witness KEY    a witness whose cosignature must be there
          --remember FILE  compares with the checkpoint in the file, and keeps the new one there

        Says in one sentence whether all is well. Exit code: 0 it is, 1 it is not, 2 usage,
        3 the log cannot be reached.
        """;

    /// <summary>Null and the reason where the words are not understood.</summary>
    public static (Arguments? Read, string Why) Parse(string[] words)
    {
        string? place = null, key = null, remember = null;
        var witnesses = new List<string>();
        for (var i = 0; i < words.Length; i++)
        {
            var word = words[i];
            if (word is "--key" or "--witness" or "--remember")
            {
                i++;
                if (i == words.Length || words[i].Length == 0)
                {
                    return (null, $"{word} wants a value.");
                }

                key = word == "--key" ? words[i] : key;
                remember = word == "--remember" ? words[i] : remember;
                witnesses.AddRange(word == "--witness" ? [words[i]] : []);
            }
            else if (place is null && word.Length > 0 && word[0] != '-')
            {
                place = word;
            }
            else
            {
                return (null, $"'{word}' is not understood.");
            }
        }

        if (place is null)
        {
            return (null, "Name the URL of a hub, or a folder.");
        }

        var why = Wrong("--key", PublicKey.OfLog, key is null ? [] : [key])
            ?? Wrong("--witness", PublicKey.OfWitness, witnesses);
        return why is null
            ? (new Arguments(place, key, [.. witnesses.Distinct()], remember), "")
            : (null, why);
    }

    private static string? Wrong(string word, byte kind, IEnumerable<string> keys) =>
        keys.FirstOrDefault(key => PublicKey.Parse(key)?.Kind != kind) is { } wrong
            ? $"{word}: '{wrong}' is no key of a {(kind == PublicKey.OfLog ? "log" : "witness")}; "
                + "copy the whole line, NAME+HASH+BASE64, in quotes."
            : null;
}
