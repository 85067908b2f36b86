using System.CommandLine;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Server.Engine;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Commands;

/// <summary>The settings and the documents they name, all read and checked together.</summary>
public sealed record HubDocuments(
    HubSettings Settings, ClusterMap Cluster, ProfileSet Profiles, Contract Contract)
{
    private const int ProfilesMax = 100;

    public static Option<FileInfo> ConfigOption { get; } = new("--config")
    {
        Description = "The hub's settings (YAML).",
        DefaultValueFactory = _ => new FileInfo("/etc/monitoring/hub.yaml"),
    };

    public static Option<DirectoryInfo> DataOption { get; } = new("--data")
    {
        Description = "The folder of records.db and books.db.",
        DefaultValueFactory = _ => new DirectoryInfo("/var/lib/monitoring/hub"),
    };

    /// <summary>Overrides a setting, as in <c>--set mqtt.url=mqtt://host:1883</c>.</summary>
    public static Option<string[]> SetOption { get; } = new("--set")
    {
        Description = "Overrides a setting: --set mqtt.url=mqtt://host:1883 (repeatable).",
        HelpName = "name=value",
    };

    /// <summary>The documents; null after reporting every fault of all of them.</summary>
    public static HubDocuments? Read(ParseResult command, TextWriter errors)
    {
        var faults = new Faults();
        var documents = Read(command, faults);
        foreach (var fault in faults.All)
        {
            errors.WriteLine(fault);
        }

        if (faults.Any)
        {
            errors.WriteLine($"{faults.All.Count} faults; nothing was started.");
        }

        return faults.Any ? null : documents;
    }

    private static HubDocuments? Read(ParseResult command, Faults faults)
    {
        var file = command.GetRequiredValue(ConfigOption);
        var yaml = ReadText(file.FullName, faults);
        var environment = Environment.GetEnvironmentVariables()
            .Cast<System.Collections.DictionaryEntry>()
            .Select(pair => KeyValuePair.Create((string)pair.Key, (string)(pair.Value ?? "")));
        var node = Wire.Documents.Settings.Read(
            file.FullName, yaml, environment, Overrides(command, faults), faults);
        var settings = HubSettingsReader.Read(node, file.DirectoryName!, faults);
        var profiles = ReadProfiles(settings.ProfilesFolder, faults);
        var cluster = File.Exists(settings.ClusterFile)
            ? ClusterReader.Read(
                settings.ClusterFile, ReadText(settings.ClusterFile, faults), profiles, faults)
            : null;
        var contract = File.Exists(settings.ContractFile) && cluster is not null
            ? ContractReader.Read(
                settings.ContractFile, File.ReadAllBytes(settings.ContractFile),
                new ContractSurroundings(
                    [.. cluster.Members.Select(member => member.Id)],
                    [.. profiles.Select(profile => profile.Window)]),
                faults)
            : null;
        return cluster is null || contract is null
            ? null
            : new HubDocuments(
                settings, cluster, new ProfileSet(profiles.ToDictionary(one => one.Id)), contract);
    }

    private static IEnumerable<KeyValuePair<string, string?>> Overrides(
        ParseResult command, Faults faults)
    {
        foreach (var pair in command.GetValue(SetOption) ?? [])
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                faults.Add("--set", 0, $"'{pair}' has no value", "write --set name=value");
                continue;
            }

            yield return new(pair[..equals], pair[(equals + 1)..]);
        }
    }

    private static List<Profile> ReadProfiles(string folder, Faults faults)
    {
        var profiles = new List<Profile>();
        if (Directory.Exists(folder))
        {
            var files = Directory.EnumerateFiles(folder, "*.yaml").Order(StringComparer.Ordinal);
            foreach (var file in files.Take(ProfilesMax))
            {
                if (ProfileReader.Read(file, ReadText(file, faults), faults) is { } profile)
                {
                    profiles.Add(profile);
                }
            }
        }

        return profiles;
    }

    private static string ReadText(string path, Faults faults)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add(
                path, 0, $"cannot be read: {e.Message}", "name a file that this user can read");
            return "";
        }
    }
}
