using System.Globalization;

namespace Monitoring.Server.Notify;

/// <summary>Instants in the hub's time zone.</summary>
public static class LocalTime
{
    /// <summary>ISO 8601 with milliseconds and the offset.</summary>
    public static string Iso(DateTimeOffset instant, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(instant, zone)
            .ToString("yyyy-MM-dd'T'HH:mm:ss.fffzzz", CultureInfo.InvariantCulture);

    public static string Iso(long ms, TimeZoneInfo zone) =>
        Iso(DateTimeOffset.FromUnixTimeMilliseconds(ms), zone);

    /// <summary>A date and time to the second, for people.</summary>
    public static string Show(long ms, TimeZoneInfo zone) =>
        In(DateTimeOffset.FromUnixTimeMilliseconds(ms), zone, "yyyy-MM-dd HH:mm:ss");

    /// <summary>A span for people: the day and the offset once, seconds if needed.</summary>
    public static string Span(DateTimeOffset start, DateTimeOffset end, TimeZoneInfo zone)
    {
        var time = start.Second == 0 && end.Second == 0 ? "HH:mm" : "HH:mm:ss";
        var isOneDay = In(start, zone, "yyyy-MM-dd") == In(end, zone, "yyyy-MM-dd");
        return $"{In(start, zone, "yyyy-MM-dd " + time)} to "
            + In(end, zone, isOneDay ? time + " zzz" : $"yyyy-MM-dd {time} zzz");
    }

    public static string In(DateTimeOffset instant, TimeZoneInfo zone, string format) =>
        TimeZoneInfo.ConvertTime(instant, zone).ToString(format, CultureInfo.InvariantCulture);
}
