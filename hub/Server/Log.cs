using Monitoring.Core.Ingest;

namespace Monitoring.Server;

/// <summary>Every message of the hub's log, with its stable id.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "The hub listens on http://{Http}; MQTT: {Broker}.")]
    public static partial void HubStarted(this ILogger log, string http, string broker);

    [LoggerMessage(2, LogLevel.Information, "The hub has stopped; everything committed is stored.")]
    public static partial void HubStopped(this ILogger log);

    [LoggerMessage(3, LogLevel.Error,
        "The hub has stopped, and {Folder} has no records.db any more: it was moved or deleted "
        + "while the hub ran. Put it back before the next start.")]
    public static partial void DataGone(this ILogger log, string folder);

    [LoggerMessage(10, LogLevel.Information, "Connected to {Broker} as the primary host.")]
    public static partial void HostOnline(this ILogger log, string broker);

    [LoggerMessage(11, LogLevel.Warning, "Offline at the broker: {Why}.")]
    public static partial void HostOffline(this ILogger log, string why);

    [LoggerMessage(12, LogLevel.Warning,
        "Cannot reach {Broker}: {Why}; next try in {Seconds} s.")]
    public static partial void BrokerUnreachable(
        this ILogger log, string broker, string why, double seconds);

    [LoggerMessage(13, LogLevel.Warning, "The broker refused ({Kind}) '{Who}': {What}.")]
    public static partial void BrokerRefused(
        this ILogger log, Ingest.RefusalKind kind, string who, string what);

    [LoggerMessage(20, LogLevel.Information,
        "Gateway {Gateway} is there ({Verdict}); stored up to offset {Offset}.")]
    public static partial void GatewayBorn(
        this ILogger log, string gateway, BirthVerdict verdict, long offset);

    [LoggerMessage(21, LogLevel.Warning, "Gateway {Gateway} is gone; its data wait on its disk.")]
    public static partial void GatewayDied(this ILogger log, string gateway);

    [LoggerMessage(22, LogLevel.Warning,
        "A payload on '{Topic}' cannot be read and is kept for inspection: {Fault}.")]
    public static partial void PayloadRejected(this ILogger log, string topic, string fault);

    [LoggerMessage(23, LogLevel.Error,
        "{Count} payloads of {Gateway} are not stored and not committed; they come again: {Why}")]
    public static partial void BatchNotStored(
        this ILogger log, string gateway, int count, string why);

    [LoggerMessage(24, LogLevel.Error,
        "The journal {Epoch} of {Gateway} ends before offset {Offset}, which is stored already: "
        + "its disk was put back to an older state. Nothing of it is taken or deleted. On the "
        + "gateway, stop the agent, move journal.db aside and keep it, and start the agent again.")]
    public static partial void JournalWentBack(
        this ILogger log, string gateway, string epoch, long offset);

    [LoggerMessage(25, LogLevel.Warning,
        "{Gateway} was told of more of its journal {Epoch} than is stored up to {Offset}: this "
        + "store was put back to an older state. The gateway is asked for what it still holds.")]
    public static partial void Rewind(
        this ILogger log, string gateway, string epoch, long offset);

    [LoggerMessage(26, LogLevel.Error,
        "Record {Offset} of {Gateway} cannot be read and is kept in quarantine, so that the rest "
        + "can come: {Fault}.")]
    public static partial void RecordQuarantined(
        this ILogger log, string gateway, long offset, string fault);

    [LoggerMessage(27, LogLevel.Error,
        "Two agents speak as {Gateway} (duplicate descriptor): find the second one and give it a "
        + "name of its own, or readings of both are lost among one another.")]
    public static partial void DuplicateDescriptor(this ILogger log, string gateway);

    [LoggerMessage(28, LogLevel.Information,
        "Node {Gateway} is there and is none of our agents: it has no journal, so what is lost on "
        + "the way is lost, and its readings are marked foreign.")]
    public static partial void ForeignBorn(this ILogger log, string gateway);

    [LoggerMessage(29, LogLevel.Warning,
        "Asked {Gateway} for its births ({Why}), for the {Count}. time.")]
    public static partial void RebirthAsked(
        this ILogger log, string gateway, string why, long count);

    [LoggerMessage(33, LogLevel.Error, "Refused a unit: {Fault}.")]
    public static partial void UnitRefused(this ILogger log, string fault);

    [LoggerMessage(30, LogLevel.Information,
        "Settled {Period}: {Emitted} g of {Cap} g; charges {Total}.")]
    public static partial void PeriodSettled(
        this ILogger log, string period, long emitted, long cap, string total);

    [LoggerMessage(32, LogLevel.Warning,
        "{Period} is over and cannot be settled: it is not reported what was made at {Sources}. "
        + "Ask 'report_activity' with 'monitoring-hub fund ask'.")]
    public static partial void PeriodWaits(this ILogger log, string period, string sources);

    [LoggerMessage(33, LogLevel.Information,
        "Looked at {Count} settled periods again and goes on at {Period}; up to {Left} are left.")]
    public static partial void ReviewGoesOn(
        this ILogger log, int count, string period, long left);

    [LoggerMessage(31, LogLevel.Error, "{What} stands still; tried again in seconds: {Why}")]
    public static partial void EngineFailed(this ILogger log, string what, string why);

    [LoggerMessage(
        32, LogLevel.Critical,
        "{What} met a fault that nobody thought of; please report it. Tried again in {Seconds} s.")]
    public static partial void UnexpectedFault(
        this ILogger log, Exception e, string what, double seconds);

    [LoggerMessage(40, LogLevel.Information, "Records {First} to {Last} are in {File} now.")]
    public static partial void RecordsArchived(
        this ILogger log, long first, long last, string file);

    [LoggerMessage(41, LogLevel.Error, "Old records stay in the log: {Error}")]
    public static partial void RecordsNotArchived(this ILogger log, string error);

    [LoggerMessage(42, LogLevel.Information,
        "The raw records {First} to {Last} are older than {Days} days and were deleted.")]
    public static partial void RecordsDeleted(
        this ILogger log, long first, long last, int days);

    [LoggerMessage(
        32, LogLevel.Error,
        "Source {Source}: the window of {Start} has late images and cannot be worked out again: "
        + "{Error} Until it can be, which is tried every minute, they are counted as late.")]
    public static partial void WindowNotReopened(
        this ILogger log, string source, DateTimeOffset start, string error);

    [LoggerMessage(50, LogLevel.Error, "The public log is signed later; tried again: {Error}")]
    public static partial void LogNotSigned(this ILogger log, string error);

    [LoggerMessage(300, LogLevel.Information, "Projection: InfluxDB {Url} takes points.")]
    public static partial void InfluxTakesPoints(this ILogger log, Uri url);

    [LoggerMessage(
        301, LogLevel.Warning,
        "Projection: InfluxDB {Url} does not take points: {Error}; next try in {Seconds} s.")]
    public static partial void InfluxRefuses(
        this ILogger log, Uri url, string error, double seconds);

    [LoggerMessage(
        302, LogLevel.Information,
        "Projection: the database was not made ({Error}); writing shows whether it is there.")]
    public static partial void InfluxDatabaseNotMade(this ILogger log, string error);

    [LoggerMessage(
        303, LogLevel.Error,
        "Projection: InfluxDB refused {Count} points for good: {Reason}; the first is {Line}")]
    public static partial void InfluxRefusedPoints(
        this ILogger log, int count, string reason, string line);

    [LoggerMessage(304, LogLevel.Error, "Projection: the stores could not be read: {Error}")]
    public static partial void ProjectionUnreadable(this ILogger log, string error);

    [LoggerMessage(
        305, LogLevel.Warning,
        "Projection: InfluxDB has {Table} up to row {Mark}, and {Cursor} was written: it was "
        + "emptied or put back. It is filled again from there.")]
    public static partial void InfluxHasLess(
        this ILogger log, string table, long mark, long cursor);

    [LoggerMessage(
        306, LogLevel.Information,
        "Projection: InfluxDB does not say what it has ({Error}); if it is ever emptied, run "
        + "monitoring-hub project --rebuild.")]
    public static partial void InfluxMarkerUnreadable(this ILogger log, string error);

    [LoggerMessage(
        307, LogLevel.Warning,
        "Projection: InfluxDB does not delete ({Error}); a new revision is written over the old.")]
    public static partial void InfluxCannotDelete(this ILogger log, string error);

    [LoggerMessage(310, LogLevel.Information, "Notice {Id} delivered by {Channel}.")]
    public static partial void NoticeDelivered(this ILogger log, string channel, string id);

    [LoggerMessage(
        311, LogLevel.Warning,
        "Notice {Id} not delivered by {Channel}, attempt {Attempts}: {Error}; "
            + "again in {Seconds} s.")]
    public static partial void NoticeFailed(
        this ILogger log, string channel, string id, long attempts, string error, double seconds);

    [LoggerMessage(
        312, LogLevel.Error,
        "Notice {Id} given up by {Channel} after {Attempts} attempts: {Error}")]
    public static partial void NoticeGivenUp(
        this ILogger log, string channel, string id, long attempts, string error);

    [LoggerMessage(313, LogLevel.Error, "Notices of {Channel} could not be read: {Error}")]
    public static partial void NoticesUnreadable(this ILogger log, string channel, string error);
}
