using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Monitoring.Wire.Sparkplug;

/// <summary>The STATE message of a host application, retained with QoS 1.</summary>
/// <param name="TimestampMs">UTC milliseconds; the will carries that of its birth.</param>
public sealed record HostState(bool Online, long TimestampMs)
{
    public byte[] Encode()
    {
        var json = new JsonObject { ["online"] = Online, ["timestamp"] = TimestampMs };
        return Encoding.UTF8.GetBytes(json.ToJsonString());
    }

    /// <summary>The state, or null where the bytes are not one.</summary>
    public static HostState? Decode(ReadOnlySpan<byte> json)
    {
        if (json.Length > 1024)
        {
            return null;
        }

        try
        {
            var reader = new Utf8JsonReader(json);
            if (!JsonDocument.TryParseValue(ref reader, out var document))
            {
                return null;
            }

            using (document)
            {
                var root = document.RootElement;
                return root.ValueKind == JsonValueKind.Object
                    && root.TryGetProperty("online", out var online)
                    && online.ValueKind is JsonValueKind.True or JsonValueKind.False
                    && root.TryGetProperty("timestamp", out var time)
                    && time.TryGetInt64(out var timestampMs)
                        ? new HostState(online.GetBoolean(), timestampMs)
                        : null;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
