using System.Diagnostics;

namespace Monitoring.Verifier;

/// <summary>How much may come, and how slowly.</summary>
/// <param name="Bytes">Of one file.</param>
/// <param name="Patience">For each file, beside what its bytes may take.</param>
/// <param name="BytesPerSecond">The least that is waited for.</param>
internal sealed record Bounds(long Bytes, TimeSpan Patience, long BytesPerSecond)
{
    /// <summary>Of everything but the books.</summary>
    public const int FileBytesMax = 32 * 1024 * 1024;

    /// <summary>Books of ten years of 200 sources and hours are half as large.</summary>
    public static readonly Bounds Default =
        new(32L * 1024 * 1024 * 1024, TimeSpan.FromSeconds(60), 16 * 1024);
}

/// <summary>Ends what a hub sends for ever, too much of or too slowly.</summary>
/// <param name="what">Its name, for people.</param>
internal sealed class BoundedStream(Stream inner, string what, Bounds bounds) : Stream
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _received;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="UnreachableException">It is too large or comes too slowly.</exception>
    public override int Read(byte[] buffer, int offset, int count) =>
        Read(buffer.AsSpan(offset, count));

    /// <inheritdoc cref="Read(byte[], int, int)"/>
    public override int Read(Span<byte> buffer)
    {
        var bytes = new byte[buffer.Length];
        var read = ReadWithin(bytes);
        bytes.AsSpan(0, read).CopyTo(buffer);
        _received += read;
        if (_received > bounds.Bytes)
        {
            throw new UnreachableException($"{what} has more than {bounds.Bytes} bytes.");
        }

        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) =>
        throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private int ReadWithin(byte[] bytes)
    {
        var passed = Stopwatch.GetElapsedTime(_start);
        var left = bounds.Patience - passed
            + TimeSpan.FromSeconds((double)_received / bounds.BytesPerSecond);
        using var late = new CancellationTokenSource(
            left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1));
        try
        {
            return inner.ReadAsync(bytes, late.Token).AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            throw new UnreachableException(
                $"{what} comes too slowly: {_received} bytes in {(long)passed.TotalSeconds} s, "
                    + $"and at least {bounds.BytesPerSecond} a second are waited for. Try again, "
                    + "or have the log copied to a folder ('monitoring-hub export log').");
        }
    }
}
