using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Monitoring.Core.Alerts;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;

namespace Monitoring.Server.Notify;

/// <summary>Whom or what a notice is about.</summary>
public sealed record NoticeSubject(string Id, string Title);

/// <summary>A period by its id and its ends, ISO 8601 in the hub's time zone.</summary>
public sealed record NoticePeriod(string Id, string Start, string End)
{
    public static NoticePeriod Of(Period period, TimeZoneInfo zone) => new(
        period.Id, LocalTime.Iso(period.Start, zone), LocalTime.Iso(period.End, zone));
}

/// <summary>
/// What a notice of an alert or a settlement says; its schema is <c>notice.schema.json</c>.
/// </summary>
public sealed record NoticeDocument
{
    public required int SchemaVersion { get; init; }

    public required string Id { get; init; }

    /// <summary><c>raised</c> or <c>cleared</c>; <c>told</c> of a settlement.</summary>
    public required string Kind { get; init; }

    public required string Level { get; init; }

    public required string Reason { get; init; }

    public required string Contract { get; init; }

    public required string Bubble { get; init; }

    public required string Pollutant { get; init; }

    public required NoticeSubject Subject { get; init; }

    public required NoticePeriod Period { get; init; }

    /// <summary>Exact; null where the period ended and nothing is known of the new one.</summary>
    public required decimal? ValueG { get; init; }

    /// <summary>Null of an instrument.</summary>
    public required decimal? LimitG { get; init; }

    /// <summary>The value in percent of the limit, to one decimal.</summary>
    public required decimal? Percent { get; init; }

    public required int ThresholdPercent { get; init; }

    public required bool Provisional { get; init; }

    public required string At { get; init; }

    /// <summary>All of it in words.</summary>
    public required string Text { get; init; }

    /// <summary>The same in Ukrainian, where there is such.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TextUk { get; init; }
}

/// <summary>Puts a change of an alert into a notice.</summary>
public static class AlertNotice
{
    public const int SchemaVersion = 1;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The JSON body of the notice.</summary>
    public static string Of(
        AlertTransition alert, Contract contract, ClusterMap cluster, TimeZoneInfo zone) =>
        Json(Document(alert, contract, cluster, zone));

    public static string Json(NoticeDocument document) =>
        JsonSerializer.Serialize(document, Options);

    /// <summary>The document of a body that <see cref="Of"/> made.</summary>
    public static NoticeDocument Parse(string body) =>
        JsonSerializer.Deserialize<NoticeDocument>(body, Options)
        ?? throw new JsonException("a notice is null");

    public static NoticeDocument Document(
        AlertTransition alert, Contract contract, ClusterMap cluster, TimeZoneInfo zone)
    {
        var subject = alert.Key.Subject;
        var title = cluster.Members.FirstOrDefault(member => member.Id == subject)?.Title
            ?? (subject == contract.Bubble.Id ? contract.Title : subject);
        var period = Period.Parse(contract, alert.PeriodId)
            ?? Period.Containing(contract, alert.At);
        return new NoticeDocument
        {
            SchemaVersion = SchemaVersion,
            Id = alert.Id,
            Kind = alert.Change == AlertChange.Raised ? "raised" : "cleared",
            Level = alert.Key.Level.ToString().ToLowerInvariant(),
            Reason = ReasonOf(alert.Reason),
            Contract = contract.Id,
            Bubble = contract.Bubble.Id,
            Pollutant = contract.Bubble.Pollutant,
            Subject = new NoticeSubject(subject, title),
            Period = NoticePeriod.Of(period, zone),
            ValueG = alert.ValueMilligrams / 1000m,
            LimitG = alert.LimitMilligrams / 1000m,
            Percent = PercentOf(alert),
            ThresholdPercent = alert.ThresholdPercent,
            Provisional = alert.IsProvisional,
            At = LocalTime.Iso(alert.At, zone),
            Text = Sentence(alert, contract, title, LocalTime.Span(period.Start, period.End, zone)),
        };
    }

    private static string ReasonOf(AlertReason reason) => reason switch
    {
        AlertReason.ReachedThreshold => "reached-threshold",
        AlertReason.FellBelowHysteresis => "fell-below-hysteresis",
        _ => "period-ended",
    };

    private static string Sentence(
        AlertTransition alert, Contract contract, string title, string span)
    {
        var isBubble = alert.Key.Level == AlertLevel.Bubble;
        var who = isBubble
            ? $"All members of {contract.Bubble.Id} together"
            : $"{title} ({alert.Key.Subject})";
        var limit = (isBubble ? "the cap of " : "its holding of ")
            + MassText.Grams(alert.LimitMilligrams);
        var what = contract.Bubble.Pollutant;
        if (alert.Change == AlertChange.Raised)
        {
            var mass = MassText.Grams(alert.ValueMilligrams ?? 0);
            var share = PercentOf(alert) is { } percent ? Percent(percent) : "above all";
            var provisional = alert.IsProvisional ? " (provisional)" : "";
            return alert.Key.Level == AlertLevel.Forecast
                ? $"{who}: the forecast for the end of period {span} is {mass} of {what}, "
                    + $"{share} of {limit}{provisional}."
                : $"{who} emitted {mass} of {what} in period {span}, "
                    + $"{share} of {limit}{provisional}.";
        }

        var alarm = alert.Key.Level == AlertLevel.Forecast ? "forecast alert" : "alert";
        return alert.Reason == AlertReason.PeriodEnded
            ? $"{who}: the {alarm} of period {span} is over, because the period ended."
            : $"{who}: the {alarm} of period {span} is over; it stands at "
                + $"{MassText.Grams(alert.ValueMilligrams ?? 0)} of {what}, "
                + $"{Percent(PercentOf(alert) ?? 0)} of {limit}.";
    }

    private static decimal? PercentOf(AlertTransition alert) =>
        alert.ValueMilligrams is { } value
            ? MassText.Percent(value, alert.LimitMilligrams)
            : null;

    private static string Percent(decimal percent) =>
        $"{percent.ToString("0.#", CultureInfo.InvariantCulture)} %";
}
