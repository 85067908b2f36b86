using System.Text;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Transparency;

namespace Monitoring.Server.Transparency;

/// <summary>
/// The public log as a folder of plain files, with the books beside it: for a stick, an archive,
/// or any web server.
/// </summary>
public static class LogExport
{
    /// <returns>How many entries the copy has.</returns>
    public static long Write(PublicLog log, NoteSigner signer, string folder)
    {
        // The books first: what they tell is then within the log, however it goes on.
        WriteBooks(log, Path.Combine(folder, "books"));
        while (log.Publish(signer))
        {
            // The rest of many follows at once.
        }

        WriteText(folder, "vkey", signer.Verifier + "\n");
        if (log.Head is not { } head)
        {
            return 0;
        }

        var size = Checkpoint.Of(SignedNote.Parse(head)!, signer.Verifier)!.Size;
        foreach (var path in PathsOf(size))
        {
            var file = Path.Combine(folder, path.ToString());
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, log.TileOf(path)!);
        }

        WriteText(folder, "checkpoint", head);
        return size;
    }

    /// <summary>Every tile of a tree of that size, and the entries themselves.</summary>
    public static IEnumerable<TilePath> PathsOf(long size)
    {
        for (var level = 0; level <= TilePath.LevelMax; level++)
        {
            for (var number = 0L; TilePath.In(size, level, number) is { } path; number++)
            {
                yield return path;
                if (level == 0)
                {
                    yield return path with { Level = null };
                }
            }
        }
    }

    private static void WriteBooks(PublicLog log, string file)
    {
        using var books = File.Create(file);
        foreach (var line in log.BookLines())
        {
            books.Write(line);
        }
    }

    private static void WriteText(string folder, string name, string text) =>
        File.WriteAllBytes(Path.Combine(folder, name), Encoding.UTF8.GetBytes(text));
}
