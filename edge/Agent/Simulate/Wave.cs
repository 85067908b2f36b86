namespace Monitoring.Agent.Simulate;

/// <summary>A sine between two values.</summary>
internal static class Wave
{
    /// <param name="periods">How many have passed; it begins in the middle and rises.</param>
    public static decimal At(decimal min, decimal max, double periods) =>
        min + (max - min) * (decimal)(0.5 + 0.5 * Math.Sin(2 * Math.PI * periods));
}
