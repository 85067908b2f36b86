using System.Globalization;

namespace Monitoring.Server.Notify;

/// <summary>Something to tell on one channel. A repeat has the same id.</summary>
/// <param name="Channel">One of <see cref="NoticeChannels"/>.</param>
/// <param name="Body">The JSON document of <c>hub/schemas/notice.schema.json</c>.</param>
public sealed record Notice(string Id, string Channel, string Body, long CreatedMs);

/// <summary>The ways on which notices go out.</summary>
public static class NoticeChannels
{
    public const string Webhook = "webhook";
    public const string Mail = "mail";

    /// <summary>The channels that are set.</summary>
    public static IReadOnlyList<string> Of(HubSettings settings) =>
    [
        .. settings.Webhook is null ? (string[])[] : [Webhook],
        .. settings.Smtp is null ? (string[])[] : [Mail],
    ];
}

/// <summary>When a notice that did not get through is tried again.</summary>
public static class NoticeRetry
{
    public const int AttemptsMax = 12;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    public static bool IsLast(long attempts) => attempts >= AttemptsMax;

    /// <summary>1 s after the first attempt, then twice as long each time, up to 5 min.</summary>
    public static TimeSpan After(long attempts) =>
        attempts > 9
            ? Longest
            : TimeSpan.FromSeconds(Math.Min(1L << ((int)attempts - 1), (long)Longest.TotalSeconds));
}

/// <summary>Masses as people read them.</summary>
public static class MassText
{
    /// <summary>Whole grams with a space between thousands, such as <c>1 234 g</c>.</summary>
    public static string Grams(long milligrams) =>
        $"{Whole(Core.Rounding.Quotient(milligrams, 1_000))} g";

    public static string Whole(long number) =>
        number.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', ' ');

    /// <summary>The share in percent to one decimal; null of nothing.</summary>
    public static decimal? Percent(long part, long whole) =>
        whole == 0 ? null : Core.Rounding.ToDecimals(part * 100m / whole, 1);
}
