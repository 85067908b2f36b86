namespace Monitoring.Wire.Sparkplug;

/// <summary>What a Sparkplug message is for.</summary>
public enum MessageType
{
    NBirth,
    NDeath,
    NData,
    NCmd,
    DBirth,
    DDeath,
    DData,
    DCmd,
}

/// <summary>
/// A topic of namespace <c>spBv1.0</c>: group is the plant, node the gateway, device the
/// instrument (null on N* messages). The only place where a topic is spelled.
/// </summary>
public sealed record SparkplugTopic(string Group, MessageType Type, string Node, string? Device)
{
    private const string Namespace = "spBv1.0";

    private static readonly Dictionary<string, MessageType> Types =
        Enum.GetValues<MessageType>().ToDictionary(type => type.ToString().ToUpperInvariant());

    /// <summary>
    /// Everything that gateways send: what a host subscribes to, without the commands.
    /// </summary>
    public static IReadOnlyList<string> HostFilters { get; } =
    [
        $"{Namespace}/+/NBIRTH/+",
        $"{Namespace}/+/NDEATH/+",
        $"{Namespace}/+/NDATA/+",
        $"{Namespace}/+/DBIRTH/+/+",
        $"{Namespace}/+/DDEATH/+/+",
        $"{Namespace}/+/DDATA/+/+",
    ];

    /// <summary>The topic on which a host application says whether it is online.</summary>
    public static string StateOf(string hostId) => $"{Namespace}/STATE/{hostId}";

    /// <summary>The topic, or null where it is none of ours; STATE topics are not.</summary>
    public static SparkplugTopic? Parse(string topic)
    {
        var levels = topic.Split('/');
        if (levels.Length is not (4 or 5) || levels[0] != Namespace
            || !Types.TryGetValue(levels[2], out var type)
            || levels[1].Length == 0 || levels[3].Length == 0)
        {
            return null;
        }

        var ofDevice = type >= MessageType.DBirth;
        if (ofDevice != (levels.Length == 5) || (ofDevice && levels[4].Length == 0))
        {
            return null;
        }

        return new SparkplugTopic(levels[1], type, levels[3], ofDevice ? levels[4] : null);
    }

    public override string ToString()
    {
        var node = $"{Namespace}/{Group}/{Type.ToString().ToUpperInvariant()}/{Node}";
        return Device is null ? node : $"{node}/{Device}";
    }
}
