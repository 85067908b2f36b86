using Monitoring.Wire.Records;

namespace Monitoring.Wire.Sparkplug;

/// <summary>Sparkplug B data types that hold one scalar, by their number on the wire.</summary>
public enum DataType
{
    Unknown = 0,
    Int8 = 1,
    Int16 = 2,
    Int32 = 3,
    Int64 = 4,
    UInt8 = 5,
    UInt16 = 6,
    UInt32 = 7,
    UInt64 = 8,
    Float = 9,
    Double = 10,
    Boolean = 11,
    String = 12,
    DateTime = 13,
    Text = 14,
    Uuid = 15,
}

/// <summary>The types that our agents declare.</summary>
public static class DataTypes
{
    public static DataType Of(ValueKind kind) => kind switch
    {
        ValueKind.Real => DataType.Double,
        ValueKind.Integer => DataType.Int64,
        ValueKind.Flag => DataType.Boolean,
        _ => DataType.String,
    };
}
