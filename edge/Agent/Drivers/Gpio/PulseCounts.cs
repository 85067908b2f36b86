using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Monitoring.Agent.Drivers.Gpio;

/// <summary>
/// The pulses each input counted since its first start, in a file. It has two places that are
/// written in turn, each with a number and a checksum: a write that a crash cuts short leaves the
/// one before it. An image is made only of counts that are on the disk, so that no count ever
/// goes back. Used by the threads of all GPIO links.
/// </summary>
public sealed class PulseCounts
{
    /// <summary>Room for 600 inputs with the longest names there are.</summary>
    private const int PlaceBytes = 64 * 1024;

    private const int HashBytes = 32;
    private const int HeadBytes = 4 + HashBytes;

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    private long _writes;
    private bool _isSaved = true;

    private PulseCounts(string path) => _path = path;

    /// <summary>The file held something, and neither place of it can be read.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>
    /// Reads a file; there may be none yet. Throws IOException or UnauthorizedAccessException.
    /// </summary>
    public static PulseCounts Open(string path)
    {
        var counts = new PulseCounts(path);
        if (!File.Exists(path))
        {
            return counts;
        }

        var bytes = File.ReadAllBytes(path);
        var found = new[] { 0, PlaceBytes }
            .Select(at => Parse(bytes.AsSpan(Math.Min(at, bytes.Length))))
            .Where(place => place is not null)
            .MaxBy(place => place!.Value.Writes);
        if (found is { } newest)
        {
            counts._writes = newest.Writes;
            foreach (var (input, count) in newest.Counts)
            {
                counts._counts.Add(input, count);
            }
        }
        else
        {
            counts.IsDamaged = bytes.Any(value => value != 0);
        }

        return counts;
    }

    /// <summary>Whether an input was counted before.</summary>
    public bool Knows(string input)
    {
        lock (_lock)
        {
            return _counts.ContainsKey(input);
        }
    }

    /// <returns>The count with them.</returns>
    public long Add(string input, long pulses)
    {
        lock (_lock)
        {
            var isKnown = _counts.TryGetValue(input, out var count);
            _counts[input] = count + pulses;
            _isSaved &= isKnown && pulses == 0;
            return count + pulses;
        }
    }

    /// <summary>Everything counted is on the disk afterwards; if not, says why.</summary>
    public string? Save()
    {
        lock (_lock)
        {
            if (_isSaved)
            {
                return null;
            }

            try
            {
                Write();
                _isSaved = true;
                return null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return e.Message;
            }
        }
    }

    private void Write()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{_writes + 1}\n");
        foreach (var (input, count) in _counts)
        {
            text.Append(CultureInfo.InvariantCulture, $"{input} {count}\n");
        }

        var body = Encoding.UTF8.GetBytes(text.ToString());
        if (HeadBytes + body.Length > PlaceBytes)
        {
            throw new IOException($"{_counts.Count} inputs do not fit into {_path}");
        }

        var place = new byte[HeadBytes + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(place, body.Length);
        SHA256.HashData(body, place.AsSpan(4, HashBytes));
        body.CopyTo(place, HeadBytes);
        using var file = File.OpenHandle(
            _path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        if (RandomAccess.GetLength(file) < 2 * PlaceBytes)
        {
            // New: afterwards it grows no more, so a full disk does not stop the counting.
            RandomAccess.Write(file, new byte[2 * PlaceBytes], 0);
            RandomAccess.FlushToDisk(file);
        }

        RandomAccess.Write(file, place, (_writes + 1) % 2 * PlaceBytes);
        RandomAccess.FlushToDisk(file);
        _writes++;
    }

    private static (long Writes, List<(string Input, long Count)> Counts)? Parse(
        ReadOnlySpan<byte> place)
    {
        if (place.Length < HeadBytes)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(place);
        if (length <= 0 || length > Math.Min(place.Length, PlaceBytes) - HeadBytes)
        {
            return null;
        }

        var body = place.Slice(HeadBytes, length);
        if (!SHA256.HashData(body).AsSpan().SequenceEqual(place.Slice(4, HashBytes)))
        {
            return null;
        }

        var lines = Encoding.UTF8.GetString(body)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return (long.Parse(lines[0], CultureInfo.InvariantCulture),
            [.. lines.Skip(1).Select(line => line.Split(' ')).Select(
                words => (words[0], long.Parse(words[1], CultureInfo.InvariantCulture)))]);
    }
}
