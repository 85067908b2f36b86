using Monitoring.Agent.Devices;
using Monitoring.Agent.Sites;
using Monitoring.Wire;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>What a read costs on a Modbus link, in bytes and in time.</summary>
/// <param name="PerByte">To send or to receive one byte.</param>
/// <param name="PerRequest">
/// Whatever its bytes: the silences of a serial line, the way through a network.
/// </param>
/// <param name="RequestBytes">Bytes of a read request.</param>
/// <param name="AnswerHeadBytes">Bytes of its answer beside the values.</param>
public sealed record LinkCost(
    TimeSpan PerByte, TimeSpan PerRequest, int RequestBytes, int AnswerHeadBytes)
{
    /// <summary>
    /// Of the serial line behind a serial server, whose speed nobody told: the default of the
    /// serial line specification, 8E1.
    /// </summary>
    public const int AssumedBaud = 19_200;

    /// <summary>Above this rate the silence between frames is fixed.</summary>
    private const int VariableSilenceBaudMax = 19_200;
    private const decimal SilenceCharacters = 3.5m;

    /// <summary>There and back in a plant's network; an estimate.</summary>
    private static readonly TimeSpan NetworkLatency = TimeSpan.FromMilliseconds(1);

    /// <summary>Of a network of 10 Mbit/s, the slowest that instruments have.</summary>
    private static readonly TimeSpan NetworkByte = TimeSpan.FromMicroseconds(0.8);

    private static readonly TimeSpan FixedSilence = TimeSpan.FromMilliseconds(1.75);

    public static LinkCost Of(SiteLink link)
    {
        switch (link)
        {
            case SiteLink.Serial serial:
                return Rtu(serial.Baud, serial.BitsPerCharacter);
            case SiteLink.Tcp { IsRtu: true }:
                var line = Rtu(AssumedBaud, 11);
                return line with { PerRequest = line.PerRequest + NetworkLatency };
            default:
                Invariant.That(link is SiteLink.Tcp);
                return new LinkCost(NetworkByte, NetworkLatency, 12, 9);
        }
    }

    /// <summary>Bytes of the answer that brings a block.</summary>
    public int AnswerBytes(ReadBlock block) => AnswerHeadBytes
        + (ModbusRequest.IsBits(block.Table) ? (block.Count + 7) / 8 : 2 * block.Count);

    /// <summary>
    /// From the request of a block to the next request: bytes, silences, and the device's delay.
    /// </summary>
    public TimeSpan TimeOf(ReadBlock block, RequestLimits limits) =>
        (RequestBytes + AnswerBytes(block)) * PerByte + PerRequest + limits.TypicalDelay
        + limits.Gap;

    private static LinkCost Rtu(int baud, int bitsPerCharacter)
    {
        var character = TimeSpan.FromTicks(
            (long)(TimeSpan.TicksPerSecond * (decimal)bitsPerCharacter / baud));
        var silence = baud > VariableSilenceBaudMax
            ? FixedSilence
            : TimeSpan.FromTicks((long)(SilenceCharacters * character.Ticks));
        return new LinkCost(character, 2 * silence, 8, 5);
    }
}
