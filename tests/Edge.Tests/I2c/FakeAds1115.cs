using System.Buffers.Binary;

namespace Monitoring.Tests;

/// <summary>
/// The ADS1115: registers of 16 bits. A conversion takes three looks; its number is that of the
/// input and the range that the configuration names.
/// </summary>
internal sealed class FakeAds1115 : FakeChip
{
    private const ushort PowerOn = 0x8583;
    private static readonly double[] Ranges = [6.144, 4.096, 2.048, 1.024, 0.512, 0.256];

    private ushort _configuration = PowerOn;
    private short _conversion;
    private byte _register;
    private int _looksLeft;

    /// <summary>Volts at each input.</summary>
    public double[] Inputs { get; } = new double[4];

    /// <summary>Power fails in the middle of each conversion.</summary>
    public bool IsShaky { get; set; }

    public bool IsStuck { get; set; }

    public override void LosePower() => (_configuration, _conversion) = (PowerOn, 0);

    protected override void Take(ReadOnlySpan<byte> bytes)
    {
        _register = bytes[0];
        if (bytes.Length == 3 && _register == 1)
        {
            var written = BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]);
            Assert.Equal(0x8100, written & 0x8100);
            (_configuration, _looksLeft) = ((ushort)(written & ~0x8000), 3);
        }
    }

    protected override void Answer(Span<byte> bytes)
    {
        if (_register == 1 && IsShaky)
        {
            LosePower();
        }
        else if (_register == 1 && !IsStuck && --_looksLeft == 0)
        {
            Convert();
        }

        BinaryPrimitives.WriteUInt16BigEndian(
            bytes, _register == 0 ? unchecked((ushort)_conversion) : _configuration);
    }

    private void Convert()
    {
        var mux = (_configuration >> 12) & 7;
        var volts = mux >= 4 ? Inputs[mux - 4] : 0;
        var range = Ranges[(_configuration >> 9) & 7];
        _conversion = (short)Math.Clamp(
            Math.Floor(volts / range * 32768), short.MinValue, short.MaxValue);
        _configuration |= 0x8000;
    }
}
