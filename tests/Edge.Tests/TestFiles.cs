using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Records;
using Newtonsoft.Json.Linq;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Monitoring.Tests;

/// <summary>The shipped documents, and folders of a test's own.</summary>
internal static class TestFiles
{
    public static string Config { get; } =
        Path.Combine(AppContext.BaseDirectory, "firmware-config");

    public static Site Site(string name)
    {
        var faults = new Faults();
        var site = SiteReader.ReadFile(Path.Combine(Config, "sites", name), faults);
        Assert.Empty(faults.All);
        return site!;
    }

    /// <summary>
    /// The readings of a device whose registers of all points are these, one after the other.
    /// </summary>
    public static ImmutableArray<Reading> Decode(DeviceMap map, params ushort[] words)
    {
        var start = map.Points.Min(point => point.Registers.Address);
        var raw = map.Points.Select(point => point.Registers).Select(source =>
            RegisterCodec.Decode(
                source, words.AsSpan(source.Address - start, source.Count), timeMs: 1));
        return ImageDecoder.Finish(map, [.. raw]);
    }

    /// <summary>A YAML document as an editor with a JSON Schema sees it.</summary>
    public static JToken Json(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return ToJson(stream.Documents[0].RootNode);
    }

    public static string Folder() => Directory.CreateTempSubdirectory("edge-tests-").FullName;

    private static JToken ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => new JObject(map.Children.Select(
            entry => new JProperty(((YamlScalarNode)entry.Key).Value!, ToJson(entry.Value)))),
        YamlSequenceNode list => new JArray(list.Children.Select(ToJson)),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: { } text } => Plain(text),
        YamlScalarNode scalar => new JValue(scalar.Value),
        _ => throw new InvalidOperationException(node.GetType().Name),
    };

    private static JValue Plain(string text)
    {
        if (bool.TryParse(text, out var flag))
        {
            return new JValue(flag);
        }

        if (text.StartsWith("0x", StringComparison.Ordinal)
            && long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, null, out var bits))
        {
            return new JValue(bits);
        }

        return long.TryParse(text, out var whole) ? new JValue(whole)
            : double.TryParse(text, out var real) ? new JValue(real)
            : new JValue(text);
    }
}
