using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Monitoring.Server.Ingest;

/// <summary>
/// What one client of the broker sends, kept in memory only up to a limit. MQTT lets a packet say
/// that 256 MB follow, and the broker would wait for them before it asks who that is; so the
/// length is looked at as soon as it is announced.
/// </summary>
internal sealed class BoundedInput(PipeReader input, Action<string> refuse) : PipeReader
{
    /// <summary>Bounds a connection's input; the output is as it was.</summary>
    public static ConnectionDelegate Of(ConnectionDelegate next, Action<string> refuse) =>
        connection =>
        {
            var transport = connection.Transport;
            connection.Transport = new Duplex(
                new BoundedInput(transport.Input, refuse), transport.Output);
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

    private ReadResult Checked(ReadResult result)
    {
        var (announced, unread) = (Announced(result.Buffer), result.Buffer.Length);
        if (announced <= BrokerLimits.PacketBytesMax && unread <= BrokerLimits.UnreadBytesMax)
        {
            return result;
        }

        var what = $"a packet of {Math.Max(announced, unread)} bytes";
        refuse(what);
        throw new ConnectionAbortedException(what);
    }

    /// <summary>The length that the packet at the front says it has; 0 before it is said.</summary>
    private static long Announced(ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        reader.TryRead(out _);
        long length = 0;
        for (var shift = 0; shift <= 21 && reader.TryRead(out var part); shift += 7)
        {
            length |= (long)(part & 127) << shift;
            if (part < 128)
            {
                return length;
            }
        }

        return 0;
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
