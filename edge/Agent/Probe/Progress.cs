using System.Globalization;

namespace Monitoring.Agent.Probe;

/// <summary>
/// How far a long search is: on a terminal one line that is written over, else a line for each
/// tenth of it.
/// </summary>
public sealed class Progress(TextWriter writer, bool isTerminal, TimeProvider time)
{
    private const string ToLineBegin = "\r\x1b[K";

    private readonly long _start = time.GetTimestamp();
    private int _tenth;

    public void Say(int done, int of, int found)
    {
        var spent = time.GetElapsedTime(_start);
        var left = done == 0 ? TimeSpan.Zero : spent / done * (of - done);
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{done} of {of} tried, {found} found, about {left.TotalSeconds:0} s left");
        if (isTerminal)
        {
            writer.Write(ToLineBegin + text);
        }
        else if (10 * done / of > _tenth)
        {
            _tenth = 10 * done / of;
            writer.WriteLine(text);
        }
    }

    /// <summary>Makes room for a line that stays.</summary>
    public void Clear() => writer.Write(isTerminal ? ToLineBegin : "");
}
