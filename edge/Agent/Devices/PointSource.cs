using System.Collections.Immutable;

namespace Monitoring.Agent.Devices;

/// <summary>The four Modbus tables: two of 16-bit registers, two of single bits.</summary>
public enum RegisterTable
{
    Holding,
    Input,
    Coil,
    Discrete,
}

/// <summary>How the registers of a point are to be read.</summary>
public enum RegisterType
{
    U16,
    I16,
    U32,
    I32,
    F32,
    U64,
    I64,
    F64,

    /// <summary>Four decimal digits in a register.</summary>
    Bcd16,

    /// <summary>Eight decimal digits in two registers.</summary>
    Bcd32,

    /// <summary>A coil, a discrete input, or one bit of a register.</summary>
    Bit,

    /// <summary>Two characters a register, the high byte first, padded with NUL or space.</summary>
    Text,
}

/// <summary>
/// Where the bytes of a number are, A the most significant. For 64 bits the same two flags: are
/// the words in reverse, are the bytes of a word.
/// </summary>
public enum ByteOrder
{
    Abcd,
    Cdab,
    Badc,
    Dcba,
}

/// <summary>The resistor inside the chip that holds an open input line.</summary>
public enum LineBias
{
    /// <summary>As the board has it.</summary>
    AsIs,
    Up,
    Down,
}

/// <summary>Where a point comes from, by the protocol of its instrument.</summary>
public abstract record PointSource
{
    private PointSource()
    {
    }

    /// <summary>Registers, or single bits, of a Modbus device.</summary>
    /// <param name="Address">0-based, as in the request.</param>
    public sealed record Registers(RegisterTable Table, int Address, RegisterType Type)
        : PointSource
    {
        public ByteOrder Order { get; init; } = ByteOrder.Abcd;

        /// <summary>The bit of a register, 0 the lowest; null for every other type.</summary>
        public int? Bit { get; init; }

        /// <summary>Registers of a text; 0 for every other type.</summary>
        public int TextRegisters { get; init; }

        /// <summary>Raw bit patterns that mean "no value".</summary>
        public ImmutableArray<ulong> Sentinels { get; init; } = [];

        /// <summary>Where the value begins, counted from the address.</summary>
        public int ValueAt { get; init; }

        /// <summary>
        /// The register, counted from the address, that holds the power of ten of a whole number
        /// (SunSpec). It is read with the value, or one could be scaled by another one's power.
        /// </summary>
        public int? ScaleFactorAt { get; init; }

        /// <summary>Registers (or bits, in the tables of bits) of the value itself.</summary>
        public int Width => Type switch
        {
            RegisterType.U16 or RegisterType.I16 or RegisterType.Bcd16 or RegisterType.Bit => 1,
            RegisterType.U64 or RegisterType.I64 or RegisterType.F64 => 4,
            RegisterType.Text => TextRegisters,
            _ => 2,
        };

        /// <summary>
        /// Registers (or bits) that the point takes: they are read in one request.
        /// </summary>
        public int Count => Math.Max(ValueAt + Width, (ScaleFactorAt ?? 0) + 1);
    }

    /// <summary>Registers inside a SunSpec model; where that is, the device tells.</summary>
    /// <param name="Models">Models that hold the point alike; a device has one of them.</param>
    /// <param name="Within">Its address counts from the register with the model's id.</param>
    public sealed record ModelPoint(ImmutableArray<int> Models, Registers Within) : PointSource;

    /// <summary>A quantity of an I2C sensor.</summary>
    /// <param name="Name">As the driver calls it: co2, t, rh, p, ain0 …</param>
    public sealed record I2cChannel(string Name) : PointSource
    {
        /// <summary>Full scale of the converter's input in volts; null where it has none.</summary>
        public double? FullScaleVolts { get; init; }

        /// <summary>
        /// Of a 4-20 mA loop, in ohms: the value is then in milliamperes. Null: it is in volts.
        /// </summary>
        public double? ShuntOhms { get; init; }
    }

    /// <summary>An input line of the gateway that counts pulses since the first start.</summary>
    /// <param name="OnRising">Counts rising edges; false: falling ones.</param>
    /// <param name="Debounce">A pulse that is shorter is none.</param>
    /// <param name="PulsesPerSecondMax">More than these cannot be; null: no such limit.</param>
    public sealed record GpioCounter(bool OnRising, TimeSpan Debounce, double? PulsesPerSecondMax)
        : PointSource
    {
        public LineBias Bias { get; init; }
    }

    /// <summary>An input line of the gateway that is on or off.</summary>
    public sealed record GpioLevel(bool ActiveLow, TimeSpan Debounce) : PointSource
    {
        public LineBias Bias { get; init; }
    }
}
