using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Monitoring.Server.Ingest;

/// <summary>
/// What one client of the broker sends, kept in memory only up to a limit. MQTT lets a packet say
/// that 256 MB follow, and the broker would wait for them before it asks who that is.
/// </summary>
internal sealed class BoundedInput(PipeReader input, long unreadBytesMax) : PipeReader
{
    /// <summary>Bounds a connection's input; the output is as it was.</summary>
    public static ConnectionDelegate Of(ConnectionDelegate next, long unreadBytesMax) =>
        connection =>
        {
            var transport = connection.Transport;
            connection.Transport = new Duplex(
                new BoundedInput(transport.Input, unreadBytesMax), transport.Output);
            return next(connection);
        };

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancel = default) =>
        Checked(await input.ReadAsync(cancel));

    public override bool TryRead(out ReadResult result)
    {
        var isRead = input.TryRead(out result);
        result = isRead ? Checked(result) : result;
        return isRead;
    }

    public override void AdvanceTo(SequencePosition consumed) => input.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) =>
        input.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => input.CancelPendingRead();

    public override void Complete(Exception? exception = null) => input.Complete(exception);

    private ReadResult Checked(ReadResult result) => result.Buffer.Length <= unreadBytesMax
        ? result
        : throw new ConnectionAbortedException($"more than {unreadBytesMax} bytes, and no packet");

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
