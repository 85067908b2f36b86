using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Monitoring.Agent.Simulate;

/// <summary>
/// A serial line without wires: the simulator holds one end, and a link leads programs to the
/// other.
/// </summary>
public sealed class PseudoTerminal : IDisposable
{
    private const int ReadWrite = 2;
    private const int NoControllingTerminal = 0x100;
    private const int Now = 0;
    private const int NameBytesMax = 128;

    /// <summary>More than the kernel's struct termios on any machine (60 bytes).</summary>
    private const int TermiosBytes = 256;

    private readonly SafeFileHandle _programs;
    private readonly string _link;

    private PseudoTerminal(FileStream own, SafeFileHandle programs, string path, string link)
    {
        (Stream, _programs, Path, _link) = (own, programs, path, link);
    }

    /// <summary>What programs write comes out of it, and the other way about.</summary>
    public FileStream Stream { get; }

    /// <summary>The end of the programs, such as /dev/pts/3.</summary>
    public string Path { get; }

    /// <param name="link">Where programs find it; another such link is replaced.</param>
    /// <exception cref="IOException">There is none, or the link cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The link's folder is closed to us.</exception>
    public static PseudoTerminal Open(string link)
    {
        var own = PosixOpenPt(ReadWrite | NoControllingTerminal);
        if (own < 0)
        {
            throw new IOException($"no pseudo terminal: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        var handle = new SafeFileHandle(own, ownsHandle: true);
        var name = new byte[NameBytesMax];
        if (GrantPt(own) != 0 || UnlockPt(own) != 0 || PtsName(own, name, NameBytesMax) != 0)
        {
            handle.Dispose();
            throw new IOException("the pseudo terminal cannot be opened to programs");
        }

        var path = Encoding.ASCII.GetString(name.AsSpan(0, name.AsSpan().IndexOf((byte)0)));

        // Kept open by us too: a program that goes leaves the line as it is.
        var programs = new SafeFileHandle(Open(path, ReadWrite | NoControllingTerminal), true);
        var termios = new byte[TermiosBytes];
        if (programs.IsInvalid || TcGetAttr(programs, termios) != 0)
        {
            handle.Dispose();
            throw new IOException($"{path} cannot be opened");
        }

        CfMakeRaw(termios);
        _ = TcSetAttr(programs, Now, termios);
        try
        {
            MakeLink(link, path);
        }
        catch
        {
            handle.Dispose();
            programs.Dispose();
            throw;
        }

        return new PseudoTerminal(
            new FileStream(handle, FileAccess.ReadWrite, bufferSize: 0), programs, path, link);
    }

    /// <summary>Ends a read that waits for programs, by a byte of our own.</summary>
    public void Wake()
    {
        using var other = new FileStream(
            new SafeFileHandle(_programs.DangerousGetHandle(), ownsHandle: false),
            FileAccess.Write, bufferSize: 0);
        other.WriteByte(0);
    }

    public void Dispose()
    {
        if (new FileInfo(_link).LinkTarget == Path)
        {
            File.Delete(_link);
        }

        _programs.Dispose();
        Stream.Dispose();
    }

    private static void MakeLink(string link, string path)
    {
        var there = new FileInfo(link);
        if (there.LinkTarget?.StartsWith("/dev/pts/", StringComparison.Ordinal) == true)
        {
            // Left behind by a simulator that was killed.
            there.Delete();
        }
        else if (there.Exists || there.LinkTarget is not null)
        {
            throw new IOException($"{link} is there already, and no link to a pseudo terminal");
        }

        File.CreateSymbolicLink(link, path);
    }

    [DllImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int PosixOpenPt(int flags);

    [DllImport("libc", EntryPoint = "grantpt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GrantPt(int own);

    [DllImport("libc", EntryPoint = "unlockpt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int UnlockPt(int own);

    [DllImport("libc", EntryPoint = "ptsname_r")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int PtsName(int own, byte[] name, nint length);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "tcgetattr")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int TcGetAttr(SafeFileHandle terminal, byte[] termios);

    [DllImport("libc", EntryPoint = "tcsetattr")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int TcSetAttr(SafeFileHandle terminal, int when, byte[] termios);

    [DllImport("libc", EntryPoint = "cfmakeraw")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void CfMakeRaw(byte[] termios);
}
