namespace Monitoring.Wire.Records;

/// <summary>
/// Why a reading is not simply good. The numbers are stored and never reused; the names, in
/// <see cref="Reasons"/>, are what crosses the wire and what people see.
/// </summary>
public enum Reason : byte
{
    /// <summary>Nothing to say: the reading is good.</summary>
    None = 0,

    // The link.
    Timeout = 1,
    ModbusException = 2,
    BadFrame = 3,
    NotConnected = 4,
    Crc = 5,

    // The value.
    Sentinel = 10,
    OutOfRange = 11,
    NotANumber = 12,
    LineBreak = 13,
    ShortCircuit = 14,
    EdgesLost = 15,
    Configuration = 16,

    // The instrument's own word.
    WarmUp = 20,
    Calibration = 21,
    ZeroSpanCheck = 22,
    Maintenance = 23,
    Fault = 24,
    NotReady = 25,

    // The gateway.
    ClockUnsynced = 30,
    CycleOverrun = 31,
    JournalFull = 32,
    JournalCorrupt = 33,
    JournalWriteFailed = 34,
    JournalAge = 35,
    DiskSpace = 36,

    // Modbus exceptions by number; another number is a ModbusException.
    IllegalFunction = 51,
    IllegalAddress = 52,
    IllegalValue = 53,
    DeviceFailure = 54,
    Acknowledge = 55,
    DeviceBusy = 56,
    NegativeAcknowledge = 57,
    MemoryParity = 58,
    GatewayPath = 60,
    GatewayTarget = 61,

    // The hub.
    NotInJournal = 40,

    /// <summary>The hub could never read the record; its bytes are kept as they came.</summary>
    Unreadable = 41,

    /// <summary>Of a node that is not one of our agents: nobody answers for the value.</summary>
    Foreign = 42,

    /// <summary>
    /// The gateway gives the point in another unit than its source counts on.
    /// </summary>
    UnitMismatch = 43,

    /// <summary>A foreign node gave a reason that is not in this table.</summary>
    Unregistered = 255,
}

/// <summary>The one table of reasons and their names on the wire.</summary>
public static class Reasons
{
    private static readonly (Reason Reason, string Name)[] Table =
    [
        (Reason.None, ""),
        (Reason.Timeout, "timeout"),
        (Reason.ModbusException, "modbus-exception"),
        (Reason.BadFrame, "bad-frame"),
        (Reason.NotConnected, "not-connected"),
        (Reason.Crc, "crc"),
        (Reason.Sentinel, "sentinel"),
        (Reason.OutOfRange, "out-of-range"),
        (Reason.NotANumber, "not-a-number"),
        (Reason.LineBreak, "line-break"),
        (Reason.ShortCircuit, "short-circuit"),
        (Reason.EdgesLost, "edges-lost"),
        (Reason.Configuration, "configuration"),
        (Reason.WarmUp, "warm-up"),
        (Reason.Calibration, "calibration"),
        (Reason.ZeroSpanCheck, "zero-span-check"),
        (Reason.Maintenance, "maintenance"),
        (Reason.Fault, "fault"),
        (Reason.NotReady, "not-ready"),
        (Reason.ClockUnsynced, "clock-unsynced"),
        (Reason.CycleOverrun, "cycle-overrun"),
        (Reason.JournalFull, "journal-full"),
        (Reason.JournalCorrupt, "journal-corrupt"),
        (Reason.JournalWriteFailed, "journal-write-failed"),
        (Reason.JournalAge, "journal-age"),
        (Reason.DiskSpace, "disk-space"),
        (Reason.IllegalFunction, "modbus-exception-1"),
        (Reason.IllegalAddress, "modbus-exception-2"),
        (Reason.IllegalValue, "modbus-exception-3"),
        (Reason.DeviceFailure, "modbus-exception-4"),
        (Reason.Acknowledge, "modbus-exception-5"),
        (Reason.DeviceBusy, "modbus-exception-6"),
        (Reason.NegativeAcknowledge, "modbus-exception-7"),
        (Reason.MemoryParity, "modbus-exception-8"),
        (Reason.GatewayPath, "modbus-exception-10"),
        (Reason.GatewayTarget, "modbus-exception-11"),
        (Reason.NotInJournal, "not-in-journal"),
        (Reason.Unreadable, "unreadable"),
        (Reason.Foreign, "foreign"),
        (Reason.UnitMismatch, "unit-mismatch"),
        (Reason.Unregistered, "unregistered"),
    ];

    private static readonly Dictionary<Reason, string> Names =
        Table.ToDictionary(row => row.Reason, row => row.Name);

    private static readonly Dictionary<string, Reason> ByName =
        Table.ToDictionary(row => row.Name, row => row.Reason, StringComparer.Ordinal);

    /// <summary>Every registered name but the empty one.</summary>
    public static IEnumerable<string> AllNames =>
        Table.Where(row => row.Name.Length > 0).Select(row => row.Name);

    public static string NameOf(Reason reason) => Names[reason];

    public static bool IsRegistered(Reason reason) => Names.ContainsKey(reason);

    /// <summary>The reason of that name, or <see cref="Reason.Unregistered"/>.</summary>
    public static Reason Parse(string name) => ByName.GetValueOrDefault(name, Reason.Unregistered);

    public static bool TryParse(string name, out Reason reason) =>
        ByName.TryGetValue(name, out reason);
}
