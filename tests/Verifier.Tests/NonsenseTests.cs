using System.Text.Json.Nodes;
using Monitoring.Tests.Storage;
using Monitoring.Verifier;

namespace Monitoring.Tests;

/// <summary>
/// A hub that means ill signs what it likes. Whatever stands in a leaf, the verifier answers, and
/// neither ends nor takes for ever.
/// </summary>
public sealed class NonsenseTests : IDisposable
{
    private static readonly string[] Values =
    [
        "null", "true", "-1", "0", "1e99999999", "9223372036854775807", "-1e300", "\"\"", "\"x\"",
        "\"9999999999999999999999999999\"", "\"/\"", "[]", "{}", "[null]", "[[]]", "0.5",
    ];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Any_value_in_the_place_of_another_gets_an_answer()
    {
        SignedLog.ExportCorrected(_folder.Path);
        var entries = SignedLog.Entries(SignedLog.Copy(_folder.Path));
        var tried = new HashSet<string>();
        var answers = 0;
        for (var i = 0; i < entries.Count; i++)
        {
            foreach (var place in PlacesOf(JsonNode.Parse(entries[i])!))
            {
                // One leaf of each kind is enough for each of its members.
                if (!tried.Add($"{JsonNode.Parse(entries[i])!["type"]} {place}"))
                {
                    continue;
                }

                foreach (var value in Values)
                {
                    List<string> changed = [.. entries];
                    changed[i] = With(entries[i], place, value);
                    var answer = SignedLog.Check(changed);
                    Assert.False(string.IsNullOrEmpty(answer.Sentence));
                    answers++;
                }
            }
        }

        Assert.True(answers > 1_000, $"{answers}");
    }

    /// <summary>The ways to all values within, by names and numbers.</summary>
    private static IEnumerable<string> PlacesOf(JsonNode node, string at = "") => node switch
    {
        JsonObject mapping => mapping.SelectMany(pair =>
            Below(pair.Value, $"{at}/{pair.Key.Replace("/", "~", StringComparison.Ordinal)}")),
        JsonArray list => list.Take(1).SelectMany(item => Below(item, $"{at}/0")),
        _ => [],
    };

    private static IEnumerable<string> Below(JsonNode? node, string at) =>
        node is null ? [at] : PlacesOf(node, at).Prepend(at);

    private static string With(string entry, string place, string value)
    {
        // A number that no double holds is written as it is, by a word that stands for it.
        const string Word = "\"the value that is put here\"";
        var root = JsonNode.Parse(entry)!;
        var node = root;
        var names = place[1..].Split('/');
        foreach (var name in names[..^1])
        {
            node = node is JsonArray list ? list[0]! : node[Real(name)]!;
        }

        if (node is JsonArray last)
        {
            last[0] = JsonNode.Parse(Word);
        }
        else
        {
            node[Real(names[^1])] = JsonNode.Parse(Word);
        }

        return root.ToJsonString().Replace(Word, value, StringComparison.Ordinal);
    }

    private static string Real(string name) => name.Replace("~", "/", StringComparison.Ordinal);
}
