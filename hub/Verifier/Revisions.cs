using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Monitoring.Verifier;

/// <summary>
/// Why masses changed. Whoever corrects something is told by name and reason before any window
/// changes by it, and a window that was worked out again says why.
/// </summary>
internal sealed partial class Revisions(Findings findings)
{
    // From this version of the log on reasons are told.
    private const int ToldFrom = 2;
    private const string ByAmendment = "amendment";

    private static readonly string[] Reasons =
        ["late-data", "clock-correction", ByAmendment, "substitution"];

    private readonly Dictionary<string, Leaf> _amendments = [];
    private int _version = 1;
    private int _count;
    private int _unexplained;

    /// <summary>One part of the sentence; empty where nothing was worked out again.</summary>
    public string Sentence => _count == 0 ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $"{_count} {(_count == 1 ? "window was" : "windows were")} worked out again")
        + (_unexplained == 0 ? " and say why, " : string.Create(
            CultureInfo.InvariantCulture,
            $", {_unexplained} of them before the log told why, "));

    public void TakeContract(Leaf leaf)
    {
        var version = leaf.Json.TryGetProperty("log_version", out var told) ? told.GetInt32() : 1;
        if (version < _version)
        {
            findings.Add(
                leaf.Where, $"lets the log tell less than before: version {version} of the log "
                    + $"after version {_version}");
        }

        _version = Math.Max(_version, version);
    }

    public void TakeAmendment(Leaf leaf)
    {
        string Number(string name, string none) =>
            leaf.Json.GetProperty(name).ValueKind == JsonValueKind.Null
                ? none
                : leaf.Json.GetProperty(name).ToString();
        string[] fields =
        [
            ByAmendment, leaf.Text("source"), leaf.Text("quantity"), leaf.Text("kind"),
            Number("from_ms", ""), Number("until_ms", "-1"), Number("value", ""),
            leaf.Text("test"), leaf.Whole("passed").IsZero ? "False" : "True",
            leaf.Text("subject"), leaf.Text("result"), leaf.Text("author"), leaf.Text("reason"),
        ];
        if (NamedBy.Content(fields) != leaf.Name)
        {
            findings.Add(leaf.Where, "its id is not that of what it says");
        }

        if (leaf.Text("author").Length == 0 || leaf.Text("reason").Length == 0)
        {
            findings.Add(leaf.Where, "does not say who corrects, and why");
        }

        if (leaf.Text("kind") == "Approval")
        {
            var approved = _amendments.GetValueOrDefault(leaf.Text("subject"));
            if (approved is null)
            {
                findings.Add(leaf.Where, "approves what the log did not tell before");
            }
            else if (approved.Text("author") == leaf.Text("author"))
            {
                findings.Add(leaf.Where, $"is by {leaf.Text("author")}, who entered it as well");
            }
        }

        _amendments.TryAdd(leaf.Name, leaf);
    }

    public void TakeWindow(Leaf leaf)
    {
        if (leaf.Whole("revision") <= 1)
        {
            return;
        }

        _count++;
        if (!leaf.Json.TryGetProperty("because", out var told))
        {
            _unexplained++;
            if (_version >= ToldFrom)
            {
                findings.Add(leaf.Where, "was worked out again and does not say why");
            }

            return;
        }

        var words = (told.GetString() ?? "").Split(' ');
        var ids = words.Where(word => AnId().IsMatch(word) && !Reasons.Contains(word)).ToList();
        foreach (var word in words.Except(ids).Where(word => !Reasons.Contains(word)))
        {
            findings.Add(leaf.Where, $"was worked out again for no reason that there is: '{word}'");
        }

        if (words.Contains(ByAmendment) != ids.Count > 0)
        {
            findings.Add(leaf.Where, "was worked out again by an amendment and does not name it");
        }

        foreach (var id in ids)
        {
            if (!_amendments.TryGetValue(id, out var amendment))
            {
                findings.Add(
                    leaf.Where, $"names amendment {id}, which the log did not tell before");
            }
            else if (!IsAbout(amendment, leaf))
            {
                findings.Add(leaf.Where, $"names {amendment.Where}, which is not about it");
            }
        }
    }

    // A test counts from when it was done on, for as long as the profile says.
    private static bool IsAbout(Leaf amendment, Leaf window)
    {
        var until = amendment.Json.GetProperty("until_ms");
        return amendment.Text("source") == window.Text("source")
            && amendment.Ms("from_ms") < window.Ms("end_ms")
            && (amendment.Text("kind") == "Test" || amendment.Text("test").Length > 0
                || until.ValueKind == JsonValueKind.Null
                || amendment.Ms("until_ms") > window.Ms("start_ms"));
    }

    [GeneratedRegex("^[a-z2-7]{26}$")]
    private static partial Regex AnId();
}
