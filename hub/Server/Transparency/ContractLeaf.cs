using System.Text.Json.Nodes;
using Monitoring.Core.Contracts;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Transparency;

/// <summary>The contract in force as a leaf of the log: whole, since all rests on it.</summary>
public static class ContractLeaf
{
    /// <param name="canonical">The canonical JSON of its document.</param>
    public static byte[] Of(Contract contract, byte[] canonical) => CanonicalJson.Of(new JsonObject
    {
        ["type"] = "contract",
        ["contract"] = contract.Id,
        ["version"] = contract.Version,
        ["hash"] = contract.Hash,
        ["document"] = JsonNode.Parse(canonical),
    });
}
