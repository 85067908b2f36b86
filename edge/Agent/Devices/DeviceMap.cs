using System.Collections.Immutable;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Devices;

/// <summary>The two Modbus tables of 16-bit registers.</summary>
public enum RegisterTable
{
    Holding,
    Input,
}

/// <summary>How the registers of a point are to be read as a number.</summary>
public enum RegisterType
{
    U16,
    I16,
    U32,
    I32,
    F32,
}

/// <summary>Where the bytes of a 32-bit number are, A the most significant.</summary>
public enum ByteOrder
{
    Abcd,
    Cdab,
    Badc,
    Dcba,
}

/// <summary>The lawful values of a point, both ends included, in its unit.</summary>
public sealed record ValueRange(double Min, double Max);

/// <summary>One quantity of an instrument and where its registers are.</summary>
public sealed record DevicePoint
{
    public required string Id { get; init; }

    public required string Quantity { get; init; }

    /// <summary>UCUM code.</summary>
    public required string Unit { get; init; }

    /// <summary>0-based, as in the request.</summary>
    public required int Address { get; init; }

    public required RegisterType Type { get; init; }

    public ByteOrder Order { get; init; } = ByteOrder.Abcd;

    /// <summary>Value = raw × Scale + Offset.</summary>
    public decimal Scale { get; init; } = 1;

    public decimal Offset { get; init; }

    public ValueRange? Range { get; init; }

    /// <summary>Raw bit patterns that mean "no value".</summary>
    public ImmutableArray<uint> Sentinels { get; init; } = [];

    public int Registers => Type is RegisterType.U16 or RegisterType.I16 ? 1 : 2;

    /// <summary>A whole number that is not scaled stays one: counters and status words.</summary>
    public ValueKind Kind => Type != RegisterType.F32 && Scale == 1 && Offset == 0
        ? ValueKind.Integer
        : ValueKind.Real;
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

/// <summary>The registers that one request reads.</summary>
public sealed record ReadBlock(RegisterTable Table, int Start, int Count);

/// <summary>The register table of one kind of instrument.</summary>
public sealed record DeviceMap
{
    public required string Id { get; init; }

    public required string Title { get; init; }

    /// <summary>
    /// Where the table comes from, and whether it was ever tried on the real thing.
    /// </summary>
    public required string Source { get; init; }

    public required RegisterTable Table { get; init; }

    public required ImmutableArray<DevicePoint> Points { get; init; }

    /// <summary>In order of precedence: the first that matches a point decides.</summary>
    public required ImmutableArray<StatusRule> StatusRules { get; init; }

    /// <summary>The point that counts the images served; null where there is none.</summary>
    public required string? SequencePoint { get; init; }

    /// <summary>
    /// The one request that reads the device. A plan of several would take its place.
    /// </summary>
    public ReadBlock Block
    {
        get
        {
            var start = Points.Min(point => point.Address);
            var end = Points.Max(point => point.Address + point.Registers);
            return new ReadBlock(Table, start, end - start);
        }
    }
}
