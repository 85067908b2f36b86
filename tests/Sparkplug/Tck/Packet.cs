using System.Text;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.Tck;

/// <summary>What a client wrote to the broker, as it was on the wire.</summary>
/// <param name="Client">The client id of the connection.</param>
/// <param name="Number">In the order in which all connections' packets came; from 0.</param>
public abstract record Packet(string Client, int Number)
{
    public sealed record Connect(
        string Client, int Number, byte Level, bool IsClean, uint SessionExpiry, Message? Will)
        : Packet(Client, Number);

    public sealed record Publish(string Client, int Number, Message Message)
        : Packet(Client, Number);

    public sealed record Subscribe(
        string Client, int Number, IReadOnlyList<(string Filter, int Qos)> Filters)
        : Packet(Client, Number);

    public sealed record Disconnect(string Client, int Number, byte Reason)
        : Packet(Client, Number);

    /// <summary>The packet, or null for one of no interest here.</summary>
    /// <param name="level">Of MQTT, as the client said at its connect; 4 has no properties.</param>
    public static Packet? Parse(
        string client, byte level, int number, byte first, ReadOnlySpan<byte> body)
    {
        var reader = new Reader(body) { Level = level };
        switch (first >> 4)
        {
            case 1:
                return ReadConnect(number, ref reader);
            case 3:
                var qos = (first >> 1) & 3;
                var topic = reader.Text();
                _ = qos > 0 ? reader.Short() : 0;
                reader.Properties();
                return new Publish(
                    client, number,
                    new Message(topic, reader.Rest(), qos, (first & 1) == 1));
            case 8:
                reader.Short();
                reader.Properties();
                var filters = new List<(string, int)>();
                while (!reader.AtEnd)
                {
                    filters.Add((reader.Text(), reader.Byte() & 3));
                }

                return new Subscribe(client, number, filters);
            case 14:
                return new Disconnect(client, number, reader.AtEnd ? (byte)0 : reader.Byte());
            default:
                return null;
        }
    }

    private static Connect ReadConnect(int number, ref Reader reader)
    {
        reader.Text();
        var level = reader.Byte();
        reader.Level = level;
        var flags = reader.Byte();
        reader.Short();
        var expiry = reader.Properties();
        var client = reader.Text();
        Message? will = null;
        if ((flags & 4) != 0)
        {
            reader.Properties();
            will = new Message(
                reader.Text(), reader.Bytes(), (flags >> 3) & 3, (flags & 32) != 0);
        }

        return new Connect(client, number, level, (flags & 2) != 0, expiry, will);
    }

    /// <summary>Fields of MQTT 5, one after another.</summary>
    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _bytes = bytes;

        public byte Level { get; set; }

        public readonly bool AtEnd => _bytes.IsEmpty;

        public byte Byte()
        {
            var value = _bytes[0];
            _bytes = _bytes[1..];
            return value;
        }

        public int Short() => (Byte() << 8) | Byte();

        public string Text() => Encoding.UTF8.GetString(Bytes());

        public byte[] Bytes()
        {
            var length = Short();
            var value = _bytes[..length].ToArray();
            _bytes = _bytes[length..];
            return value;
        }

        public byte[] Rest()
        {
            var value = _bytes.ToArray();
            _bytes = default;
            return value;
        }

        /// <summary>Passes over the properties; the session expiry, 0 for none.</summary>
        public uint Properties()
        {
            if (Level < 5)
            {
                return 0;
            }

            int length = 0, shift = 0, part;
            do
            {
                part = Byte();
                length |= (part & 127) << shift;
                shift += 7;
            }
            while (part > 127);

            var properties = _bytes[..length];
            _bytes = _bytes[length..];
            return length >= 5 && properties[0] == 0x11
                ? System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(properties[1..5])
                : 0;
        }
    }
}

/// <summary>A message as it was published, or a Will.</summary>
public sealed record Message(string Topic, byte[] Bytes, int Qos, bool IsRetained)
{
    public string Type => Topic.Split('/')[^2] == "STATE" ? "STATE" : Topic.Split('/')[2];

    public string? Device => Topic.Split('/') is { Length: 5 } levels ? levels[4] : null;

    public Payload Payload => PayloadDecoder.Decode(Bytes, out var fault)
        ?? throw new InvalidOperationException($"{Topic}: {fault}");

    public HostState State => HostState.Decode(Bytes)
        ?? throw new InvalidOperationException($"{Topic} holds no state");

    public override string ToString() => Device is null ? Type : $"{Type} {Device}";
}
