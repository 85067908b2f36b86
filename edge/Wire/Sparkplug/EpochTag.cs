using System.Globalization;

namespace Monitoring.Wire.Sparkplug;

/// <summary>
/// The short form of an epoch that goes with each record: its first 64 bits. An epoch is random,
/// so two journals of one gateway do not share them.
/// </summary>
public static class EpochTag
{
    private const int Digits = 16;

    /// <param name="epoch">32 hexadecimal digits.</param>
    public static long Of(string epoch) => unchecked((long)ulong.Parse(
        epoch.AsSpan(0, Digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
}
