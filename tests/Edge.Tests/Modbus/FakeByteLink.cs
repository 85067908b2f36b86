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
    private const int SentMax = 10_000;

    private readonly PriorityQueue<byte[], (DateTimeOffset At, long Order)> _arrivals = new();
    private long _order;

    public bool IsOpen { get; private set; }

    /// <summary>Why it cannot be opened; null: it can.</summary>
    public string? Unreachable { get; set; }

    /// <summary>The other end closes behind the bytes that are on their way.</summary>
    public bool ClosesWhenEmpty { get; set; }

    /// <summary>A new connection brings nothing of what was under way on the old one.</summary>
    public bool IsStream { get; init; }

    /// <summary>A planted bug: what nobody waits for is still there after a drain.</summary>
    public bool HidesFromDrains { get; init; }

    /// <summary>A planted bug: each frame says that it answers the last request.</summary>
    public bool TakesTransactionOfRequest { get; init; }

    /// <summary>What happens to the agent after each wait that brought nothing.</summary>
    public Action? AfterWaiting { get; set; }

    public List<byte[]> Sent { get; } = [];

    public int Opened { get; private set; }

    public string? Open(TimeSpan within)
    {
        Opened++;
        if (IsStream)
        {
            _arrivals.Clear();
        }

        IsOpen = Unreachable is null;
        return Unreachable;
    }

    public string? Send(ReadOnlySpan<byte> bytes)
    {
        var request = bytes.ToArray();
        Sent.Add(request);
        if (Sent.Count > SentMax)
        {
            Sent.RemoveRange(0, SentMax / 2);
        }

        foreach (var arrival in answer(request))
        {
            Inject(arrival);
        }

        return null;
    }

    /// <summary>The connection ends behind what comes of the request that is being sent.</summary>
    public void Cut()
    {
        _arrivals.Clear();
        ClosesWhenEmpty = true;
    }

    /// <summary>Bytes that nobody asked for, from now on.</summary>
    public void Inject(Arrival arrival) =>
        _arrivals.Enqueue(arrival.Bytes, (time.GetUtcNow() + arrival.After, _order++));

    public int Receive(Span<byte> room, TimeSpan within)
    {
        var count = Take(room, within);
        if (count == 0)
        {
            AfterWaiting?.Invoke();
        }

        return count;
    }

    public void Discard()
    {
        while (!HidesFromDrains && _arrivals.TryPeek(out _, out var key)
            && key.At <= time.GetUtcNow())
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

    private int Take(Span<byte> room, TimeSpan within)
    {
        var until = time.GetUtcNow() + within;
        if (HidesFromDrains && within < TimeSpan.FromMilliseconds(2))
        {
            time.Advance(within);
            return 0;
        }

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
        if (TakesTransactionOfRequest && bytes.Length > 2)
        {
            Sent[^1].AsSpan(0, 2).CopyTo(bytes);
        }

        var count = Math.Min(room.Length, bytes.Length);
        bytes.AsSpan(0, count).CopyTo(room);
        if (count < bytes.Length)
        {
            _arrivals.Enqueue(bytes[count..], (key.At, key.Order));
        }

        return count;
    }
}
