using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Monitoring.Agent.Drivers.I2c;

/// <summary>
/// The calibration words of one chip and what they make of its raw numbers: the formulas in
/// doubles of Bosch's data sheet, from memory.
/// </summary>
/// <param name="T">dig_T1 to dig_T3, from index 1 on as there; so are P and H.</param>
internal sealed record Bme280Calibration(
    ImmutableArray<int> T, ImmutableArray<int> P, ImmutableArray<int> H)
{
    private const int Skipped = 0x80000;
    private const int HumiditySkipped = 0x8000;

    /// <param name="low">Registers 0x88 to 0xA1.</param>
    /// <param name="high">Registers 0xE1 to 0xE7.</param>
    /// <returns>Null where the registers hold none.</returns>
    public static Bme280Calibration? Read(ReadOnlySpan<byte> low, ReadOnlySpan<byte> high)
    {
        var words = new int[12];
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = BinaryPrimitives.ReadInt16LittleEndian(low[(2 * i)..]);
        }

        // The first words of temperature and of pressure have no sign.
        int t1 = unchecked((ushort)words[0]), p1 = unchecked((ushort)words[3]);
        if (t1 is 0 or ushort.MaxValue || p1 is 0 or ushort.MaxValue)
        {
            return null;
        }

        int[] humidity =
        [
            0, low[25], BinaryPrimitives.ReadInt16LittleEndian(high), high[2],
            (unchecked((sbyte)high[3]) * 16) | (high[4] & 0x0F),
            (unchecked((sbyte)high[5]) * 16) | (high[4] >> 4),
            unchecked((sbyte)high[6]),
        ];
        return new Bme280Calibration(
            [0, t1, words[1], words[2]], [0, p1, .. words[4..12]], [.. humidity]);
    }

    /// <summary>Null: not measured, or no value can be computed.</summary>
    public (double? Celsius, double? Pascal, double? RelativeHumidity) Compensate(
        int t, int p, int h)
    {
        if (t == Skipped)
        {
            // Both others are computed with the temperature.
            return (null, null, null);
        }

        var offset = t / 131072.0 - T[1] / 8192.0;
        var fine = (t / 16384.0 - T[1] / 1024.0) * T[2] + offset * offset * T[3];
        return (fine / 5120, p == Skipped ? null : Pressure(p, fine),
            h == HumiditySkipped ? null : Humidity(h, fine));
    }

    private double? Pressure(int raw, double fine)
    {
        var x = fine / 2 - 64000;
        var a = (x * x * P[6] / 32768 + x * P[5] * 2) / 4 + P[4] * 65536.0;
        var b = (1 + (P[3] * x * x / 524288 + P[2] * x) / 524288 / 32768) * P[1];
        if (b == 0)
        {
            return null;
        }

        var pascal = (1048576 - raw - a / 4096) * 6250 / b;
        return pascal
            + (P[9] * pascal * pascal / 2147483648 + pascal * P[8] / 32768 + P[7]) / 16;
    }

    private double Humidity(int raw, double fine)
    {
        var x = fine - 76800;
        var percent = (raw - (H[4] * 64.0 + H[5] / 16384.0 * x))
            * (H[2] / 65536.0 * (1 + H[6] / 67108864.0 * x * (1 + H[3] / 67108864.0 * x)));
        return Math.Clamp(percent * (1 - H[1] * percent / 524288), 0, 100);
    }
}
