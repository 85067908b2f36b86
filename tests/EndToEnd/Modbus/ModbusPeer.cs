using Monitoring.Agent.Sites;
using Monitoring.Tests.Servers;

namespace Monitoring.Tests.Modbus;

/// <summary>
/// A Modbus server of somebody else's making, with whatever lies between it and the link: a pair
/// of pseudo terminals for RTU, and for RTU over TCP to libmodbus, which has no such transport, a
/// serial server made of socat.
/// </summary>
public sealed class ModbusPeer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<Child> _children = [];

    private ModbusPeer()
    {
    }

    public SiteLink Link { get; private set; } = null!;

    public string Output => string.Join('\n', _children.Select(child => child.Output));

    /// <param name="planJson">See <c>modbus_peer.py</c>.</param>
    public static async Task<ModbusPeer> Start(
        string library, string transport, string planJson, TimeSpan timeout)
    {
        await Tool.RequirePythonModule(
            "pymodbus.server", "python3-pymodbus, python3-serial-asyncio");
        var peer = new ModbusPeer();
        try
        {
            await peer.Begin(library, transport, planJson, timeout);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var child in _children)
        {
            await child.DisposeAsync();
        }

        _folder.Dispose();
    }

    private async Task Begin(string library, string transport, string planJson, TimeSpan timeout)
    {
        var (ours, theirs) = (_folder.File("ours"), _folder.File("theirs"));
        var isBridged = transport == "rtu-tcp" && library == "libmodbus";
        var port = isBridged ? Ports.Free() : 0;
        if (transport == "rtu" || isBridged)
        {
            var end = isBridged
                ? $"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr" : $"PTY,raw,echo=0,link={ours}";
            var socat = Child.Start(
                Tool.Require("socat", "socat"), ["-d", "-d", $"PTY,raw,echo=0,link={theirs}", end]);
            _children.Add(socat);
            await socat.WaitForLine(
                isBridged ? "listening on" : "starting data transfer", TimeSpan.FromSeconds(30));
        }

        var file = _folder.File("plan.json");
        await File.WriteAllTextAsync(file, planJson);
        var script = Checkout.File("tests", "EndToEnd", "Modbus", "modbus_peer.py");
        var server = Child.Start(
            Tool.Python, [script, library, isBridged ? "rtu" : transport, theirs, file]);
        _children.Add(server);
        var served = await server.ReadPort();
        Link = transport == "rtu"
            ? new SiteLink.Serial("bus", ours, 19_200, SerialParity.None, 1, timeout)
            : new SiteLink.Tcp(
                "lan", transport == "tcp6" ? "::1" : "127.0.0.1", isBridged ? port : served,
                transport == "rtu-tcp", timeout);
    }
}
