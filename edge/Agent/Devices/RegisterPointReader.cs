using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Wire;
using Monitoring.Wire.Documents;

namespace Monitoring.Agent.Devices;

/// <summary>
/// Where the points of a Modbus device are: table, address, type and order; or the place within
/// a SunSpec model.
/// </summary>
internal sealed class RegisterPointReader
{
    private static readonly string[] Tables = ["holding", "input", "coil", "discrete"];

    private static readonly string[] Types =
    [
        "bit", "u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64", "bcd16", "bcd32", "text",
    ];

    private readonly int _base;
    private readonly RegisterTable? _table;

    private RegisterPointReader(DocumentNode map)
    {
        _base = (int)map.Integer("address_base", 0, 1);
        _table = map.Has("function") ? ReadTable(map) : null;
    }

    /// <summary>Reads the points of this map.</summary>
    public static Func<DocumentNode, PointSource> Of(DocumentNode map) =>
        new RegisterPointReader(map).Read;

    /// <summary>
    /// Values that cross each other: a word of one cannot belong to the other. One within the
    /// other is lawful: the bits of a word, its halves, the same word twice.
    /// </summary>
    public static bool Cross(DevicePoint one, DevicePoint other)
    {
        if (one.Source is not PointSource.Registers a
            || other.Source is not PointSource.Registers b
            || a.Table != b.Table)
        {
            return false;
        }

        var (first, second) = a.Address <= b.Address ? (a, b) : (b, a);
        var firstEnd = first.Address + first.Count;
        return first.Address < second.Address && second.Address < firstEnd
            && firstEnd < second.Address + second.Count;
    }

    public static RegisterTable ReadTable(DocumentNode node) =>
        (RegisterTable)Math.Max(0, Array.IndexOf(Tables, node.OneOf("function", Tables)));

    /// <summary>Numbers in hexadecimal, with spaces between.</summary>
    /// <param name="prefix">What each begins with: 0x, or nothing.</param>
    public static ImmutableArray<ulong> ReadHex(
        DocumentNode item, string key, string prefix, int countMax, ulong max)
    {
        var numbers = ImmutableArray.CreateBuilder<ulong>();
        foreach (var word in Words(item, key))
        {
            if (word.StartsWith(prefix, StringComparison.Ordinal)
                && ulong.TryParse(
                    word.AsSpan(prefix.Length), NumberStyles.AllowHexSpecifier, null, out var bits)
                && bits <= max && numbers.Count < countMax)
            {
                numbers.Add(bits);
            }
            else
            {
                item.Fault(
                    key, $"'{word}' is not lawful in '{key}'",
                    $"write at most {countMax} numbers up to {prefix}{max:X} in hexadecimal, "
                    + $"with spaces between, such as '{prefix}8000 {prefix}FFFF'");
            }
        }

        return numbers.ToImmutable();
    }

