using System.Collections.Immutable;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Devices;

/// <summary>The lawful values of a point, both ends included, in its unit.</summary>
public sealed record ValueRange(double Min, double Max);

/// <summary>One quantity of an instrument and where its registers are.</summary>
public sealed record DevicePoint
{
    public required string Id { get; init; }

    public required string Quantity { get; init; }

    /// <summary>UCUM code.</summary>
    public required string Unit { get; init; }

    public required PointSource Source { get; init; }

    public Scaling Scaling { get; private init; } = Scaling.None;

    /// <summary>Value = raw × Scale + Offset.</summary>
    public decimal Scale
    {
        get => Scaling.Scale;
        init => Scaling = new Scaling(value, Scaling.Offset);
    }

    public decimal Offset
    {
        get => Scaling.Offset;
        init => Scaling = new Scaling(Scaling.Scale, value);
    }

    public ValueRange? Range { get; init; }

    /// <summary>A whole number that is not scaled stays one: counters and status words.</summary>
    public ValueKind Kind => Source switch
    {
        PointSource.Registers registers => KindOf(registers),
        PointSource.ModelPoint { Within: var registers } => KindOf(registers),
        PointSource.GpioLevel => ValueKind.Flag,
        PointSource.I2cChannel => ValueKind.Real,
        _ => WholeUnlessScaled,
    };

    private ValueKind WholeUnlessScaled =>
        Scaling.IsNone ? ValueKind.Integer : ValueKind.Real;

    /// <summary>The registers of a point of a Modbus device.</summary>
    public PointSource.Registers Registers => (PointSource.Registers)Source;

    private ValueKind KindOf(PointSource.Registers registers) => registers.Type switch
    {
        RegisterType.Bit => ValueKind.Flag,
        RegisterType.Text => ValueKind.Text,
        RegisterType.F32 or RegisterType.F64 => ValueKind.Real,
        _ => registers.ScaleFactorAt is null ? WholeUnlessScaled : ValueKind.Real,
    };
}

/// <summary>What an instrument's status word says about its readings.</summary>
/// <param name="Point">The point that holds the word.</param>
/// <param name="Mask">The bits that count.</param>
/// <param name="EqualTo">Their value; null: any of them set.</param>
/// <param name="AppliesTo">The points concerned.</param>
public sealed record StatusRule(
    string Point, uint Mask, uint? EqualTo, Quality Quality, Reason Reason,
    ImmutableArray<string> AppliesTo)
{
    public bool Matches(long word)
    {
        var bits = unchecked((uint)word) & Mask;
        return EqualTo is { } value ? bits == value : bits != 0;
    }
}

/// <summary>The registers, or bits, that one request reads.</summary>
public sealed record ReadBlock(RegisterTable Table, int Start, int Count);

/// <summary>By which kind of link an instrument is reached.</summary>
public enum DeviceProtocol
{
    Modbus,
    I2c,
    Gpio,
}

/// <summary>A range of registers of one table, both ends included.</summary>
public sealed record RegisterRange(RegisterTable Table, int First, int Last)
{
    public int Count => Last - First + 1;

    public static RegisterRange Of(ReadBlock block) =>
        new(block.Table, block.Start, block.Start + block.Count - 1);

    public bool Contains(RegisterRange other) =>
        Table == other.Table && First <= other.First && other.Last <= Last;

    public bool Overlaps(RegisterRange other) =>
        Table == other.Table && First <= other.Last && other.First <= Last;
}

/// <summary>What requests a Modbus device bears.</summary>
public sealed record RequestLimits
{
    public static readonly RequestLimits Standard = new();

    /// <summary>Registers of one request.</summary>
    public int RegistersMax { get; init; } = AgentLimits.RegistersPerReadMax;

    /// <summary>Bits of one request.</summary>
    public int BitsMax { get; init; } = 2000;

    /// <summary>Never to be asked for, not even as a hole between two points.</summary>
    public ImmutableArray<RegisterRange> Forbidden { get; init; } = [];

    /// <summary>False: only registers of points, no holes, are read.</summary>
    public bool HolesAllowed { get; init; } = true;

    /// <summary>False: each point has a request of its own.</summary>
    public bool MergeAllowed { get; init; } = true;

    /// <summary>Between the end of an answer and the next request to the same link.</summary>
    public TimeSpan Gap { get; init; }

    /// <summary>Between a connection and its first request.</summary>
    public TimeSpan PauseAfterConnect { get; init; }

    /// <summary>What the device takes to answer, as far as known: for predictions.</summary>
    public TimeSpan TypicalDelay { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Registers, or bits, of one request to a table.</summary>
    public int CountMax(RegisterTable table) =>
        table is RegisterTable.Coil or RegisterTable.Discrete ? BitsMax : RegistersMax;
}

/// <summary>The register table of one kind of instrument.</summary>
public sealed record DeviceMap
{
    /// <summary>From the most to the least that is known of a table.</summary>
    public static readonly string[] Labels =
    [
        "field tested",
        "documented, not field tested",
        "third-party copy, not field tested",
        "from memory, not field tested",
        "simulated",
    ];

    public required string Id { get; init; }

    public required string Title { get; init; }

    /// <summary>The document that the table comes from.</summary>
    public required string Source { get; init; }

    /// <summary>How far it can be trusted: one of the labels; null where nobody said.</summary>
    public string? Label { get; init; }

    public required DeviceProtocol Protocol { get; init; }

    /// <summary>SHA-256 of the text it was read from: tells one version from the next.</summary>
    public ImmutableArray<byte> Digest { get; init; } = [];

    /// <summary>The sensor driver of an I2C device: scd4x, bme280, ads1115; else null.</summary>
    public string? Driver { get; init; }

    public SensorSettings Sensor { get; init; } = SensorSettings.Standard;

    public RequestLimits Limits { get; init; } = RequestLimits.Standard;

    public required ImmutableArray<DevicePoint> Points { get; init; }

    /// <summary>In order of precedence: the first that matches a point decides.</summary>
    public required ImmutableArray<StatusRule> StatusRules { get; init; }

    /// <summary>The same instrument with other registers; each is a map of its own.</summary>
    public ImmutableArray<DeviceMap> Variants { get; init; } = [];

    /// <summary>Whether the addresses are found by asking the device for its models.</summary>
    public bool IsSunSpec => Points.Any(point => point.Source is PointSource.ModelPoint);

    /// <summary>The point that counts the images served; null where there is none.</summary>
    public required string? SequencePoint { get; init; }
}
