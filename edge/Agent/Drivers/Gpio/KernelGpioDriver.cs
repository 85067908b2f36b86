using System.Device.Gpio;
using Microsoft.Win32.SafeHandles;

namespace Monitoring.Agent.Drivers.Gpio;

/// <summary>
/// The input lines of a GPIO chip. The platform's own drivers keep the number and the time that
/// the kernel gives each edge to themselves; this one hands both over: <see cref="KernelEdge"/>.
/// </summary>
public sealed class KernelGpioDriver : GpioDriver
{
    /// <summary>
    /// The kernel keeps the edges meanwhile, so nobody waits for one; 1 024 of a line are enough
    /// for 5 000 pulses a second.
    /// </summary>
    private static readonly TimeSpan TakeEvery = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly Dictionary<int, Line> _lines = [];
    private readonly SafeFileHandle _chip;
    private readonly ManualResetEvent _stop = new(initialState: false);
    private readonly Thread _thread;

    /// <summary>Opens <c>/dev/gpiochipN</c>; throws IOException where that fails.</summary>
    public KernelGpioDriver(int chip)
    {
        _chip = KernelGpio.OpenChip(chip);
        PinCount = KernelGpio.LinesOf(_chip);
        _thread = new Thread(TakeEdges, maxStackSize: 256 * 1024)
        {
            Name = $"gpiochip{chip}",
            IsBackground = true,
        };
        _thread.Start();
    }

    protected override int PinCount { get; }

    protected override void OpenPin(int pinNumber)
    {
        // The line is taken with its mode.
    }

    protected override void SetPinMode(int pinNumber, PinMode mode)
    {
        lock (_lock)
        {
            ClosePin(pinNumber);
            _lines.Add(pinNumber, new Line(KernelGpio.OpenLine(_chip, pinNumber, mode), mode));
        }
    }

    protected override void ClosePin(int pinNumber)
    {
        lock (_lock)
        {
            if (_lines.Remove(pinNumber, out var line))
            {
                line.Handle.Dispose();
            }
        }
    }

    protected override PinMode GetPinMode(int pinNumber)
    {
        lock (_lock)
        {
            return _lines[pinNumber].Mode;
        }
    }

    protected override bool IsPinModeSupported(int pinNumber, PinMode mode) =>
        mode is PinMode.Input or PinMode.InputPullUp or PinMode.InputPullDown;

    /// <summary>Every edge before that level was handed over when this returns.</summary>
    protected override PinValue Read(int pinNumber)
    {
        lock (_lock)
        {
            var line = _lines[pinNumber];
            KernelGpio.TakeEdges(line.Handle, pinNumber, edge => line.Changed?.Invoke(this, edge));
            return KernelGpio.IsHigh(line.Handle);
        }
    }

    protected override void AddCallbackForPinValueChangedEvent(
        int pinNumber, PinEventTypes eventTypes, PinChangeEventHandler callback)
    {
        if (eventTypes != (PinEventTypes.Rising | PinEventTypes.Falling))
        {
            throw new NotSupportedException("Both edges are kept, or none.");
        }

        lock (_lock)
        {
            _lines[pinNumber].Changed += callback;
        }
    }

    protected override void RemoveCallbackForPinValueChangedEvent(
        int pinNumber, PinChangeEventHandler callback)
    {
        lock (_lock)
        {
            _lines[pinNumber].Changed -= callback;
        }
    }

    protected override void Write(int pinNumber, PinValue value) =>
        throw new NotSupportedException("The lines of this driver are inputs.");

    protected override WaitForEventResult WaitForEvent(
        int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Edges come by callback.");

    protected override void Dispose(bool disposing)
    {
        // The platform finalises also what its constructor did not finish; the handles close
        // themselves then.
        if (!disposing || _stop.WaitOne(0))
        {
            return;
        }

        _stop.Set();
        _thread.Join();
        foreach (var line in _lines.Values)
        {
            line.Handle.Dispose();
        }

        _chip.Dispose();
        base.Dispose(disposing);
    }

    private void TakeEdges()
    {
        while (!_stop.WaitOne(TakeEvery))
        {
            lock (_lock)
            {
                foreach (var (pin, line) in _lines)
                {
                    TakeEdges(pin, line);
                }
            }
        }
    }

    private void TakeEdges(int pin, Line line)
    {
        try
        {
            KernelGpio.TakeEdges(line.Handle, pin, edge => line.Changed?.Invoke(this, edge));
        }
        catch (IOException)
        {
            // The chip is gone. Whoever reads the line is told so there.
        }
    }

    private sealed class Line(SafeFileHandle handle, PinMode mode)
    {
        public SafeFileHandle Handle { get; } = handle;

        public PinMode Mode { get; } = mode;

        public PinChangeEventHandler? Changed { get; set; }
    }
}
