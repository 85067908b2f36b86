using Monitoring.Wire.Sparkplug;

namespace Monitoring.Server.Ingest;

/// <summary>
/// How the hub speaks to gateways: through a broker of its own process, or as a client of another.
/// </summary>
public interface IHostLink
{
    bool IsConnected { get; }

    /// <summary>Sends a command; false where it did not go out. Losing one is harmless.</summary>
    Task<bool> SendAsync(SparkplugTopic topic, byte[] payload);
}
