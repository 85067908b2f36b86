using System.Collections.Immutable;
using Monitoring.Agent.Journal;
using Monitoring.Agent.Witness;
using Monitoring.Wire.Documents;

namespace Monitoring.Agent;

/// <summary>
/// How this agent is run here: an option (<c>--set mqtt.url=…</c>) comes before the environment
/// (<c>MONITORING__MQTT__URL</c>), that before the file, that before the default.
/// </summary>
public sealed record EdgeSettings
{
    /// <summary>The keys, each with what it is for.</summary>
    public static readonly IReadOnlyDictionary<string, string> Keys =
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["mqtt.url"] = "the broker, such as mqtt://127.0.0.1:1883 (the default); several with "
                + "commas, in order of preference",
            ["mqtt.username"] = "plant/gateway by default; the client id is the same with '-'",
            ["mqtt.password_file"] = "a file whose first line is the password; none by default",
            ["mqtt.host_id"] = "the hub's id in its STATE messages, 'hub' by default",
            ["journal.bytes_max"] = "bytes of waiting records, 1073741824 by default",
            ["journal.free_bytes_min"] =
                "the journal does not grow below that free space of its disk, 67108864 by default",
            ["journal.age_max_hours"] = "records older than that are given up, none by default",
            ["witness.url"] = "a public log to watch and cosign, such as http://hub:8080/log; none "
                + "by default",
            ["witness.log_key"] = "the key of that log, as its operator gave it to you",
            ["witness.every"] = "how often it is looked at, '1 min' by default",
            ["journal.grace_hours"] = "how long records stay after their commit, 24 by default",
        };

    private const int HoursMax = 24 * 3_660;

    /// <summary>In order of preference.</summary>
    public required ImmutableArray<Uri> Brokers { get; init; }

    /// <summary>Null: plant/gateway.</summary>
    public required string? Username { get; init; }

    /// <summary>Null: no password.</summary>
    public required byte[]? Password { get; init; }

    public required string HostId { get; init; }

    public required JournalLimits Journal { get; init; }

    /// <summary>Null: this gateway is no witness.</summary>
    public required WitnessedLog? Witness { get; init; }

    /// <param name="file">The settings file, or null for none.</param>
    /// <param name="options">Texts <c>key=value</c>.</param>
    public static EdgeSettings Read(
        string? file, IEnumerable<KeyValuePair<string, string>> environment,
        IEnumerable<string> options, Faults faults)
    {
        var root = Settings.Read(
            file ?? "settings", ReadFile(file, faults), environment, Split(options, faults),
            faults);
        var mqtt = root.OptionalChild("mqtt");
        var journal = root.OptionalChild("journal");
        var settings = new EdgeSettings
        {
            Brokers = ReadBrokers(mqtt),
            Username = mqtt?.OptionalText("username"),
            Password = ReadPassword(mqtt),
            HostId = mqtt is not null && mqtt.Has("host_id") ? mqtt.Id("host_id") : "hub",
            Journal = ReadLimits(journal),
            Witness = root.OptionalChild("witness") is { } witness ? ReadWitness(witness) : null,
        };
        mqtt?.RefuseUnknownKeys();
        journal?.RefuseUnknownKeys();
        root.RefuseUnknownKeys();
        return settings;
    }

    private static WitnessedLog? ReadWitness(DocumentNode witness)
    {
        var every = witness.Has("every")
            ? witness.Duration("every", AgentLimits.WitnessEveryMin, AgentLimits.WitnessEveryMax)
            : AgentLimits.WitnessEveryDefault;
        var (url, key) = (witness.Text("url"), witness.Text("log_key"));
        witness.RefuseUnknownKeys();
        return url.Length == 0 || key.Length == 0
            ? null
            : WitnessSettings.Read(url, key, every, (name, problem, remedy) =>
                witness.Fault(name == "log" ? "url" : "log_key", problem, remedy));
    }

    private static JournalLimits ReadLimits(DocumentNode? journal) => new(
        journal?.OptionalInteger(
            "bytes_max", JournalLimits.BytesMaxLowest, JournalLimits.BytesMaxHighest)
            ?? JournalLimits.BytesMaxDefault)
    {
        FreeBytesMin = journal?.OptionalInteger("free_bytes_min", 0, JournalLimits.BytesMaxHighest)
            ?? JournalLimits.FreeBytesMinDefault,
        AgeMax = Hours(journal?.OptionalInteger("age_max_hours", 1, HoursMax)),
        Grace = Hours(journal?.OptionalInteger("grace_hours", 0, HoursMax))
            ?? JournalLimits.GraceDefault,
    };

    private static TimeSpan? Hours(long? hours) =>
        hours is { } count ? TimeSpan.FromHours(count) : null;

    private static string ReadFile(string? file, Faults faults)
    {
        try
        {
            return file is null ? "" : File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add(file!, 0, "the settings file cannot be read", "mend or omit --config");
            return "";
        }
    }

    private static List<KeyValuePair<string, string?>> Split(
        IEnumerable<string> options, Faults faults)
    {
        var pairs = new List<KeyValuePair<string, string?>>();
        foreach (var option in options)
        {
            var split = option.IndexOf('=', StringComparison.Ordinal);
            if (split > 0)
            {
                pairs.Add(new(option[..split], option[(split + 1)..]));
            }
            else
            {
                faults.Add($"--set {option}", 0, "there is no '='", "write --set key=value");
            }
        }

        return pairs;
    }

    private static ImmutableArray<Uri> ReadBrokers(DocumentNode? mqtt)
    {
        var standard = new Uri("mqtt://127.0.0.1:1883");
        if (mqtt?.OptionalText("url") is not { } texts)
        {
            return [standard];
        }

        var brokers = ImmutableArray.CreateBuilder<Uri>();
        foreach (var text in texts.Split(',', StringSplitOptions.TrimEntries))
        {
            if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == "mqtt"
                && url.Host.Length > 0)
            {
                brokers.Add(url.Port > 0 ? url : new UriBuilder(url) { Port = 1883 }.Uri);
                continue;
            }

            mqtt.Fault("url", $"'{text}' is no address of a broker", "write mqtt://host:port");
            brokers.Add(standard);
        }

        return brokers.ToImmutable();
    }

    private static byte[]? ReadPassword(DocumentNode? mqtt)
    {
        if (mqtt?.OptionalText("password_file") is not { } file)
        {
            return null;
        }

        try
        {
            var line = File.ReadLines(file).FirstOrDefault() ?? "";
            return System.Text.Encoding.UTF8.GetBytes(line);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException
            or ArgumentException)
        {
            mqtt.Fault(
                "password_file", $"'{file}' cannot be read", "name a file that this user may read");
            return null;
        }
    }
}
