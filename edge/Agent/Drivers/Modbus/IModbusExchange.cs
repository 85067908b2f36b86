namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>
/// Asks units over one byte link, a request at a time, and takes nothing for an answer but the
/// answer. One thread uses it; its calls block.
/// </summary>
public interface IModbusExchange : IDisposable
{
    bool IsOpen { get; }

    /// <summary>
    /// What came and answered nothing: late or foreign frames, on a serial line runs of bytes.
    /// </summary>
    long Strays { get; }

    /// <returns>Null, or why it cannot be opened.</returns>
    string? Open();

    void Close();

    /// <summary>
    /// One request, sent once: whoever asks decides on another try. A broken link is closed.
    /// </summary>
    /// <param name="patience">Null: the timeout of the link.</param>
    ModbusOutcome Ask(
        byte unit, ModbusRequest request, CancellationToken abandon, TimeSpan? patience = null);

    /// <summary>Lets that time pass and passes over what comes meanwhile.</summary>
    void Idle(TimeSpan pause);
}
