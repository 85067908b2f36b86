using System.Net.Mail;
using System.Net.Sockets;
using System.Text;

namespace Monitoring.Tests.Servers;

/// <summary>The stand-ins themselves: they start, answer, and are gone afterwards.</summary>
public sealed class ServerTests
{
    private const int Accepted = 0;
    private const int NotAuthorised = 5;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_child_is_heard_terminated_and_reaped()
    {
        const string Script =
            "trap 'echo bye; exit 7' TERM; echo hello; while :; do sleep 0.1; done";
        await using var child = Child.Start("/bin/bash", ["-c", Script]);
        await child.WaitForLine("hello", Soon);
        Assert.Null(await child.WaitForExit(TimeSpan.FromMilliseconds(50)));
        child.Terminate();
        Assert.Equal(7, await child.WaitForExit(Soon));
        await child.WaitForLine("bye", Soon);
    }

    [Fact]
    public async Task The_children_of_a_child_are_killed_with_it()
    {
        var child = Child.Start("/bin/bash", ["-c", "sleep 600 & echo pid $!; wait"]);
        var line = await child.WaitForLine("pid ", Soon);
        var grandchild = $"/proc/{line[4..]}";
        Assert.True(Directory.Exists(grandchild));
        await child.DisposeAsync();
        var end = TimeProvider.System.GetUtcNow() + Soon;
        while (Runs(grandchild) && TimeProvider.System.GetUtcNow() < end)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        Assert.False(Runs(grandchild));
    }

    [Fact]
    public async Task Mosquitto_answers_is_killed_and_comes_back_on_its_port()
    {
        await using var broker = await MosquittoServer.Start();
        Assert.Equal(Accepted, await Connect(broker.Port));
        await broker.Kill();
        Assert.False(await Ports.Accepts(broker.Port));
        await broker.Restart();
        Assert.Equal(Accepted, await Connect(broker.Port));
    }

    [Fact]
    public async Task Mosquitto_with_passwords_refuses_a_stranger()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("passwords"), "");
        await using var broker = await MosquittoServer.Start(folder.File("passwords"));
        Assert.Equal(NotAuthorised, await Connect(broker.Port));
    }

    [Fact]
    public async Task Influx_keeps_its_points_when_killed()
    {
        await using var influx = await InfluxServer.Start();
        using (await influx.Query("", "CREATE DATABASE emissions"))
        {
            await influx.Write("emissions", "reading,plant=a value=42.5 1000");
        }

        await influx.Kill();
        await influx.Restart();
        using var answer = await influx.Query("emissions", "SELECT value FROM reading");
        Assert.Contains("[1000,42.5]", answer.RootElement.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mail_refused_once_comes_on_the_second_try()
    {
        await using var server = await SmtpServer.Start(failFirst: 1);
        using var client = new SmtpClient("127.0.0.1", server.Port);
        using var mail = new MailMessage("hub@example.org", "officer@example.org", "80 %", "soon");
        await Assert.ThrowsAsync<SmtpException>(() => client.SendMailAsync(mail));
        Assert.Empty(server.Mails);
        await client.SendMailAsync(mail);
        var came = Assert.Single(server.Mails);
        Assert.Contains("X-RcptTo: officer@example.org", came, StringComparison.Ordinal);
        Assert.Contains("Subject: 80 %", came, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pymodbus_serves_the_given_registers_by_unit()
    {
        await using var server = await PymodbusServer.Start("""
            {"units": {"3": {"holding": {"10": [4660, {"from": 7, "step": 0, "wrap": 9}]}}}}
            """);
        Assert.Equal([0x03, 4, 0x12, 0x34, 0, 7], await ReadHolding(server.Port, 3, 10));
        Assert.Equal([0x83, 2], await ReadHolding(server.Port, 3, 11));
    }

    [Fact]
    public async Task A_webhook_refuses_and_then_accepts_and_records_both()
    {
        await using var server = WebhookServer.Start(refuseFirst: 1);
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add("X-Id", "a1");
        using var body = new StringContent("{}");
        using var refused = await client.PostAsync(server.Address, body);
        using var taken = await client.PostAsync(server.Address, body);
        Assert.Equal((500, 200), ((int)refused.StatusCode, (int)taken.StatusCode));
        var requests = await server.WaitFor(2, Soon);
        Assert.All(requests, request => Assert.Equal(("POST", "/", "{}", "a1"),
            (request.Method, request.Path, request.Body, request.Headers["x-id"])));
    }

    /// <summary>A zombie has ended, even if nobody has collected it yet.</summary>
    private static bool Runs(string process) =>
        File.Exists(process + "/stat")
        && !File.ReadAllText(process + "/stat").Contains(") Z", StringComparison.Ordinal);

    /// <summary>MQTT 3.1.1 CONNECT; the return code of the CONNACK.</summary>
    private static async Task<int> Connect(int port)
    {
        byte[] connect = [0x10, 13, 0, 4, .. Encoding.ASCII.GetBytes("MQTT"), 4, 2, 0, 9, 0, 1, 97];
        var answer = await Exchange(port, connect);
        Assert.Equal(0x20, answer[0]);
        return answer[3];
    }

    /// <summary>Function 3 for two registers; the answer from the function code on.</summary>
    private static async Task<byte[]> ReadHolding(int port, byte unit, byte address)
    {
        byte[] request = [0, 1, 0, 0, 0, 6, unit, 3, 0, address, 0, 2];
        return (await Exchange(port, request))[7..];
    }

    private static async Task<byte[]> Exchange(int port, byte[] request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        await client.GetStream().WriteAsync(request);
        var buffer = new byte[260];
        var length = await client.GetStream().ReadAsync(buffer);
        return buffer[..length];
    }
}
