using Monitoring.Wire.Sparkplug;

namespace Monitoring.Server.Ingest;

/// <summary>
/// Who may publish and subscribe what: an edge writes below its own node only and reads its own
/// commands; commands come from the hub only, since a forged commit would delete readings. An
/// identity is <c>plant/gateway</c> or the hub's own name.
/// </summary>
public static class BrokerRights
{
    public static bool MayPublish(string identity, string topic, string hubIdentity)
    {
        if (identity == hubIdentity)
        {
            return true;
        }

        return SparkplugTopic.Parse(topic) is { } parsed
            && parsed.Type is not (MessageType.NCmd or MessageType.DCmd)
            && identity == $"{parsed.Group}/{parsed.Node}";
    }

    public static bool MaySubscribe(
        string identity, string filter, string hubIdentity, string hostId)
    {
        if (identity == hubIdentity)
        {
            return true;
        }

        if (filter == SparkplugTopic.StateOf(hostId))
        {
            return true;
        }

        // No wildcard names another gateway: the filter has to be a topic of its own.
        return !filter.Contains('+', StringComparison.Ordinal)
            && !filter.Contains('#', StringComparison.Ordinal)
            && SparkplugTopic.Parse(filter) is { Type: MessageType.NCmd or MessageType.DCmd } parsed
            && identity == $"{parsed.Group}/{parsed.Node}";
    }
}
