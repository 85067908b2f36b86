using System.CommandLine;
using Monitoring.Server.Commands;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Storage;

namespace Monitoring.Tests.Surface;

/// <summary>Commands of the hub on books of their own, with the shipped documents.</summary>
internal sealed class HubCommands : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _config;

    public HubCommands(string? contract = null)
    {
        var shipped = Path.Combine(AppContext.BaseDirectory, "shipped");
        contract = contract is null
            ? Path.Combine(shipped, "contracts", "demo.yaml")
            : _folder.Write("contract.yaml", contract);
        _config = _folder.Write(
            "hub.yaml",
            $$"""
            http: {listen: 127.0.0.1:8080}
            mqtt: {listen: 127.0.0.1:1883}
            time_zone: Europe/Kyiv
            cluster: {{Path.Combine(shipped, "contracts", "cluster.yaml")}}
            contract: {{contract}}
            profiles: {{Path.Combine(shipped, "profiles")}}

            """);
        Books = Books.Open(_folder.File("books.db"));
    }

    public Books Books { get; }

    public TempFolder Folder => _folder;

    public string Output { get; private set; } = "";

    public string Errors { get; private set; } = "";

    public void Dispose() => _folder.Dispose();

    /// <returns>The exit code.</returns>
    public int Run(params string[] words)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = new RootCommand
        {
            FundCommands.Create(), ImportCommand.Create(), ObjectionCommands.Create(),
            PlanCommands.Create(),
        }
            .Parse([.. words, "--config", _config, "--data", _folder.Path])
            .Invoke(new InvocationConfiguration { Output = output, Error = errors });
        (Output, Errors) = (output.ToString(), errors.ToString());
        return code;
    }

    /// <summary>Asks the books, each line of them as a request.</summary>
    public int Ask(params string[] lines) =>
        Run("fund", "ask", _folder.Write("requests.jsonl", string.Join('\n', lines)));
}
