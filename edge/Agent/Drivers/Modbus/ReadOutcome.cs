using Monitoring.Wire.Records;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>What came of one read request.</summary>
public abstract record ReadOutcome
{
    private ReadOutcome()
    {
    }

    /// <summary>Registers, as many as were asked for.</summary>
    public sealed record Words(ushort[] Values) : ReadOutcome;

    /// <summary>The device answered with a Modbus exception.</summary>
    public sealed record Refused(byte Code) : ReadOutcome;

    /// <summary>No answer that can be used.</summary>
    public sealed record Failed(Reason Reason, string Detail) : ReadOutcome;

    public static Failed Bad(string detail) => new(Reason.BadFrame, detail);

    /// <summary>Why there are no registers; None where there are.</summary>
    public (Reason Reason, string Detail) Fault() => this switch
    {
        Refused refused => (Reason.ModbusException, Explain(refused.Code)),
        Failed failed => (failed.Reason, failed.Detail),
        _ => (Reason.None, ""),
    };

    private static string Explain(byte code) => code switch
    {
        1 => "exception 1, the function is not supported; check 'function' of the device map",
        2 => "exception 2, no such registers; check the addresses of the device map",
        3 => "exception 3, the number of registers is not accepted",
        4 => "exception 4, the device failed",
        5 or 6 => $"exception {code}, the device is busy",
        10 => "exception 10, the gateway has no path; check the gateway's settings",
        11 => "exception 11, the device behind the gateway does not answer; check 'unit'",
        _ => $"exception {code}",
    };
}
