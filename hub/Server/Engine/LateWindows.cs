using System.Collections.Immutable;
using Monitoring.Core.Averaging;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>A closed window that has images stored since, and its next revision.</summary>
/// <param name="Known">The revision before; null where there is none.</param>
/// <param name="Because">See <see cref="RevisionReason"/>.</param>
public sealed record LateWindow(
    SourceBinding Binding, Window Window, WindowRow? Known, string Because)
{
    // A window that was passed over since nothing was there for it. What comes for it later is
    // a revision of that, so that whoever looks for what has changed finds it.
    private const int RevisionOfNothing = 1;

    public int Revision => (int)(Known?.Revision ?? RevisionOfNothing) + 1;
}

/// <summary>One look at what arrived.</summary>
/// <param name="Seen">How far it went, by journal: for the next look, once these are done.</param>
/// <param name="Corrected">The windows that corrections touched and that are done then.</param>
/// <param name="IsMore">It stopped at a limit.</param>
public sealed record LateLook(
    IReadOnlyList<LateWindow> Windows, ImmutableDictionary<string, long> Seen,
    IReadOnlyList<CorrectedWindow> Corrected, bool IsMore)
{
    public static LateLook Nothing(ImmutableDictionary<string, long> seen) =>
        new([], seen, [], false);
}

/// <summary>
/// Finds the windows of one source that have images stored after they were closed, at any age,
/// and those whose images a correction of the clock moved. Each record is looked at once, in the
/// order of storing: it is late now, or lies in a window that will see it when it is closed, or
/// moves none.
/// </summary>
public sealed class LateWindows(
    RecordLog records, FactBook facts, ClusterMap cluster, ProfileSet profiles, string source)
{
    private const int ArrivalsPerLookMax = 10_000;
    public const int WindowsPerLookMax = 200;

    private readonly ImmutableArray<SourceBinding> _bindings =
        [.. cluster.Sources.Where(binding => binding.Id == source)];

    /// <param name="seen">How far the look before went.</param>
    /// <param name="corrected">Windows that a correction touched, or some of them.</param>
    public LateLook After(
        ImmutableDictionary<string, long> seen, IReadOnlyList<CorrectedWindow> corrected)
    {
        var positionMs = facts.PositionOf(source) ?? long.MinValue;
        var closed = new Dictionary<Window, WindowRow?>();
        var late = corrected.Where(touched => touched.TimeMs < positionMs)
            .Select(Corrected).OfType<LateWindow>().ToDictionary(found => found.Window);
        var next = seen.ToBuilder();
        var isMore = corrected.Count == WindowsPerLookMax;
        foreach (var gateway in _bindings.Select(GatewayOf).Distinct())
        {
            var (arrivals, upTo) =
                records.ArrivedAfter(gateway, seen, positionMs, ArrivalsPerLookMax);
            isMore |= arrivals.Count == ArrivalsPerLookMax;
            var isWhole = true;
            foreach (var arrival in arrivals)
            {
                if (BindingOf(gateway, arrival) is { } binding)
                {
                    var window = Window.Containing(
                        arrival.TimeMs, profiles[binding.Profile].Window);
                    if (!closed.TryGetValue(window, out var row))
                    {
                        closed[window] = row = facts.NewestOf(source, window.StartMs);
                    }

                    if (arrival.Id > (row?.LogId ?? 0))
                    {
                        if (late.TryGetValue(window, out var found))
                        {
                            late[window] = found with
                            {
                                Because = RevisionReason.And(
                                    found.Because, RevisionReason.LateData),
                            };
                        }
                        else if (late.Count >= WindowsPerLookMax)
                        {
                            (isMore, isWhole) = (true, false);
                            break;
                        }
                        else
                        {
                            late[window] = new LateWindow(
                                binding, window, row, RevisionReason.LateData);
                        }
                    }
                }

                next[arrival.Journal] = arrival.Offset;
            }

            if (isWhole)
            {
                foreach (var (journal, offset) in upTo)
                {
                    next[journal] = offset;
                }
            }
        }

        return new LateLook(
            [.. late.Values.OrderBy(it => it.Window.StartMs)], next.ToImmutable(), corrected,
            isMore);
    }

    /// <summary>Null where nothing was there and nothing is.</summary>
    private LateWindow? Corrected(CorrectedWindow touched)
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(touched.TimeMs);
        if (_bindings.FirstOrDefault(binding => binding.Holds(time)) is not { } binding)
        {
            return null;
        }

        var window = Window.Containing(touched.TimeMs, profiles[binding.Profile].Window);
        var row = facts.NewestOf(source, window.StartMs);
        var isThere = row is not null || binding.Devices.Any(device =>
            records.OldestTimeOf(new DeviceId(GatewayOf(binding), device), window.StartMs)
                < window.EndMs);
        return isThere
            ? new LateWindow(binding, window, row, RevisionReason.ClockCorrection)
            : null;
    }

    private static GatewayId GatewayOf(SourceBinding binding) =>
        new(binding.Plant, binding.Gateway);

    private SourceBinding? BindingOf(GatewayId gateway, Arrival arrival)
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(arrival.TimeMs);
        return arrival.Device is { } device
            ? _bindings.FirstOrDefault(binding => binding.Holds(time)
                && GatewayOf(binding) == gateway && binding.Devices.Contains(device))
            : null;
    }
}
