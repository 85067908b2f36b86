using System.Buffers.Binary;
using Monitoring.Agent.Devices;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>What came of one request.</summary>
public abstract record ModbusOutcome
{
    private ModbusOutcome()
    {
    }

    /// <summary>The answer to just this request.</summary>
    /// <param name="Pdu">The function code first.</param>
    /// <param name="Sent">Monotonic timestamp before the request went out.</param>
    /// <param name="Came">Monotonic timestamp after the answer had come.</param>
    public sealed record Answered(byte[] Pdu, long Sent, long Came) : ModbusOutcome
    {
        /// <summary>The registers of the block, or 0 and 1 for its bits.</summary>
        public void Take(ReadBlock block, Span<ushort> words)
        {
            var content = Pdu.AsSpan(2);
            for (var i = 0; i < block.Count; i++)
            {
                words[i] = ModbusRequest.IsBits(block.Table)
                    ? (ushort)((content[i / 8] >> (i % 8)) & 1)
                    : BinaryPrimitives.ReadUInt16BigEndian(content[(2 * i)..]);
            }
        }
    }

    /// <summary>The device, or the gateway before it, answered with a Modbus exception.</summary>
    public sealed record Refused(byte Code) : ModbusOutcome;

    /// <summary>No answer that can be used.</summary>
    public sealed record Failed(Reason Reason, string Detail) : ModbusOutcome;

    public static Failed Bad(string detail) => new(Reason.BadFrame, detail);

    public static Failed NoAnswer(TimeSpan timeout) =>
        new(Reason.Timeout, $"no answer in {timeout.TotalMilliseconds:0} ms");

    /// <summary>Why there is nothing; None where there is something.</summary>
    public (Reason Reason, string Detail) Fault() => this switch
    {
        Refused refused => (ReasonOf(refused.Code), Explain(refused.Code)),
        Failed failed => (failed.Reason, failed.Detail),
        _ => (Reason.None, ""),
    };

    private static Reason ReasonOf(byte code) => code switch
    {
        1 => Reason.IllegalFunction,
        2 => Reason.IllegalAddress,
        3 => Reason.IllegalValue,
        4 => Reason.DeviceFailure,
        5 => Reason.Acknowledge,
        6 => Reason.DeviceBusy,
        7 => Reason.NegativeAcknowledge,
        8 => Reason.MemoryParity,
        10 => Reason.GatewayPath,
        11 => Reason.GatewayTarget,
        _ => Reason.ModbusException,
    };

    private static string Explain(byte code) => code switch
    {
        1 => "exception 1, the function is not supported; check 'function' of the device map",
        2 => "exception 2, no such registers; check the addresses of the device map",
        3 => "exception 3, the number of registers is not accepted",
        4 => "exception 4, the device failed",
        5 or 6 => $"exception {code}, the device is busy",
        7 => "exception 7, the device cannot do it now",
        8 => "exception 8, the device's memory has an error; have it serviced",
        10 => "exception 10, the gateway has no path; check the gateway's settings",
        11 => "exception 11, the device behind the gateway does not answer; check 'unit'",
        _ => $"exception {code}",
    };
}
