using System.Text.Json.Nodes;
using Monitoring.Core.Contracts;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Transparency;

namespace Monitoring.Server.Transparency;

/// <summary>
/// The contract in force as a leaf of the log: whole, since all rests on it, and with the
/// signatures of its parties, so that anybody sees who is bound by it.
/// </summary>
public static class ContractLeaf
{
    /// <summary>
    /// From version 2 on the log tells who signed the contract, every amendment, and of each
    /// window that was worked out again why it was.
    /// </summary>
    private const int LogVersion = 2;

    /// <param name="canonical">The canonical JSON of its document.</param>
    /// <param name="lines">The signatures of that document.</param>
    public static byte[] Of(
        Contract contract, byte[] canonical, IEnumerable<NoteSignature> lines) =>
        CanonicalJson.Of(new JsonObject
        {
            ["type"] = "contract",
            ["contract"] = contract.Id,
            ["version"] = contract.Version,
            ["hash"] = contract.Hash,
            ["log_version"] = LogVersion,
            ["document"] = JsonNode.Parse(canonical),
            ["signatures"] = new JsonArray(
                [.. lines.Select(line => JsonValue.Create(line.ToString()))]),
        });
}
