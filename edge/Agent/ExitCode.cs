namespace Monitoring.Agent;

/// <summary>What the process tells its caller.</summary>
public static class ExitCode
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int BadInput = 2;
    public const int Unreachable = 3;
}
