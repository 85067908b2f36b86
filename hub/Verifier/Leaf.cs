using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Monitoring.Verifier;

/// <summary>One entry of the log, read.</summary>
internal sealed class Leaf(long index, JsonElement json)
{
    public long Index => index;

    public JsonElement Json => json;

    public string Type => Text("type");

    /// <summary>How a person finds it.</summary>
    public string Where => $"leaf {index} ({Type} {Name})";

    /// <summary>The same for the same thing in the log and in the books.</summary>
    public string Name => json.TryGetProperty("id", out var id) ? id.ToString() : Text("contract");

    public string Text(string name) => json.GetProperty(name).GetString() ?? "";

    public BigInteger Whole(string name) => WholeOf(json.GetProperty(name));

    public long Ms(string name) => (long)Whole(name);

    public IEnumerable<JsonElement> List(string name) => json.GetProperty(name).EnumerateArray();

    /// <summary>An integer; one that a double would not hold is written as a text.</summary>
    public static BigInteger WholeOf(JsonElement value) => BigInteger.Parse(
        value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText(),
        NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}

internal static class Words
{
    /// <exception cref="FormatException">It is null.</exception>
    public static string Word(this JsonElement json, string name) =>
        json.GetProperty(name).GetString()
        ?? throw new FormatException($"'{name}' is null");
}

/// <summary>Ids that follow from what they name, worked out on their own.</summary>
internal static class NamedBy
{
    private const int Length = 26;

    /// <summary>
    /// SHA-256 over the fields, each in UTF-8 behind its length in four bytes; in base32 of RFC
    /// 4648 with small letters, the first 26.
    /// </summary>
    public static string Content(IEnumerable<string> fields)
    {
        using var all = new MemoryStream();
        foreach (var field in fields)
        {
            var bytes = Encoding.UTF8.GetBytes(field);
            all.Write([0, 0, (byte)(bytes.Length >> 8), (byte)(bytes.Length & 255)]);
            all.Write(bytes);
        }

        // 26 letters are 130 bits.
        var number = new BigInteger(
            SHA256.HashData(all.ToArray()), isUnsigned: true, isBigEndian: true) >> 126;
        var text = new char[Length];
        for (var i = Length - 1; i >= 0; i--)
        {
            text[i] = "abcdefghijklmnopqrstuvwxyz234567"[(int)(number & 31)];
            number >>= 5;
        }

        return new string(text);
    }
}
