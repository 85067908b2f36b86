using System.Data.Common;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Monitoring.Server.Api;

/// <summary>For what starts, watches and measures the process.</summary>
internal static class HealthRoutes
{
    private const string Ok = "ok";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", () => TypedResults.Text("ok\n")).ExcludeFromDescription();
        routes.MapGet("/readyz", Ready).ExcludeFromDescription();
        routes.MapGet("/metrics", (HubView view) => TypedResults.Text(
            Metrics(view), "text/plain; version=0.0.4; charset=utf-8")).ExcludeFromDescription();
    }

    private static JsonHttpResult<ReadyAnswer> Ready(HubView view)
    {
        var checks = new Dictionary<string, string>
        {
            ["records"] = Try(() => view.Stores.Records.NewestId()),
            ["books"] = Try(view.Stores.Books.Probe),
            ["broker"] = view.Signals.IsBrokerConnected()
                ? Ok
                : $"not connected to {view.Settings.Mqtt.BrokerName}",
        };
        var isReady = checks.Values.All(check => check == Ok);
        return TypedResults.Json(
            new ReadyAnswer(isReady, checks),
            statusCode: isReady
                ? StatusCodes.Status200OK
                : StatusCodes.Status503ServiceUnavailable);
    }

    private static string Try(Action read)
    {
        try
        {
            read();
            return Ok;
        }
        catch (DbException e)
        {
            return e.Message;
        }
    }

    private static string Metrics(HubView view)
    {
        var (waiting, dead) = view.Stores.Notices.Count();
        var text = new StringBuilder();
        void Add(string name, string type, string help, long value) => text.Append(
            $"# HELP monitoring_{name} {help}\n# TYPE monitoring_{name} {type}\n"
            + $"monitoring_{name} {value}\n");
        Add(
            "records_stored_total", "counter", "Records in the log.",
            view.Stores.Records.NewestId());
        Add(
            "payloads_rejected_total", "counter", "Payloads that could not be read.",
            view.Stores.Log.Rejects(1).Count);
        Add(
            "records_quarantined_total", "counter", "Records that could never be read.",
            view.Stores.Log.Quarantined(0).Count);
        Add(
            "inbox_dropped_total", "counter", "Payloads dropped because a queue was full.",
            view.Signals.InboxDropped());
        Add(
            "cycle_overruns_total", "counter",
            "Images that were read too late for their cycle, as they came since the start.",
            view.Signals.Current().Sum(device => device.Overruns));
        Add(
            "unexpected_faults_total", "counter",
            "Faults that nobody thought of, after which work went on; see the log.",
            view.Faults.All.Sum(one => one.Count));
        Add("notices_waiting", "gauge", "Notices not delivered yet.", waiting);
        Add("notices_dead", "gauge", "Notices given up.", dead);
        Add(
            "broker_connected", "gauge", "1 while the hub has its broker.",
            view.Signals.IsBrokerConnected() ? 1 : 0);
        if (view.Signals.Refusals is { } refusals)
        {
            Add(
                "broker_refused_total", "counter", "What the broker inside the hub refused.",
                refusals.Counts.Values.Sum());
        }

        if (view.Projection is { } projection)
        {
            Add(
                "projection_lag_rows", "gauge", "Rows not yet written to InfluxDB.",
                view.Stores.Feeds.Lag());
            Add(
                "projection_rejected_total", "counter", "Points that InfluxDB refused for good.",
                projection.Refused.Count());
        }

        return text.ToString();
    }
}
