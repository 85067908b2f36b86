using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Transparency;

namespace Monitoring.Core.Transparency;

/// <summary>
/// An entry of the log holds 65535 bytes. What is longer, such as the settlement of hundreds of
/// members, becomes several that follow each other and name the whole by its SHA-256.
/// </summary>
public static class LeafParts
{
    public const string Type = "part";

    /// <summary>In base64 they are 60000 characters.</summary>
    private const int PieceBytes = 45_000;

    public static IEnumerable<byte[]> Of(byte[] leaf)
    {
        if (leaf.Length <= EntryBundle.EntryBytesMax)
        {
            return [leaf];
        }

        var whole = Convert.ToHexStringLower(SHA256.HashData(leaf));
        var pieces = leaf.Chunk(PieceBytes).ToList();
        return pieces.Select((piece, i) => CanonicalJson.Of(new JsonObject
        {
            ["type"] = Type, ["whole_sha256"] = whole, ["part"] = i, ["parts"] = pieces.Count,
            ["base64"] = Convert.ToBase64String(piece),
        }));
    }
}
