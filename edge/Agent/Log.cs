using System.Globalization;
using Monitoring.Agent.Witness;

namespace Monitoring.Agent;

/// <summary>
/// What a person should know of the agent's life, one plain sentence a line, in the plant's own
/// time. Every sentence is in this file; nothing is written per message or per reading.
/// </summary>
public sealed class Log(TextWriter writer, TimeProvider time, TimeZoneInfo zone)
{
    private readonly Lock _lock = new();

    public static Log Silent(TimeProvider time) => new(TextWriter.Null, time, TimeZoneInfo.Utc);

    public void Started(string gateway, int devices, string broker) => Information(
        $"Gateway {gateway} starts: {devices} devices, broker {broker}.");

    public void LinkOverloaded(string fault) => Warning(
        $"The plan cannot be met, so readings will be late or left out: {fault}.");

    public void WitnessStarted(Uri url, string key) => Information(
        $"Watches the log at {url} as a witness; its hub has to know the key {key}.");

    public void WitnessRefused(string detail) => Error($"The log is not watched: {detail}");

    public void Witnessed(string origin, WitnessOutcome outcome)
    {
        switch (outcome)
        {
            case WitnessOutcome.Cosigned:
                Information($"The log '{origin}' has only grown, and is cosigned.");
                break;
            case WitnessOutcome.Unreachable:
                Warning($"The log '{origin}' cannot be reached, or did not take the signature.");
                break;
            case WitnessOutcome.CannotKeep:
                Error($"The log '{origin}' is not cosigned, since the disk does not keep it.");
                break;
            case WitnessOutcome.NotSigned:
                Error($"What is served as the log '{origin}' is not signed by its key.");
                break;
            case WitnessOutcome.Older:
                Warning($"The log '{origin}' is older than it was; it is not cosigned.");
                break;
            default:
                Error($"The log '{origin}' is another than it was. It was changed, and is not "
                    + $"cosigned; the proof, if there is one, is in {WitnessFiles.ConflictName}.");
                break;
        }
    }

    public void Stopping(string signal) => Information($"Stopping ({signal}).");

    public void Stopped(long waiting) => Information(
        $"Stopped. {waiting} records wait in the journal for the hub.");

    public void JournalOpened(string epoch, long first, long last, long committed) => Information(
        $"Journal {epoch} is open: records {first} to {last}, committed up to {committed}.");

    public void JournalDamaged(string detail, string movedTo) => Error(
        $"The journal was damaged ({detail}); it was kept as {movedTo} and a new one begins.");

    public void JournalRefused(string detail) => Error($"The journal cannot be used: {detail}.");

    public void JournalNotYet(string detail) => Error(
        $"The journal cannot be opened ({detail}); images wait in memory, and it is tried again.");

    public void JournalGaveUp(long first, long last, string reason) => Error(
        $"Records {first} to {last} were given up unsent: {reason}.");

    public void JournalWriteFailed(string detail, int waiting) => Error(
        $"The journal cannot be written ({detail}); {waiting} images wait in memory.");

    public void JournalWritesAgain() => Information("The journal can be written again.");

    public void ImagesDropped(long count) => Error(
        $"{count} images were dropped, since the journal could not be written for too long.");

    public void ClockWentBack(string device, long milliseconds) => Warning(
        $"The clock stood or went back by {milliseconds} ms; times of {device} are held.");

    public void ClockCorrected(long first, long last, long shiftMs) => Information(
        $"The clock is right now; records {first} to {last} are corrected by {shiftMs} ms.");

    public void ClockSetBack(TimeSpan by) => Warning(
        $"The clock was set back by {by.TotalMinutes:F0} min; times of records follow it.");

    /// <param name="devices">Those whose cycles were skipped since it was said last.</param>
    public void CyclesSkipped(IEnumerable<string> devices, long skipped, long inAll) => Warning(
        $"Reads took too long, or the clock was set: {skipped} cycles of "
        + $"{string.Join(", ", devices)} were skipped, {inAll} since the start.");

    public void SiteChanged(string path) => Information(
        $"{path} or a device map has changed and is in effect.");

    public void SiteRefused(string path, IEnumerable<string> faults) => Error(
        $"{path} or a device map has changed and has faults; the configuration before it goes on: "
        + string.Join("; ", faults));

    public void DeviceSilent(string device, string reason, string detail) => Warning(
        $"Readings of device {device} are missing: {reason} ({detail}).");

    public void TimeoutProposed(
        string device, string link, TimeSpan timeout, TimeSpan proposed) => Information(
        $"The timeout of link {link} is {timeout.TotalMilliseconds:0} ms; from the answers of "
        + $"{device}, {proposed.TotalMilliseconds:0} ms would do.");

    public void GapProposed(string device, TimeSpan gap) => Information(
        $"{device} leaves requests unanswered that come soon after another; a gap of "
        + $"{gap.TotalMilliseconds:0} ms in its device map would help.");

    public void DeviceAnswers(string device) =>
        Information($"Device {device} gives all its readings.");

    public void BrokerConnected(string broker, int bdSeq) => Information(
        $"Connected to {broker}, session {bdSeq}.");

    public void BrokerLost(string broker, string detail) => Warning(
        $"No connection to {broker}: {detail}. Records wait in the journal; trying again.");

    public void HostOnline(string host) => Information($"Hub {host} is online.");

    public void HostOffline(string host) => Warning(
        $"Hub {host} is offline. Records wait in the journal.");

    public void HostStateIgnored(string host, long timestampMs, long seenMs) => Warning(
        $"A state of hub {host} dated {timestampMs} was ignored: one of {seenMs} was seen before. "
        + "If the hub's clock went back, set it right or restart this agent.");

    public void Born(long first, long last) => Information(
        $"Births are published; the journal holds records {first} to {last}.");

    public void Resending(long from, TimeSpan after) => Warning(
        $"The hub committed nothing for {after.TotalSeconds:0.0} s; sending again from {from}.");

    public void Rewound(long offset) => Warning(
        $"The hub has nothing after record {offset} any more; what is still held is sent again.");

    public void CommitRefused(string epoch, long offset, string reason) => Error(
        $"A commit of {epoch}, {offset} was refused: {reason}.");

    public void MessageNotUnderstood(string topic, string detail) => Warning(
        $"A message on {topic} was not understood: {detail}.");

    public void Simulating(string link, string devices) => Information(
        $"Simulated instruments listen on {link}: {devices}.");

    public void BackgroundWorkFailed(Exception e) => Error($"The agent ends on an error. {e}");

    private void Information(string sentence) => Write("information", sentence);

    private void Warning(string sentence) => Write("warning", sentence);

    private void Error(string sentence) => Write("error", sentence);

    private void Write(string level, string sentence)
    {
        var local = TimeZoneInfo.ConvertTime(time.GetUtcNow(), zone);
        var stamp = local.ToString("yyyy-MM-ddTHH:mm:ss.fffzzz", CultureInfo.InvariantCulture);
        lock (_lock)
        {
            writer.WriteLine($"{stamp} {level}: {sentence}");
            writer.Flush();
        }
    }
}
