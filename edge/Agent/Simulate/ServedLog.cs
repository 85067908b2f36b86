using System.Text.Json;

namespace Monitoring.Agent.Simulate;

/// <summary>Every image that was served, one line of JSON each, handed to the OS at once.</summary>
public sealed class ServedLog(string path) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly FileStream _file =
        new(path, FileMode.Append, FileAccess.Write, FileShare.Read);

    public void Append(
        long utcMs, string device, long sequence, IReadOnlyDictionary<string, double> values)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteNumber("utc_ms", utcMs);
            json.WriteString("device", device);
            json.WriteNumber("sequence", sequence);
            json.WriteStartObject("values");
            foreach (var (point, value) in values)
            {
                json.WriteNumber(point, value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        lock (_lock)
        {
            _file.Write(line.GetBuffer(), 0, (int)line.Length);
            _file.Flush();
        }
    }

    public void Dispose() => _file.Dispose();
}
