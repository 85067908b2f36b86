using System.Text;

namespace Monitoring.Wire.Sparkplug;

/// <summary>
/// The names that one sender uses over and over: each is made once and found again by its bytes.
/// What does not fit takes the place of another, so it never grows. For one thread.
/// </summary>
public sealed class NameTable
{
    private const int Places = 256;
    private const int LengthMax = 64;

    private readonly string?[] _names = new string?[Places];

    /// <summary>The name in these bytes; null where they are not short and plain ASCII.</summary>
    internal string? Of(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > LengthMax)
        {
            return null;
        }

        var hash = (uint)bytes.Length;
        foreach (var one in bytes)
        {
            hash = unchecked((hash * 31) + one);
        }

        ref var name = ref _names[hash % Places];
        if (name is not null && Ascii.Equals(bytes, name))
        {
            return name;
        }

        return Ascii.IsValid(bytes) ? name = Encoding.ASCII.GetString(bytes) : null;
    }
}
