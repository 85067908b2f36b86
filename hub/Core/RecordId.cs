using System.Globalization;

namespace Monitoring.Core;

/// <summary>Where a record of evidence is: the gateway, its journal, and the place in it.</summary>
/// <param name="Epoch">Names the journal; a gateway with a new journal has a new one.</param>
/// <param name="Offset">Dense from 1 within the epoch.</param>
public sealed record RecordId(string Plant, string Gateway, string Epoch, long Offset)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Plant}/{Gateway}/{Epoch}/{Offset}");

    /// <summary>The id of that text, or null where it is none.</summary>
    public static RecordId? Parse(string text)
    {
        var parts = text.Split('/');
        return parts.Length == 4 && parts.All(part => part.Length > 0)
            && long.TryParse(
                parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            ? new RecordId(parts[0], parts[1], parts[2], offset)
            : null;
    }
}
