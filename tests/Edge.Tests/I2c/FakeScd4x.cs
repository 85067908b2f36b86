using System.Buffers.Binary;
using Microsoft.Extensions.Time.Testing;

namespace Monitoring.Tests;

/// <summary>
/// The SCD4x's state machine. While it measures it takes few commands; after a stop it takes none
/// for 500 ms. The answers are the examples of the data sheet, from memory; their checksums are
/// literal, so that they check ours.
/// </summary>
internal sealed class FakeScd4x(FakeTimeProvider time) : FakeChip
{
    private static readonly byte[] Serial =
        [0xF8, 0x96, 0x31, 0x9F, 0x07, 0xC2, 0x3B, 0xBE, 0x89];

    private static readonly byte[] NotReady = [0x80, 0x00, 0xA2];
    private static readonly byte[] Ready = [0x80, 0x06, 0x04];

    private byte[] _answer = [];
    private DateTimeOffset _busyUntil;
    private DateTimeOffset? _lastRead;

    /// <summary>500 ppm, 25 °C, 37 %.</summary>
    public byte[] Measurement { get; } = [0x01, 0xF4, 0x33, 0x66, 0x67, 0xA2, 0x5E, 0xB9, 0x3C];

    public bool IsMeasuring => _lastRead is not null;

    public byte[]? AutoCalibration { get; private set; }

    public byte[]? Pressure { get; private set; }

    public override void LosePower()
    {
        _lastRead = null;
        AutoCalibration = Pressure = null;
    }

    /// <summary>As an agent before this one left it.</summary>
    public void StartMeasuring() => _lastRead = time.GetUtcNow();

    protected override void Take(ReadOnlySpan<byte> bytes)
    {
        Acknowledge(time.GetUtcNow() >= _busyUntil);
        _answer = [];
        switch (BinaryPrimitives.ReadUInt16BigEndian(bytes))
        {
            case 0x3F86:
                _lastRead = null;
                _busyUntil = time.GetUtcNow().AddMilliseconds(500);
                break;
            case 0x3682:
                Acknowledge(!IsMeasuring);
                _answer = Serial;
                break;
            case 0x2416:
                Acknowledge(!IsMeasuring);
                AutoCalibration = bytes[2..].ToArray();
                break;
            case 0xE000:
                Pressure = bytes[2..].ToArray();
                break;
            case 0x21B1:
                Acknowledge(!IsMeasuring);
                StartMeasuring();
                break;
            case 0xE4B8:
                _answer = HasNew() ? Ready : NotReady;
                break;
            case 0xEC05:
                Acknowledge(HasNew());
                _lastRead = time.GetUtcNow();
                _answer = Measurement;
                break;
            default:
                Acknowledge(false);
                break;
        }
    }

    protected override void Answer(Span<byte> bytes)
    {
        Acknowledge(_answer.Length == bytes.Length);
        _answer.CopyTo(bytes);
    }

    private bool HasNew() => _lastRead is { } last && time.GetUtcNow() - last >= FiveSeconds;

    private static readonly TimeSpan FiveSeconds = TimeSpan.FromSeconds(5);
}
