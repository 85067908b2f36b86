using System.Globalization;

namespace Monitoring.Agent.Sites;

/// <summary>Modbus units as a person types them: <c>1,3-5</c>.</summary>
public static class UnitList
{
    /// <summary>In order, each once; null where the text says something else.</summary>
    public static List<int>? Parse(string text, int min, int max)
    {
        var units = new SortedSet<int>();
        foreach (var part in text.Split(','))
        {
            var ends = part.Split('-');
            if (ends.Length > 2
                || !int.TryParse(ends[0], NumberStyles.None, null, out var first)
                || !int.TryParse(ends[^1], NumberStyles.None, null, out var last)
                || first < min || last > max || first > last)
            {
                return null;
            }

            units.UnionWith(Enumerable.Range(first, last - first + 1));
        }

        return [.. units];
    }
}
