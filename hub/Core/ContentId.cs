using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Monitoring.Core;

/// <summary>
/// An id that follows from what it names: SHA-256 over length-prefixed UTF-8 fields, in base32
/// (RFC 4648, lower case), the first 26 characters. The same content has the same id on every
/// machine, so writing it twice is found out by the key.
/// </summary>
public static class ContentId
{
    public const int Length = 26;

    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

    public static string Of(params IEnumerable<string> fields)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var length = new byte[4];
        foreach (var field in fields)
        {
            var bytes = Encoding.UTF8.GetBytes(field);
            // Joined with a separator, "a|b" and "a", "b" could be the same bytes.
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }

        return Base32(hash.GetHashAndReset());
    }

    private static string Base32(byte[] bytes)
    {
        var text = new StringBuilder(Length);
        for (var bit = 0; text.Length < Length; bit += 5)
        {
            // 26 characters are 130 of 256 bits, so the next byte always exists.
            var pair = (bytes[bit / 8] << 8) | bytes[(bit / 8) + 1];
            text.Append(Alphabet[(pair >> (11 - (bit % 8))) & 31]);
        }

        return text.ToString();
    }
}
