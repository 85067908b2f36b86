using System.Net;
using System.Net.Sockets;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Tests;

/// <summary>The master against a server that misbehaves, one way a test.</summary>
public sealed class ModbusLinkTests : IAsyncLifetime
{
    private static readonly ReadBlock Block = new(RegisterTable.Holding, 10, 2);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Func<byte[], byte[]?>> _script = [];
    private readonly TaskCompletionSource _release = new();
    private ModbusLink _link = null!;
    private Task _serving = Task.CompletedTask;

    public ValueTask InitializeAsync()
    {
        _listener.Start();
        var port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        var link = new SiteLink.Tcp(
            "lan", "127.0.0.1", port, IsRtu: false, TimeSpan.FromMilliseconds(400));
        _link = new ModbusLink(link, TimeProvider.System);
        _serving = Serve();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _link.Dispose();
        await _stop.CancelAsync();
        await _serving;
        _listener.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task A_right_answer_is_read()
    {
        _script.Add(request => ModbusFrame.Answer(request, 3, [0x1234, 0x5678]));
        Assert.Equal([0x1234, 0x5678], Words(await Read()));
    }

    [Fact]
    public async Task An_exception_is_an_outcome_and_the_link_goes_on()
    {
        _script.Add(request => ModbusFrame.Exception(request, 3, 2));
        _script.Add(request => ModbusFrame.Answer(request, 3, [1, 2]));
        Assert.Equal(new ReadOutcome.Refused(2), await Read());
        Assert.Equal([1, 2], Words(await Read()));
    }

    [Fact]
    public async Task A_late_answer_is_never_the_next_reading()
    {
        byte[] late = [];
        _script.Add(request =>
        {
            late = ModbusFrame.Answer(request, 3, [66, 66]);
            return null;
        });
        _script.Add(request => [.. late, .. ModbusFrame.Answer(request, 3, [1, 2])]);
        Assert.Equal(Reason.Timeout, Failure(await Read()));
        Assert.Equal([1, 2], Words(await Read()));
        Assert.Equal(1, _link.FramesPassedOver);
    }

    [Fact]
    public async Task A_foreign_transaction_is_passed_over()
    {
        _script.Add(request =>
        {
            byte[] foreign = [.. ModbusFrame.Answer(request, 3, [66, 66])];
            foreign[0] ^= 0x40;
            return foreign;
        });
        Assert.Equal(Reason.Timeout, Failure(await Read()));
        Assert.Equal(1, _link.FramesPassedOver);
    }

    public static TheoryData<string, byte[]> Wrong() => new()
    {
        { "another unit", [0, 1, 0, 0, 0, 7, 2, 3, 4, 0, 1, 0, 2] },
        { "another function", [0, 1, 0, 0, 0, 7, 1, 4, 4, 0, 1, 0, 2] },
        { "fewer registers", [0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 1] },
        { "a wrong byte count", [0, 1, 0, 0, 0, 7, 1, 3, 2, 0, 1, 0, 2] },
        { "another protocol", [0, 1, 0, 9, 0, 7, 1, 3, 4, 0, 1, 0, 2] },
        { "an impossible length", [0, 1, 0, 0, 9, 7, 1, 3, 4, 0, 1, 0, 2] },
        { "text", "HTTP/1.1 400 Bad Request"u8.ToArray() },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_wrong_answer_is_a_bad_frame(string what, byte[] answer)
    {
        _script.Add(_ => answer);
        Assert.True(Failure(await Read()) == Reason.BadFrame, what);
    }

    [Fact]
    public async Task An_answer_cut_off_by_a_close_is_a_bad_frame()
    {
        _script.Add(request => ModbusFrame.Answer(request, 3, [1, 2])[..^1]);
        _script.Add(_ => []);
        _release.SetResult();
        Assert.Equal(Reason.BadFrame, Failure(await Read()));
        Assert.Equal(Reason.NotConnected, Failure(await Read()));
    }

    private Task<ReadOutcome> Read() => _link.Read(1, Block, CancellationToken.None);

    private static ushort[] Words(ReadOutcome outcome) =>
        Assert.IsType<ReadOutcome.Words>(outcome).Values;

    private static Reason Failure(ReadOutcome outcome) =>
        Assert.IsType<ReadOutcome.Failed>(outcome).Reason;

    /// <summary>
    /// Answers request n with line n of the script; closes where a release was given.
    /// </summary>
    private async Task Serve()
    {
        try
        {
            var line = 0;
            while (true)
            {
                using var socket = await _listener.AcceptSocketAsync(_stop.Token);
                var request = new byte[12];
                while (await socket.ReceiveAsync(request, _stop.Token) == request.Length)
                {
                    if (_script[line++](request) is { } answer)
                    {
                        await socket.SendAsync(answer, _stop.Token);
                    }

                    if (_release.Task.IsCompleted)
                    {
                        break;
                    }
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // The test is over.
        }
    }
}
