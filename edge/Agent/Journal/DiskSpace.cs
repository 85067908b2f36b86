namespace Monitoring.Agent.Journal;

/// <summary>
/// The space of the disk below a journal, and a spare file on it. On a disk that others
/// have filled up to the last byte SQLite could not even delete: then the spare file goes first.
/// </summary>
internal sealed class DiskSpace(string journal)
{
    private const long SpareBytes = 6L << 20;

    private readonly string _spare = journal + "-spare";
    private readonly string _folder = Path.GetDirectoryName(Path.GetFullPath(journal))!;

    /// <summary>What is free; null where that cannot be learned.</summary>
    public long? FreeBytes
    {
        get
        {
            try
            {
                return new DriveInfo(_folder).AvailableFreeSpace;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    /// <summary>Makes the spare file where there is plenty of room for it.</summary>
    public void Keep()
    {
        if (File.Exists(_spare) || FreeBytes is not { } free || free < 4 * SpareBytes)
        {
            return;
        }

        try
        {
            // Its blocks are taken, and nothing is written to them.
            using var file = new FileStream(_spare, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                PreallocationSize = SpareBytes,
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Release();
        }
    }

    /// <summary>Gives the spare file up; whether there was one.</summary>
    public bool Release()
    {
        try
        {
            var isThere = File.Exists(_spare);
            File.Delete(_spare);
            return isThere;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
