using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Monitoring.Benchmarks.HubIngest;

/// <summary>
/// Just enough of MQTT 3.1.1 for a client at QoS 0 over a blocking socket: what it publishes
/// waits in one buffer until it is flushed.
/// </summary>
internal sealed class EdgeSocket : IDisposable
{
    private const int BufferBytes = 1 << 16;
    private const byte Connect = 0x10, Publish = 0x30, Subscribe = 0x82;

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _out = new byte[BufferBytes];
    private readonly byte[] _in = new byte[BufferBytes];
    private int _written;
    private int _read;

    /// <param name="user">Also the client id.</param>
    public EdgeSocket(int port, string user, string commands, TimeSpan receiveMax)
    {
        _socket.Connect("127.0.0.1", port);
        _socket.ReceiveTimeout = (int)receiveMax.TotalMilliseconds;

        // Level 4, a user name and a clean session, no keep-alive.
        Packet(Connect, [.. Text("MQTT"), 4, 0x82, 0, 0, .. Text(user), .. Text(user)]);
        Packet(Subscribe, [0, 1, .. Text(commands), 0]);
        Flush();
    }

    /// <summary>A topic as it goes in front of a payload.</summary>
    public static byte[] Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return [(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];
    }

    public void Send(byte[] topic, byte[] payload) => Packet(Publish, [.. topic, .. payload]);

    public void Send(byte[] topic, RecordTemplate template, long offset, long timeMs, byte seq)
    {
        if (BufferBytes - _written < topic.Length + template.Length + 5)
        {
            Flush();
        }

        // Every record is between 128 and 16 383 bytes long, so its length takes two.
        const int Head = 3;
        var body = _out.AsSpan(_written + Head);
        topic.CopyTo(body);
        var length = topic.Length + template.Write(body[topic.Length..], offset, timeMs, seq);
        _out[_written] = Publish;
        RecordTemplate.WriteVarint(_out.AsSpan(_written + 1), (ulong)length);
        _written += Head + length;
    }

    public void Flush()
    {
        for (var sent = 0; sent < _written;)
        {
            sent += _socket.Send(_out, sent, _written - sent, SocketFlags.None);
        }

        _written = 0;
    }

    /// <summary>Waits for what the hub publishes; false where nothing came in time.</summary>
    public bool Receive(Action<ReadOnlySpan<byte>> take)
    {
        try
        {
            var got = _socket.Receive(_in, _read, BufferBytes - _read, SocketFlags.None);
            _read += got;
            if (got == 0)
            {
                throw new InvalidOperationException("The hub ended a connection.");
            }
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.TimedOut)
        {
            return false;
        }

        var at = 0;
        while (PacketAt(at) is var (start, end) && end <= _read)
        {
            if ((_in[at] & 0xF0) == Publish)
            {
                var topicBytes = BinaryPrimitives.ReadUInt16BigEndian(_in.AsSpan(start));
                take(_in.AsSpan((start + 2 + topicBytes)..end));
            }

            at = end;
        }

        _in.AsSpan(at.._read).CopyTo(_in);
        _read -= at;
        return true;
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Where a packet's body starts and ends; beyond what is read: not all is here.
    /// </summary>
    private (int Start, int End) PacketAt(int at)
    {
        var length = 0;
        for (var i = 1; at + i < _read; i++)
        {
            length |= (_in[at + i] & 0x7F) << (7 * (i - 1));
            if (_in[at + i] < 0x80)
            {
                return (at + i + 1, at + i + 1 + length);
            }
        }

        return (int.MaxValue, int.MaxValue);
    }

    private void Packet(byte kind, byte[] body)
    {
        if (BufferBytes - _written < body.Length + 5)
        {
            Flush();
        }

        _out[_written++] = kind;
        _written += RecordTemplate.WriteVarint(_out.AsSpan(_written), (ulong)body.Length);
        body.CopyTo(_out, _written);
        _written += body.Length;
    }
}
