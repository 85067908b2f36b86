using Xunit.v3;

namespace Monitoring.Tests.Tck;

/// <summary>The requirements of Sparkplug 3.0 that a test proves: traits named tck.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class TckAttribute(params string[] ids) : Attribute, ITraitAttribute
{
    /// <summary>Ids, in which {a,b} stands for either.</summary>
    public IReadOnlyList<string> Ids { get; } = [.. ids.SelectMany(Expand)];

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() =>
        [.. Ids.Select(id => KeyValuePair.Create("tck", id))];

    public static IEnumerable<string> Expand(string pattern)
    {
        var open = pattern.IndexOf('{', StringComparison.Ordinal);
        if (open < 0)
        {
            return [pattern];
        }

        var close = pattern.IndexOf('}', open);
        return pattern[(open + 1)..close].Split(',').SelectMany(
            one => Expand(pattern[..open] + one + pattern[(close + 1)..]));
    }
}
