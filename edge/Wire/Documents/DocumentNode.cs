using System.Globalization;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Monitoring.Wire.Documents;

/// <summary>
/// A YAML mapping that is read key by key. A missing, misspelt or wrong key becomes a fault with
/// file, line and remedy, and reading goes on, so one pass finds them all. What a failed read
/// returns is a placeholder: use no value of a document whose <see cref="Faults"/> has any.
/// </summary>
public sealed class DocumentNode
{
    private const int LevelsMax = 20;

    private readonly YamlMappingNode _map;
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    // The option or variable that set a value which is not the file's.
    private readonly IReadOnlyDictionary<YamlNode, string>? _origins;

    private DocumentNode(
        string source, YamlMappingNode map, Faults faults,
        IReadOnlyDictionary<YamlNode, string>? origins = null)
    {
        _origins = origins;
        Source = source;
        _map = map;
        Faults = faults;
    }

    public string Source { get; }

    public Faults Faults { get; }

    public int Line => (int)_map.Start.Line;

    /// <summary>What of this mapping is hashed and signed.</summary>
    public byte[] Canonical() => CanonicalJson.Of(_map);

    /// <summary>
    /// The document's top mapping. Faults of the text itself leave an empty mapping.
    /// </summary>
    public static DocumentNode Parse(string source, string yaml, Faults faults)
    {
        var before = faults.All.Count;
        var map = Load(source, yaml, faults);
        if (map is null && faults.All.Count == before)
        {
            faults.Add(source, 1, "the file is empty", "start with 'key: value' lines");
        }

        return new DocumentNode(source, map ?? [], faults);
    }

    /// <param name="origins">Names the option or variable of each value not of the file.</param>
    internal static DocumentNode Of(
        string source, YamlMappingNode map, Faults faults,
        IReadOnlyDictionary<YamlNode, string> origins) =>
        new(source, map, faults, origins);

    /// <summary>The mapping that the text is; null for an empty text, and after a fault.</summary>
    internal static YamlMappingNode? Load(string source, string yaml, Faults faults)
    {
        if (yaml.AsSpan().IndexOfAny('\0', '\uFFFD') >= 0)
        {
            faults.Add(source, 1, "the file is not text", "name a YAML file, written in UTF-8");
            return null;
        }

        try
        {
            if (Unlawful(source, yaml) is { } fault)
            {
                faults.AddRange([fault]);
                return null;
            }

            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            if (stream.Documents is [{ RootNode: YamlMappingNode map }])
            {
                return map;
            }

            if (stream.Documents is not [])
            {
                faults.Add(
                    source, 1, "the file is not one YAML mapping", "start with 'key: value' lines");
            }
        }
        catch (YamlException e)
        {
            faults.Add(
                source, (int)e.Start.Line, $"not valid YAML: {e.Message.TrimEnd('.')}",
                "mend this line or the next; indent by spaces, all keys of a level alike");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // What the library makes of some brackets and keys that are cut short; without a line.
            faults.Add(source, 1, $"not valid YAML: {e.Message.TrimEnd('.')}",
                "look for a bracket left open");
        }

        return null;
    }

    /// <summary>Asking for a key is knowing it, so a misspelt one gets it as a hint.</summary>
    public bool Has(string key)
    {
        _read.Add(key);
        return _map.Children.ContainsKey(new YamlScalarNode(key));
    }

    /// <summary>Whether a key has 'key: value' lines below it, and no single value.</summary>
    public bool IsMapping(string key) =>
        Has(key) && _map.Children[new YamlScalarNode(key)] is YamlMappingNode;

    public string Id(string key)
    {
        var text = Text(key);
        if (text.Length > 0 && !Identifier.IsValid(text))
        {
            Fault(key, $"'{key}' is '{text}', which is no identifier", Identifier.Rule);
        }

        return text;
    }

    public string Text(string key) => Scalar(key)?.Value ?? "";

    public string? OptionalText(string key) => Has(key) ? Text(key) : null;

    public string OneOf(string key, params string[] allowed)
    {
        var text = Text(key);
        if (Has(key) && !allowed.Contains(text, StringComparer.Ordinal))
        {
            Fault(key, $"'{key}' is '{text}'", $"use one of: {string.Join(", ", allowed)}");
        }

        return text;
    }

