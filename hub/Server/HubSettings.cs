using System.Collections.Immutable;
using System.Net;
using Monitoring.Server.Ingest;
using Monitoring.Server.Transparency;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Transparency;

namespace Monitoring.Server;

/// <summary>MQTT: the broker inside the hub, or another by its URL.</summary>
/// <param name="ExternalUrl">Null: the broker inside the hub.</param>
/// <param name="Listen">Where the broker inside listens.</param>
/// <param name="Users">Null: no passwords, which is allowed on loopback only.</param>
public sealed record MqttSettings(
    Uri? ExternalUrl, IPEndPoint Listen, string HostId, string Username, string? Password,
    BrokerUsers? Users)
{
    public static readonly TimeSpan ReorderTimeoutDefault = TimeSpan.FromSeconds(5);

    /// <summary>How long a message may be missing before its node is asked for births.</summary>
    public TimeSpan ReorderTimeout { get; init; } = ReorderTimeoutDefault;

    public Uri ClientUrl => ExternalUrl ?? new Uri($"mqtt://{Listen}");

    public string BrokerName => ExternalUrl is null
        ? $"the broker inside the hub at {Listen}"
        : $"the broker at {ExternalUrl.Host}:{ExternalUrl.Port}";
}

/// <summary>InfluxDB 1.x, 2.x or 3.x by <c>/write</c> and <c>/query</c> with HTTP Basic.</summary>
/// <param name="RetentionDays">How long it keeps points; null: as it is set there.</param>
public sealed record InfluxSettings(
    Uri Url, string Database, string? Username, string? Password, int? RetentionDays);

/// <summary>Where notices go as JSON, signed with HMAC-SHA256.</summary>
public sealed record WebhookSettings(Uri Url, string Secret);

/// <summary>Where notices go as e-mail.</summary>
public sealed record SmtpSettings(
    string Host, int Port, string From, IReadOnlyList<string> To, bool StartTls,
    string? Username, string? Password);

/// <summary>When records move from the log into archives.</summary>
/// <param name="DeleteAfterDays">When archives are deleted; null: never.</param>
public sealed record ArchiveSettings(TimeSpan After, int? DeleteAfterDays = null);

/// <summary>The public log.</summary>
/// <param name="Origin">Its name; null: after the contract.</param>
/// <param name="Witnesses">Whose cosignatures are taken and shown.</param>
public sealed record LogSettings(string? Origin, ImmutableArray<NoteVerifier> Witnesses);

/// <summary>Everything the hub needs to know; checked whole at start.</summary>
public sealed record HubSettings(
    IPEndPoint Http, MqttSettings Mqtt, TimeZoneInfo TimeZone, string ClusterFile,
    string ContractFile, string ProfilesFolder, InfluxSettings? Influx, WebhookSettings? Webhook,
    SmtpSettings? Smtp)
{
    /// <summary>Null: every record stays in the log.</summary>
    public ArchiveSettings? Archive { get; init; }

    public LogSettings Log { get; init; } = new(null, []);
}

/// <summary>Reads <c>hub.yaml</c>. Relative paths in it are relative to its own folder.</summary>
public static class HubSettingsReader
{
    private const int InfluxRetentionDaysMax = 36_500;
    private const int ArchiveDaysMin = 1;
    private const int ArchiveDaysMax = 36_500;

    // A year has to be over and settled before what it rests on may go.
    private const int DeleteDaysMin = 2 * 365;

    public static HubSettings Read(DocumentNode root, string folder, Faults faults)
    {
        var files = new FileValues(folder, faults);
        var http = root.Child("http");
        var httpListen = EndPoint(http, "listen");
        http.RefuseUnknownKeys();
        var settings = new HubSettings(
            httpListen,
            ReadMqtt(root.Child("mqtt"), files),
            Zone(root, "time_zone"),
            files.FileOf(root, "cluster"),
            files.FileOf(root, "contract"),
            files.FolderOf(root, "profiles"),
            root.OptionalChild("influx") is { } influx ? ReadInflux(influx, files) : null,
            root.OptionalChild("webhook") is { } webhook ? ReadWebhook(webhook, files) : null,
            root.OptionalChild("smtp") is { } smtp ? ReadSmtp(smtp, files) : null)
        {
            Archive = root.OptionalChild("archive") is { } archive ? ReadArchive(archive) : null,
            Log = root.OptionalChild("log") is { } log
                ? ReadLog(log, files)
                : new LogSettings(null, []),
        };
        root.RefuseUnknownKeys();
        return settings;
    }

