using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Sites;
using Monitoring.Wire;

namespace Monitoring.Agent.Simulate;

/// <summary>
/// What a point measures at an instant, in its unit, where no script says otherwise.
/// </summary>
public delegate decimal Played(SiteDevice device, DevicePoint point, DateTimeOffset now);

/// <summary>
/// What is in the registers of simulated instruments, and how they answer, at any instant: a
/// function of script, seed and time alone.
/// </summary>
public sealed class Signals(SimulationScript script, Played played, DateTimeOffset start)
{
    /// <summary>What every text says.</summary>
    private const string Text = "SIMULATED";

    private static readonly TimeSpan NoiseStep = TimeSpan.FromMilliseconds(100);

    /// <summary>A value in the point's unit, or a raw pattern that is none.</summary>
    private readonly record struct Shown(decimal Value, ulong? Raw = null);

    /// <summary>Writes a point into its registers; the bits of others stay.</summary>
    public void Write(
        SiteDevice device, DevicePoint point, DateTimeOffset now, Span<ushort> words)
    {
        if (point.Registers.Type == RegisterType.Text)
        {
            PointLimits.WriteText(point, Text, words);
            return;
        }

        var acts = script.For(device, point).ToArray();
        var shown = Show(new Scene(device, point, acts), acts.Length, now - start);
        if (shown.Raw is { } raw)
        {
            PointLimits.WriteRaw(point, raw, words);
        }
        else
        {
            PointLimits.Write(point, shown.Value, words);
        }
    }

    /// <summary>How an instrument answers.</summary>
    public Conduct ConductOf(SiteDevice device, DateTimeOffset now)
    {
        var on = script.For(device, null).Where(act => act.IsOn(now - start))
            .Select(act => act.Does).ToList();
        return new Conduct(
            on.OfType<Behaviour.Slow>().LastOrDefault()?.Delay ?? TimeSpan.Zero,
            on.OfType<Behaviour.Refusing>().LastOrDefault()?.Code,
            on.OfType<Behaviour.Misanswering>().Select(act => act.How).ToHashSet());
    }

    private sealed record Scene(SiteDevice Device, DevicePoint Point, Act[] Acts);

    /// <summary>What the lowest so many acts make of a point.</summary>
    private Shown Show(Scene scene, int count, TimeSpan at)
    {
        if (count == 0)
        {
            return new Shown(played(scene.Device, scene.Point, start + at));
        }

        var act = scene.Acts[count - 1];
        if (!act.IsOn(at))
        {
            return Show(scene, count - 1, at);
        }

        return act.Does switch
        {
            Behaviour.Constant constant => new Shown(constant.Value),
            Behaviour.Sine sine => new Shown(
                Wave.At(sine.Min, sine.Max, (at - act.From) / sine.Period)),
            Behaviour.Saturated end => new Shown(PointLimits.End(scene.Point, end.IsHigh)),
            Behaviour.Sentinel => new Shown(0, PointLimits.Sentinel(scene.Point)),
            Behaviour.Stuck => Show(scene, count - 1, act.From),
            var change => Changed(change, scene, count - 1, at, at - act.From),
        };
    }

    private Shown Changed(
        Behaviour change, Scene scene, int beneath, TimeSpan at, TimeSpan since)
    {
        var shown = Show(scene, beneath, at);
        return change switch
        {
            Behaviour.Drift drift => shown with
            {
                Value = shown.Value + drift.PerMinute * (decimal)since.TotalMinutes,
            },
            Behaviour.Noise noise => shown with
            {
                Value = shown.Value + noise.Amplitude * Chance(scene, at),
            },
            Behaviour.Bits bits => shown with { Value = (long)shown.Value | bits.Set },
            _ => throw new InvariantBrokenException($"{change} is not of a point."),
        };
    }

    /// <summary>From -1 to 1, the same in every run.</summary>
    private decimal Chance(Scene scene, TimeSpan at)
    {
        var device = scene.Device;
        var step = at.Ticks / NoiseStep.Ticks;
        var name = $"{script.Seed}/{device.Id}/{device.Address}/{scene.Point.Id}/{step}";
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(name));
        return 2 * (decimal)BinaryPrimitives.ReadUInt32BigEndian(hash) / uint.MaxValue - 1;
    }
}
