using Monitoring.Agent.Journal;
using Monitoring.Core.Ingest;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Simulation;

/// <summary>
/// Sees everything and belongs to nobody: what every journal held for good, what was published,
/// and what the hub stored. Looks at each tick whether the promises hold.
/// </summary>
public sealed class Truth
{
    private sealed class JournalTruth
    {
        /// <summary>What the disk held for good, by offset.</summary>
        public SortedDictionary<long, byte[]> Durable { get; } = [];

        public Dictionary<long, byte[]> Published { get; } = [];

        /// <summary>The furthest that the hub's store ever was.</summary>
        public long Stored { get; set; }

        /// <summary>The furthest that a gap record of the journal names as given up.</summary>
        public long GaveUp { get; set; }
    }

    private readonly Dictionary<(string Gateway, string Epoch), JournalTruth> _journals = [];
    private readonly StoreTruth _store = new();

    public int Records => _journals.Values.Sum(journal => journal.Durable.Count);

    /// <summary>The disk holds this for good.</summary>
    public void Synced(string gateway, JournalImage image)
    {
        var journal = Of(gateway, image.Position.Epoch);
        foreach (var (offset, bytes) in image.Records.Reverse())
        {
            if (journal.Durable.TryGetValue(offset, out var before))
            {
                Require(
                    before.AsSpan().SequenceEqual(bytes), gateway,
                    $"offset {offset} was on the disk for good and has other content now");
                break;
            }

            journal.Durable[offset] = bytes;
            if (RecordFormat.Decode(bytes, out _) is JournalRecord.Gap gap)
            {
                journal.GaveUp = Math.Max(journal.GaveUp, gap.Last);
            }
        }
    }

    public void Published(string gateway, string epoch, JournalEntry entry)
    {
        var journal = Of(gateway, epoch);
        var bytes = RecordFormat.Encode(entry.Record);
        Require(
            !journal.Published.TryGetValue(entry.Offset, out var before)
                || before.AsSpan().SequenceEqual(bytes),
            gateway, $"offset {entry.Offset} was published with other content before");
        journal.Published[entry.Offset] = bytes;
    }

    /// <summary>The promises that hold at every time.</summary>
    public void Check(SimulatedLog log, IEnumerable<SimulatedEdge> edges)
    {
        _store.Look(log, (key, offset) => _journals.TryGetValue(key, out var journal)
            ? journal.Durable.GetValueOrDefault(offset)
            : null);
        foreach (var (key, position) in log.Positions)
        {
            var journal = Of(key.Gateway, key.Epoch);
            journal.Stored = Math.Max(journal.Stored, position.Committed);
        }

        foreach (var edge in edges)
        {
            CheckJournal(edge);
        }
    }

    /// <summary>The promises that hold once the world is well and everything has come.</summary>
    public void CheckAtTheEnd(SimulatedLog log, IEnumerable<SimulatedEdge> edges)
    {
        foreach (var edge in edges)
        {
            var position = edge.Journal!.Position;
            var stored = log.PositionOf(edge.Name, position.Epoch);
            Require(
                position.Last == 0
                    || stored == new GatewayPosition(position.Epoch, position.Last),
                edge.Name, $"the hub is at {stored}, the journal ends at {position.Last}");
            foreach (var offset in Of(edge.Name, position.Epoch).Durable.Keys)
            {
                Require(
                    _store.TimesCovered((edge.Name, position.Epoch), offset) == 1, edge.Name,
                    $"offset {offset} is not just once either stored or in a gap");
            }
        }
    }

    private void CheckJournal(SimulatedEdge edge)
    {
        if (edge.Disk.Durable is not { } durable)
        {
            return;
        }

        var journal = Of(edge.Name, durable.Position.Epoch);
        var goneUpTo = Math.Max(journal.Stored, journal.GaveUp);
        Require(
            durable.Position.First - 1 <= goneUpTo, edge.Name,
            $"records up to {durable.Position.First - 1} are gone from the journal, stored or "
            + $"given up are those up to {goneUpTo}");
        if (edge.Journal is { Position: { IsOpen: true } position })
        {
            var stored = Of(edge.Name, position.Epoch).Stored;
            Require(
                position.Committed <= Math.Max(stored, goneUpTo), edge.Name,
                $"the journal takes {position.Committed} for committed, stored is {stored}");
        }
    }

    private JournalTruth Of(string gateway, string epoch)
    {
        if (!_journals.TryGetValue((gateway, epoch), out var journal))
        {
            _journals[(gateway, epoch)] = journal = new JournalTruth();
        }

        return journal;
    }

    internal static void Require(bool holds, string gateway, string otherwise)
    {
        if (!holds)
        {
            throw new BrokenPromiseException($"{gateway}: {otherwise}");
        }
    }
}
