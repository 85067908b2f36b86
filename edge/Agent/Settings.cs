using System.Globalization;
using Monitoring.Agent.Journal;
using Monitoring.Wire;
using Monitoring.Wire.Documents;

namespace Monitoring.Agent;

/// <summary>
/// How this agent is run here: an option (<c>--set mqtt.url=…</c>) comes before the environment
/// (<c>MONITORING__MQTT__URL</c>), that before the file, that before the default.
/// </summary>
public sealed record Settings
{
    public const string EnvironmentPrefix = "MONITORING__";

    /// <summary>The keys, each with what it is for.</summary>
    public static readonly IReadOnlyDictionary<string, string> Keys =
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["mqtt.url"] = "the broker, such as mqtt://127.0.0.1:1883 (the default)",
            ["mqtt.username"] = "plant/gateway by default; the client id is the same with '-'",
            ["mqtt.password_file"] = "a file whose first line is the password; none by default",
            ["mqtt.host_id"] = "the hub's id in its STATE messages, 'hub' by default",
            ["journal.bytes_max"] = "bytes of waiting records, 1073741824 by default",
        };

    public required Uri Broker { get; init; }

    /// <summary>Null: plant/gateway.</summary>
    public required string? Username { get; init; }

    /// <summary>Null: no password.</summary>
    public required byte[]? Password { get; init; }

    public required string HostId { get; init; }

    public required long JournalBytesMax { get; init; }

    private sealed record Given(string Text, Action<string, string> Fault);

    /// <param name="file">The settings file, or null for none.</param>
    /// <param name="options">Texts <c>key=value</c>.</param>
    public static Settings Read(
        string? file, IReadOnlyDictionary<string, string> environment,
        IEnumerable<string> options, Faults faults)
    {
        var given = new Dictionary<string, Given>(StringComparer.Ordinal);
        AddFile(file, given, faults);
        AddEnvironment(environment, given, faults);
        AddOptions(options, given, faults);
        return new Settings
        {
            Broker = ReadBroker(given),
            Username = ReadUsername(given),
            Password = ReadPassword(given),
            HostId = ReadHostId(given),
            JournalBytesMax = ReadBytesMax(given),
        };
    }

    private static void AddFile(string? file, Dictionary<string, Given> given, Faults faults)
    {
        if (file is null)
        {
            return;
        }

        if (!File.Exists(file))
        {
            faults.Add(file, 0, "the settings file is not there", "mend --config, or leave it out");
            return;
        }

        var root = DocumentNode.Parse(file, File.ReadAllText(file), faults);
        foreach (var section in Keys.Keys.GroupBy(key => key.Split('.')[0], StringComparer.Ordinal))
        {
            if (root.OptionalChild(section.Key) is not { } node)
            {
                continue;
            }

            foreach (var key in section)
            {
                var name = key.Split('.')[1];
                if (node.OptionalText(name) is { } text)
                {
                    given[key] = new Given(
                        text, (problem, remedy) => node.Fault(name, problem, remedy));
                }
            }

            node.RefuseUnknownKeys();
        }

        root.RefuseUnknownKeys();
    }

    private static void AddEnvironment(
        IReadOnlyDictionary<string, string> environment, Dictionary<string, Given> given,
        Faults faults)
    {
        foreach (var (name, text) in environment.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (name.StartsWith(EnvironmentPrefix, StringComparison.Ordinal))
            {
                var key = name[EnvironmentPrefix.Length..].Replace("__", ".").ToLowerInvariant();
                Add(key, text, $"environment variable {name}", given, faults);
            }
        }
    }

    private static void AddOptions(
        IEnumerable<string> options, Dictionary<string, Given> given, Faults faults)
    {
        foreach (var option in options)
        {
            var split = option.IndexOf('=', StringComparison.Ordinal);
            if (split <= 0)
            {
                faults.Add($"--set {option}", 0, "there is no '='", "write --set key=value");
                continue;
            }

            Add(option[..split], option[(split + 1)..], $"--set {option}", given, faults);
        }
    }

    private static void Add(
        string key, string text, string source, Dictionary<string, Given> given, Faults faults)
    {
        if (Keys.ContainsKey(key))
        {
            given[key] = new Given(
                text, (problem, remedy) => faults.Add(source, 0, problem, remedy));
            return;
        }

        faults.Add(
            source, 0, $"'{key}' is no setting", $"use one of: {string.Join(", ", Keys.Keys)}");
    }

    private static Uri ReadBroker(Dictionary<string, Given> given)
    {
        var standard = new Uri("mqtt://127.0.0.1:1883");
        if (!given.TryGetValue("mqtt.url", out var setting))
        {
            return standard;
        }

        if (Uri.TryCreate(setting.Text, UriKind.Absolute, out var url) && url.Scheme == "mqtt"
            && url.Host.Length > 0)
        {
            return url.Port > 0 ? url : new UriBuilder(url) { Port = 1883 }.Uri;
        }

        setting.Fault($"'{setting.Text}' is no address of a broker", Keys["mqtt.url"]);
        return standard;
    }

    private static string? ReadUsername(Dictionary<string, Given> given)
    {
        if (!given.TryGetValue("mqtt.username", out var setting))
        {
            return null;
        }

        if (setting.Text.Length is 0 or > 81)
        {
            setting.Fault("the user name has a wrong length", Keys["mqtt.username"]);
        }

        return setting.Text;
    }

    private static byte[]? ReadPassword(Dictionary<string, Given> given)
    {
        if (!given.TryGetValue("mqtt.password_file", out var setting))
        {
            return null;
        }

        try
        {
            var line = File.ReadLines(setting.Text).FirstOrDefault() ?? "";
            return System.Text.Encoding.UTF8.GetBytes(line);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException
            or ArgumentException)
        {
            setting.Fault($"'{setting.Text}' cannot be read", Keys["mqtt.password_file"]);
            return null;
        }
    }

    private static string ReadHostId(Dictionary<string, Given> given)
    {
        if (!given.TryGetValue("mqtt.host_id", out var setting))
        {
            return "hub";
        }

        if (!Identifier.IsValid(setting.Text))
        {
            setting.Fault($"'{setting.Text}' is no identifier", Identifier.Rule);
        }

        return setting.Text;
    }

    private static long ReadBytesMax(Dictionary<string, Given> given)
    {
        if (!given.TryGetValue("journal.bytes_max", out var setting))
        {
            return JournalLimits.BytesMaxDefault;
        }

        var isNumber = long.TryParse(
            setting.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes);
        if (!isNumber || bytes is < JournalLimits.BytesMaxLowest or > JournalLimits.BytesMaxHighest)
        {
            setting.Fault(
                $"'{setting.Text}' is no size of a journal",
                $"use {JournalLimits.BytesMaxLowest} to {JournalLimits.BytesMaxHighest} bytes");
            return JournalLimits.BytesMaxDefault;
        }

        return bytes;
    }
}