    private static MqttSettings ReadMqtt(DocumentNode mqtt, FileValues files)
    {
        var url = mqtt.OptionalText("url") is null ? null : Url(mqtt, "url", "mqtt", "mqtts");
        var listen = mqtt.Has("listen")
            ? EndPoint(mqtt, "listen")
            : new IPEndPoint(IPAddress.Loopback, 1883);
        var hostId = mqtt.Has("host_id") ? mqtt.Id("host_id") : "hub";
        var username = mqtt.OptionalText("username") ?? hostId;
        var password = files.SecretOf(mqtt, "password_file");
        var users = mqtt.OptionalText("users_file") is null
            ? null
            : BrokerUsers.Parse(
                mqtt.Text("users_file"), files.TextOf(mqtt, "users_file"), mqtt.Faults);
        if (url is null && users is null && !IPAddress.IsLoopback(listen.Address))
        {
            mqtt.Fault(
                "listen", $"the broker would listen on {listen} without passwords",
                "set mqtt.users_file (made by mosquitto_passwd), or listen on 127.0.0.1");
        }

        if (url is null && users is not null && !users.Admits(username, password))
        {
            mqtt.Fault(
                "users_file", $"the hub itself could not connect as '{username}'",
                $"add it by 'mosquitto_passwd FILE {username}' and set mqtt.password_file");
        }

        var reorder = mqtt.Has("reorder_timeout")
            ? mqtt.Duration("reorder_timeout", TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5))
            : MqttSettings.ReorderTimeoutDefault;
        mqtt.RefuseUnknownKeys();
        return new MqttSettings(url, listen, hostId, username, password, users)
        {
            ReorderTimeout = reorder,
        };
    }

    private static InfluxSettings ReadInflux(DocumentNode influx, FileValues files)
    {
        var settings = new InfluxSettings(
            Url(influx, "url", "http", "https"),
            influx.Has("database") ? influx.Id("database") : "emissions",
            influx.OptionalText("username"),
            files.SecretOf(influx, "password_file"),
            influx.Has("retention_days")
                ? (int)influx.Integer("retention_days", 1, InfluxRetentionDaysMax)
                : null);
        influx.RefuseUnknownKeys();
        return settings;
    }

    private static ArchiveSettings ReadArchive(DocumentNode archive)
    {
        var days = archive.Integer("after_days", ArchiveDaysMin, ArchiveDaysMax);
        var deleteAfter = (int?)archive.OptionalInteger(
            "delete_after_days", DeleteDaysMin, ArchiveDaysMax);
        if (deleteAfter <= days)
        {
            archive.Fault(
                "delete_after_days", "is not more than after_days",
                "only what is in an archive is ever deleted");
        }

        archive.RefuseUnknownKeys();
        return new ArchiveSettings(TimeSpan.FromDays(days), deleteAfter);
    }

    private static LogSettings ReadLog(DocumentNode log, FileValues files)
    {
        var origin = log.OptionalText("origin");
        if (origin is not null && !NoteVerifier.IsName(origin))
        {
            log.Fault(
                "origin", $"'{origin}' cannot be the name of a log",
                "use a name without spaces and '+', such as 'log.example.org/cluster'");
        }

        var keys = log.Has("witnesses_file")
            ? files.TextOf(log, "witnesses_file").Split('\n', StringSplitOptions.TrimEntries)
                .Where(line => line.Length > 0 && line[0] != '#')
            : [];
        var witnesses = ImmutableArray.CreateBuilder<NoteVerifier>();
        foreach (var key in keys.Take(LogLimits.WitnessesMax))
        {
            if (NoteVerifier.Parse(key) is { Kind: SignatureKind.Cosignature } witness)
            {
                witnesses.Add(witness);
                continue;
            }

            log.Fault(
                "witnesses_file", $"'{key}' is no key of a witness",
                "write the line that the witness prints at its start");
        }

        log.RefuseUnknownKeys();
        return new LogSettings(origin, witnesses.ToImmutable());
    }

    private static WebhookSettings ReadWebhook(DocumentNode webhook, FileValues files)
    {
        var secret = files.SecretOf(webhook, "secret_file");
        if (secret is null && !webhook.Has("secret_file"))
        {
            webhook.Fault(
                "url", "'secret_file' is missing",
                "name a file with the secret that signs notices");
        }

        var settings = new WebhookSettings(Url(webhook, "url", "http", "https"), secret ?? "");
        webhook.RefuseUnknownKeys();
        return settings;
    }

    private static SmtpSettings ReadSmtp(DocumentNode smtp, FileValues files)
    {
        var settings = new SmtpSettings(
            smtp.Text("host"),
            (int)smtp.Integer("port", 1, 65_535),
            Address(smtp, "from"),
            Address(smtp, "to").Split(',', StringSplitOptions.TrimEntries),
            smtp.OptionalText("security") is not null
                && smtp.OneOf("security", "none", "starttls") == "starttls",
            smtp.OptionalText("username"),
            files.SecretOf(smtp, "password_file"));
        smtp.RefuseUnknownKeys();
        return settings;
    }

    private static string Address(DocumentNode node, string key)
    {
        var text = node.Text(key);
        foreach (var one in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (node.Has(key) && !System.Net.Mail.MailAddress.TryCreate(one, out _))
            {
                node.Fault(
                    key, $"'{key}' is '{text}'", "use an e-mail address (several with commas)");
            }
        }

        return text;
    }

    private static IPEndPoint EndPoint(DocumentNode node, string key)
    {
        var text = node.Text(key);
        if (IPEndPoint.TryParse(text, out var endpoint) && endpoint.Port > 0)
        {
            return endpoint;
        }

        if (text.Length > 0)
        {
            node.Fault(
                key, $"'{key}' is '{text}'", "use an address and a port, such as '127.0.0.1:8080'");
        }

        return new IPEndPoint(IPAddress.Loopback, 1);
    }

    private static Uri Url(DocumentNode node, string key, params string[] schemes)
    {
        var text = node.Text(key);
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && schemes.Contains(url.Scheme))
        {
            return url;
        }

        if (text.Length > 0)
        {
            node.Fault(
                key, $"'{key}' is '{text}'", $"use a URL such as '{schemes[0]}://127.0.0.1:1234'");
        }

        return new Uri($"{schemes[0]}://127.0.0.1");
    }

    private static TimeZoneInfo Zone(DocumentNode node, string key)
    {
        var text = node.Text(key);
        if (TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone))
        {
            return zone;
        }

        if (text.Length > 0)
        {
            node.Fault(key, $"'{key}' is '{text}'", "use an IANA time zone such as 'Europe/Kyiv'");
        }

        return TimeZoneInfo.Utc;
    }
}

