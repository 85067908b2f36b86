using Monitoring.Core.Averaging;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>What became of the images of one device. The parts sum to what is stored.</summary>
/// <param name="Used">Behind facts.</param>
/// <param name="Excluded">Not behind facts, by the rule that is named.</param>
/// <param name="Open">In windows that are not closed yet.</param>
/// <param name="ReadingsPerImage">Of the quantities that its source takes from it.</param>
public sealed record DeviceAccount(
    DeviceId Device, long Stored, long Used, IReadOnlyDictionary<string, long> Excluded, long Open,
    int ReadingsPerImage)
{
    /// <summary>
    /// Always 0, or images were lost or counted twice between the log and the books.
    /// </summary>
    public long Unaccounted => Stored - Used - Excluded.Values.Sum() - Open;
}

/// <summary>Holds the record log against the books, image by image.</summary>
public sealed class Accounting(
    RecordLog records, FactBook facts, ClusterMap cluster, ProfileSet profiles)
{
    private const string RuleUnbound = "device-not-bound";
    private const string RuleLate = "late";
    private const string RuleClockAhead = "clock-ahead";

    public IReadOnlyList<DeviceAccount> Report() => [.. records.CountByDevice().Select(AccountOf)];

    private DeviceAccount AccountOf(DeviceCount count)
    {
        var (gateway, device) = (count.Device.Gateway, count.Device.Name);
        var source = cluster.Sources
            .Where(source => source.Plant == gateway.Plant && source.Gateway == gateway.Node
                && source.Devices.Contains(device))
            .MinBy(source => source.From);
        if (source is null)
        {
            return new DeviceAccount(
                count.Device, count.Images, 0,
                new Dictionary<string, long> { [RuleUnbound] = count.Images }, 0, 0);
        }

        var (positionMs, fates) = facts.FatesOf(source.Id, device);
        var (before, closed, open, ahead) = records.CountAround(
            count.Device, source.From.ToUnixTimeMilliseconds(), positionMs);
        fates.Remove("", out var used);
        Add(fates, RuleUnbound, before);
        Add(fates, RuleClockAhead, ahead);

        Add(fates, RuleLate, facts.CountLate(
            records, count.Device, source.Id, profiles[source.Profile].Window,
            (source.From.ToUnixTimeMilliseconds(), positionMs)));
        return new DeviceAccount(
            count.Device, before + closed + open + ahead, used, fates, open,
            source.Quantities.Count(quantity => quantity.Device == device));
    }

    private static void Add(Dictionary<string, long> fates, string rule, long images)
    {
        if (images != 0)
        {
            fates[rule] = images;
        }
    }
}
