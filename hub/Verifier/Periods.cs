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
            return;
        }

        _open[id] = period;
        if (_states.GetValueOrDefault(period) != NoticeGiven)
        {
            findings.Add(leaf.Where, $"objects to {period}, of which no notice is given");
        }
    }

    private static string Name(int state) =>
        state >= 0 && state < Steps.Length ? Steps[state] : $"{state}";
}
