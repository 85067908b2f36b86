using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Monitoring.Verifier;

/// <summary>
/// What the entries of the log say, one after the other, and whether it holds together: ids
/// follow from contents, nothing is told twice, the ledger balances, settlements come out.
/// </summary>
internal sealed class History(Findings findings)
{
    private readonly Ledger _ledger = new(findings);
    private readonly Settlements _settlements = new(findings);
    private readonly Periods _periods = new(findings);
    private readonly Signatures _signatures = new(findings);
    private readonly Revisions _revisions = new(findings);
    private readonly Calendar _calendar = new(findings);
    private readonly Projects _projects = new(findings);
    private readonly Orders _orders = new(findings);
    private readonly Interest _interest = new(findings);
    private readonly Issues _issues = new(findings);
    private Abatements? _abatements;
    private readonly Dictionary<string, Leaf> _byName = [];
    private readonly List<(string Whole, byte[] Bytes)> _parts = [];

    /// <summary>What of the log is also in the books, by the hash of its bytes.</summary>
    public Dictionary<string, Told> InBooks { get; } = [];

    public int SettlementCount => _settlements.Count;

    public int EntryCount => _ledger.Count;

    /// <summary>Up to when periods are settled; a part of the sentence.</summary>
    public string SettledUntil => _settlements.Until;

    /// <summary>Who is bound by the contract; a part of the sentence.</summary>
    public string Signed => _signatures.Sentence;

    /// <summary>How many windows changed, and whether it is told why; likewise.</summary>
    public string Revised => _revisions.Sentence;

    public void Take(long index, byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.GetProperty("type").GetString() == "part")
            {
                TakePart(index, document.RootElement);
                return;
            }

            EndParts(index);
            TakeWhole(index, body);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException
            or InvalidOperationException or ArithmeticException or ArgumentException
            or TimeZoneNotFoundException or InvalidTimeZoneException)
        {
            findings.Add($"leaf {index}", $"cannot be understood: {e.Message}");
        }
    }

    /// <summary>Call last.</summary>
    public void End(long size)
    {
        EndParts(size);
        _ledger.End();
        _projects.End();
        _interest.End();
        _issues.End(_ledger);
        _settlements.CompareEntries(_ledger);
        _settlements.CompareCoverage(_periods.Noticed);
    }

    private void TakePart(long index, JsonElement json)
    {
        _parts.Add((
            json.Word("whole_sha256"),
            json.GetProperty("base64").GetBytesFromBase64()));
        if (json.GetProperty("part").GetInt32() != _parts.Count - 1
            || _parts.Any(part => part.Whole != _parts[0].Whole))
        {
            findings.Add($"leaf {index}", "is not the next part of what began before it");
        }

        if (json.GetProperty("parts").GetInt32() != _parts.Count)
        {
            return;
        }

        var whole = _parts.SelectMany(part => part.Bytes).ToArray();
        var hash = _parts[0].Whole;
        _parts.Clear();
        if (Convert.ToHexStringLower(SHA256.HashData(whole)) != hash)
        {
            findings.Add($"leaf {index}", "ends parts that are not the whole they name");
            return;
        }

        TakeWhole(index, whole);
    }

    private void EndParts(long index)
    {
        if (_parts.Count > 0)
        {
            findings.Add($"leaf {index - 1}", "is the last that is there of an unfinished whole");
            _parts.Clear();
        }
    }

    private void TakeWhole(long index, byte[] body)
    {
        // Kept beyond the document: the element needs its own copy.
        using var document = JsonDocument.Parse(body);
        var leaf = new Leaf(index, document.RootElement.Clone());
        switch (leaf.Type)
        {
            case "contract":
                TakeContract(leaf);
                return;
            case "window":
                _settlements.TakeWindow(leaf);
                _revisions.TakeWindow(leaf);
                break;
            case "amendment":
                _revisions.TakeAmendment(leaf);
                _orders.TakeAmendment(leaf);
                break;
            case "settlement":
                _settlements.Take(leaf, _ledger);
                _issues.TakeSettlement(leaf);
                _calendar.TakeSettlement(leaf);
                _periods.TakeSettlement(leaf);
                if (_settlements.IsReplacing(leaf, out var areFactsNew))
                {
                    _orders.TakeRestatement(
                        leaf, _periods.IsFinal(leaf.Text("period")), areFactsNew);
                }

                break;
            case "entry":
                _issues.TakeEntry(leaf, _ledger.Take(leaf));
                _projects.TakeEntry(leaf);
                _interest.TakeEntry(leaf);
                break;
            case "act":
                _periods.Take(leaf);
                using (var act = JsonDocument.Parse(leaf.Text("body")))
                {
                    TakeAct(leaf, leaf.Text("kind"), act.RootElement);
                }

                break;
            case "alert" or "forecast":
                break;
            default:
                findings.Add($"leaf {index}", $"is of a kind unknown here: {leaf.Type}");
                return;
        }

        InBooks[Convert.ToHexStringLower(Tree.OfLeaf(body))] = new Told(index, leaf.Where);
        var name = $"{leaf.Type} {leaf.Name}";
        if (!_byName.TryAdd(name, leaf))
        {
            findings.Add(leaf.Where, $"was told already, by leaf {_byName[name].Index}");
        }
    }

    private void TakeAct(Leaf leaf, string kind, JsonElement body)
    {
        switch (kind)
        {
            case "duty":
                _settlements.TakeDuty(body);
                break;
            case "activity":
                _settlements.TakeActivity(leaf, body);
                break;
            case "period-moved":
                _calendar.TakeStep(
                    leaf, body.Word("PeriodId"), body.GetProperty("To").GetInt32());
                break;
            case "restatement-order":
                _orders.Take(leaf, body);
                break;
            case "work-closed":
                _orders.Close(body.Word("Work"));
                break;
            case "project":
                _abatements ??= new Abatements(
                    findings, _settlements.MassesOf, _settlements.Activities);
                _abatements.Take(leaf, body);
                break;
        }

        _projects.TakeAct(leaf, kind, body);
        _interest.TakeAct(leaf, kind, body);
    }

    private void TakeContract(Leaf leaf)
    {
        var document = leaf.Json.GetProperty("document");
        var bytes = Encoding.UTF8.GetBytes(document.GetRawText());
        if (Convert.ToHexStringLower(SHA256.HashData(bytes)) != leaf.Text("hash"))
        {
            findings.Add(leaf.Where, "its hash is not that of its document");
        }

        _signatures.Take(leaf);
        _revisions.TakeContract(leaf);
        _calendar.TakeContract(leaf, document);
        _orders.TakeContract(leaf, document);
        _periods.TakeContract(leaf, document);
        _interest.TakeContract(document);
        _issues.TakeContract(document);
        _settlements.TakeContract(leaf, document);
    }

    /// <summary>The leaf of that kind and id; null where the log tells of none.</summary>
    public Leaf? Find(string type, string name) => _byName.GetValueOrDefault($"{type} {name}");
}

/// <summary>Something that the log tells.</summary>
internal sealed record Told(long Index, string Where);
