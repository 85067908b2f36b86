using System.Globalization;
using Monitoring.Agent.Uplink.Sparkplug;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Benchmarks.HubIngest;

/// <summary>
/// The load, a process of its own: every edge sends the records of its journal from one offset to
/// another with the window of a real agent, and goes back to the commit where it stands still.
/// </summary>
internal static class EdgeLoad
{
    public const string Verb = "hub-ingest-load";

    /// <param name="Turn">Counted from 0; also the bdSeq.</param>
    private sealed record Load(int Port, int Turn, long First, long Last, long StartMs);

    /// <summary>Prints <c>started</c>, and at the end how many records were sent again.</summary>
    public static int Run(IReadOnlyList<string> numbers)
    {
        long Number(int i) => long.Parse(numbers[i], CultureInfo.InvariantCulture);
        var load = new Load((int)Number(0), (int)Number(1), Number(2), Number(3), Number(4));
        var edges = Enumerable.Range(0, Fleet.Edges).Select(i => new Edge(i, load)).ToList();
        edges.ForEach(edge => edge.Bear());
        Console.WriteLine("started");
        var threads = edges.ConvertAll(edge => new Thread(edge.SendAll, maxStackSize: 1 << 18));
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        edges.ForEach(edge => edge.Dispose());
        Console.WriteLine(edges.Sum(edge => edge.Resent).ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    /// <summary>The verb's arguments.</summary>
    public static IEnumerable<string> Arguments(
        int port, int turn, long first, long last, long startMs) =>
    [
        Verb,
        .. new[] { port, turn, first, last, startMs }.Select(
            number => number.ToString(CultureInfo.InvariantCulture)),
    ];

    private sealed class Edge : IDisposable
    {
        private readonly int _number;
        private readonly Load _load;
        private readonly EdgeSocket _socket;
        private readonly byte[] _dataTopic;
        private RecordTemplate _template;
        private long _committed;
        private long _next;
        private long _highest;
        private byte _seq;
        private bool _isBirthDue;
        private long? _askedMs;

        public Edge(int number, Load load)
        {
            (_number, _load) = (number, load);
            (_next, _committed, _highest) = (load.First, load.First - 1, load.First - 1);
            _template = new RecordTemplate(number, load.First);
            _dataTopic = Topic(MessageType.DData);
            _socket = new EdgeSocket(
                load.Port, $"{Fleet.PlantOf(number)}/{Fleet.Node}",
                NameOf(MessageType.NCmd, null),
                TimeSpan.FromMilliseconds(UplinkSession.ResendAfterMsMin));
        }

        public long Resent { get; private set; }

        public void Bear()
        {
            var nowMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            var journal = new JournalState(
                Fleet.EpochOf(_number), _committed + 1, _load.Last, _committed, 1);
            _socket.Send(
                Topic(MessageType.NBirth),
                EdgeMessages.NodeBirth(_load.Turn, journal, nowMs, _askedMs));
            _askedMs = null;
            _socket.Send(
                Topic(MessageType.DBirth),
                EdgeMessages.DeviceBirth(
                    Fleet.PointNames.Select(
                        name => new DeclaredPoint(name, Wire.Records.ValueKind.Real)),
                    seq: 1, nowMs));
            _socket.Flush();
            _seq = 2;
        }

        public void SendAll()
        {
            while (_committed < _load.Last)
            {
                if (_isBirthDue)
                {
                    _isBirthDue = false;
                    GoBack();
                    Bear();
                }

                for (; _next <= _load.Last && _next - _committed <= UplinkSession.WindowRecordsMax;
                    _next++)
                {
                    SendRecord(_next);
                }

                _socket.Flush();
                if (!_socket.Receive(TakeCommand))
                {
                    GoBack();
                }
            }
        }

        public void Dispose() => _socket.Dispose();

        private void SendRecord(long offset)
        {
            if (RecordTemplate.VarintLength((ulong)offset) != _template.OffsetBytes)
            {
                _template = new RecordTemplate(_number, offset);
            }

            _socket.Send(
                _dataTopic, _template, offset, Fleet.TimeOf(_load.StartMs, offset), _seq);
            _seq = unchecked((byte)(_seq + 1));
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

        private byte[] Topic(MessageType type) => EdgeSocket.Text(NameOf(
            type, type is MessageType.DBirth or MessageType.DData ? Fleet.Device : null));

        private string NameOf(MessageType type, string? device) =>
            new SparkplugTopic(Fleet.PlantOf(_number), type, Fleet.Node, device).ToString();
    }
}
