namespace Monitoring.Agent.Simulate;

/// <summary>What a server says instead of an answer.</summary>
public enum ExceptionCode : byte
{
    IllegalFunction = 1,
    IllegalAddress = 2,
    IllegalValue = 3,

    /// <summary>The gateway's word for an instrument behind it that is silent.</summary>
    TargetSilent = 11,
}