    public long Integer(string key, long min, long max)
    {
        if (Scalar(key) is not { Value: { } text })
        {
            return min;
        }

        var isHex = text.StartsWith("0x", StringComparison.Ordinal);
        var parsed = isHex
            ? long.TryParse(text[2..], NumberStyles.HexNumber, null, out var value)
            : long.TryParse(
                text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
        if (!parsed || value < min || value > max)
        {
            Fault(key, $"'{key}' is '{text}'", $"use a whole number from {min} to {max}");
            return min;
        }

        return value;
    }

    public long? OptionalInteger(string key, long min, long max) =>
        Has(key) ? Integer(key, min, max) : null;

    public decimal Number(string key, decimal min, decimal max)
    {
        if (Scalar(key) is not { Value: { } text })
        {
            return min;
        }

        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            || value < min || value > max)
        {
            Fault(key, $"'{key}' is '{text}'", $"use a number from {min} to {max}");
            return min;
        }

        return value;
    }

    public decimal? OptionalNumber(string key, decimal min, decimal max) =>
        Has(key) ? Number(key, min, max) : null;

    /// <summary>A length of time: a number and ms, s, min, h or d, as in <c>10 s</c>.</summary>
    public TimeSpan Duration(string key, TimeSpan min, TimeSpan max)
    {
        if (Scalar(key) is not { Value: { } text })
        {
            return min;
        }

        if (DocumentText.ParseDuration(text) is not { } value || value < min || value > max)
        {
            var range = $"{DocumentText.Format(min)} to {DocumentText.Format(max)}";
            Fault(key, $"'{key}' is '{text}'", $"use a time from {range}, such as '10 s'");
            return min;
        }

        return value;
    }

    /// <summary>
    /// An instant with its offset from UTC, as in <c>2026-01-01T00:00:00+02:00</c>.
    /// </summary>
    public DateTimeOffset Instant(string key)
    {
        if (Scalar(key) is not { Value: { } text })
        {
            return DateTimeOffset.UnixEpoch;
        }

        if (DocumentText.ParseInstant(text) is not { } value)
        {
            Fault(key, $"'{key}' is '{text}'", "use a time such as '2026-01-01T00:00:00+02:00'");
            return DateTimeOffset.UnixEpoch;
        }

        return value;
    }

    /// <summary>The mapping below a key; an empty one where it is missing.</summary>
    public DocumentNode Child(string key)
    {
        if (Node(key) is YamlMappingNode map)
        {
            return new DocumentNode(Source, map, Faults, _origins);
        }

        if (Has(key))
        {
            Fault(key, $"'{key}' is not a mapping", "write 'key: value' lines below it");
        }

        return new DocumentNode(Source, [], new Faults());
    }

    public DocumentNode? OptionalChild(string key) => Has(key) ? Child(key) : null;

    /// <summary>
    /// The mappings of a list, of one that is too long the first. An empty list is a fault unless
    /// <paramref name="min"/> is 0.
    /// </summary>
    public IReadOnlyList<DocumentNode> Items(string key, int min, int max)
    {
        if (min == 0 && !Has(key))
        {
            return [];
        }

        if (Node(key) is not YamlSequenceNode list)
        {
            if (Has(key))
            {
                Fault(key, $"'{key}' is not a list", "write '- ' before each of its items");
            }

            return [];
        }

        if (list.Children.Count < min || list.Children.Count > max)
        {
            Fault(key, $"'{key}' has {list.Children.Count} items", $"write {min} to {max} of them");
        }

        var items = new List<DocumentNode>();
        foreach (var child in list.Children.Take(max))
        {
            if (child is YamlMappingNode map)
            {
                items.Add(new DocumentNode(Source, map, Faults, _origins));
            }
            else
            {
                FaultAt(
                    child, $"an item of '{key}' is not a mapping",
                    "write it as 'key: value' lines");
            }
        }

        return items;
    }

    /// <summary>
    /// This mapping with what only another one says: its other keys but some, mappings within
    /// each other alike, lists of items with an <c>id</c> by that. Lines stay those of the text.
    /// Changes this mapping and never the other one.
    /// </summary>
    public DocumentNode CompletedBy(DocumentNode other, Faults faults, params string[] but)
    {
        Complete(_map, other._map, but);
        return new DocumentNode(Source, _map, faults, _origins);
    }

