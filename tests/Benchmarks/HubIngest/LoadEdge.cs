using Monitoring.Agent.Uplink.Sparkplug;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Benchmarks.HubIngest;

/// <summary>
/// One edge of the load: sends the records of its journal with the window of a real agent, goes
/// back to the commit where it stands still, and shows its newest image while older ones wait.
/// </summary>
internal sealed class LoadEdge : IDisposable
{
    private static readonly TimeSpan PatienceMax =
        TimeSpan.FromMilliseconds(UplinkSession.ResendAfterMsMin);

    private static readonly TimeSpan WaitMin = TimeSpan.FromMilliseconds(20);

    private readonly int _number;
    private readonly Load _load;
    private readonly EdgeSocket _socket;
    private readonly byte[] _dataTopic;
    private readonly List<long> _shownMs = [];
    private readonly long _startedAt = TimeProvider.System.GetTimestamp();
    private RecordTemplate _template;
    private long _committed;
    private long _next;
    private long _highest;
    private long _progressAt;
    private long _shownAt;
    private byte _seq;
    private bool _isBirthDue;
    private long? _askedMs;

    public LoadEdge(int number, Load load)
    {
        (_number, _load) = (number, load);
        (_next, _committed, _highest) = (load.First, load.First - 1, load.First - 1);
        (_progressAt, _shownAt) = (_startedAt, _startedAt);
        _template = new RecordTemplate(number, load.First, load.IsHistory(load.First));
        _dataTopic = Topic(MessageType.DData);
        var cycle = load.PerSecond == 0 ? PatienceMax : TimeSpan.FromSeconds(1 / load.PerSecond);
        _socket = new EdgeSocket(
            load.Port, $"{Fleet.PlantOf(number)}/{Fleet.Node}", NameOf(MessageType.NCmd, null),
            cycle < WaitMin ? WaitMin : cycle < PatienceMax ? cycle : PatienceMax);
    }

    public long Resent { get; private set; }

    /// <summary>When newest images were shown, by the clock of the computer.</summary>
    public IReadOnlyList<long> ShownMs => _shownMs;

    private long Written => _load.WrittenAfter(Since(_startedAt), _number);

    private bool IsDone => _committed >= (_load.Last == 0 ? Written : _load.Last);

    public void Bear()
    {
        var journal = new JournalState(
            Fleet.EpochOf(_number), _committed + 1, Written, _committed, 1);
        _socket.Send(
            Topic(MessageType.NBirth),
            EdgeMessages.NodeBirth(_load.Turn, journal, NowMs(), _askedMs));
        _askedMs = null;
        _socket.Send(
            Topic(MessageType.DBirth),
            EdgeMessages.DeviceBirth(
                Fleet.PointNames.Select(name => new DeclaredPoint(name, ValueKind.Real)),
                seq: 1, NowMs()));
        _socket.Flush();
        _seq = 2;
    }

    public void SendAll()
    {
        while (!IsDone)
        {
            if (_isBirthDue)
            {
                _isBirthDue = false;
                GoBack();
                Bear();
            }

            var written = Written;
            ShowNewest(written);
            if (_next == _committed + 1)
            {
                _progressAt = TimeProvider.System.GetTimestamp();
            }

            for (; _next <= written && _next - _committed <= UplinkSession.WindowRecordsMax;
                _next++)
            {
                SendRecord(_next);
            }

            _socket.Flush();
            if (!_socket.Receive(TakeCommand) && Since(_progressAt) >= PatienceMax)
            {
                GoBack();
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private void ShowNewest(long written)
    {
        if (_load.PerSecond == 0 || _next > written
            || Since(_shownAt).TotalMilliseconds < UplinkSession.LiveEveryMs)
        {
            return;
        }

        _shownAt = TimeProvider.System.GetTimestamp();
        var nowMs = NowMs();
        _shownMs.Add(nowMs);
        var image = Fleet.Image(nowMs, point => Fleet.ValueOf(_number, written, point));
        _socket.Send(_dataTopic, EdgeMessages.Live(image, NextSeq(), nowMs));
    }

    private void SendRecord(long offset)
    {
        if (RecordTemplate.VarintLength((ulong)offset) != _template.OffsetBytes
            || _load.IsHistory(offset) != _template.IsHistorical)
        {
            _template = new RecordTemplate(_number, offset, _load.IsHistory(offset));
        }

        _socket.Send(
            _dataTopic, _template, offset, Fleet.TimeOf(_load.StartMs, offset), NextSeq());
        Resent += offset <= _highest ? 1 : 0;
        _highest = Math.Max(_highest, offset);
    }

    private void TakeCommand(ReadOnlySpan<byte> bytes)
    {
        var payload = PayloadDecoder.Decode(bytes, out var fault)
            ?? throw new InvalidOperationException(fault);
        foreach (var command in HostMessages.Commands(payload))
        {
            switch (command)
            {
                case NodeCommand.Commit commit when commit.Epoch == Fleet.EpochOf(_number):
                    _progressAt = TimeProvider.System.GetTimestamp();
                    _committed = Math.Max(_committed, commit.Offset);
                    _next = Math.Max(_next, _committed + 1);
                    break;
                case NodeCommand.Rebirth rebirth:
                    (_isBirthDue, _askedMs) = (true, rebirth.AskedMs);
                    break;
                case NodeCommand.Rewind:
                    GoBack();
                    break;
                default:
                    break;
            }
        }
    }

    private void GoBack() => _next = _committed + 1;

    private byte NextSeq()
    {
        var seq = _seq;
        _seq = unchecked((byte)(_seq + 1));
        return seq;
    }

    private byte[] Topic(MessageType type) => EdgeSocket.Text(NameOf(
        type, type is MessageType.DBirth or MessageType.DData ? Fleet.Device : null));

    private string NameOf(MessageType type, string? device) =>
        new SparkplugTopic(Fleet.PlantOf(_number), type, Fleet.Node, device).ToString();

    private static TimeSpan Since(long timestamp) => TimeProvider.System.GetElapsedTime(timestamp);

    private static long NowMs() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
}
