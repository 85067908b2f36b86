using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Monitoring.Verifier;
using UnreachableException = Monitoring.Verifier.UnreachableException;

namespace Monitoring.Tests;

/// <summary>A real server that dribbles, or never ends, is given up with a reason.</summary>
public sealed class SlowServerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly Question Nothing = new(null, [], null);

    [Fact]
    public async Task Books_that_come_a_byte_at_a_time_are_not_waited_for()
    {
        using var server = new Server(1, TimeSpan.FromMilliseconds(50), chunks: int.MaxValue);
        var start = Stopwatch.StartNew();
        var given = await Assert.ThrowsAsync<UnreachableException>(() => Check.Run(
            LogFiles.At(server.Url, new Bounds(1_000_000, Patience, 1_000)), Nothing,
            TimeProvider.System));
        Assert.StartsWith($"books of {server.Url} comes too slowly: ", given.Message);
        Assert.Contains("at least 1000 a second are waited for", given.Message);
        Assert.InRange(start.Elapsed.TotalSeconds, 0.9, 20);
    }

    [Fact]
    public async Task Books_that_never_end_are_given_up_at_their_limit()
    {
        using var server = new Server(60_000, TimeSpan.Zero, chunks: int.MaxValue);
        var given = await Assert.ThrowsAsync<UnreachableException>(() => Check.Run(
            LogFiles.At(server.Url, new Bounds(1_000_000, TimeSpan.FromSeconds(60), 1)), Nothing,
            TimeProvider.System));
        Assert.Equal($"books of {server.Url} has more than 1000000 bytes.", given.Message);
    }

    /// <summary>Nor a line of them, which would be kept in memory whole.</summary>
    [Fact]
    public void A_line_of_the_books_that_never_ends_is_a_fault()
    {
        var findings = new Findings();
        var endless = new byte[Bounds.FileBytesMax + 2];
        Assert.Null(BookCheck.Open(
            new LogFiles("memory", _ => new MemoryStream(endless)), findings));
        Assert.Equal("line 1 of books", Assert.Single(findings.Faults).Where);
    }

    [Fact]
    public void What_comes_steadily_may_take_longer_than_the_first_answer()
    {
        using var server = new Server(20_000, TimeSpan.FromMilliseconds(100), chunks: 20);
        var start = Stopwatch.StartNew();
        var read = LogFiles.At(server.Url, new Bounds(1_000_000, Patience, 10_000))
            .Read("checkpoint");
        Assert.Equal(400_000, read!.Length);
        Assert.True(start.Elapsed > Patience);
    }

    /// <summary>Answers whatever is asked with so many bytes, so often, so far apart.</summary>
    private sealed class Server : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public Server(int bytes, TimeSpan apart, int chunks)
        {
            _listener.Start();
            Url = $"http://{_listener.LocalEndpoint}";
            _ = Task.Run(async () =>
            {
                while (true)
                {
                    _ = Answer(await _listener.AcceptTcpClientAsync(), bytes, apart, chunks);
                }
            });
        }

        public string Url { get; }

        public void Dispose() => _listener.Dispose();

        private static async Task Answer(TcpClient client, int bytes, TimeSpan apart, int chunks)
        {
            using (client)
            {
                try
                {
                    var stream = client.GetStream();
                    _ = await stream.ReadAsync(new byte[8_192]);
                    await stream.WriteAsync(Encoding.ASCII.GetBytes(
                        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"));
                    for (var i = 0; i < chunks; i++)
                    {
                        await stream.WriteAsync(new byte[bytes]);
                        await Task.Delay(apart);
                    }
                }
                catch (IOException)
                {
                    // Whoever asked has gone.
                }
            }
        }
    }
}
