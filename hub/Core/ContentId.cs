using System.Buffers;
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
        // Hashed in one go: a mass has a field for each image behind it.
        var all = new ArrayBufferWriter<byte>();
        foreach (var field in fields)
        {
            var length = Encoding.UTF8.GetByteCount(field);
            var span = all.GetSpan(length + 4);
            // Joined with a separator, "a|b" and "a", "b" could be the same bytes.
            BinaryPrimitives.WriteInt32BigEndian(span, length);
            Encoding.UTF8.GetBytes(field, span[4..]);
            all.Advance(length + 4);
        }

        return Base32(SHA256.HashData(all.WrittenSpan));
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
