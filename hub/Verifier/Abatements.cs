using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Monitoring.Verifier;

/// <summary>
/// What projects spared, as the hub says that its sensors measured it: each span is added up
/// again from the masses that the log told before, and lies before the promise or after the end.
/// </summary>
internal sealed class Abatements(
    Findings findings, Func<string, long, long, IEnumerable<Mass>> massesOf, Activities activities)
{
    private const int Committed = 3;
    private const int Completed = 4;
    private const int CoveragePercentMin = 90;

    private readonly Dictionary<(string Project, int State), long> _reached = [];
    private readonly Dictionary<string, string> _told = [];

    /// <summary>Of how many projects it was measured.</summary>
    public int Count => _told.Count;

    public void Take(Leaf leaf, JsonElement project)
    {
        var id = project.Word("Id");
        _reached.TryAdd((id, project.GetProperty("State").GetInt32()), leaf.Ms("at_ms"));
        if (project.GetProperty("Abatement") is not { ValueKind: JsonValueKind.Object } abatement
            || !abatement.TryGetProperty("Proof", out var proof))
        {
            return;
        }

        if (_told.TryGetValue(id, out var before))
        {
            if (before != abatement.GetRawText())
            {
                findings.Add(leaf.Where, $"says another abatement of {id} than was measured");
            }

            return;
        }

        _told[id] = abatement.GetRawText();
        var (source, pollutant) = (project.Word("Source"), proof.Word("Pollutant"));
        CompareTimes(leaf, id, proof);
        foreach (var name in (string[])["Before", "After"])
        {
            CompareSpan(leaf, (source, pollutant), name, abatement, proof);
        }
    }

    private void CompareTimes(Leaf leaf, string id, JsonElement proof)
    {
        if (!_reached.TryGetValue((id, Committed), out var committedMs)
            || Ms(proof.GetProperty("Before"), "UntilMs") > committedMs)
        {
            findings.Add(leaf.Where, "measures as before what was after the promise");
        }

        if (!_reached.TryGetValue((id, Completed), out var completedMs)
            || Ms(proof.GetProperty("After"), "FromMs") < completedMs
            || Ms(proof.GetProperty("After"), "UntilMs") > leaf.Ms("at_ms"))
        {
            findings.Add(leaf.Where, "measures as after what was before the end, or is not over");
        }
    }

    private void CompareSpan(
        Leaf leaf, (string Source, string Pollutant) of, string name, JsonElement abatement,
        JsonElement proof)
    {
        var told = proof.GetProperty(name);
        var (fromMs, untilMs) = (Ms(told, "FromMs"), Ms(told, "UntilMs"));
        List<Mass> masses =
        [
            .. massesOf(of.Source, fromMs, untilMs)
                .Where(mass => mass.Pollutant == of.Pollutant).OrderBy(mass => mass.StartMs),
        ];
        var milligrams = masses.Aggregate(BigInteger.Zero, (sum, one) => sum + one.Milligrams);
        long TimeOf(bool isFilled) => masses.Where(mass => mass.IsFilled == isFilled)
            .Sum(mass => mass.EndMs - mass.StartMs);
        var measuredMs = TimeOf(isFilled: false);
        void Expect(string what, BigInteger right, BigInteger said)
        {
            if (right != said)
            {
                findings.Add(
                    leaf.Where, $"says {what} {said} of the span {name}; the log makes it {right}");
            }
        }

        Expect("Milligrams", milligrams, Whole(told, "Milligrams"));
        Expect("MeasuredMs", measuredMs, Whole(told, "MeasuredMs"));
        Expect("FilledMs", TimeOf(isFilled: true), Whole(told, "FilledMs"));
        Expect("Facts", masses.Count, Whole(told, "Facts"));
        Expect(
            "Grams", new Fraction(milligrams, 1_000).Round(), Whole(abatement, name + "Grams"));
        Expect(
            "Activity",
            proof.GetProperty("Unit").ValueKind == JsonValueKind.Null
                ? measuredMs + TimeOf(isFilled: true)
                : activities.MadeIn(of.Source, proof.Word("Unit"), fromMs, untilMs),
            Whole(abatement, name + "Activity"));
        if (told.Word("FactsSha256") != Convert.ToHexStringLower(SHA256.HashData(
            Encoding.UTF8.GetBytes(string.Concat(masses.Select(mass => mass.Id + "\n"))))))
        {
            findings.Add(leaf.Where, $"rests in the span {name} on other masses than the log told");
        }

        if (untilMs <= fromMs
            || (BigInteger)measuredMs * 100 < (BigInteger)(untilMs - fromMs) * CoveragePercentMin)
        {
            findings.Add(
                leaf.Where, $"calls the span {name} measured, of which less than "
                    + $"{CoveragePercentMin} % was");
        }
    }

    private static BigInteger Whole(JsonElement json, string name) =>
        Leaf.WholeOf(json.GetProperty(name));

    private static long Ms(JsonElement json, string name) => (long)Whole(json, name);
}
