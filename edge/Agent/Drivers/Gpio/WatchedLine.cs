using System.Device.Gpio;
using Monitoring.Agent.Devices;

namespace Monitoring.Agent.Drivers.Gpio;

/// <summary>What a line did since it was looked at last.</summary>
/// <param name="IsOn">The level that holds, or that the source calls active.</param>
/// <param name="EdgesLost">Edges that the kernel had and could not keep.</param>
/// <param name="IsSilent">The level changed and no edge told of it: to be opened anew.</param>
/// <param name="IsTooFast">More pulses than there can be.</param>
internal readonly record struct LineReport(
    bool IsOn, long Pulses, long EdgesLost, bool IsSilent, bool IsTooFast);

/// <summary>
/// One input line that is open. Edges come on the driver's thread and are only taken down; the
/// link's thread looks at them at its own pace.
/// </summary>
internal sealed class WatchedLine
{
    private readonly Lock _lock = new();
    private readonly GpioController _controller;
    private readonly int _pin;
    private readonly PointSource _source;
    private readonly TimeProvider _time;
    private readonly LineFilter _filter;
    private long _edges;
    private uint _sequence;
    private long _lost;
    private long _counted;
    private long _lookedAt;
    private long? _edgesAtMismatch;

    private WatchedLine(
        GpioController controller, int pin, PointSource source, TimeProvider time)
    {
        (_controller, _pin, _source, _time) = (controller, pin, source, time);
        _filter = new LineFilter(time, DebounceOf(source), (bool)controller.Read(pin));
        _lookedAt = time.GetTimestamp();
        controller.RegisterCallbackForPinValueChangedEvent(
            pin, PinEventTypes.Rising | PinEventTypes.Falling, Take);
    }

    /// <summary>Opens a line; throws IOException where that fails.</summary>
    public static WatchedLine Open(
        GpioController controller, int pin, PointSource source, TimeProvider time)
    {
        var mode = BiasOf(source) switch
        {
            LineBias.Up => PinMode.InputPullUp,
            LineBias.Down => PinMode.InputPullDown,
            _ => PinMode.Input,
        };
        try
        {
            controller.OpenPin(pin, mode);
            return new WatchedLine(controller, pin, source, time);
        }
        catch (IOException)
        {
            // The controller holds a pin for open whose line it did not get.
            if (controller.IsPinOpen(pin))
            {
                controller.ClosePin(pin);
            }

            throw;
        }
    }

    public void Close()
    {
        _controller.UnregisterCallbackForPinValueChangedEvent(_pin, Take);
        _controller.ClosePin(_pin);
    }

    /// <summary>Throws IOException where the line cannot be read.</summary>
    public LineReport Look()
    {
        // Before the level is read: every edge until now is then known, and none can undo what
        // the filter makes of the time since the last one.
        var now = _time.GetTimestamp();
        var isHigh = (bool)_controller.Read(_pin);
        lock (_lock)
        {
            _filter.Settle(now);
            var isSilent = isHigh != _filter.Seen && _edgesAtMismatch == _edges;
            _edgesAtMismatch = isHigh != _filter.Seen ? _edges : null;

            var counted = _source switch
            {
                PointSource.GpioCounter { OnRising: true } => _filter.Rising,
                PointSource.GpioCounter => _filter.Falling,
                _ => 0,
            };
            var pulses = counted - _counted;
            var seconds = _time.GetElapsedTime(_lookedAt, now).TotalSeconds;
            var report = new LineReport(
                (isSilent ? isHigh : _filter.Level) != IsActiveLow, pulses, _lost, isSilent,
                // One more: the interval may begin and end with a pulse.
                pulses > RateMax * seconds + 1);
            (_counted, _lookedAt, _lost) = (counted, now, 0);
            return report;
        }
    }

    private bool IsActiveLow => _source is PointSource.GpioLevel { ActiveLow: true };

    private double RateMax =>
        (_source as PointSource.GpioCounter)?.PulsesPerSecondMax ?? double.PositiveInfinity;

    private static TimeSpan DebounceOf(PointSource source) => source switch
    {
        PointSource.GpioCounter counter => counter.Debounce,
        PointSource.GpioLevel level => level.Debounce,
        _ => throw new InvalidOperationException("The site's reader lets no other point here."),
    };

    private static LineBias BiasOf(PointSource source) => source switch
    {
        PointSource.GpioCounter counter => counter.Bias,
        PointSource.GpioLevel level => level.Bias,
        _ => LineBias.AsIs,
    };

    private void Take(object sender, PinValueChangedEventArgs args)
    {
        lock (_lock)
        {
            _edges++;
            var timestamp = _time.GetTimestamp();
            if (args is KernelEdge edge)
            {
                timestamp = edge.Timestamp;
                _lost += unchecked(edge.Sequence - _sequence - 1);
                _sequence = edge.Sequence;
            }

            _filter.Edge(args.ChangeType == PinEventTypes.Rising, timestamp);
        }
    }
}
