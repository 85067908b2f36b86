using System.Collections.Immutable;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Sites;

namespace Monitoring.Agent.Simulate;

/// <summary>A behaviour for a time; times count from the start of the simulation.</summary>
/// <param name="Device">Null: of every instrument.</param>
/// <param name="Unit">Null: at every unit.</param>
/// <param name="Point">Null: it is about the answers, not about a point.</param>
/// <param name="Until">No longer part of it.</param>
public sealed record Act(
    string? Device, int? Unit, string? Point, TimeSpan From, TimeSpan Until, Behaviour Does)
{
    public bool Concerns(SiteDevice device) =>
        (Device is null || Device == device.Id) && (Unit is null || Unit == device.Address);

    public bool IsOn(TimeSpan elapsed) => From <= elapsed && elapsed < Until;
}

/// <summary>What happens in a simulation: later acts lie over earlier ones.</summary>
public sealed record SimulationScript(int Seed, ImmutableArray<Act> Acts)
{
    public static readonly SimulationScript Empty = new(0, []);

    public IEnumerable<Act> For(SiteDevice device, DevicePoint? point) =>
        Acts.Where(act => act.Point == point?.Id && act.Concerns(device));
}
