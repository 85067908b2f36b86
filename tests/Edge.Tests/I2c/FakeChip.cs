using System.Device.I2c;

namespace Monitoring.Tests;

/// <summary>A chip on a bus as the platform shows it; it can be unplugged.</summary>
internal abstract class FakeChip : I2cDevice
{
    private bool _isPlugged = true;

    public bool IsPlugged
    {
        get => _isPlugged;
        set
        {
            _isPlugged = value;
            if (!value)
            {
                LosePower();
            }
        }
    }

    public override I2cConnectionSettings ConnectionSettings => new(1, 0x10);

    /// <summary>Everything that was set is forgotten.</summary>
    public abstract void LosePower();

    public override void Read(Span<byte> buffer)
    {
        Acknowledge(IsPlugged);
        Answer(buffer);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Acknowledge(IsPlugged);
        Take(buffer);
    }

    public override void WriteRead(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer)
    {
        Write(writeBuffer);
        Read(readBuffer);
    }

    /// <summary>Without an acknowledge the kernel answers EREMOTEIO.</summary>
    protected static void Acknowledge(bool does)
    {
        if (!does)
        {
            throw new IOException("Error 121 performing I2C data transfer.");
        }
    }

    protected abstract void Take(ReadOnlySpan<byte> bytes);

    protected abstract void Answer(Span<byte> bytes);
}

/// <summary>A chip with registers of a byte; the first byte written is the address.</summary>
internal abstract class RegisterChip : FakeChip
{
    public byte[] Registers { get; } = new byte[256];

    private byte _address;

    protected override void Take(ReadOnlySpan<byte> bytes)
    {
        _address = bytes[0];
        for (var i = 1; i < bytes.Length; i++)
        {
            Store(_address, bytes[i]);
        }
    }

    protected override void Answer(Span<byte> bytes)
    {
        BeforeRead(_address);
        Registers.AsSpan(_address, bytes.Length).CopyTo(bytes);
    }

    protected virtual void BeforeRead(byte address)
    {
    }

    protected virtual void Store(byte address, byte value) => Registers[address] = value;
}
