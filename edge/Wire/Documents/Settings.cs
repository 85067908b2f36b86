using YamlDotNet.RepresentationModel;

namespace Monitoring.Wire.Documents;

/// <summary>
/// The settings of a program: options over environment over file. An environment variable
/// <c>MONITORING__MQTT__URL</c> and an option <c>mqtt.url</c> both stand for <c>url</c> below
/// <c>mqtt</c>; what comes of them is checked exactly as the file is.
/// </summary>
public static class Settings
{
    private const string Prefix = "MONITORING__";

    /// <param name="source">The file's name, for faults.</param>
    /// <param name="yaml">The file's text; empty where there is no file.</param>
    /// <param name="environment">
    /// All environment variables; those of others are passed over.
    /// </param>
    /// <param name="options">Dotted names and values; null values are not set.</param>
    public static DocumentNode Read(
        string source,
        string yaml,
        IEnumerable<KeyValuePair<string, string>> environment,
        IEnumerable<KeyValuePair<string, string?>> options,
        Faults faults)
    {
        var map = DocumentNode.Load(source, yaml, faults) ?? [];
        var origins = new Dictionary<YamlNode, string>(ReferenceEqualityComparer.Instance);
        foreach (var (name, value) in environment.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (name.StartsWith(Prefix, StringComparison.Ordinal))
            {
                var path = name[Prefix.Length..].ToLowerInvariant().Split("__");
                Set(map, path, value, node => origins[node] = name);
            }
        }

        foreach (var (name, value) in options)
        {
            if (value is not null)
            {
                Set(map, name.Split('.'), value, node => origins[node] = $"--set {name}");
            }
        }

        return DocumentNode.Of(source, map, faults, origins);
    }

    private static void Set(
        YamlMappingNode map, ReadOnlySpan<string> path, string value, Action<YamlNode> made)
    {
        foreach (var level in path[..^1])
        {
            var key = new YamlScalarNode(level);
            if (!map.Children.TryGetValue(key, out var child) || child is not YamlMappingNode next)
            {
                next = [];
                made(next);
                map.Children[key] = next;
            }

            map = next;
        }

        var scalar = new YamlScalarNode(value);
        made(scalar);
        map.Children[new YamlScalarNode(path[^1])] = scalar;
    }
}
