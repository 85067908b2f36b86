using Microsoft.Extensions.Time.Testing;
using Monitoring.Agent.Drivers.Modbus;

namespace Monitoring.Tests.Modbus;

/// <summary>Bytes that come some time after a request was sent.</summary>
public sealed record Arrival(TimeSpan After, byte[] Bytes);

/// <summary>
/// A line with a script behind it. It owns the clock: a wait for bytes moves it, nothing sleeps.
/// </summary>
/// <param name="answer">What comes for each request that is sent.</param>
public sealed class FakeByteLink(
    FakeTimeProvider time, Func<byte[], IEnumerable<Arrival>> answer) : IByteLink
{
    private readonly PriorityQueue<byte[], (DateTimeOffset At, long Order)> _arrivals = new();
    private long _order;

    public bool IsOpen { get; private set; }

    /// <summary>Why it cannot be opened; null: it can.</summary>
    public string? Unreachable { get; set; }

    /// <summary>The other end closes behind the bytes that are on their way.</summary>
    public bool ClosesWhenEmpty { get; set; }

    public List<byte[]> Sent { get; } = [];

    public int Opened { get; private set; }

    public string? Open(TimeSpan within)
    {
        Opened++;
        IsOpen = Unreachable is null;
        return Unreachable;
    }

    public string? Send(ReadOnlySpan<byte> bytes)
    {
        var request = bytes.ToArray();
        Sent.Add(request);
        foreach (var arrival in answer(request))
        {
            Inject(arrival);
        }

        return null;
    }

    /// <summary>Bytes that nobody asked for, from now on.</summary>
    public void Inject(Arrival arrival) =>
        _arrivals.Enqueue(arrival.Bytes, (time.GetUtcNow() + arrival.After, _order++));

    public int Receive(Span<byte> room, TimeSpan within)
    {
        var until = time.GetUtcNow() + within;
        if (!_arrivals.TryPeek(out var bytes, out var key))
        {
            if (ClosesWhenEmpty)
            {
                return -1;
            }

            time.Advance(within);
            return 0;
        }

        if (key.At > until)
        {
            time.Advance(within);
            return 0;
        }

        if (key.At > time.GetUtcNow())
        {
            time.Advance(key.At - time.GetUtcNow());
        }

        _arrivals.Dequeue();
        var count = Math.Min(room.Length, bytes.Length);
        bytes.AsSpan(0, count).CopyTo(room);
        if (count < bytes.Length)
        {
            _arrivals.Enqueue(bytes[count..], (key.At, key.Order));
        }

        return count;
    }

    public void Discard()
    {
        while (_arrivals.TryPeek(out _, out var key) && key.At <= time.GetUtcNow())
        {
            _arrivals.Dequeue();
        }
    }

    public void Close()
    {
        IsOpen = false;
        ClosesWhenEmpty = false;
    }

    public void Dispose() => Close();
}
