using Monitoring.Core.Alerts;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;

namespace Monitoring.Server.Notify;

/// <summary>One notice of each transition for each channel that is set.</summary>
public sealed class NoticeWriter(HubSettings settings, Contract contract, ClusterMap cluster)
{
    private readonly IReadOnlyList<string> _channels = NoticeChannels.Of(settings);

    public IEnumerable<Notice> NoticesOf(AlertTransition transition) =>
        _channels.Select(channel => new Notice(
            transition.Id, channel,
            AlertNotice.Of(transition, contract, cluster, settings.TimeZone),
            transition.At.ToUnixTimeMilliseconds()));
}
