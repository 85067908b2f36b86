namespace Monitoring.Tests.Servers;

/// <summary>
/// A Modbus TCP server that nobody here wrote, on a free loopback port. The file of registers is
/// explained in <c>pymodbus_server.py</c>.
/// </summary>
public sealed class PymodbusServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Child _child;

    private PymodbusServer(string registersJson)
    {
        var file = _folder.File("registers.json");
        File.WriteAllText(file, registersJson);
        _child = Child.Start(
            Tool.Python,
            [Checkout.File("tests", "EndToEnd", "Servers", "pymodbus_server.py"), file]);
    }

    public int Port { get; private set; }

    public string Output => _child.Output;

    /// <param name="registersJson">The text of the file, not its name.</param>
    public static async Task<PymodbusServer> Start(string registersJson)
    {
        await Tool.RequirePythonModule(
            "pymodbus.server", "python3-pymodbus, python3-serial-asyncio");
        var server = new PymodbusServer(registersJson);
        try
        {
            server.Port = await server._child.ReadPort();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _child.DisposeAsync();
        _folder.Dispose();
    }
}
