using System.Buffers;
using System.Net;
using System.Net.Sockets;
using MQTTnet.Channel;

namespace Monitoring.Agent.Uplink.Sparkplug;

/// <summary>
/// The bytes of a connection to a broker. The messages of a cycle leave together: each send of its
/// own would cost more than all the rest of a message.
/// </summary>
internal sealed class BrokerStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    private const int GatheredBytesMax = 64 << 10;

    // MQTTnet writes one packet at a time, but knows nothing of the releases.
    private readonly SemaphoreSlim _writing = new(1);
    private readonly ArrayBufferWriter<byte> _gathered = new();
    private bool _isGathering;

    /// <summary>What is written from now on may wait for the release.</summary>
    public void Gather() => _isGathering = true;

    /// <summary>Sends what was gathered; throws IOException where the broker is gone.</summary>
    public async Task Release()
    {
        if (!_isGathering)
        {
            return;
        }

        _isGathering = false;
        await WriteAsync(ReadOnlyMemory<byte>.Empty, CancellationToken.None);
    }

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            _gathered.Write(buffer.Span);
            if (!_isGathering || _gathered.WrittenCount >= GatheredBytesMax)
            {
                using var late =
                    CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                late.CancelAfter(AgentLimits.BrokerTimeout);
                await base.WriteAsync(_gathered.WrittenMemory, late.Token);
                _gathered.ResetWrittenCount();
            }
        }
        catch
        {
            // Half a packet may have left: nothing sensible can follow it.
            Dispose();
            throw;
        }
        finally
        {
            _writing.Release();
        }
    }

    public override Task WriteAsync(
        byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
}

/// <summary>The connection of one session; MQTTnet asks for its stream when it connects.</summary>
internal sealed class BrokerConnection : IMqttClientStreamProvider, IDisposable
{
    private BrokerStream? _stream;

    public async Task<Stream> ConnectAsync(
        EndPoint brokerEndPoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(brokerEndPoint, cancellationToken);
            return _stream = new BrokerStream(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Gather() => _stream?.Gather();

    public Task Release() => _stream?.Release() ?? Task.CompletedTask;

    public void Dispose() => _stream?.Dispose();
}
