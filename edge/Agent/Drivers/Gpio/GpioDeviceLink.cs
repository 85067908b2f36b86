using System.Collections.Immutable;
using System.Device.Gpio;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Drivers.Gpio;

/// <summary>A GPIO chip: pulse counters and digital inputs.</summary>
public sealed class GpioDeviceLink : IDeviceLink
{
    private readonly Func<GpioDriver> _open;
    private readonly PulseCounts _counts;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, WatchedLine> _lines = new(StringComparer.Ordinal);

    /// <summary>Inputs that were not watched since their last count, and why.</summary>
    private readonly Dictionary<string, string> _unwatched = new(StringComparer.Ordinal);

    private GpioController? _controller;

    /// <param name="open">Opens the chip.</param>
    /// <param name="devices">Their lines are watched from now on.</param>
    public GpioDeviceLink(
        Func<GpioDriver> open, ImmutableArray<SiteDevice> devices, PulseCounts counts,
        TimeProvider time)
    {
        (_open, _counts, _time) = (open, counts, time);
        foreach (var device in devices)
        {
            foreach (var point in device.Map.Points)
            {
                var input = InputOf(device, point);
                if (counts.IsDamaged)
                {
                    _unwatched[input] = "counts from 0: the file of counts was damaged";
                }
                else if (counts.Knows(input))
                {
                    _unwatched[input] = "was not watched while the agent or its link stood still";
                }

                Watch(device, point);
            }
        }
    }

    public DeviceSample Read(SiteDevice device, CancellationToken abandon)
    {
        var timeMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var raw = new RawPoint[device.Map.Points.Length];
        SampleTrouble? trouble = null;
        for (var i = 0; i < raw.Length; i++)
        {
            (raw[i], var own) = Look(device, device.Map.Points[i], timeMs);
            trouble ??= own;
        }

        if (_counts.Save() is { } unsaved)
        {
            // A count that only memory has may come again lower.
            trouble ??= new SampleTrouble(Reason.JournalWriteFailed, unsaved);
            raw = [.. raw.Select(point => point is { Quality: Quality.Good }
                && point.Value is { Kind: ValueKind.Integer }
                    ? point with
                    {
                        Quality = Quality.Uncertain,
                        Reason = Reason.JournalWriteFailed,
                    }
                    : point)];
        }

        return new DeviceSample(timeMs, ImageDecoder.Finish(device.Map, raw), trouble);
    }

    public void Dispose()
    {
        _lines.Clear();
        _controller?.Dispose();
    }

    private static string InputOf(SiteDevice device, DevicePoint point) =>
        $"{device.Id}/{point.Id}";

    private (RawPoint Point, SampleTrouble? Trouble) Look(
        SiteDevice device, DevicePoint point, long timeMs)
    {
        var input = InputOf(device, point);
        if (Watch(device, point) is { } refused)
        {
            return (RawPoint.Absent(refused.Reason, timeMs), refused);
        }

        LineReport report;
        try
        {
            report = _lines[input].Look();
        }
        catch (IOException e)
        {
            Forget(input);
            var gone = Gone(device, point, e);
            return (RawPoint.Absent(gone.Reason, timeMs), gone);
        }

        var name = $"line {device.Lines[point.Id]} ({point.Id})";
        _unwatched.Remove(input, out var whyUnwatched);
        if (report.IsSilent)
        {
            Forget(input);
        }

        if (point.Source is PointSource.GpioLevel)
        {
            return (RawPoint.Good(PointValue.Flag(report.IsOn), timeMs), null);
        }

        var count = PointValue.Integer(_counts.Add(input, report.Pulses));
        var trouble = report switch
        {
            _ when whyUnwatched is not null => new SampleTrouble(
                Reason.EdgesLost, $"{name} {whyUnwatched}"),
            { IsSilent: true } => new SampleTrouble(
                Reason.EdgesLost, $"{name} changed and no edge told of it"),
            { EdgesLost: > 0 } => new SampleTrouble(
                Reason.EdgesLost, $"{report.EdgesLost} edges of {name} came too fast to be kept"),
            { IsTooFast: true } => new SampleTrouble(
                Reason.OutOfRange, $"{report.Pulses} pulses of {name} are more than there can be"),
            _ => null,
        };
        return trouble is null
            ? (RawPoint.Good(count, timeMs), null)
            : (new RawPoint(count, Quality.Uncertain, trouble.Reason, timeMs), trouble);
    }

    /// <summary>Opens the line unless it is open; null: it is.</summary>
    private SampleTrouble? Watch(SiteDevice device, DevicePoint point)
    {
        var input = InputOf(device, point);
        if (_lines.ContainsKey(input))
        {
            return null;
        }

        try
        {
            _controller ??= new GpioController(_open());
            _lines.Add(input, WatchedLine.Open(
                _controller, device.Lines[point.Id], point.Source, _time));
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            CloseUnused();
            return Gone(device, point, e);
        }
    }

    private static SampleTrouble Gone(SiteDevice device, DevicePoint point, Exception e) =>
        new(Reason.NotConnected, $"line {device.Lines[point.Id]} ({point.Id}): {e.Message}");

    /// <summary>It is opened anew at the next read; until then nobody counts.</summary>
    private void Forget(string input)
    {
        if (_lines.Remove(input, out var line))
        {
            line.Close();
            _unwatched[input] = "was closed for a while after a fault";
        }

        CloseUnused();
    }

    /// <summary>A chip that was pulled out is found again only by opening it again.</summary>
    private void CloseUnused()
    {
        if (_lines.Count == 0)
        {
            _controller?.Dispose();
            _controller = null;
        }
    }
}
