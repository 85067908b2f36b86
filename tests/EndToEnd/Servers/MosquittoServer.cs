using System.Globalization;

namespace Monitoring.Tests.Servers;

/// <summary>
/// Eclipse mosquitto on a free loopback port, without persistence. The port stays the same when
/// it is killed and started again.
/// </summary>
public sealed class MosquittoServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _program;
    private Child? _child;

    private MosquittoServer(string program)
    {
        _program = program;
    }

    public int Port { get; } = Ports.Free();

    public string Output => _child?.Output ?? "";

    /// <param name="passwordFile">A mosquitto_passwd file; null: anybody may connect.</param>
    /// <param name="aclFile">A mosquitto ACL file; null: everybody may do everything.</param>
    public static async Task<MosquittoServer> Start(
        string? passwordFile = null, string? aclFile = null)
    {
        var server = new MosquittoServer(Tool.Require("mosquitto", "mosquitto"));
        await File.WriteAllLinesAsync(
            server._folder.File("mosquitto.conf"), server.Settings(passwordFile, aclFile));
        try
        {
            await server.Restart();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGKILL; what the broker held is lost.</summary>
    public async Task Kill()
    {
        if (_child is { } child)
        {
            child.Kill();
            await child.WaitForExit(TimeSpan.FromSeconds(10));
            await child.DisposeAsync();
            _child = null;
        }
    }

    /// <summary>Starts it after <see cref="Kill"/>, on the same port.</summary>
    public async Task Restart()
    {
        await Kill();
        _child = Child.Start(_program, ["-c", _folder.File("mosquitto.conf")]);
        if (!await Ports.WaitForListener(Port, TimeSpan.FromSeconds(20), _child))
        {
            Assert.Fail($"mosquitto does not listen. It wrote:\n{Output}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Kill();
        _folder.Dispose();
    }

    private List<string> Settings(string? passwordFile, string? aclFile)
    {
        List<string> lines =
        [
            string.Create(CultureInfo.InvariantCulture, $"listener {Port} 127.0.0.1"),
            "persistence false",
            "log_dest stdout",
            "log_type error",
            "log_type warning",
            "log_type notice",
            passwordFile is null ? "allow_anonymous true" : "allow_anonymous false",
        ];
        if (Environment.UserName == "root")
        {
            // It would else drop to a user who cannot read the files of the test.
            lines.Add("user root");
        }

        if (passwordFile is not null)
        {
            lines.Add($"password_file {passwordFile}");
        }

        if (aclFile is not null)
        {
            lines.Add($"acl_file {aclFile}");
        }

        return lines;
    }
}
