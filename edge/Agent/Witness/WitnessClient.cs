namespace Monitoring.Agent.Witness;

/// <summary>The HTTP that a witness uses.</summary>
internal static class WitnessClient
{
    public static HttpClient Create() => new()
    {
        Timeout = AgentLimits.WitnessTimeout,

        // A tile is 8 KB and a checkpoint less; who sends more is no log.
        MaxResponseContentBufferSize = AgentLimits.WitnessAnswerBytesMax,
    };
}
