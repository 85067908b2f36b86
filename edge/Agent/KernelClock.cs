using System.Runtime.InteropServices;

namespace Monitoring.Agent;

/// <summary>
/// Asks the kernel whether a time source disciplines the clock (chrony, ntpd, timesyncd).
/// </summary>
public static class KernelClock
{
    private const int TimeError = 5;

    /// <summary>
    /// More than the kernel's struct timex on any machine (208 bytes on 64 bits).
    /// </summary>
    private const int TimexBytes = 512;

    public static bool IsSynced()
    {
        // All zero means: change nothing, only tell.
        var state = OperatingSystem.IsLinux() ? Adjtimex(new byte[TimexBytes]) : TimeError;
        return state is >= 0 and < TimeError;
    }

    [DllImport("libc", EntryPoint = "adjtimex")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Adjtimex(byte[] timex);
}
