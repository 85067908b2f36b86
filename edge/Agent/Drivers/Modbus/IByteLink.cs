namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>
/// Bytes to instruments and back: a socket or a serial line. One thread uses it; its calls block.
/// </summary>
public interface IByteLink : IDisposable
{
    bool IsOpen { get; }

    /// <summary>Opens it.</summary>
    /// <returns>Null, or why it cannot be opened.</returns>
    string? Open(TimeSpan within);

    /// <summary>Sends all of it.</summary>
    /// <returns>Null, or why the link is broken.</returns>
    string? Send(ReadOnlySpan<byte> bytes);

    /// <summary>Waits for bytes, at most that long.</summary>
    /// <returns>How many came; 0: none in time; negative: the link is broken.</returns>
    int Receive(Span<byte> room, TimeSpan within);

    /// <summary>Passes over whatever has been received and not been taken.</summary>
    void Discard();

    void Close();
}
