namespace Monitoring.Tests.Crash;

/// <summary>An image by the number that its instrument gave it; null: it was silent.</summary>
public readonly record struct ImageName(string Plant, string Device, long? Sequence)
{
    public override string ToString() => $"{Plant}/{Device} number {Sequence}";
}

/// <summary>What an instrument says it served.</summary>
public sealed record ServedImage(
    ImageName Name, long UtcMs, IReadOnlyDictionary<string, double> Values);

/// <summary>What the hub's record log holds; a null value is an absence.</summary>
public sealed record StoredImage(
    ImageName Name, string Epoch, long Offset, long TimeMs,
    IReadOnlyDictionary<string, double?> Values);

/// <summary>The span in which no edge of the plant ran.</summary>
public sealed record EdgeKill(string Plant, long KilledMs, long RestartedMs);

/// <summary>A journal at the end: its last offset, and how far the hub has it.</summary>
public sealed record JournalEnd(
    string Plant, string Epoch, long Last, long Committed, long GapsInHub);

/// <summary>What came of holding the instruments' logs against the record log.</summary>
/// <param name="LostInKills">Images read and not yet journalled when an edge died.</param>
/// <param name="Findings">Broken promises; empty where all is well.</param>
public sealed record ConservationReport(
    IReadOnlyList<string> LostInKills, IReadOnlyList<string> Findings);

/// <summary>
/// The promise that nothing is lost and nothing counted twice, checked from outside: only the
/// instruments' own logs are believed.
/// </summary>
public static class Conservation
{
    // What an append to a disk that others use as well was seen to take.
    private const long AppendMsMax = 1_000;

    public static ConservationReport Check(
        IReadOnlyList<ServedImage> served, IReadOnlyList<StoredImage> stored,
        IReadOnlyList<EdgeKill> kills, IReadOnlyList<JournalEnd> journals)
    {
        var measured = stored.Where(image => image.Name.Sequence is not null).ToList();
        var names = measured.Select(image => image.Name).ToHashSet();
        var missing = served.Where(image => !names.Contains(image.Name)).ToList();
        var explained = Explained(served, names, kills);
        return new ConservationReport(
            [
                .. missing.Where(image => explained.ContainsKey(image.Name))
                    .Select(image => $"{image.Name}, served {explained[image.Name]}"),
            ],
            [
                .. missing.Where(image => !explained.ContainsKey(image.Name))
                    .Select(image => $"lost: {image.Name} at {image.UtcMs}"),
                .. measured.GroupBy(image => image.Name).Where(group => group.Count() > 1)
                    .Select(group => $"stored {group.Count()} times: {group.Key}"),
                .. Changed(served, measured),
                .. journals.SelectMany(journal => Unstored(journal, stored)),
            ]);
    }

    /// <summary>
    /// The images that a kill may take: of each device the last one served before the restart, and
    /// those right before it that one append to a slow disk holds up, if they too are missing.
    /// </summary>
    private static Dictionary<ImageName, string> Explained(
        IReadOnlyList<ServedImage> served, HashSet<ImageName> stored,
        IReadOnlyList<EdgeKill> kills)
    {
        var explained = new Dictionary<ImageName, string>();
        foreach (var kill in kills)
        {
            var last = served
                .Where(image => image.Name.Plant == kill.Plant && image.UtcMs < kill.RestartedMs)
                .GroupBy(image => image.Name.Device)
                .SelectMany(group => group.OrderByDescending(image => image.Name.Sequence)
                    .Where((image, index) =>
                        index == 0 || image.UtcMs >= kill.KilledMs - AppendMsMax)
                    .TakeWhile(image => !stored.Contains(image.Name)));
            foreach (var image in last)
            {
                explained[image.Name] =
                    $"{kill.KilledMs - image.UtcMs} ms before the edge was dead";
            }
        }

        return explained;
    }

    private static IEnumerable<string> Changed(
        IReadOnlyList<ServedImage> served, List<StoredImage> measured)
    {
        var originals = served.ToDictionary(image => image.Name, image => image.Values);
        foreach (var image in measured)
        {
            if (!originals.TryGetValue(image.Name, out var values))
            {
                yield return $"never served: {image.Name}";
            }
            else if (values.Count != image.Values.Count || values.Any(value =>
                image.Values.GetValueOrDefault(value.Key) is not { } number
                    || BitConverter.DoubleToInt64Bits(number)
                        != BitConverter.DoubleToInt64Bits(value.Value)))
            {
                yield return $"changed: {image.Name} was {Show(values)}, is {Show(image.Values)}";
            }
        }
    }

    private static IEnumerable<string> Unstored(
        JournalEnd journal, IReadOnlyList<StoredImage> stored)
    {
        if (journal.Committed != journal.Last)
        {
            yield return $"{journal.Plant}: the hub has {journal.Committed} of {journal.Last}";
        }

        if (journal.GapsInHub != 0)
        {
            yield return $"{journal.GapsInHub} gaps were declared";
        }

        var offsets = stored
            .Where(image => image.Name.Plant == journal.Plant && image.Epoch == journal.Epoch)
            .Select(image => image.Offset).Order().ToList();
        if (stored.Any(it => it.Name.Plant == journal.Plant && it.Epoch != journal.Epoch))
        {
            yield return $"{journal.Plant}: images of another journal are stored";
        }

        for (var i = 0; i < Math.Max(offsets.Count, journal.Last); i++)
        {
            if (i >= offsets.Count || offsets[i] != i + 1)
            {
                yield return $"{journal.Plant}: journalled and not stored (or twice) from "
                    + $"offset {i + 1}, {offsets.Count} stored of {journal.Last}";
                yield break;
            }
        }
    }

    private static string Show<T>(IReadOnlyDictionary<string, T> values) =>
        string.Join(" ", values.OrderBy(it => it.Key).Select(it => $"{it.Key}={it.Value}"));
}
