using System.Text.Json;
using Monitoring.Core;
using Monitoring.Server.Notify;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Api;

/// <summary>Traces, and what an operator looks after: gateways, rejects, notices.</summary>
internal static class OperationRoutes
{
    private const int RejectsShown = 50;
    private const int NoticesShown = 200;

    private static readonly ApiParameter Format = new(
        "format", "'text' for indented lines, 'json' for the tree; else by the Accept header.");

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/trace/{id}", TraceAsync)
            .Describe<Trace>(
                "/trace/{id}", "How a fact or charge came about, down to the readings.", [Format])
            .ProducesProblem(404).ProducesProblem(400);
        api.MapRead("/gateways", "How far each gateway's journal is stored.", Gateways);
        api.MapRead("/rejects", "What could not be read or projected.", Rejects);
        api.MapRead(
            "/quarantine", "Records that could never be read, with all their bytes.", Quarantine);
        api.MapRead("/refusals", "What the broker inside the hub refused.", Refusals);
        api.MapRead("/projection", "How far InfluxDB is, and what it refused.", Projection);
        api.MapRead("/notices", "Notices that wait or were given up.", Notices);
    }

    public static GatewaysAnswer Gateways(HubView view) => new(
        [
            .. view.Stores.Log.Gateways().Select(row => new GatewayAnswer(
                row.Plant, row.Node, row.Epoch, row.Committed,
                row.ReceivedMs is { } heard ? LocalTime.Iso(heard, view.Zone) : null,
                ReasonOf(row))),
        ],
        [
            .. view.Stores.Log.Gaps().Select(row => new GapAnswer(
                row.Plant, row.Node, row.Epoch, row.First, row.Last, row.Reason,
                LocalTime.Iso(row.DeclaredMs, view.Zone))),
        ],
        [
            .. new ClockRevisions(view.Stores.Log).All().Select(row => new ClockCorrectionAnswer(
                row.Plant, row.Node, row.Epoch, row.First, row.Last, row.ShiftMs,
                LocalTime.Iso(row.DeclaredMs, view.Zone), row.Moved, row.Kept)),
        ]);

    /// <summary>Why nothing more of a journal is stored, or null where all is well.</summary>
    public static string? ReasonOf(GatewayPositionRow row) =>
        row.WentBackMs is not null
            ? "the journal was put back to an older state, so nothing of it is stored any more: "
                + "stop the agent, move its journal.db aside and start it again"
            : row.RefusedFault is { } fault
            ? $"refused after offset {row.Committed}, and nothing was stored since: {fault}"
            : row.ReceivedMs is null ? "no record of this journal is stored" : null;

    private static async Task<IResult> TraceAsync(string id, HttpRequest request, HubView view)
    {
        var query = new ApiQuery(request.Query, [Format]);
        var format = query.OneOf("format", "json", "text");
        if (query.Faults.Count > 0)
        {
            return query.Refusal();
        }

        if (await view.Signals.FindTrace(id) is not { } trace)
        {
            return ApiRoute.Missing("/trace/{id}", id);
        }

        var isText = format == "text"
            || (format is null && request.Headers.Accept.ToString()
                .StartsWith("text/plain", StringComparison.OrdinalIgnoreCase));
        return isText
            ? TypedResults.Text(TraceText.Render(trace, view.Zone), "text/plain; charset=utf-8")
            : TypedResults.Ok(trace);
    }

    private static RejectsAnswer Rejects(HubView view)
    {
        var (count, newest) = view.Stores.Log.Rejects(RejectsShown);
        return new RejectsAnswer(
            count,
            [
                .. newest.Select(row => new RejectAnswer(
                    LocalTime.Iso(row.ReceivedMs, view.Zone), row.Topic, row.Fault,
                    Convert.ToBase64String(row.Bytes))),
            ],
            view.Projection?.Refused.Count() ?? 0);
    }

    private static QuarantineAnswer Quarantine(HubView view)
    {
        var (count, newest) = view.Stores.Log.Quarantined(RejectsShown);
        return new QuarantineAnswer(
            count,
            [
                .. newest.Select(row => new QuarantinedAnswer(
                    row.Plant, row.Node, row.Epoch, row.Offset,
                    LocalTime.Iso(row.ReceivedMs, view.Zone), row.Topic, row.Fault,
                    Convert.ToBase64String(row.Bytes))),
            ]);
    }

    private static RefusalsAnswer Refusals(HubView view) => view.Signals.Refusals is { } refused
        ? new RefusalsAnswer(
            refused.Counts.ToDictionary(row => row.Key.ToString(), row => row.Value),
            [
                .. refused.Newest.Select(one => new RefusalAnswer(
                    LocalTime.Iso(one.TimeMs, view.Zone), one.Kind.ToString(), one.Who, one.What)),
            ],
            null)
        : new RefusalsAnswer(
            new Dictionary<string, long>(), [], "the broker is not inside the hub");

    private static ProjectionAnswer Projection(HubView view) => view.Projection is not { } influx
        ? new ProjectionAnswer(null, null, "influx.url is not set", [], 0, [])
        : new ProjectionAnswer(
            influx.Url.AbsoluteUri,
            influx.Trouble is { } trouble ? LocalTime.Iso(trouble.SinceMs, view.Zone) : null,
            influx.Trouble?.Why,
            [
                .. view.Stores.Feeds.All.Select(feed => new ProjectedTableAnswer(
                    feed.Table, view.Stores.Feeds.LagOf(feed))),
            ],
            influx.Refused.Count(),
            [
                .. influx.Refused.Newest(RejectsShown).Select(row => new RefusedPointAnswer(
                    LocalTime.Iso(row.RefusedMs, view.Zone), row.Line, row.Error)),
            ]);

    private static NoticesAnswer Notices(HubView view)
    {
        var (waiting, dead) = view.Stores.Notices.Count();
        return new NoticesAnswer(
            waiting, dead,
            [
                .. view.Stores.Notices.Undelivered(NoticesShown).Select(row => new NoticeAnswer(
                    row.Id, row.Channel, row.State, row.Attempts, row.LastError,
                    LocalTime.Iso(row.CreatedMs, view.Zone),
                    row.State == "waiting" ? LocalTime.Iso(row.DueMs, view.Zone) : null,
                    JsonSerializer.Deserialize<JsonElement>(row.Body))),
            ]);
    }
}
