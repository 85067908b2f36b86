using System.Runtime.InteropServices;

namespace Monitoring.Tests.Servers;

/// <summary>A disk of its own in memory, that a test can fill. Only root may mount one.</summary>
public sealed class SmallDisk : IDisposable
{
    private const int LeaveAtOnce = 2;
    private const int StepBytes = 1 << 20;

    private readonly string _folder;

    private SmallDisk(string folder) => _folder = folder;

    private string Ballast => Path.Combine(_folder, "ballast");

    /// <summary>Null, and why, where no disk may be mounted here.</summary>
    public static SmallDisk? Mount(string folder, int megabytes, out string? why)
    {
        Directory.CreateDirectory(folder);
        why = Mount("tmpfs", folder, "tmpfs", 0, $"size={megabytes}m") == 0
            ? null
            : Marshal.GetLastPInvokeErrorMessage();
        return why is null ? new SmallDisk(folder) : null;
    }

    /// <summary>Not one byte more goes on it.</summary>
    public void Fill()
    {
        using var file = File.OpenHandle(Ballast, FileMode.Create, FileAccess.Write);
        for (var (step, at) = (StepBytes, 0L); step > 0; step /= 2)
        {
            try
            {
                while (true)
                {
                    RandomAccess.Write(file, new byte[step], at);
                    at += step;
                }
            }
            catch (IOException)
            {
                // No room for that much.
            }
        }
    }

    public void Free() => File.Delete(Ballast);

    public void Dispose() => _ = Unmount(_folder, LeaveAtOnce);

    [DllImport("libc", EntryPoint = "mount", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Mount(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string source,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string target,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string type, nuint flags,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string options);

    [DllImport("libc", EntryPoint = "umount2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Unmount(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string target, int flags);
}
