using System.Globalization;

namespace Monitoring.Tests.Servers;

/// <summary>aiosmtpd on a free loopback port; each mail becomes a file.</summary>
public sealed class SmtpServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Child _child;

    private SmtpServer(int failFirst)
    {
        _child = Child.Start(
            Tool.Python,
            [
                Checkout.File("tests", "EndToEnd", "Servers", "smtp_server.py"),
                _folder.Path,
                failFirst.ToString(CultureInfo.InvariantCulture),
            ]);
    }

    public int Port { get; private set; }

    public string Output => _child.Output;

    /// <summary>The mails that came, oldest first, as they came with their headers.</summary>
    public IReadOnlyList<string> Mails => Directory.GetFiles(_folder.Path, "*.eml")
        .Order(StringComparer.Ordinal)
        .Select(File.ReadAllText)
        .ToList();

    /// <param name="failFirst">How many mails to refuse (451) before one is taken.</param>
    public static async Task<SmtpServer> Start(int failFirst = 0)
    {
        await Tool.RequirePythonModule("aiosmtpd", "python3-aiosmtpd");
        var server = new SmtpServer(failFirst);
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
