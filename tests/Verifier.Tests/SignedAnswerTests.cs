using System.Text.Json;
using Monitoring.Core.Fund;
using Monitoring.Verifier;
using Monitoring.Wire.Transparency;

namespace Monitoring.Tests;

/// <summary>Where a contract names who answers objections, one of them signed the answer.</summary>
public sealed class SignedAnswerTests
{
    private static readonly NoteSigner Anna = new(
        "anna", SignatureKind.Ed25519, [.. Enumerable.Repeat((byte)5, 32)]);

    private static readonly NoteSigner Other = new(
        "anna", SignatureKind.Ed25519, [.. Enumerable.Repeat((byte)6, 32)]);

    private static readonly string Named =
        $$$"""{"law":{"answers":[{"name":"anna","key":"{{{Anna.Verifier}}}"}]}}""";

    public static TheoryData<string, string?, bool> Answers => new()
    {
        { Named, Signed(Anna, isUpheld: true), true },
        { Named, Signed(Other, isUpheld: true), false },
        { Named, Signed(Anna, isUpheld: false), false },
        { Named, null, false },
        { "{}", null, true },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public void An_answer_without_its_signature_is_named(
        string contract, string? note, bool isWell)
    {
        var findings = new Findings();
        var periods = new Periods(findings);
        periods.TakeContract(
            LeafOf(new { type = "contract", id = "c", hash = "h" }),
            JsonDocument.Parse(contract).RootElement);
        periods.TakeSettlement(LeafOf(new
        {
            type = "settlement", id = "s", period = "b/1", contract_hash = "h",
        }));
        foreach (var to in (int[])[1, 2])
        {
            periods.Take(Act("period-moved", new { PeriodId = "b/1", To = to }));
        }

        periods.Take(Act("objection", new
        {
            Id = "o", PeriodId = "b/1", IsUpheld = false, Answer = (string?)null,
        }));
        periods.Take(Act("objection", new
        {
            Id = "o", PeriodId = "b/1", IsUpheld = true, Answer = "drift", SignedAnswer = note,
        }));
        Assert.Equal(isWell, findings.Count == 0);
    }

    private static string Signed(NoteSigner signer, bool isUpheld)
    {
        var text = AnswerNote.TextOf("o", isUpheld, "drift");
        return new SignedNote(text, [signer.Sign(text)]).ToString();
    }

    private static Leaf Act(string kind, object body) =>
        LeafOf(new { type = "act", id = 1, kind, body = JsonSerializer.Serialize(body) });

    private static Leaf LeafOf(object leaf) => new(1, JsonSerializer.SerializeToElement(leaf));
}
