using System.Diagnostics;

namespace Monitoring.Tests;

/// <summary>
/// A real file system of a few megabytes, which only root can make. It is full, read-only or
/// broken when a test says so.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _backing;
    private readonly string _ballast;

    private SmallDisk(string backing, string path)
    {
        (_backing, Path) = (backing, path);
        _ballast = System.IO.Path.Combine(path, "others");
    }

    public string Path { get; }

    /// <summary>A disk in memory. Skips the test where this user may not mount.</summary>
    public static SmallDisk InMemory(int megabytes)
    {
        var path = TestFiles.Folder();
        Assert.SkipUnless(
            Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "none", path),
            "file systems cannot be mounted here; it takes root");
        return new SmallDisk("", path);
    }

    /// <summary>
    /// An ext4 disk of 64 MiB on a medium that has but a few: what is written beyond them fails
    /// when it is synced, and from then on the kernel lets the disk be read only.
    /// </summary>
    public static SmallDisk Failing(int megabytes)
    {
        var (backing, path) = (TestFiles.Folder(), TestFiles.Folder());
        var image = System.IO.Path.Combine(backing, "image");
        Assert.SkipUnless(
            Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "none", backing)
            && Run("truncate", "-s", "64m", image) && Run("mkfs.ext4", "-q", "-F", image)
            && Run("mount", "-o", "loop,errors=remount-ro", image, path),
            "a disk in a file cannot be mounted here; it takes root and loop devices");
        return new SmallDisk(backing, path);
    }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Others take all that is free but a few bytes.</summary>
    public void Fill(long leave = 0)
    {
        using var file = new FileStream(_ballast, FileMode.Append, FileAccess.Write);
        for (var size = 1 << 20; size >= 1; size /= 16)
        {
            var zeros = new byte[size];
            try
            {
                while (new DriveInfo(Path).AvailableFreeSpace - size >= leave)
                {
                    file.Write(zeros);
                    file.Flush();
                }
            }
            catch (IOException)
            {
                // Full: what is left is smaller than that.
            }
        }
    }

    /// <summary>Others give back what they took.</summary>
    public void Free() => System.IO.File.Delete(_ballast);

    public void SetReadOnly(bool isReadOnly) => Assert.True(
        Run("mount", "-o", $"remount,{(isReadOnly ? "ro" : "rw")}", Path));

    /// <summary>The failing disk is replaced by a sound one at the same place.</summary>
    public void Replace()
    {
        Assert.True(Run("umount", "-l", Path));
        Assert.True(Run("mount", "-t", "tmpfs", "-o", "size=32m", "none", Path));
    }

    public void Dispose()
    {
        Run("umount", "-l", Path);
        if (_backing.Length > 0)
        {
            Run("umount", "-l", _backing);
        }
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardError = true,
            })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
