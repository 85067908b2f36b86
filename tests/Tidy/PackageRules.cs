namespace Monitoring.Tests.Tidy;

/// <summary>A package is named only where it is wrapped, so it can be exchanged there.</summary>
public static class PackageRules
{
    private sealed record Row(string Package, string? Namespace, string[] Where);

    /// <summary>
    /// A place is a folder or a file. Without a namespace only the projects are checked.
    /// </summary>
    private static readonly Row[] Table =
    [
        new("MQTTnet", "MQTTnet", ["edge/Agent/Uplink", "hub/Server/Ingest"]),
        new("MQTTnet.Server", "MQTTnet.Server", ["hub/Server/Ingest"]),
        new("MQTTnet.AspNetCore", "MQTTnet.AspNetCore",
            ["hub/Server/Ingest", "hub/Server/Program.cs"]),
        new("Microsoft.Data.Sqlite", "Microsoft.Data.Sqlite",
            ["edge/Agent/Journal", "hub/Server/Storage"]),
        new("System.IO.Ports", "System.IO.Ports", ["edge/Agent/Drivers/Modbus"]),
        new("System.Device.Gpio", "System.Device",
            ["edge/Agent/Drivers/Gpio", "edge/Agent/Drivers/I2c"]),
        new("Parquet.Net", "Parquet", ["hub/Server/Storage/Archive"]),
        new("Dapper", "Dapper", ["hub/Server/Storage"]),
        new("MailKit", "MailKit", ["hub/Server/Notify"]),
        new("MailKit", "MimeKit", ["hub/Server/Notify"]),
        new("YamlDotNet", "YamlDotNet", ["edge/Wire/Documents"]),
        new("BouncyCastle.Cryptography", "Org.BouncyCastle",
            ["edge/Wire/Transparency", "hub/Verifier"]),
        new("Microsoft.Orleans.Server", "Orleans", ["hub/Server/Engine", "hub/Server/Program.cs"]),
        new("Microsoft.Orleans.Sdk", null, ["hub/Server"]),
        new("Microsoft.AspNetCore.OpenApi", "Microsoft.AspNetCore.OpenApi",
            ["hub/Server/Api", "hub/Server/Program.cs"]),
        new("System.CommandLine", "System.CommandLine",
            ["edge/Agent/Program.cs", "edge/Agent/Commands", "hub/Server/Program.cs",
             "hub/Server/Commands"]),
    ];

    public static IEnumerable<Finding> Sources(Repository repository) =>
        from file in repository.CSharp
        where file.IsIn("edge") || file.IsIn("hub")
        from name in Syntax.DottedNames(Syntax.Parse(file))
        let row = Table
            .Where(row => row.Namespace is { } prefix && Syntax.StartsWithName(name.Name, prefix))
            .MaxBy(row => row.Namespace!.Length)
        where row is not null && !row.Where.Any(place => IsAt(file, place))
        select new Finding(file.Path, name.Line,
            $"{row.Package} is named only in {string.Join(", ", row.Where)}");

    public static IEnumerable<Finding> Projects(Repository repository) =>
        from project in repository.Projects
        where project.IsIn("edge") || project.IsIn("hub")
        let folder = project.Path[..project.Path.LastIndexOf('/')]
        from package in DependencyRules.Elements(project, "PackageReference")
        where !Table.Any(row => row.Package == package && row.Where.Any(place =>
            place == folder || place.StartsWith(folder + "/", StringComparison.Ordinal)))
        select new Finding(project.Path, 0, $"{package} has no place in this project");

    private static bool IsAt(SourceFile file, string place) =>
        file.Path == place || file.IsIn(place);
}
