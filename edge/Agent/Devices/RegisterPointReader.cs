using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Wire.Documents;

namespace Monitoring.Agent.Devices;

/// <summary>Where the points of a Modbus device are: table, address, type and order.</summary>
internal sealed class RegisterPointReader
{
    private readonly RegisterTable _table;

    private RegisterPointReader(DocumentNode map)
    {
        _table = map.OneOf("function", "holding", "input") == "input"
            ? RegisterTable.Input
            : RegisterTable.Holding;
        map.Integer("address_base", 0, 0);
    }

    /// <summary>Reads the points of this map.</summary>
    public static Func<DocumentNode, PointSource> Of(DocumentNode map) =>
        new RegisterPointReader(map).Read;

    private PointSource.Registers Read(DocumentNode item)
    {
        var type = item.OneOf("type", "u16", "i16", "u32", "i32", "f32");
        var order = item.Has("order")
            ? item.OneOf("order", "ABCD", "CDAB", "BADC", "DCBA")
            : "ABCD";
        var source = new PointSource.Registers(
            _table, (int)item.Integer("address", 0, ushort.MaxValue),
            Enum.TryParse<RegisterType>(type, ignoreCase: true, out var known)
                ? known
                : RegisterType.U16)
        {
            Order = Enum.TryParse<ByteOrder>(order, ignoreCase: true, out var placed)
                ? placed
                : ByteOrder.Abcd,
            Sentinels = ReadSentinels(item),
        };
        if (source.Address + source.Count > ushort.MaxValue + 1)
        {
            item.Fault("address", "the point ends after register 65535", "use a lower address");
        }

        return source;
    }

    private static ImmutableArray<ulong> ReadSentinels(DocumentNode item)
    {
        if (item.OptionalText("sentinels") is not { } text)
        {
            return [];
        }

        var sentinels = ImmutableArray.CreateBuilder<ulong>();
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (word.StartsWith("0x", StringComparison.Ordinal)
                && ulong.TryParse(word.AsSpan(2), NumberStyles.HexNumber, null, out var bits)
                && sentinels.Count < AgentLimits.SentinelsMax)
            {
                sentinels.Add(bits);
            }
            else
            {
                item.Fault(
                    "sentinels", $"'{word}' is no sentinel",
                    "write raw registers in hexadecimal with spaces between: '0x8000 0xFFFF'");
            }
        }

        return sentinels.ToImmutable();
    }
}
