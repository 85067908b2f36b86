using System.Device.Gpio;
using Monitoring.Agent.Drivers.Gpio;

namespace Monitoring.Tests;

/// <summary>
/// A chip of eight lines as the platform's controller drives it. It can lose edges, fall silent,
/// refuse a line and be pulled out, as real ones do.
/// </summary>
internal sealed class FakeGpioDriver(TimeProvider time) : GpioDriver
{
    private readonly bool[] _levels = new bool[8];
    private readonly uint[] _sequences = new uint[8];
    private readonly Dictionary<int, PinMode> _modes = [];
    private readonly Dictionary<int, PinChangeEventHandler> _callbacks = [];

    /// <summary>Edges are told of without time and number, as the platform's drivers do.</summary>
    public bool IsPlain { get; set; }

    /// <summary>Edges happen and nobody is told.</summary>
    public bool IsSilent { get; set; }

    public bool IsPulledOut { get; set; }

    /// <summary>Another program has that line.</summary>
    public int? Busy { get; set; }

    public IReadOnlyDictionary<int, PinMode> Modes => _modes;

    protected override int PinCount => 8;

    /// <summary>The same chip, also for who closed it before.</summary>
    public FakeGpioDriver Open()
    {
        Fail(IsPulledOut, "No such device");
        return this;
    }

    public void Edge(int pin, bool level)
    {
        _levels[pin] = level;
        Lose(pin, 1);
        if (IsSilent || !_callbacks.TryGetValue(pin, out var callback))
        {
            return;
        }

        var type = level ? PinEventTypes.Rising : PinEventTypes.Falling;
        callback(this, IsPlain
            ? new PinValueChangedEventArgs(type, pin)
            : new KernelEdge(type, pin, time.GetTimestamp(), _sequences[pin]));
    }

    /// <summary>The kernel had that many edges of a line and kept none.</summary>
    public void Lose(int pin, uint edges) => _sequences[pin] += edges;

    protected override void OpenPin(int pinNumber)
    {
    }

    protected override void SetPinMode(int pinNumber, PinMode mode)
    {
        Fail(IsPulledOut || Busy == pinNumber, "Device or resource busy");
        _modes[pinNumber] = mode;
        _sequences[pinNumber] = 0;
    }

    protected override void ClosePin(int pinNumber)
    {
        _modes.Remove(pinNumber);
        _callbacks.Remove(pinNumber);
    }

    protected override PinMode GetPinMode(int pinNumber) => _modes[pinNumber];

    protected override bool IsPinModeSupported(int pinNumber, PinMode mode) => true;

    protected override PinValue Read(int pinNumber)
    {
        Fail(IsPulledOut, "No such device");
        return _levels[pinNumber];
    }

    protected override void AddCallbackForPinValueChangedEvent(
        int pinNumber, PinEventTypes eventTypes, PinChangeEventHandler callback)
    {
        _callbacks.Add(pinNumber, callback);
        IsSilent = false;
    }

    protected override void RemoveCallbackForPinValueChangedEvent(
        int pinNumber, PinChangeEventHandler callback) => _callbacks.Remove(pinNumber);

    protected override void Write(int pinNumber, PinValue value) =>
        throw new NotSupportedException();

    protected override WaitForEventResult WaitForEvent(
        int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _modes.Clear();
        _callbacks.Clear();
        base.Dispose(disposing);
    }

    private static void Fail(bool does, string why)
    {
        if (does)
        {
            throw new IOException(why);
        }
    }
}
