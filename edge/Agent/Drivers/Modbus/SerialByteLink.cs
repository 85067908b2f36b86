using System.IO.Ports;
using Monitoring.Agent.Sites;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>A serial line by System.IO.Ports, which is named in this file only.</summary>
public sealed class SerialByteLink(SiteLink.Serial line) : IByteLink
{
    private readonly byte[] _buffer = new byte[512];
    private SerialPort? _port;

    public bool IsOpen => _port is not null;

    public string? Open(TimeSpan within)
    {
        Close();
        var port = new SerialPort(line.Path, line.Baud, ParityOf(line.Parity), 8)
        {
            StopBits = line.StopBits == 2 ? StopBits.Two : StopBits.One,
            Handshake = Handshake.None,
            WriteTimeout = (int)Math.Ceiling(within.TotalMilliseconds),
        };
        try
        {
            port.Open();
            _port = port;
            return null;
        }
        catch (Exception e) when (IsLineFault(e))
        {
            port.Dispose();
            return e.Message;
        }
    }

    public string? Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            bytes.CopyTo(_buffer);
            _port!.Write(_buffer, 0, bytes.Length);
            return null;
        }
        catch (Exception e) when (IsLineFault(e))
        {
            return e.Message;
        }
    }

    public int Receive(Span<byte> room, TimeSpan within)
    {
        try
        {
            _port!.ReadTimeout = Math.Max(1, (int)Math.Ceiling(within.TotalMilliseconds));
            var count = _port.Read(_buffer, 0, Math.Min(room.Length, _buffer.Length));
            _buffer.AsSpan(0, count).CopyTo(room);
            return count > 0 ? count : -1;
        }
        catch (TimeoutException)
        {
            return 0;
        }
        catch (Exception e) when (IsLineFault(e))
        {
            return -1;
        }
    }

    public void Discard()
    {
        try
        {
            _port?.DiscardInBuffer();
        }
        catch (Exception e) when (IsLineFault(e))
        {
            // The next send or receive says that the line is gone.
        }
    }

    public void Close()
    {
        try
        {
            _port?.Dispose();
        }
        catch (Exception e) when (IsLineFault(e))
        {
            // An adapter that was pulled out cannot be closed in order.
        }

        _port = null;
    }

    public void Dispose() => Close();

    private static Parity ParityOf(SerialParity parity) => parity switch
    {
        SerialParity.Even => Parity.Even,
        SerialParity.Odd => Parity.Odd,
        _ => Parity.None,
    };

    private static bool IsLineFault(Exception e) => e is IOException or TimeoutException
        or UnauthorizedAccessException or InvalidOperationException or ArgumentException;
}
