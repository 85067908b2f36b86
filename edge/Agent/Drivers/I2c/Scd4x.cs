using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Device.I2c;
using Monitoring.Agent.Devices;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Drivers.I2c;

/// <summary>
/// Sensirion SCD40/SCD41: CO2, temperature and humidity, measured by the chip every 5 s. Commands
/// of 16 bits; every word that comes or goes is followed by a CRC-8. Source: commands and formulas
/// as in Sensirion's public drivers; times and the CRC from memory of the data sheet.
/// </summary>
internal sealed class Scd4x(I2cDevice chip, SensorSettings settings, TimeProvider time) : I2cSensor
{
    private const int WordBytes = 3;
    private const int CommandMs = 2;

    private const ushort StopMeasuring = 0x3F86;
    private const ushort GetSerial = 0x3682;
    private const ushort SetAutoCalibration = 0x2416;
    private const ushort SetAmbientPressure = 0xE000;
    private const ushort StartMeasuring = 0x21B1;
    private const ushort GetDataReady = 0xE4B8;
    private const ushort ReadMeasurement = 0xEC05;

    /// <summary>After a stop the chip takes no command for as long.</summary>
    private static readonly TimeSpan StopTakes = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Three measurements long without one: it does not measure, as after a loss of power that
    /// was too short to be seen.
    /// </summary>
    private static readonly TimeSpan SilentMax = TimeSpan.FromSeconds(15);

    private State _state = State.Unknown;
    private long _since;
    private string _serial = "";

    private enum State
    {
        Unknown,
        Stopping,
        Measuring,
    }

    public override SensorAnswer Read(
        ImmutableArray<PointSource.I2cChannel> channels, CancellationToken abandon)
    {
        if (_state == State.Measuring && time.GetElapsedTime(_since) >= SilentMax)
        {
            _state = State.Unknown;
        }

        return _state switch
        {
            // It may be measuring still, for an agent before this one.
            State.Unknown => Stop(channels),
            State.Stopping when time.GetElapsedTime(_since) < StopTakes => Starting(channels),
            State.Stopping => Start(channels, abandon),
            _ => Measure(channels, abandon),
        };
    }

    public override void Dispose() => chip.Dispose();

    /// <summary>Polynomial 0x31, initial value 0xFF.</summary>
    internal static byte Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = 0xFF;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x80) != 0 ? (crc << 1) ^ 0x31 : crc << 1;
            }

            crc &= 0xFF;
        }

        return (byte)crc;
    }

    private SensorAnswer Stop(ImmutableArray<PointSource.I2cChannel> channels)
    {
        Send(StopMeasuring);
        Enter(State.Stopping);
        return Starting(channels);
    }

    private SensorAnswer Start(
        ImmutableArray<PointSource.I2cChannel> channels, CancellationToken abandon)
    {
        if (Ask(GetSerial, 3, abandon) is not { } serial)
        {
            return Corrupt(channels);
        }

        _serial = string.Concat(serial.Select(word => $"{word:X4}"));
        Send(SetAutoCalibration, settings.AutoCalibration ? (ushort)1 : (ushort)0);
        Pause(CommandMs, abandon);
        if (settings.AmbientPressureHpa is { } pressure)
        {
            Send(SetAmbientPressure, (ushort)pressure);
            Pause(CommandMs, abandon);
        }

        Send(StartMeasuring);
        Enter(State.Measuring);
        return Starting(channels);
    }

    private SensorAnswer Measure(
        ImmutableArray<PointSource.I2cChannel> channels, CancellationToken abandon)
    {
        if (Ask(GetDataReady, 1, abandon) is not { } ready)
        {
            return Corrupt(channels);
        }

        if ((ready[0] & 0x07FF) == 0)
        {
            // No trouble: it measures more slowly than it is read.
            return new SensorAnswer(
                [.. channels.Select(_ => Measured.Absent(Reason.NotReady))], Trouble: null);
        }

        Enter(State.Measuring);
        if (Ask(ReadMeasurement, 3, abandon) is not { } words)
        {
            return Corrupt(channels);
        }

        return new SensorAnswer([.. channels.Select(channel => Measured.Good(channel.Name switch
        {
            "co2" => words[0],
            "t" => -45 + 175.0 * words[1] / ushort.MaxValue,
            _ => 100.0 * words[2] / ushort.MaxValue,
        }))], null);
    }

    private void Enter(State state) => (_state, _since) = (state, time.GetTimestamp());

    private SensorAnswer Starting(ImmutableArray<PointSource.I2cChannel> channels) =>
        Absent(channels, Reason.NotReady, "the sensor is starting");

    private SensorAnswer Corrupt(ImmutableArray<PointSource.I2cChannel> channels) =>
        Absent(channels, Reason.Crc, "a word came with a wrong checksum");

    private SensorAnswer Absent(
        ImmutableArray<PointSource.I2cChannel> channels, Reason reason, string detail) =>
        SensorAnswer.Nothing(
            channels.Length, reason, _serial.Length > 0 ? $"serial {_serial}: {detail}" : detail);

    private void Send(ushort command)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, command);
        chip.Write(bytes);
    }

    private void Send(ushort command, ushort argument)
    {
        Span<byte> bytes = stackalloc byte[2 + WordBytes];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, command);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], argument);
        bytes[4] = Crc(bytes[2..4]);
        chip.Write(bytes);
    }

    /// <summary>The words of an answer; null: a checksum is wrong.</summary>
    private ushort[]? Ask(ushort command, int words, CancellationToken abandon)
    {
        Send(command);
        Pause(CommandMs, abandon);
        Span<byte> bytes = stackalloc byte[words * WordBytes];
        chip.Read(bytes);
        var answer = new ushort[words];
        for (var i = 0; i < words; i++)
        {
            var word = bytes.Slice(i * WordBytes, WordBytes);
            if (Crc(word[..2]) != word[2])
            {
                return null;
            }

            answer[i] = BinaryPrimitives.ReadUInt16BigEndian(word);
        }

        return answer;
    }
}
