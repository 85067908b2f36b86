using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Monitoring.Agent.Journal;

/// <summary>
/// A second word on how far a journal was written. SQLite takes a damaged end of its log for a
/// transaction that was never finished and goes on before it, and offsets would be given twice.
/// It is written after each append and not synced: what it says is never more than was written.
/// </summary>
internal sealed class JournalWitness : IDisposable
{
    private const string Suffix = "-last";
    private const int Bytes = 64;

    private readonly SafeFileHandle _file;

    private JournalWitness(SafeFileHandle file) => _file = file;

    /// <summary>Null where the disk does not take it: then there is no second word.</summary>
    public static JournalWitness? Open(string journal)
    {
        try
        {
            return new JournalWitness(File.OpenHandle(
                journal + Suffix, FileMode.OpenOrCreate, FileAccess.ReadWrite));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>There was a journal at that place.</summary>
    public static bool IsThere(string journal) => File.Exists(journal + Suffix);

    /// <summary>The last offset of that epoch that was written, as far as it is known.</summary>
    public static long LastOf(string journal, string epoch)
    {
        try
        {
            var parts = File.ReadAllText(journal + Suffix).TrimEnd().Split(' ');
            return parts is [var of, var last, var check] && of == epoch
                && Line(of, last).EndsWith(check, StringComparison.Ordinal)
                ? long.Parse(last, CultureInfo.InvariantCulture)
                : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException
            or FormatException or OverflowException)
        {
            return 0;
        }
    }

    public void Write(JournalPosition position)
    {
        var line = Line(position.Epoch, position.Last.ToString(CultureInfo.InvariantCulture));
        try
        {
            RandomAccess.Write(_file, Encoding.ASCII.GetBytes(line.PadRight(Bytes - 1) + '\n'), 0);
        }
        catch (IOException)
        {
            // An old word is still true, and the records themselves are safe.
        }
    }

    public void Dispose() => _file.Dispose();

    private static string Line(string epoch, string last) =>
        $"{epoch} {last} {RecordCheck.Of(epoch + last):x8}";
}
