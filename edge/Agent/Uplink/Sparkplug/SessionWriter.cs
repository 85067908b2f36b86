using System.Collections.Immutable;
using Monitoring.Agent.Journal;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Agent.Uplink.Sparkplug;

/// <summary>
/// Writes the messages of one MQTT session, one after another: the sequence number is taken where
/// the message is written, so none is ever missing.
/// </summary>
public sealed class SessionWriter(
    Func<SparkplugTopic, byte[], Task> publish, UplinkTarget target, int bdSeq, TimeProvider time)
{
    private byte _seq;
    private string? _epoch;

    /// <summary>NBIRTH, then a DBIRTH of each device that is not lost.</summary>
    /// <param name="answersMs">The request that they answer; null for none.</param>
    public async Task Births(JournalState journal, BirthBook births, long? answersMs)
    {
        _seq = 0;
        _epoch = journal.Epoch;
        await Publish(
            MessageType.NBirth, null,
            EdgeMessages.NodeBirth(bdSeq, journal, WallMs(), answersMs));
        foreach (var device in births.Living)
        {
            await DeviceBirth(device, births);
        }
    }

    /// <summary>
    /// A record of the journal that was born, with the births and deaths that belong around it;
    /// its bytes.
    /// </summary>
    public async Task<int> Record(JournalEntry entry, bool isHistorical, BirthBook births)
    {
        if (entry.Record is not JournalRecord.Image image)
        {
            var gap = EdgeMessages.Record(
                entry.Offset, entry.Record, isHistorical, NextSeq(), WallMs(), _epoch);
            await Publish(MessageType.NData, null, gap);
            return gap.Length;
        }

        var frame = births.Frame(image, entry.Offset, !isHistorical);
        if (frame.IsBirthDue)
        {
            await DeviceBirth(image.Device, births);
        }

        var payload = EdgeMessages.Record(
            entry.Offset, image, isHistorical || frame.IsEvidence, NextSeq(), WallMs(),
            _epoch, frame.IsTyped);
        await Publish(MessageType.DData, image.Device, payload);
        if (frame.IsDeathDue)
        {
            await DeviceDeath(image.Device);
        }

        return payload.Length;
    }

    /// <summary>What a device shows now, ahead of its record.</summary>
    public async Task Live(JournalEntry entry, BirthBook births)
    {
        if (entry.Record is not JournalRecord.Image image || BirthBook.IsLost(image))
        {
            return;
        }

        if (births.Frame(image, entry.Offset, isFresh: false).IsBirthDue)
        {
            await DeviceBirth(image.Device, births);
        }

        await Publish(
            MessageType.DData, image.Device, EdgeMessages.Live(image, NextSeq(), WallMs()));
    }

    public Task DeviceDeath(string device) => Publish(
        MessageType.DDeath, device, EdgeMessages.DeviceDeath(NextSeq(), WallMs()));

    public Task NodeDeath() => Publish(
        MessageType.NDeath, null, EdgeMessages.NodeDeath(bdSeq, WallMs()));

    private Task DeviceBirth(string device, BirthBook births)
    {
        ImmutableArray<DeclaredPoint> points = births.PointsOf(device);
        return Publish(
            MessageType.DBirth, device, EdgeMessages.DeviceBirth(points, NextSeq(), WallMs()));
    }

    private Task Publish(MessageType type, string? device, byte[] payload) =>
        publish(target.Topic(type, device), payload);

    private byte NextSeq() => _seq = unchecked((byte)(_seq + 1));

    private long WallMs() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
