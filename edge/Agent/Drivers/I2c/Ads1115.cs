using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Device.I2c;
using Monitoring.Agent.Devices;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Drivers.I2c;

/// <summary>
/// Texas Instruments ADS1115: four inputs of 16 bits, one conversion each for a read. Over a shunt
/// it reads 4-20 mA loops with the limits of NAMUR NE 43 (those from memory).
/// </summary>
internal sealed class Ads1115(I2cDevice chip) : I2cSensor
{
    private const byte Conversion = 0;
    private const byte Configuration = 1;
    private const ushort StartOrDone = 0x8000;
    private const ushort FirstInput = 0x4000;
    private const ushort SingleShot = 0x0100;
    private const ushort Rate128 = 0x0080;
    private const ushort NoComparator = 0x0003;

    /// <summary>A conversion takes 8 ms.</summary>
    private const int PollsMax = 50;

    private const double LineBreakMilliamperes = 3.6;
    private const double LowestMilliamperes = 3.8;
    private const double HighestMilliamperes = 20.5;
    private const double ShortCircuitMilliamperes = 21;

    public override SensorAnswer Read(
        ImmutableArray<PointSource.I2cChannel> channels, CancellationToken abandon)
    {
        var measured = ImmutableArray.CreateBuilder<Measured>(channels.Length);
        SampleTrouble? trouble = null;
        foreach (var channel in channels)
        {
            var one = Convert(channel, abandon);
            measured.Add(one);
            if (one.Value is null)
            {
                trouble ??= new SampleTrouble(one.Reason, $"input {channel.Name}");
            }
        }

        return new SensorAnswer(measured.MoveToImmutable(), trouble);
    }

    public override void Dispose() => chip.Dispose();

    /// <summary>What a current loop means by its current.</summary>
    internal static Measured Loop(double milliamperes) => milliamperes switch
    {
        < LineBreakMilliamperes => Measured.Absent(Reason.LineBreak),
        > ShortCircuitMilliamperes => Measured.Absent(Reason.ShortCircuit),
        < LowestMilliamperes or > HighestMilliamperes =>
            Measured.Uncertain(milliamperes, Reason.OutOfRange),
        _ => Measured.Good(milliamperes),
    };

    private Measured Convert(PointSource.I2cChannel channel, CancellationToken abandon)
    {
        var input = channel.Name[^1] - '0';
        var gain = ConverterRange.All.IndexOf(channel.FullScaleVolts!.Value);
        var wanted = (ushort)(FirstInput + (input << 12) | gain << 9 | SingleShot | Rate128
            | NoComparator);
        Span<byte> bytes = stackalloc byte[3];
        bytes[0] = Configuration;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[1..], (ushort)(wanted | StartOrDone));
        chip.Write(bytes);
        for (var poll = 0; poll < PollsMax; poll++)
        {
            Pause(2, abandon);
            var now = Get(Configuration);
            if ((now & ~StartOrDone) != wanted)
            {
                // It was without power, or another program uses it: the number is not this input.
                return Measured.Absent(Reason.Fault);
            }

            if ((now & StartOrDone) != 0)
            {
                return Of(channel, unchecked((short)Get(Conversion)));
            }
        }

        return Measured.Absent(Reason.Timeout);
    }

    private static Measured Of(PointSource.I2cChannel channel, short code)
    {
        var volts = code * channel.FullScaleVolts!.Value / 32768;
        var isClipped = code is short.MaxValue or short.MinValue;
        return channel.ShuntOhms is not { } ohms
            ? isClipped ? Measured.Absent(Reason.OutOfRange) : Measured.Good(volts)
            : isClipped ? Measured.Absent(Reason.ShortCircuit) : Loop(volts / ohms * 1000);
    }

    private ushort Get(byte register)
    {
        Span<byte> value = stackalloc byte[2];
        chip.WriteRead([register], value);
        return BinaryPrimitives.ReadUInt16BigEndian(value);
    }
}
