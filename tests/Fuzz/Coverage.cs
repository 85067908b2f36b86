using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SharpFuzz;
using SharpFuzz.Common;

namespace Monitoring.Tests.Fuzz;

/// <summary>
/// Which branches of the product an input takes. Before any of it is loaded, the copies of its
/// assemblies beside this program get a counter at each branch; a build puts them back.
/// </summary>
internal static unsafe class Coverage
{
    private const int MapBytes = 1 << 16;

    private static readonly string[] Instrumented =
        ["Monitoring.Wire.dll", "Monitoring.Core.dll", "monitoring-edge.dll", "monitoring-hub.dll"];

    private static readonly byte* Map = (byte*)NativeMemory.AllocZeroed(MapBytes);

    private static Span<byte> Counts => new(Map, MapBytes);

    public static void Begin()
    {
        Counts.Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>
    /// Whether the last input did what none did before: took another branch, or took one many
    /// times more often.
    /// </summary>
    /// <param name="seen">Each branch by the orders of how often it was taken.</param>
    public static bool IsNew(Span<byte> seen)
    {
        var isNew = false;
        var counts = Counts;
        for (var at = counts.IndexOfAnyExcept((byte)0); at >= 0;)
        {
            var order = (byte)(1 << (31 - int.LeadingZeroCount(counts[at])));
            isNew |= (seen[at] & order) == 0;
            seen[at] |= order;
            var next = counts[(at + 1)..].IndexOfAnyExcept((byte)0);
            at = next < 0 ? -1 : at + 1 + next;
        }

        return isNew;
    }

    public static byte[] NothingSeen() => new byte[MapBytes];

    [ModuleInitializer]
    internal static void Instrument()
    {
        Trace.SharedMem = Map;
        foreach (var name in Instrumented)
        {
            var path = Path.Combine(AppContext.BaseDirectory, name);
            try
            {
                Fuzzer.Instrument(path, _ => true, Options.Value);
            }
            catch (InstrumentationException)
            {
                // It is as the last run left it.
            }
        }
    }
}
