using Monitoring.Wire;

namespace Monitoring.Server.Ingest;

/// <summary>What the broker inside the hub takes; what is beyond is refused and recorded.</summary>
internal static class BrokerLimits
{
    /// <summary>Connections at once, also of those who have not said who they are.</summary>
    public const int ConnectionsMax = 4_000;

    /// <summary>Sessions at once of one identity. An agent has one; a person looks in.</summary>
    public const int SessionsPerIdentityMax = 4;

    /// <summary>
    /// Messages a second of one session. An agent that returns after a day sends some hundreds.
    /// </summary>
    public const int MessagesPerSecondMax = 5_000;

    /// <summary>
    /// What a packet may announce. Above the largest payload, so that a client that sends a little
    /// too much is told, and below what would have to be waited for.
    /// </summary>
    public const int PacketBytesMax = 2 * WireLimits.PayloadBytesRefused;

    /// <summary>Twice what Kestrel reads ahead; no packet that is taken is as large.</summary>
    public const long UnreadBytesMax = 2 << 20;

    /// <summary>Refusals that are kept with their particulars.</summary>
    public const int RefusalsKeptMax = 100;
}
