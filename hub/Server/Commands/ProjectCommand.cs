using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Monitoring.Server.Engine;
using Monitoring.Server.Projection;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Commands;

/// <summary>
/// <c>monitoring-hub project</c>: brings InfluxDB up to date, or fills it again from the stores.
/// A running hub does it by itself; then this shows how far it is.
/// </summary>
internal static class ProjectCommand
{
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(2);

    public static Command Create()
    {
        var rebuild = new Option<bool>("--rebuild")
        {
            Description = "Writes everything again, from the first row on.",
        };
        var command = new Command(
            "project", "Writes the stores on into InfluxDB until nothing is left.")
        {
            rebuild, HubDocuments.ConfigOption, HubDocuments.DataOption, HubDocuments.SetOption,
        };
        command.SetAction(async (result, cancel) =>
        {
            if (HubDocuments.Read(result, System.Console.Error) is not { } documents)
            {
                return ExitCode.BadInput;
            }

            var data = result.GetRequiredValue(HubDocuments.DataOption).FullName;
            var missing = documents.Settings.Influx is null
                ? "No InfluxDB is set; name it with --set influx.url=http://HOST:8086."
                : !File.Exists(Path.Combine(data, "books.db"))
                    ? $"{data} has no books.db; name the hub's folder with --data."
                    : null;
            if (missing is not null)
            {
                await System.Console.Error.WriteLineAsync(missing);
                return ExitCode.BadInput;
            }

            try
            {
                return await RunAsync(documents, data, result.GetValue(rebuild), cancel);
            }
            catch (Exception e) when (e is StoreException or NewerSchemaException
                or RecordLogException)
            {
                await System.Console.Error.WriteLineAsync(e.Message);
                return ExitCode.Failed;
            }
        });
        return command;
    }

    private static async Task<int> RunAsync(
        HubDocuments documents, string data, bool isRebuild, CancellationToken cancel)
    {
        await using var records = RecordLog.Open(Path.Combine(data, "records.db"));
        var database = Books.Open(Path.Combine(data, "books.db")).Database;
        var (books, refused) = (new BookFeed(database), new RefusedPoints(database));
        var feeds = new Feeds(
            records, books, documents.Contract, documents.Cluster, documents.Settings.TimeZone,
            new StandingBoard());
        if (isRebuild)
        {
            InfluxProjection.StartAnew(feeds, books, refused);
        }

        using var own = HubLock.TryTake(data);
        if (own is null)
        {
            System.Console.WriteLine($"The hub that runs on {data} writes; this only watches.");
            return await WatchAsync(feeds, cancel);
        }

        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        var influx = new InfluxDatabase(documents.Settings.Influx!, http, TimeProvider.System);
        var projection = new InfluxProjection(
            feeds, books, refused, influx,
            new InfluxWriter(
                influx, refused, TimeProvider.System, NullLogger<InfluxWriter>.Instance),
            TimeProvider.System, NullLogger<InfluxProjection>.Instance);
        return await WriteAsync(projection, feeds, cancel);
    }

    private static async Task<int> WriteAsync(
        InfluxProjection projection, Feeds feeds, CancellationToken cancel)
    {
        var total = feeds.Lag();
        for (var isMoving = true; isMoving;)
        {
            (isMoving, var trouble) = await projection.PassAsync(cancel);
            if (trouble is not null)
            {
                await System.Console.Error.WriteLineAsync(
                    $"InfluxDB {projection.Url} does not take points: {trouble}. What it has "
                        + "taken stays; run this again to go on.");
                return ExitCode.Unreachable;
            }

            Show(total, feeds.Lag());
        }

        var refused = projection.Refused.Count();
        if (refused > 0)
        {
            await System.Console.Error.WriteLineAsync(
                $"InfluxDB refused {refused} points for good; the newest: "
                    + string.Join(", ", projection.Refused.Newest(1).Select(
                        row => $"{row.Error}: {row.Line}")));
            return ExitCode.Failed;
        }

        return ExitCode.Ok;
    }

    private static async Task<int> WatchAsync(Feeds feeds, CancellationToken cancel)
    {
        var total = feeds.Lag();
        for (var left = total; left > 0; left = feeds.Lag())
        {
            Show(total, left);
            await Task.Delay(ProgressEvery, TimeProvider.System, cancel);
        }

        Show(total, 0);
        return ExitCode.Ok;
    }

    private static void Show(long total, long left)
    {
        var done = Math.Max(0, total - left);
        var percent = total == 0 ? 100 : done * 100 / total;
        System.Console.WriteLine($"{done} of {total} rows are in InfluxDB ({percent} %).");
    }
}
