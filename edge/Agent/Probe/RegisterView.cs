using System.Globalization;
using System.Text;
using Monitoring.Agent.Devices;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Probe;

/// <summary>
/// Registers as every type and order makes them, so that an engineer picks the one that matches
/// the instrument's display. It decodes as the agent does: what is seen here is what will be read.
/// </summary>
public static class RegisterView
{
    private const int AddressWidth = 7;
    private const int TypeWidth = 7;
    private const int ValueWidth = 21;

    private static readonly RegisterType[] OneRegister =
        [RegisterType.U16, RegisterType.I16, RegisterType.Bcd16];

    private static readonly RegisterType[] Wide =
    [
        RegisterType.F32, RegisterType.U32, RegisterType.I32, RegisterType.Bcd32,
        RegisterType.F64, RegisterType.U64, RegisterType.I64,
    ];

    /// <summary>The names of the types, as a device map writes them.</summary>
    public static IEnumerable<string> Types => OneRegister.Concat(Wide).Select(NameOf);

    /// <param name="only">One type, or null for all.</param>
    public static IEnumerable<string> Lines(
        ReadBlock block, IReadOnlyList<ushort> words, string? only)
    {
        if (ModbusBits(block.Table))
        {
            return words.Select((bit, i) =>
                $"{block.Start + i,AddressWidth}  {(bit == 0 ? "0  off" : "1  on")}");
        }

        bool IsShown(RegisterType type) => only is null || only == NameOf(type);
        List<string> lines = [];
        if (OneRegister.Any(IsShown))
        {
            lines.AddRange(Single(block, words));
        }

        var wide = Wide.Where(IsShown).ToList();
        if (wide.Count > 0 && words.Count > 1)
        {
            lines.AddRange(Orders(block, words, wide));
        }

        return lines;
    }

    private static bool ModbusBits(RegisterTable table) =>
        table is RegisterTable.Coil or RegisterTable.Discrete;

    private static IEnumerable<string> Single(ReadBlock block, IReadOnlyList<ushort> words)
    {
        yield return $"{"address",AddressWidth}  {"hex",-6}{"bits",-20}{"u16",8}{"i16",8}"
            + $"{"u16 BADC",10}{"bcd16",8}  text";
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            yield return $"{block.Start + i,AddressWidth}  {word:X4}  {Bits(word),-20}"
                + $"{Value(block, words, i, RegisterType.U16, ByteOrder.Abcd),8}"
                + $"{Value(block, words, i, RegisterType.I16, ByteOrder.Abcd),8}"
                + $"{Value(block, words, i, RegisterType.U16, ByteOrder.Badc),10}"
                + $"{Value(block, words, i, RegisterType.Bcd16, ByteOrder.Abcd),8}  "
                + Letters(word);
        }
    }

    private static IEnumerable<string> Orders(
        ReadBlock block, IReadOnlyList<ushort> words, List<RegisterType> types)
    {
        var orders = Enum.GetValues<ByteOrder>();
        yield return "";
        yield return $"{"from",AddressWidth}  {"type",-TypeWidth}"
            + string.Concat(orders.Select(order =>
                $"{order.ToString().ToUpperInvariant(),ValueWidth}"));
        for (var i = 0; i < words.Count; i++)
        {
            foreach (var type in types.Where(type => i + WidthOf(type) <= words.Count))
            {
                yield return $"{block.Start + i,AddressWidth}  {NameOf(type),-TypeWidth}"
                    + string.Concat(orders.Select(order =>
                        $"{Value(block, words, i, type, order),ValueWidth}"));
            }
        }
    }

    private static string Value(
        ReadBlock block, IReadOnlyList<ushort> words, int index, RegisterType type, ByteOrder order)
    {
        var source = new PointSource.Registers(block.Table, block.Start + index, type)
        {
            Order = order,
        };
        var own = words.Skip(index).Take(source.Count).ToArray();
        var raw = RegisterCodec.Decode(source, own, 0);
        if (raw.Value is not { } value)
        {
            return "-";
        }

        // A float has about seven digits; what is far from any quantity shows as a power of ten.
        return value.Kind != ValueKind.Real ? value.ToString()
            : value.AsNumber()!.Value.ToString(
                type == RegisterType.F32 ? "G7" : "G12", CultureInfo.InvariantCulture);
    }

    private static int WidthOf(RegisterType type) =>
        new PointSource.Registers(RegisterTable.Holding, 0, type).Count;

    private static string NameOf(RegisterType type) => type.ToString().ToLowerInvariant();

    private static string Bits(ushort word)
    {
        var bits = new StringBuilder(word.ToString("b16", CultureInfo.InvariantCulture));
        return bits.Insert(12, ' ').Insert(8, ' ').Insert(4, ' ').ToString();
    }

    private static string Letters(ushort word) =>
        string.Concat(new[] { (char)(word >> 8), (char)(word & 0xFF) }
            .Select(letter => letter is > ' ' and <= '~' ? letter : '.'));
}
