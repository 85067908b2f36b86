using System.Text;
using System.Text.Json;

namespace Monitoring.Verifier;

/// <summary>
/// What people did, as far as it has an order: a period goes on step by step, and is not final
/// while an objection to it waits for its answer.
/// </summary>
internal sealed class Periods(Findings findings)
{
    private const int NoticeGiven = 2;
    private const int Final = 3;

    private static readonly string[] Steps = ["open", "closing", "noticed", "final", "sealed"];

    private readonly Dictionary<string, int> _states = [];
    private readonly Dictionary<string, string> _open = [];
    private readonly Dictionary<string, List<PublicKey?>> _keys = [];
    private readonly Dictionary<string, string> _contracts = [];

    /// <summary>The periods of which notice was given, by what they came to.</summary>
    public IEnumerable<string> Noticed =>
        _states.Where(pair => pair.Value >= NoticeGiven).Select(pair => pair.Key);

    public bool IsFinal(string period) => _states.GetValueOrDefault(period) >= Final;

    public void Take(Leaf leaf)
    {
        using var document = JsonDocument.Parse(leaf.Text("body"));
        var body = document.RootElement;
        switch (leaf.Text("kind"))
        {
            case "period-moved":
                Move(
                    leaf, body.Word("PeriodId"),
                    body.GetProperty("To").GetInt32());
                break;
            case "objection":
                Object(leaf, body);
                break;
        }
    }

    private void Move(Leaf leaf, string period, int to)
    {
        var now = _states.GetValueOrDefault(period);
        _states[period] = to;
        if (to != now + 1 || to >= Steps.Length)
        {
            findings.Add(
                leaf.Where, $"lets {period} become {Name(to)}, which was {Name(now)} before");
        }

        if (to == Final && _open.ContainsValue(period))
        {
            findings.Add(leaf.Where, $"makes {period} final although an objection is not answered");
        }
    }

    private void Object(Leaf leaf, JsonElement body)
    {
        var (id, period) = (
            body.Word("Id"), body.Word("PeriodId"));
        if (body.GetProperty("Answer").ValueKind != JsonValueKind.Null)
        {
            _open.Remove(id);
            CompareAnswer(leaf, body, _keys.GetValueOrDefault(
                _contracts.GetValueOrDefault(period) ?? "", []));
            return;
        }

        _open[id] = period;
        if (_states.GetValueOrDefault(period) != NoticeGiven)
        {
            findings.Add(leaf.Where, $"objects to {period}, of which no notice is given");
        }
    }

    /// <summary>Who answers objections by a contract; its other clauses are not of here.</summary>
    public void TakeContract(Leaf leaf, JsonElement document) =>
        _keys[leaf.Text("hash")] = document.TryGetProperty("law", out var law)
            && law.TryGetProperty("answers", out var answers)
                ? [.. answers.EnumerateArray().Select(one => PublicKey.Parse(one.Word("key")))]
                : [];

    public void TakeSettlement(Leaf leaf) =>
        _contracts[leaf.Text("period")] = leaf.Text("contract_hash");

    // Where the contract names who answers, one of them signed just these words.
    private void CompareAnswer(Leaf leaf, JsonElement body, List<PublicKey?> keys)
    {
        if (keys.Count == 0)
        {
            return;
        }

        var words = $"answer\n{body.Word("Id")}\n"
            + (body.GetProperty("IsUpheld").GetBoolean() ? "upheld" : "rejected")
            + $"\n{body.Word("Answer").ReplaceLineEndings(" ")}\n";
        var note = body.TryGetProperty("SignedAnswer", out var signed)
            ? Note.Parse(Encoding.UTF8.GetBytes(signed.GetString() ?? ""))
            : null;
        if (note is null || note.Text != words || !keys.Exists(key => key?.Signed(note) == true))
        {
            findings.Add(
                leaf.Where, "answers an objection without the signature of anybody whom the "
                    + "contract names for it");
        }
    }

    private static string Name(int state) =>
        state >= 0 && state < Steps.Length ? Steps[state] : $"{state}";
}
