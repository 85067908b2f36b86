namespace Monitoring.Server.Storage;

/// <summary>One hub at a time works on a folder; whoever holds this is it.</summary>
public sealed class HubLock : IDisposable
{
    private readonly FileStream _file;

    private HubLock(FileStream file) => _file = file;

    /// <exception cref="IOException">Another hub runs on it.</exception>
    public static HubLock Take(string folder) => new(new FileStream(
        Path.Combine(folder, "hub.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite,
        FileShare.None));

    /// <summary>Null where another hub runs on it.</summary>
    public static HubLock? TryTake(string folder)
    {
        try
        {
            return Take(folder);
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Dispose() => _file.Dispose();
}
