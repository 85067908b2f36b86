using Monitoring.Benchmarks.HubIngest;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Benchmarks.HubAlert;

/// <summary>
/// An edge whose stack emits about 170 g in every window of a minute: it sends one window after
/// the other, as fast as it is asked to.
/// </summary>
internal sealed class WatchedStack : IDisposable
{
    private const int RecordsPerWindow = HubProcess.WindowMs / Fleet.CycleMs;

    private readonly EdgeSocket _socket;
    private readonly int _edge;
    private readonly long _startMs;
    private long _next = 1;
    private byte _seq = 2;

    /// <param name="startMs">The time of its first record, the start of a window.</param>
    public WatchedStack(int port, int edge, long startMs)
    {
        (_edge, _startMs) = (edge, startMs);
        _socket = new EdgeSocket(
            port, $"{Fleet.PlantOf(edge)}/{Fleet.Node}", Topic(MessageType.NCmd, null),
            TimeSpan.FromSeconds(1));
        var journal = new JournalState(Fleet.EpochOf(edge), 1, 1, 0, 1);
        Send(MessageType.NBirth, null, EdgeMessages.NodeBirth(0, journal, startMs));
        Send(
            MessageType.DBirth, Fleet.Device,
            EdgeMessages.DeviceBirth(
                Fleet.PointNames.Select(name => new DeclaredPoint(name, ValueKind.Real)), 1,
                startMs));
        _socket.Flush();
    }

    public DateTimeOffset NextWindow =>
        DateTimeOffset.FromUnixTimeMilliseconds(Fleet.TimeOf(_startMs, _next));

    /// <summary>
    /// Sends the next window's first record, with which the hub can close the one before; gives
    /// the timestamp of that. Then the rest of the window.
    /// </summary>
    public long SendWindow()
    {
        SendRecord();
        var at = TimeProvider.System.GetTimestamp();
        _socket.Flush();
        for (var i = 1; i < RecordsPerWindow; i++)
        {
            SendRecord();
        }

        _socket.Flush();
        return at;
    }

    public void Dispose() => _socket.Dispose();

    private void SendRecord()
    {
        var timeMs = Fleet.TimeOf(_startMs, _next);
        var image = Fleet.Image(timeMs, point => Fleet.Stack.Length > point
            ? Fleet.Stack[point].Name switch
            {
                "nox" => 1_000,
                "flow" => 15_000,
                "t" or "p" => 100,
                _ => 10,
            }
            : point);
        Send(
            MessageType.DData, Fleet.Device,
            EdgeMessages.Record(
                _next, image, historical: false, _seq, timeMs, Fleet.EpochOf(_edge)));
        _seq = unchecked((byte)(_seq + 1));
        _next++;
    }

    private void Send(MessageType type, string? device, byte[] payload) =>
        _socket.Send(EdgeSocket.Text(Topic(type, device)), payload);

    private string Topic(MessageType type, string? device) =>
        new SparkplugTopic(Fleet.PlantOf(_edge), type, Fleet.Node, device).ToString();
}
