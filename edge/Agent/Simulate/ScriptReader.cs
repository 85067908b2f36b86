using System.Collections.Immutable;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Simulate;

/// <summary>
/// Reads a script from YAML for the instruments that are simulated. Use it only where no fault
/// was added.
/// </summary>
public static class ScriptReader
{
    private const decimal ValueMax = 1_000_000_000_000;

    private static readonly TimeSpan PeriodMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PeriodMax = TimeSpan.FromDays(1);
    private static readonly TimeSpan DelayMax = TimeSpan.FromMinutes(1);

    /// <summary>What a point can do, and the keys that say how.</summary>
    private static readonly Dictionary<string, Func<DocumentNode, Behaviour>> OfPoint = new()
    {
        ["constant"] = act => new Behaviour.Constant(Value(act, "value")),
        ["sine"] = act => new Behaviour.Sine(
            Value(act, "min"), Value(act, "max"), act.Duration("period", PeriodMin, PeriodMax)),
        ["drift"] = act => new Behaviour.Drift(Value(act, "per_minute")),
        ["noise"] = act => new Behaviour.Noise(Value(act, "amplitude")),
        ["stuck"] = _ => new Behaviour.Stuck(),
        ["saturated"] = act => new Behaviour.Saturated(act.OneOf("end", "high", "low") == "high"),
        ["sentinel"] = _ => new Behaviour.Sentinel(),
        ["bits"] = act => new Behaviour.Bits(act.Integer("set", 1, uint.MaxValue)),
    };

    /// <summary>What an instrument's answers can do.</summary>
    private static readonly Dictionary<string, Func<DocumentNode, Behaviour>> OfDevice = new()
    {
        ["slow"] = act => new Behaviour.Slow(act.Duration("delay", TimeSpan.Zero, DelayMax)),
        ["exception"] = act => new Behaviour.Refusing((byte)act.Integer("code", 1, 11)),
        ["dead"] = _ => new Behaviour.Misanswering(WrongAnswer.Dead),
        ["bad-crc"] = _ => new Behaviour.Misanswering(WrongAnswer.BadCrc),
        ["truncated"] = _ => new Behaviour.Misanswering(WrongAnswer.Truncated),
        ["foreign-unit"] = _ => new Behaviour.Misanswering(WrongAnswer.ForeignUnit),
        ["wrong-function"] = _ => new Behaviour.Misanswering(WrongAnswer.WrongFunction),
        ["wrong-transaction"] = _ => new Behaviour.Misanswering(WrongAnswer.WrongTransaction),
        ["late"] = _ => new Behaviour.Misanswering(WrongAnswer.Late),
    };

    public static SimulationScript Read(
        string source, string yaml, IReadOnlyCollection<SiteDevice> devices, Faults faults)
    {
        var node = DocumentNode.Parse(source, yaml, faults);
        if (faults.Any && node.Keys().Count == 0)
        {
            return SimulationScript.Empty;
        }

        node.Text("title");
        var seed = (int)(node.OptionalInteger("seed", 0, int.MaxValue) ?? 0);
        var acts = ImmutableArray.CreateBuilder<Act>();
        foreach (var item in node.Items("acts", 1, AgentLimits.SimulatedActsMax))
        {
            acts.Add(ReadAct(item, devices));
            item.RefuseUnknownKeys();
        }

        node.RefuseUnknownKeys();
        return new SimulationScript(seed, acts.ToImmutable());
    }

    private static decimal Value(DocumentNode act, string key) =>
        act.Number(key, -ValueMax, ValueMax);

    private static Act ReadAct(DocumentNode item, IReadOnlyCollection<SiteDevice> devices)
    {
        var from = item.Has("from") ? item.Duration("from", TimeSpan.Zero, TimeSpan.MaxValue)
            : TimeSpan.Zero;
        var until = item.Has("until") ? item.Duration("until", TimeSpan.Zero, TimeSpan.MaxValue)
            : TimeSpan.MaxValue;
        if (until <= from)
        {
            item.Fault("until", "the act ends before it begins", "write an 'until' after 'from'");
        }

        var act = new Act(
            item.OptionalText("device"), (int?)item.OptionalInteger("unit", 0, byte.MaxValue),
            item.OptionalText("point"), from, until, ReadBehaviour(item));
        var concerned = devices.Where(act.Concerns).ToList();
        if (concerned.Count == 0)
        {
            var there = devices.Select(device => $"{device.Id} (unit {device.Address})");
            item.Fault(
                item.Has("device") ? "device" : "unit", "the act concerns no instrument",
                $"name one of: {string.Join(", ", there)}");
        }
        else if (act.Point is { } point)
        {
            RefuseMisfit(item, act, point, concerned);
        }

        return act;
    }

    private static Behaviour ReadBehaviour(DocumentNode item)
    {
        var table = item.Has("point") ? OfPoint : OfDevice;
        var name = item.OneOf("does", [.. table.Keys]);
        return table.TryGetValue(name, out var read) ? read(item) : new Behaviour.Stuck();
    }

    private static void RefuseMisfit(
        DocumentNode item, Act act, string id, List<SiteDevice> devices)
    {
        foreach (var device in devices)
        {
            var point = device.Map.Points.FirstOrDefault(point => point.Id == id);
            if (point is null || point.Kind == ValueKind.Text || id == device.Map.SequencePoint)
            {
                var points = device.Map.Points
                    .Where(other => other.Kind != ValueKind.Text)
                    .Where(other => other.Id != device.Map.SequencePoint);
                item.Fault(
                    "point", $"'{id}' is no point of {device.Id} that a script can move",
                    $"name one of: {string.Join(", ", points.Select(other => other.Id))}");
            }
            else if (Misfit(act.Does, point) is { } problem)
            {
                item.Fault("does", $"{device.Id}/{id} {problem}", "choose another behaviour");
            }
        }
    }

    private static string? Misfit(Behaviour does, DevicePoint point)
    {
        var (min, max) = PointLimits.Of(point);
        return does switch
        {
            Behaviour.Constant constant when constant.Value < min || constant.Value > max =>
                $"holds {min} to {max} only",
            Behaviour.Sine sine when sine.Min < min || sine.Max > max || sine.Min >= sine.Max =>
                $"holds {min} to {max} only, and 'min' is below 'max'",
            Behaviour.Sentinel when PointLimits.Sentinel(point) is null => "has no sentinel",
            Behaviour.Bits when point.Kind != ValueKind.Integer => "is no whole number",
            _ => null,
        };
    }
}