    /// <summary>The keys of this mapping, in order; marks them as read.</summary>
    public IReadOnlyList<string> Keys()
    {
        var keys = _map.Children.Keys
            .OfType<YamlScalarNode>()
            .Select(key => key.Value ?? "")
            .ToList();
        _read.UnionWith(keys);
        return keys;
    }

    /// <summary>
    /// Adds a fault at the line of a key, or of this mapping where the key is missing.
    /// </summary>
    public void Fault(string key, string problem, string remedy) =>
        FaultAt(
            _map.Children.TryGetValue(new YamlScalarNode(key), out var node) ? node : _map,
            problem, remedy);

    /// <summary>Call last: every key that nobody read is a fault.</summary>
    public void RefuseUnknownKeys()
    {
        foreach (var (key, value) in _map.Children)
        {
            var name = (key as YamlScalarNode)?.Value ?? key.ToString();
            if (!_read.Contains(name))
            {
                var known = _read.Order(StringComparer.Ordinal);
                FaultAt(
                    _origins?.ContainsKey(value) == true ? value : key,
                    $"'{name}' is not known here",
                    $"use one of: {string.Join(", ", known)}, or remove the line");
            }
        }
    }

    private static YamlNode Completed(YamlNode own, YamlNode other)
    {
        switch (own, other)
        {
            case (YamlMappingNode map, YamlMappingNode otherMap):
                Complete(map, otherMap, []);
                break;
            case (YamlSequenceNode list, YamlSequenceNode otherList)
                when list.Children.All(item => IdOf(item) is not null):
                var ids = otherList.Children.Select(IdOf).ToHashSet();
                var added = list.Children.Where(item => !ids.Contains(IdOf(item)));
                var items = otherList.Children
                    .Select(item => list.Children.FirstOrDefault(mine => IdOf(mine) == IdOf(item))
                        is { } mine ? Completed(mine, item) : item)
                    .Concat(added).ToList();
                list.Children.Clear();
                items.ForEach(list.Add);
                break;
        }

        return own;
    }

    private static void Complete(YamlMappingNode own, YamlMappingNode other, string[] but)
    {
        foreach (var (key, value) in other.Children)
        {
            if (own.Children.TryGetValue(key, out var mine))
            {
                Completed(mine, value);
            }
            else if (!but.Contains((key as YamlScalarNode)?.Value))
            {
                own.Add(key, value);
            }
        }
    }

    private static string? IdOf(YamlNode item) =>
        item is YamlMappingNode map
        && map.Children.TryGetValue(new YamlScalarNode("id"), out var id)
            ? (id as YamlScalarNode)?.Value
            : null;

    // The library reads levels by recursion, and so do we and it where an alias leads back into its
    // own anchor; a few lines of aliases of aliases stand for millions. Either would end the
    // program, whatever we catch.
    private static Fault? Unlawful(string source, string yaml)
    {
        var parser = new Parser(new StringReader(yaml));
        var levels = 0;
        while (parser.MoveNext())
        {
            var line = (int)parser.Current!.Start.Line;
            levels += parser.Current.NestingIncrease;
            if (levels > LevelsMax)
            {
                return new Fault(
                    source, line, $"more than {LevelsMax} levels within each other",
                    "look for brackets that are never closed");
            }

            if (parser.Current is AnchorAlias alias)
            {
                return new Fault(
                    source, line, $"the alias '*{alias.Value}' is not read here",
                    "write out what it stands for, or put a text that begins with '*' in quotes");
            }
        }

        return null;
    }

    private YamlNode? Node(string key)
    {
        _read.Add(key);
        if (_map.Children.TryGetValue(new YamlScalarNode(key), out var node))
        {
            return node;
        }

        FaultAt(_map, $"'{key}' is missing", $"add a line '{key}: ...'");
        return null;
    }

    private void FaultAt(YamlNode node, string problem, string remedy)
    {
        if (_origins?.TryGetValue(node, out var origin) == true)
        {
            Faults.Add(origin, 0, problem, remedy);
        }
        else
        {
            Faults.Add(
                new Fault(Source, (int)node.Start.Line, problem, remedy)
                {
                    Column = (int)node.Start.Column,
                });
        }
    }

    private YamlScalarNode? Scalar(string key)
    {
        switch (Node(key))
        {
            case null:
                return null;
            case YamlScalarNode { Value.Length: > 0 } scalar:
                return scalar;
            default:
                Fault(key, $"'{key}' has no value", "write one value after the colon");
                return null;
        }
    }
}
