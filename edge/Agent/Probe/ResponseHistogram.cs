using System.Globalization;

namespace Monitoring.Agent.Probe;

/// <summary>How long answers took, as bars.</summary>
public static class ResponseHistogram
{
    private const int BarWidth = 50;

    /// <summary>Upper ends of the classes in milliseconds; the last has none.</summary>
    private static readonly double[] Ends =
        [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, double.PositiveInfinity];

    /// <summary>A line for each class that has any, and one with the longest.</summary>
    public static IEnumerable<string> Lines(IReadOnlyCollection<TimeSpan> times)
    {
        var low = 0.0;
        foreach (var end in Ends)
        {
            var count = times.Count(time =>
                time.TotalMilliseconds > low && time.TotalMilliseconds <= end);
            if (count > 0)
            {
                var range = double.IsFinite(end) ? $"{low} to {end} ms" : $"over {low} ms";
                var bar = new string('#', Math.Max(1, BarWidth * count / times.Count));
                yield return $"{range,16} {count,6}  {bar}";
            }

            low = end;
        }

        if (times.Count > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"the longest took {times.Max().TotalMilliseconds:0.0} ms");
        }
    }
}
