using System.Globalization;
using System.Text.Json;

namespace Monitoring.Verifier;

/// <summary>Holds the books, as they are now, against the log: both tell the same.</summary>
internal sealed class BookCheck : IDisposable
{
    private readonly Stream _bytes;

    private BookCheck(Stream bytes, long size)
    {
        _bytes = bytes;
        Size = size;
    }

    /// <summary>How many entries the log had when the books were read.</summary>
    public long Size { get; }

    /// <summary>Takes a copy first, since the books go on growing. Null: none are there.</summary>
    public static BookCheck? Open(LogFiles files, Findings findings)
    {
        using var books = files.Open("books");
        if (books is null)
        {
            return null;
        }

        var copy = new FileStream(
            Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 65_536,
            FileOptions.DeleteOnClose);
        books.CopyTo(copy);
        copy.Position = 0;
        try
        {
            using var first = JsonDocument.Parse(Line(copy) ?? []);
            return new BookCheck(copy, first.RootElement.GetProperty("size").GetInt64());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException
            or InvalidOperationException or FormatException)
        {
            findings.Add("line 1 of books", "does not say how long the log was");
            copy.Dispose();
            return null;
        }
    }

    public void Compare(History history, Findings findings)
    {
        var seen = new HashSet<long>();
        for (var number = 2; Line(_bytes) is { } line; number++)
        {
            var where = string.Create(CultureInfo.InvariantCulture, $"line {number} of books");
            var hash = Convert.ToHexStringLower(Tree.OfLeaf(line));
            if (!history.InBooks.TryGetValue(hash, out var told))
            {
                findings.Add(where, WhyNot(line, history));
            }
            else if (!seen.Add(told.Index))
            {
                findings.Add(where, $"says {told.Where} a second time");
            }
            else if (told.Index >= Size)
            {
                findings.Add(where, $"says {told.Where}; line 1 says that there were {Size}");
            }
        }

        foreach (var told in history.InBooks.Values)
        {
            if (told.Index < Size && !seen.Contains(told.Index))
            {
                findings.Add(told.Where, "is not so in the books");
            }
        }
    }

    public void Dispose() => _bytes.Dispose();

    /// <summary>Up to a line feed, which every line ends in; null at the end.</summary>
    private static byte[]? Line(Stream bytes)
    {
        var line = new List<byte>();
        int next;
        while ((next = bytes.ReadByte()) >= 0)
        {
            if (next == '\n')
            {
                return [.. line];
            }

            line.Add((byte)next);
            if (line.Count > Bounds.FileBytesMax)
            {
                // As little a line of the log as what has no end.
                break;
            }
        }

        // Bytes without an end are a line of their own that is nowhere in the log.
        return line.Count > 0 ? [.. line, (byte)'?'] : null;
    }

    private static string WhyNot(byte[] line, History history)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var said = new Leaf(-1, document.RootElement);
            if (history.Find(said.Type, said.Name) is not { } leaf)
            {
                return $"the log does not tell of {said.Type} {said.Name}";
            }

            var member = said.Json.EnumerateObject().FirstOrDefault(one =>
                !leaf.Json.TryGetProperty(one.Name, out var other)
                || other.GetRawText() != one.Value.GetRawText());
            return member.Value.ValueKind == JsonValueKind.Undefined
                ? $"is not written as {leaf.Where} is"
                : $"says {member.Name} {member.Value.GetRawText()}; {leaf.Where} says "
                    + (leaf.Json.TryGetProperty(member.Name, out var told)
                        ? told.GetRawText()
                        : "nothing of it");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException
            or InvalidOperationException)
        {
            return "is not JSON of the books";
        }
    }
}
