using Monitoring.Core.Alerts;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;

namespace Monitoring.Server.Notify;

/// <summary>Makes the notices of an alert, one for each channel that is set.</summary>
public sealed class NoticeWriter : IDisposable
{
    private readonly Contract _contract;
    private readonly ClusterMap _cluster;
    private readonly TimeZoneInfo _zone;
    private readonly Dictionary<string, SemaphoreSlim> _signals;

    public NoticeWriter(HubSettings settings, Contract contract, ClusterMap cluster)
    {
        _contract = contract;
        _cluster = cluster;
        _zone = settings.TimeZone;
        _signals = NoticeChannels.Of(settings).ToDictionary(
            channel => channel, _ => new SemaphoreSlim(0, 1));
    }

    /// <summary>To be stored in the transaction of the alert itself.</summary>
    public IEnumerable<Notice> NoticesOf(AlertTransition alert)
    {
        if (_signals.Count == 0)
        {
            return [];
        }

        var body = AlertNotice.Of(alert, _contract, _cluster, _zone);
        return _signals.Keys.Select(channel => new Notice(
            alert.Id, channel, body, alert.At.ToUnixTimeMilliseconds()));
    }

    /// <summary>Says that notices were stored, so that they go out at once.</summary>
    public void Signal()
    {
        lock (_signals)
        {
            foreach (var signal in _signals.Values.Where(signal => signal.CurrentCount == 0))
            {
                signal.Release();
            }
        }
    }

    /// <summary>Completes at a signal, or when it is time to look anyway.</summary>
    public Task WaitAsync(string channel, TimeSpan longest, CancellationToken stopping) =>
        _signals[channel].WaitAsync(longest, stopping);

    public void Dispose()
    {
        foreach (var signal in _signals.Values)
        {
            signal.Dispose();
        }
    }
}
