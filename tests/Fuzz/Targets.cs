namespace Monitoring.Tests.Fuzz;

/// <summary>Everything that reads what others wrote.</summary>
internal static class Targets
{
    public static IReadOnlyList<Target> All { get; } =
        [.. WireTargets.All(), .. ModbusTargets.All(), .. DocumentTargets.All()];
}
