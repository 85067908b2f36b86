using System.Collections.Immutable;
using Monitoring.Core.Validity;

namespace Monitoring.Core.Averaging;

/// <summary>
/// Whether the plant ran, by what it says itself at <c>operating</c>: 0 stopped, 1 running, 2
/// starting up or shutting down. A state holds until the next one; a source without that point
/// is taken to run always.
/// </summary>
public sealed class Operation
{
    private const int Stopped = 0;
    private const int Transient = 2;

    private readonly ImmutableArray<(long TimeMs, int State)> _states;

    private Operation(ImmutableArray<(long TimeMs, int State)> states) => _states = states;

    /// <summary>How many of its images say that the plant ran, and of how many.</summary>
    public int Running => _states.Count(one => one.State != Stopped);

    public int All => _states.Length;

    /// <summary>It was starting up or shutting down for some of it.</summary>
    public bool IsTransient => _states.Any(one => one.State == Transient);

    /// <summary>0 to 1; 1 where nothing says otherwise.</summary>
    public decimal Share => All == 0 ? 1 : (decimal)Running / All;

    public static Operation Of(
        SourceBinding source, IReadOnlyDictionary<string, ImmutableArray<SourceImage>> images)
    {
        var states = ImmutableArray.CreateBuilder<(long, int)>();
        if (source.Operating is { } binding)
        {
            foreach (var one in images.GetValueOrDefault(binding.Device, []))
            {
                var reading = WindowAverages.Find(one.Image, binding.Point);
                if (reading?.Value?.AsNumber() is { } number and >= 0 and <= Transient)
                {
                    states.Add((one.Image.TimeMs, (int)number));
                }
            }
        }

        states.Sort();
        return new Operation(states.ToImmutable());
    }

    /// <summary>How many images are expected while the plant runs.</summary>
    public int Expected(int ofWindow) =>
        All == 0 ? ofWindow : (ofWindow * Running + All - 1) / All;

    public bool RunsIn(long startMs, long endMs)
    {
        var isHeard = false;
        foreach (var (timeMs, state) in _states)
        {
            if (startMs <= timeMs && timeMs < endMs)
            {
                isHeard = true;
                if (state != Stopped)
                {
                    return true;
                }
            }
        }

        return !isHeard && StateAt(startMs) != Stopped;
    }

    public bool IsStoppedAt(long timeMs) => StateAt(timeMs) == Stopped;

    /// <summary>What the plant's state adds to what a reading says of itself.</summary>
    public Status StatusAt(long timeMs) =>
        StateAt(timeMs) == Transient ? Status.StartUpShutDown : Status.Valid;

    // Before the first image of a window, the first one speaks.
    private int? StateAt(long timeMs)
    {
        if (All == 0)
        {
            return null;
        }

        var (low, high) = (0, All - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = _states[middle].TimeMs <= timeMs ? (middle, high) : (low, middle - 1);
        }

        return _states[low].State;
    }
}
