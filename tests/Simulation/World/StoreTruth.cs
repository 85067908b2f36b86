using Monitoring.Core.Ingest;

namespace Monitoring.Tests.Simulation;

/// <summary>
/// Reads the hub's store as it grows: each record once and as it was journalled, and behind each
/// position nothing that is missing.
/// </summary>
public sealed class StoreTruth
{
    private readonly Dictionary<(string Gateway, string Epoch), Dictionary<long, int>> _covered =
        [];

    private readonly Dictionary<(string Gateway, string Epoch), long> _whole = [];
    private int _rows;
    private int _gaps;
    private int _restores;

    /// <summary>How often an offset is stored or in a gap.</summary>
    public int TimesCovered((string Gateway, string Epoch) key, long offset) =>
        Of(key).GetValueOrDefault(offset);

    /// <param name="journalled">What a journal held for good; null: nothing.</param>
    public void Look(
        SimulatedLog log, Func<(string Gateway, string Epoch), long, byte[]?> journalled)
    {
        if (_restores != log.Restores)
        {
            (_rows, _gaps, _restores) = (0, 0, log.Restores);
            _covered.Clear();
            _whole.Clear();
        }

        for (; _rows < log.Rows.Count; _rows++)
        {
            var row = log.Rows[_rows];
            Truth.Require(
                journalled((row.Gateway, row.Epoch), row.Offset) is { } bytes
                    && bytes.AsSpan().SequenceEqual(row.Bytes),
                row.Gateway, $"offset {row.Offset} is stored with what was never journalled");
            Cover((row.Gateway, row.Epoch), row.Offset, "stored");
        }

        for (; _gaps < log.Gaps.Count; _gaps++)
        {
            var (gateway, gap) = log.Gaps[_gaps];
            for (var offset = gap.First; offset <= gap.Last; offset++)
            {
                Cover((gateway, gap.Epoch), offset, "in a gap");
            }
        }

        foreach (var (key, position) in log.Positions)
        {
            LookBehind(key, position);
        }
    }

    private void LookBehind((string Gateway, string Epoch) key, GatewayPosition position)
    {
        var whole = _whole.GetValueOrDefault(key);
        for (var covered = Of(key); whole < position.Committed; whole++)
        {
            Truth.Require(
                covered.ContainsKey(whole + 1), key.Gateway,
                $"the position is {position.Committed}, and {whole + 1} is not there");
        }

        _whole[key] = whole;
    }

    private void Cover((string Gateway, string Epoch) key, long offset, string how)
    {
        var covered = Of(key);
        Truth.Require(
            covered.TryAdd(offset, 1), key.Gateway,
            $"offset {offset} is {how}, and was stored or in a gap before");
    }

    private Dictionary<long, int> Of((string Gateway, string Epoch) key)
    {
        if (!_covered.TryGetValue(key, out var covered))
        {
            _covered[key] = covered = [];
        }

        return covered;
    }
}
