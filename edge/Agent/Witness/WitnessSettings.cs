using Monitoring.Wire.Transparency;

namespace Monitoring.Agent.Witness;

/// <summary>Which log a gateway watches, as its settings or options say.</summary>
internal static class WitnessSettings
{
    /// <summary>Null after a fault.</summary>
    /// <param name="fault">Takes the name of the setting, the problem and the remedy.</param>
    public static WitnessedLog? Read(
        string url, string key, TimeSpan every, Action<string, string, string> fault)
    {
        var isUrl = Uri.TryCreate(url, UriKind.Absolute, out var place)
            && place.Scheme is "http" or "https";
        if (!isUrl)
        {
            fault("log", $"'{url}' is no address of a log", "write http://host:8080/log");
        }

        var verifier = NoteVerifier.Parse(key);
        if (verifier is not { Kind: SignatureKind.Ed25519 })
        {
            fault(
                "log-key", $"'{key}' is no key of a log",
                "write the line that the hub shows at /log/vkey, as its operator gave it to you");
            return null;
        }

        return isUrl ? new WitnessedLog(place!, verifier, every) : null;
    }
}
