using System.Globalization;
using System.Text.Json;
using Monitoring.Benchmarks.HubIngest;

namespace Monitoring.Benchmarks.HubCatchup;

/// <summary>
/// Asks the API for the current values, one question after the other, and keeps what each answer
/// showed as the newest time of every edge.
/// </summary>
internal sealed class CurrentWatch : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _http = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(long AnsweredMs, Dictionary<int, long> Shown)> _answers = [];
    private readonly Uri _address;
    private readonly Task _asking;

    public CurrentWatch(Uri hub)
    {
        _address = new Uri(hub, "/api/v1/current");
        _asking = Task.Run(AskAsync);
    }

    /// <summary>Stops asking; what the answers showed, in their order.</summary>
    public IReadOnlyList<(long AnsweredMs, Dictionary<int, long> Shown)> Stop()
    {
        _stop.Cancel();
        _asking.GetAwaiter().GetResult();
        return _answers;
    }

    public void Dispose()
    {
        _stop.Dispose();
        _http.Dispose();
    }

    private async Task AskAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var text = await _http.GetByteArrayAsync(_address);
            var nowMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            using var answer = JsonDocument.Parse(text);
            _answers.Add((nowMs, NewestOf(answer.RootElement)));
            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    private static Dictionary<int, long> NewestOf(JsonElement devices) =>
        devices.EnumerateArray()
            .Where(device => device.GetProperty("points").GetArrayLength() > 0)
            .ToDictionary(
                device => Fleet.EdgeOf(device.GetProperty("plant").GetString()!),
                device => DateTimeOffset.Parse(
                    device.GetProperty("points")[0].GetProperty("time").GetString()!,
                    CultureInfo.InvariantCulture).ToUnixTimeMilliseconds());
}
