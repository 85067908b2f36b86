using System.Collections.Immutable;
using System.Device.I2c;
using Monitoring.Agent.Devices;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Drivers.I2c;

/// <summary>
/// Bosch BME280: temperature, humidity, pressure; one measurement for each read, so that its time
/// is known. Source: registers as in Bosch's public driver; the bits of the words of calibration
/// from memory of the data sheet.
/// </summary>
internal sealed class Bme280(I2cDevice chip) : I2cSensor
{
    private const byte Id = 0xD0;
    private const byte ChipId = 0x60;
    private const byte Reset = 0xE0;
    private const byte ResetWord = 0xB6;
    private const byte Status = 0xF3;
    private const byte Measuring = 0x08;
    private const byte CopyingCalibration = 0x01;
    private const byte HumidityControl = 0xF2;
    private const byte Control = 0xF4;
    private const byte First = 0xF7;
    private const byte CalibrationLow = 0x88;
    private const byte CalibrationHigh = 0xE1;

    /// <summary>Each quantity once, then sleep.</summary>
    private const byte HumidityOnce = 0x01;
    private const byte OnceForced = 0x25;

    /// <summary>A measurement takes 10 ms.</summary>
    private const int PollsMax = 50;

    private Bme280Calibration? _calibration;

    public override SensorAnswer Read(
        ImmutableArray<PointSource.I2cChannel> channels, CancellationToken abandon)
    {
        if (_calibration is null && Start(abandon) is { } trouble)
        {
            return SensorAnswer.Nothing(channels.Length, trouble.Reason, trouble.Detail);
        }

        // The control of humidity holds only once the other one is written.
        chip.Write([HumidityControl, HumidityOnce]);
        chip.Write([Control, OnceForced]);
        if (!Finishes(Measuring, abandon))
        {
            _calibration = null;
            return SensorAnswer.Nothing(
                channels.Length, Reason.Timeout, "a measurement does not end; it is reset");
        }

        Span<byte> raw = stackalloc byte[8];
        chip.WriteRead([First], raw);
        var values = _calibration!.Compensate(
            (raw[3] << 12) | (raw[4] << 4) | (raw[5] >> 4),
            (raw[0] << 12) | (raw[1] << 4) | (raw[2] >> 4), (raw[6] << 8) | raw[7]);
        return new SensorAnswer([.. channels.Select(channel => Of(channel.Name switch
        {
            "t" => values.Celsius,
            "rh" => values.RelativeHumidity,
            _ => values.Pascal,
        }))], null);
    }

    public override void Dispose() => chip.Dispose();

    private static Measured Of(double? value) =>
        value is { } number ? Measured.Good(number) : Measured.Absent(Reason.Sentinel);

    /// <summary>Checks that it is the chip, resets it, reads its calibration.</summary>
    private SampleTrouble? Start(CancellationToken abandon)
    {
        var id = Get(Id);
        if (id != ChipId)
        {
            return new SampleTrouble(
                Reason.Configuration, $"the chip says it is 0x{id:X2}; a BME280 says 0x60");
        }

        chip.Write([Reset, ResetWord]);
        if (!Finishes(CopyingCalibration, abandon))
        {
            return new SampleTrouble(Reason.NotReady, "it does not come back from its reset");
        }

        var low = new byte[26];
        var high = new byte[7];
        chip.WriteRead([CalibrationLow], low);
        chip.WriteRead([CalibrationHigh], high);
        _calibration = Bme280Calibration.Read(low, high);
        return _calibration is null
            ? new SampleTrouble(Reason.Fault, "its calibration is empty")
            : null;
    }

    /// <summary>Waits for a bit of the status to fall.</summary>
    private bool Finishes(byte bit, CancellationToken abandon)
    {
        for (var poll = 0; poll < PollsMax; poll++)
        {
            Pause(2, abandon);
            if ((Get(Status) & bit) == 0)
            {
                return true;
            }
        }

        return false;
    }

    private byte Get(byte register)
    {
        Span<byte> value = stackalloc byte[1];
        chip.WriteRead([register], value);
        return value[0];
    }
}