/// <summary>
/// Values that are files: paths, texts and secrets, relative to the settings' folder.
/// </summary>
internal sealed class FileValues(string folder, Faults faults)
{
    private const int TextBytesMax = 4 * 1024 * 1024;

    public string FileOf(DocumentNode node, string key) =>
        PathOf(node, key, folder, (File.Exists, "file"));

    public string FolderOf(DocumentNode node, string key) =>
        PathOf(node, key, folder, (Directory.Exists, "folder"));

    // Empty after a fault: a placeholder must not name something else that does exist.
    private static string PathOf(
        DocumentNode node, string key, string folder,
        (Func<string, bool> Exists, string Kind) wanted)
    {
        var text = node.Text(key);
        if (text.Length == 0)
        {
            return "";
        }

        var path = Path.GetFullPath(text, folder);
        if (wanted.Exists(path))
        {
            return path;
        }

        node.Fault(key, $"'{key}' is '{text}', and there is no such {wanted.Kind}", $"make {path}");
        return "";
    }

    public string TextOf(DocumentNode node, string key)
    {
        var path = FileOf(node, key);
        if (path.Length == 0)
        {
            return "";
        }

        try
        {
            if (new FileInfo(path).Length <= TextBytesMax)
            {
                return File.ReadAllText(path);
            }

            faults.Add(path, 0, $"has more than {TextBytesMax} bytes", "name a smaller file");
            return "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add(path, 0, $"cannot be read: {e.Message}", "let this user read it");
            return "";
        }
    }

    /// <summary>The first line of the file; null where the key is not there.</summary>
    public string? SecretOf(DocumentNode node, string key)
    {
        if (!node.Has(key))
        {
            return null;
        }

        var before = faults.All.Count;
        var secret = TextOf(node, key).Split('\n')[0].Trim();
        if (secret.Length == 0 && faults.All.Count == before)
        {
            node.Fault(key, $"the file of '{key}' is empty", "write the secret on its first line");
        }

        return secret;
    }
}