    private static string[] Words(DocumentNode item, string key) =>
        (item.OptionalText(key) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private PointSource Read(DocumentNode item)
    {
        if (!item.Has("model"))
        {
            var isOwn = item.Has("function") || _table is null;
            return ReadRegisters(item, isOwn ? ReadTable(item) : _table!.Value);
        }

        ImmutableArray<int> models = [.. Words(item, "model").Select(
            word => ushort.TryParse(word, NumberStyles.None, null, out var model) ? model : 0)];
        if (models.IsEmpty || models.Contains(0))
        {
            item.Fault(
                "model", $"'{item.Text("model")}' is no list of SunSpec models",
                "write numbers of models with spaces between, such as '101 102 103'");
            models = [1];
        }

        var within = ReadRegisters(item, RegisterTable.Holding);
        return new PointSource.ModelPoint(
            models,
            item.Has("sentinels") ? within : within with { Sentinels = NoValue(within.Type) });
    }

    /// <summary>The bits that say "not implemented" in every SunSpec model.</summary>
    private static ImmutableArray<ulong> NoValue(RegisterType type) => type switch
    {
        RegisterType.U16 or RegisterType.Bit => [ushort.MaxValue],
        RegisterType.I16 => [0x8000],
        RegisterType.U32 => [uint.MaxValue],
        RegisterType.I32 => [0x8000_0000],
        RegisterType.U64 => [ulong.MaxValue],
        RegisterType.I64 => [0x8000_0000_0000_0000],
        _ => [],
    };

    private PointSource.Registers ReadRegisters(DocumentNode item, RegisterTable table)
    {
        var type = item.OneOf("type", Types);
        var order = item.Has("order")
            ? item.OneOf("order", "ABCD", "CDAB", "BADC", "DCBA")
            : "ABCD";
        var source = new PointSource.Registers(
            table, ReadAddress(item, "address", table),
            Enum.TryParse<RegisterType>(type, ignoreCase: true, out var known)
                ? known
                : RegisterType.U16)
        {
            Order = Enum.TryParse<ByteOrder>(order, ignoreCase: true, out var placed)
                ? placed
                : ByteOrder.Abcd,
        };
        source = ReadParts(item, source);
        source = ReadFactor(item, source);
        if (source.Address + source.Count > ushort.MaxValue + 1)
        {
            item.Fault("address", "the point ends after register 65535", "use a lower address");
        }

        return source;
    }

    /// <summary>As printed in the manual; the answer counts from 0.</summary>
    private int ReadAddress(DocumentNode item, string key, RegisterTable table)
    {
        if (ManualNumber.OfSixDigits(item.OptionalText(key) ?? "") is not var (meant, number))
        {
            return (int)item.Integer(key, _base, ushort.MaxValue + _base) - _base;
        }

        var name = Tables[(int)meant];
        var function = meant == table ? "" : $" and 'function: {name}'";
        item.Fault(
            key, $"'{key}' is '{item.Text(key)}': manuals write {name} register {number} so, the "
            + "first of six digits for its table",
            $"write '{key}: {number - 1 + _base}'{function}; 'address_base' is {_base} here");
        return 0;
    }

    private static PointSource.Registers ReadParts(
        DocumentNode item, PointSource.Registers source)
    {
        var isBits = source.Table is RegisterTable.Coil or RegisterTable.Discrete;
        if (isBits && source.Type != RegisterType.Bit)
        {
            item.Fault(
                "type", "coils and discrete inputs are single bits",
                "write 'type: bit', or another 'function'");
            source = source with { Type = RegisterType.Bit };
        }

        if (source.Type == RegisterType.Bit && !isBits)
        {
            source = source with { Bit = (int)item.Integer("bit", 0, 15) };
        }

        if (source.Type == RegisterType.Text)
        {
            return source with
            {
                TextRegisters = (int)item.Integer("registers", 1, AgentLimits.TextRegistersMax),
            };
        }

        var max = source.Width == 4 ? ulong.MaxValue : (1UL << (16 * source.Width)) - 1;
        return source with
        {
            Sentinels = ReadHex(item, "sentinels", "0x", AgentLimits.SentinelsMax, max),
        };
    }

    private PointSource.Registers ReadFactor(DocumentNode item, PointSource.Registers source)
    {
        if (!item.Has("scale_factor"))
        {
            return source;
        }

        var isWhole = source.Type is not (RegisterType.F32 or RegisterType.F64
            or RegisterType.Bit or RegisterType.Text);
        var factor = ReadAddress(item, "scale_factor", source.Table);
        var start = Math.Min(source.Address, factor);
        var factored = source with
        {
            Address = start,
            ValueAt = source.Address - start,
            ScaleFactorAt = factor - start,
        };
        if (isWhole && factored.Count <= AgentLimits.RegistersPerReadMax)
        {
            return factored;
        }

        item.Fault(
            "scale_factor", isWhole
                ? "the factor is too far from its value for one request"
                : $"a value of type {source.Type.ToString().ToLowerInvariant()} has no factor",
            "name the register with the power of ten of a whole number, or remove the line");
        return source;
    }
}
