using System.CommandLine;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Reprocessing;
using Monitoring.Server.Engine;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Commands;

/// <summary>The settings and the documents they name, all read and checked together.</summary>
public sealed record HubDocuments(
    HubSettings Settings, ClusterMap Cluster, ProfileSet Profiles, Contract Contract)
{
    private const int ProfilesMax = 100;

    /// <summary>The canonical JSON of the contract's document, of which it has its hash.</summary>
    public required byte[] ContractDocument { get; init; }

    /// <summary>The text of the cluster, and of every profile of the folder.</summary>
    public required ConfigurationText Configuration { get; init; }

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
            errors.WriteLine($"{faults.Count}; nothing was started.");
        }

        return faults.Any ? null : documents;
    }

    private static HubDocuments? Read(ParseResult command, Faults faults)
    {
        var file = command.GetRequiredValue(ConfigOption);
        if (ReadBytes(file.FullName, faults) is not { } bytes)
        {
            return null;
        }

        var environment = Environment.GetEnvironmentVariables()
            .Cast<System.Collections.DictionaryEntry>()
            .Select(pair => KeyValuePair.Create((string)pair.Key, (string)(pair.Value ?? "")));
        var node = Wire.Documents.Settings.Read(
            file.FullName, TextOf(bytes), environment, Overrides(command, faults), faults);
        if (faults.Any && node.Keys().Count == 0)
        {
            // The text itself is broken; every key missing from it would only confuse.
            return null;
        }

        var settings = HubSettingsReader.Read(node, file.DirectoryName!, faults);
        var (profiles, texts) = ReadProfiles(settings.ProfilesFolder, faults);
        var clusterText = settings.ClusterFile.Length > 0
            ? ReadText(settings.ClusterFile, faults)
            : null;
        var cluster = clusterText is null
            ? null
            : ClusterReader.Read(clusterText.File, clusterText.Text, profiles, faults);
        var contractBytes = settings.ContractFile.Length > 0
            ? ReadBytes(settings.ContractFile, faults)
            : null;
        var contract = contractBytes is not null
            ? ContractReader.Read(
                settings.ContractFile, contractBytes,
                new ContractSurroundings(
                    cluster?.Members.Select(member => member.Id).ToList(),
                    WindowsOf(cluster, profiles))
                {
                    Sources = cluster?.Sources.Select(source => source.Id).Distinct().ToList(),
                    Zones = cluster?.Zones.Select(zone => zone.Id).ToList(),
                },
                faults)
            : null;
        return cluster is null || contract is null || faults.Any
            ? null
            : new HubDocuments(
                settings, cluster, new ProfileSet(profiles.ToDictionary(one => one.Id)), contract)
            {
                ContractDocument = DocumentNode
                    .Parse(settings.ContractFile, TextOf(contractBytes!), faults).Canonical(),
                Configuration = new ConfigurationText(clusterText!, [.. texts]),
            };
    }

    // Of the profiles that some source names; the folder has others, for other plants.
    private static List<TimeSpan> WindowsOf(ClusterMap? cluster, List<Profile> profiles) =>
        cluster is null ? [] :
        [
            .. profiles.Where(profile =>
                    cluster.Sources.Any(source => source.Profile == profile.Id))
                .Select(profile => profile.Window),
        ];

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

    private static (List<Profile> Profiles, List<NamedText> Texts) ReadProfiles(
        string folder, Faults faults)
    {
        var (profiles, texts) = (new List<Profile>(), new List<NamedText>());
        foreach (var file in ProfileFiles(folder, faults))
        {
            if (ReadText(file, faults) is not { } text
                || ProfileReader.Read(file, text.Text, faults) is not { } profile)
            {
                continue;
            }

            texts.Add(text);

            if (profiles.Any(other => other.Id == profile.Id))
            {
                faults.Add(
                    file, 0, $"profile '{profile.Id}' is in another file of the folder too",
                    "give each profile its own id, or remove one of the files");
            }

            profiles.Add(profile);
        }

        return (profiles, texts);
    }

    private static List<string> ProfileFiles(string folder, Faults faults)
    {
        try
        {
            return folder.Length == 0
                ? []
                : [
                    .. Directory.EnumerateFiles(folder, "*.yaml").Order(StringComparer.Ordinal)
                        .Take(ProfilesMax),
                ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add(folder, 0, "the folder cannot be read", "let this user read it");
            return [];
        }
    }

    /// <summary>Null after a fault.</summary>
    public static NamedText? ReadText(string path, Faults faults) =>
        ReadBytes(path, faults) is { } bytes ? new NamedText(path, TextOf(bytes)) : null;

    private static byte[]? ReadBytes(string path, Faults faults)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var problem = e is FileNotFoundException or DirectoryNotFoundException
                ? "there is no such file"
                : "the file cannot be read";
            faults.Add(path, 0, problem, "name a file that this user can read");
            return null;
        }
    }

    private static string TextOf(byte[] bytes)
    {
        using var reader = new StreamReader(new MemoryStream(bytes));
        return reader.ReadToEnd();
    }
}
