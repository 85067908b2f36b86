using Monitoring.Core.Ingest;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Simulation;

/// <summary>A record as the hub stored it.</summary>
public readonly record struct StoredRow(string Gateway, string Epoch, long Offset, byte[] Bytes);

/// <summary>What the hub stores at once.</summary>
public sealed record LogAppend(
    string Gateway, GatewayPosition Position, IReadOnlyList<(long Offset, JournalRecord Record)>
        Records, DeclaredGap? Gap);

/// <summary>
/// The hub's record log: records, gaps and positions in one transaction. It looks for no
/// duplicates, so that one is seen.
/// </summary>
public sealed class SimulatedLog(Dice dice, Func<Odds> odds)
{
    private sealed record Backup(
        int Rows, int Gaps, int Epochs, Dictionary<(string, string), GatewayPosition> Positions);

    private readonly List<StoredRow> _rows = [];
    private readonly List<(string Gateway, DeclaredGap Gap)> _gaps = [];
    private readonly List<(string Gateway, string Epoch)> _epochs = [];
    private Dictionary<(string Gateway, string Epoch), GatewayPosition> _positions = [];
    private Backup? _backup;
    private long _stateMs;

    public IReadOnlyList<StoredRow> Rows => _rows;

    public IReadOnlyList<(string Gateway, DeclaredGap Gap)> Gaps => _gaps;

    public IReadOnlyDictionary<(string Gateway, string Epoch), GatewayPosition> Positions =>
        _positions;

    /// <summary>How often it was put back to an older state.</summary>
    public int Restores { get; private set; }

    public GatewayPosition PositionOf(string gateway, string epoch)
    {
        if (_positions.TryGetValue((gateway, epoch), out var own))
        {
            return own;
        }

        var newest = _epochs.FindLast(known => known.Gateway == gateway);
        return newest.Epoch is null ? GatewayPosition.Unseen : _positions[newest];
    }

    /// <summary>One transaction; false: the disk did not take it, and nothing is stored.</summary>
    public bool Append(LogAppend append, bool withPosition = true)
    {
        if (dice.Hits(odds().StoreFails))
        {
            return false;
        }

        foreach (var (offset, record) in append.Records)
        {
            _rows.Add(new StoredRow(
                append.Gateway, append.Position.Epoch!, offset, RecordFormat.Encode(record)));
        }

        if (append.Gap is { } gap)
        {
            _gaps.Add((append.Gateway, gap));
        }

        var key = (append.Gateway, append.Position.Epoch!);
        if (!_positions.ContainsKey(key))
        {
            _positions[key] = new GatewayPosition(append.Position.Epoch, 0);
            _epochs.Add(key);
        }

        if (withPosition)
        {
            _positions[key] = append.Position;
        }

        return true;
    }

    /// <summary>
    /// Later than all before it, also after a restore: gateways obey no STATE that is older than
    /// one they have seen, and a hub whose clock was once ahead would never be heard again.
    /// </summary>
    public long NextStateMs(long nowMs) => _stateMs = Math.Max(_stateMs + 1, nowMs);

    public void BackUp() =>
        _backup = new Backup(_rows.Count, _gaps.Count, _epochs.Count, new(_positions));

    /// <summary>To the last backup; without one, to nothing at all.</summary>
    public void Restore()
    {
        var to = _backup ?? new Backup(0, 0, 0, []);
        _rows.RemoveRange(to.Rows, _rows.Count - to.Rows);
        _gaps.RemoveRange(to.Gaps, _gaps.Count - to.Gaps);
        _epochs.RemoveRange(to.Epochs, _epochs.Count - to.Epochs);
        _positions = new(to.Positions);
        Restores++;
    }
}
