using System.Buffers.Binary;

namespace Monitoring.Tests;

/// <summary>
/// The BME280's registers: measures when it is told to, each quantity that is switched on, and
/// comes back from a reset and from a loss of power with its controls at 0.
/// </summary>
internal sealed class FakeBme280 : RegisterChip
{
    /// <summary>
    /// The words of calibration and the raw numbers of the example in the data sheet of the
    /// BMP280 (same formulas), from memory; those of humidity are of no sheet.
    /// </summary>
    public static readonly short[] Words =
        [27504, 26435, -1000, unchecked((short)36477), -10685, 3024, 2855, 140, -7, 15500, -14600,
         6000];

    public const int RawTemperature = 519888;
    public const int RawPressure = 415148;
    public const int RawHumidity = 28_000;

    private int _pollsLeft;

    public FakeBme280()
    {
        Registers[0xD0] = 0x60;
        for (var i = 0; i < Words.Length; i++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(Registers.AsSpan(0x88 + 2 * i), Words[i]);
        }

        // H1 75, H2 362, H3 0, H4 334, H5 -50, H6 30: 12 bits each for H4 and H5.
        Registers[0xA1] = 75;
        BinaryPrimitives.WriteInt16LittleEndian(Registers.AsSpan(0xE1), 362);
        Registers[0xE4] = 334 >> 4;
        Registers[0xE5] = (334 & 0xF) | ((-50 & 0xF) << 4);
        Registers[0xE6] = unchecked((byte)(-50 >> 4));
        Registers[0xE7] = 30;
        LosePower();
    }

    public int Resets { get; private set; }

    public bool IsStuck { get; set; }

    public override void LosePower()
    {
        Registers[0xF2] = Registers[0xF4] = Registers[0xF3] = 0;
        Put(0x80000, 0x80000, 0x8000);
    }

    protected override void Store(byte address, byte value)
    {
        if (address == 0xE0 && value == 0xB6)
        {
            Resets++;
            LosePower();
            (Registers[0xF3], _pollsLeft) = (0x01, 2);
            return;
        }

        base.Store(address, value);
        if (address == 0xF4 && (value & 0x03) == 1)
        {
            (Registers[0xF3], _pollsLeft) = (0x08, 3);
        }
    }

    protected override void BeforeRead(byte address)
    {
        if (address != 0xF3 || IsStuck || --_pollsLeft > 0)
        {
            return;
        }

        if ((Registers[0xF3] & 0x08) != 0)
        {
            var control = Registers[0xF4];
            Put((control & 0xE0) == 0 ? 0x80000 : RawTemperature,
                (control & 0x1C) == 0 ? 0x80000 : RawPressure,
                (Registers[0xF2] & 0x07) == 0 ? 0x8000 : RawHumidity);
        }

        Registers[0xF3] = 0;
    }

    public void Put(int t, int p, int h)
    {
        byte[] raw =
        [
            (byte)(p >> 12), (byte)((p >> 4) & 0xFF), (byte)((p & 0xF) << 4),
            (byte)(t >> 12), (byte)((t >> 4) & 0xFF), (byte)((t & 0xF) << 4),
            (byte)(h >> 8), (byte)(h & 0xFF),
        ];
        raw.CopyTo(Registers, 0xF7);
    }
}
