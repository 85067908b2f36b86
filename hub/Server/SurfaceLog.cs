namespace Monitoring.Server;

/// <summary>The log messages of what people and other programs see.</summary>
internal static partial class SurfaceLog
{
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
        303, LogLevel.Error, "Projection: InfluxDB refused a point for good: {Reason}; {Line}")]
    public static partial void InfluxRejectedPoint(this ILogger log, string reason, string line);

    [LoggerMessage(304, LogLevel.Error, "Projection: the stores could not be read: {Error}")]
    public static partial void ProjectionUnreadable(this ILogger log, string error);

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
