namespace Monitoring.Server.Ingest;

/// <summary>A payload as the broker handed it over, with the hub's clock at that moment.</summary>
[GenerateSerializer]
[Immutable]
public sealed record ReceivedPayload(
    [property: Id(0)] string Topic,
    [property: Id(1)] byte[] Bytes,
    [property: Id(2)] long ReceivedMs);
