using System.Globalization;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Validity;
using Monitoring.Server.Engine;
using Monitoring.Server.Ingest;
using Monitoring.Server.Notify;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Records;

namespace Monitoring.Server.Api;

/// <summary>Readings, averages and facts.</summary>
internal static class MeasurementRoutes
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapRead(
            "/readings", "Readings as they lie in the record log, in order of time.",
            [
                ApiParameter.Id("plant"), ApiParameter.Id("gateway"), ApiParameter.Id("device"),
                .. ApiParameter.Paging,
            ],
            query => (
                new DeviceFilter(query.Id("plant"), query.Id("gateway"), query.Id("device")),
                query.Page()),
            (view, asked) => Readings(view, asked.Item1, asked.Item2));
        api.MapRead(
            "/current", "What every device shows now; provisional until its record is stored.",
            view => view.Signals.Current().Select(now => AnswerOf(now, view.Zone)).ToList());
        api.MapRead(
            "/averages",
            "Averages of windows, or of another level of the profile, the newest revision of each.",
            [
                ApiParameter.Id("source"), ApiParameter.Id("quantity"), ApiParameter.Id("level"),
                .. ApiParameter.Paging,
            ],
            query => (
                query.Id("source"), query.Id("quantity"), query.Id("level"), query.Page().Page),
            Averages);
        api.MapRead(
            "/facts", "Masses of windows, the newest revision of each.",
            [ApiParameter.Id("source"), ApiParameter.Id("pollutant"), .. ApiParameter.Paging],
            query => (query.Id("source"), query.Id("pollutant"), query.Page().Page),
            Facts);
        api.MapOne(
            "/facts/{id}", "One mass, of whichever revision, with the records behind it.",
            (view, id) => view.Stores.Books.FactOf(id) is { } row
                ? new FactDetailAnswer(AnswerOf(row, view.Zone), InputsOf(row.Inputs))
                : null);
    }

    public static FactAnswer AnswerOf(FactRow row, TimeZoneInfo zone) => new(
        row.Id, row.Source, row.Member, row.Zone, row.Pollutant,
        new SpanAnswer(LocalTime.Iso(row.StartMs, zone), LocalTime.Iso(row.EndMs, zone)),
        row.Milligrams, row.Method, row.Quality, row.Revision, LocalTime.Iso(row.KnownMs, zone),
        $"/api/v1/trace/{row.Id}");

    private static CurrentAnswer AnswerOf(CurrentDevice now, TimeZoneInfo zone) => new(
        now.Device.Gateway.Plant, now.Device.Gateway.Node, now.Device.Name, now.IsOnline,
        LocalTime.Iso(now.SinceMs, zone), now.IsProvisional,
        now.ReceivedMs is { } ms ? LocalTime.Iso(ms, zone) : null, now.Overruns,
        [
            .. now.Readings.Select(reading => new CurrentPointAnswer(
                reading.Point, LocalTime.Iso(reading.TimeMs, zone), ValueOf(reading.Value),
                reading.Reason == Reason.None ? null : Reasons.NameOf(reading.Reason),
                (int)reading.Quality, reading.Quality.ToString().ToLowerInvariant())),
        ]);

    public static decimal? Number(string? text) =>
        text is null ? null : decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static Page<ReadingAnswer> Readings(
        HubView view, DeviceFilter filter, (PageQuery Page, ApiCursor Cursor) asked)
    {
        var (page, cursor) = asked;

        // The cursor's own image may be told already, and one more tells of a next page.
        var rows = new List<(StoredRecord Record, JournalRecord.Image Image, int Item)>();
        var images = view.Stores.Records.Images(filter, page with { Max = page.Max + 2 });
        foreach (var stored in images)
        {
            var image = (JournalRecord.Image)stored.Record;
            var first = stored.Id == cursor.Id ? cursor.Item : 0;
            for (var item = first; item < image.Readings.Length && rows.Count <= page.Max; item++)
            {
                rows.Add((stored, image, item));
            }
        }

        var answer = rows.ToPage(
            page.Max,
            row => AnswerOf(row.Record, row.Image.Device, row.Image.Readings[row.Item], view.Zone),
            row => new ApiCursor(row.Image.TimeMs, row.Record.Id, row.Item + 1),
            () => Since(view.Stores.Records.NewestMs(filter, page.ToMs), view.Zone, "reading"));

        // Images without any reading fill no page, yet there may be others behind them.
        return answer.NextCursor is null && images.Length == page.Max + 2
            ? answer with { NextCursor = After(images[^1]).ToString() }
            : answer;
    }

    private static ApiCursor After(StoredRecord stored)
    {
        var image = (JournalRecord.Image)stored.Record;
        return new ApiCursor(image.TimeMs, stored.Id, image.Readings.Length);
    }

    private static ReadingAnswer AnswerOf(
        StoredRecord stored, string device, Reading reading, TimeZoneInfo zone) => new(
        stored.Gateway.Plant, stored.Gateway.Node, device, reading.Point,
        LocalTime.Iso(reading.TimeMs, zone), ValueOf(reading.Value),
        reading.Reason == Reason.None ? null : Reasons.NameOf(reading.Reason),
        (int)reading.Quality, reading.Quality.ToString().ToLowerInvariant(),
        Statuses.NameOf(Statuses.Of(reading)), StatusFlags.Of(Statuses.Of(reading)).En17255,
        LocalTime.Iso(stored.ReceivedMs, zone),
        new RecordAnswer(stored.Gateway.ToString(), stored.Epoch, stored.Offset));

    private static object? ValueOf(PointValue? value) => value switch
    {
        null => null,
        { Kind: ValueKind.Text } text => text.Text,
        { Kind: ValueKind.Flag } flag => flag.Bits == 1,
        { Kind: ValueKind.Integer } integer => integer.Bits,
        { } real => real.AsNumber(),
    };

    private static Page<AverageAnswer> Averages(
        HubView view, (string? Source, string? Quantity, string? Level, PageQuery Page) asked)
    {
        var (source, quantity, level, page) = asked;
        var more = page with { Max = page.Max + 1 };
        if (level is not null && level != Profile.WindowLevel)
        {
            return view.Stores.Books.LevelAverages(source, quantity, level, more).ToPage(
                page.Max,
                row => AnswerOf(row, view.Zone),
                row => new ApiCursor(row.StartMs, row.Id, 0),
                () => (null, $"no such average of level '{level}' was stored in the span"));
        }

        return view.Stores.Books.Averages(source, quantity, more)
            .ToPage(
                page.Max,
                row => new AverageAnswer(
                    row.Source, row.Quantity,
                    new SpanAnswer(
                        LocalTime.Iso(row.StartMs, view.Zone), LocalTime.Iso(row.EndMs, view.Zone)),
                    Number(row.Value), row.Unit, row.AbsentBecause, Number(row.CoveragePercent),
                    row.Revision, Profile.WindowLevel, null, null, row.Method,
                    $"/api/v1/trace/{AverageTraces.OfWindow}{row.Id}"),
                row => new ApiCursor(row.StartMs, row.Id, 0),
                () => Since(
                    view.Stores.Books.NewestAverageMs(source, quantity, page.ToMs), view.Zone,
                    "average"));
    }

    private static AverageAnswer AnswerOf(LevelRow row, TimeZoneInfo zone) => new(
        row.Source, row.Quantity,
        new SpanAnswer(LocalTime.Iso(row.StartMs, zone), LocalTime.Iso(row.EndMs, zone)),
        row.Number, row.Unit, row.AbsentBecause,
        row.Expected == 0 ? null : Rounding.ToDecimals(100m * row.Counted / row.Expected, 2),
        row.Revision, row.Level, row.Counted, row.Lost, null,
        $"/api/v1/trace/{AverageTraces.OfLevel}{row.Id}");

    private static Page<FactAnswer> Facts(
        HubView view, (string? Source, string? Pollutant, PageQuery Page) asked)
    {
        var (source, pollutant, page) = asked;
        return view.Stores.Books.Facts(source, pollutant, page with { Max = page.Max + 1 })
            .ToPage(
                page.Max,
                row => AnswerOf(row, view.Zone),
                row => new ApiCursor(row.StartMs, row.Seq, 0),
                () => Since(
                    view.Stores.Books.NewestFactMs(source, pollutant, page.ToMs), view.Zone,
                    "fact"));
    }

    private static (string? Since, string? Reason) Since(
        long? newestMs, TimeZoneInfo zone, string what) => newestMs is { } ms
        ? (LocalTime.Iso(ms, zone), $"the last {what} before the end of the span is older")
        : (null, $"no such {what} was stored before the end of the span");

    // As the books keep them: a JSON list, or ids with a separator.
    private static string[] InputsOf(string inputs) =>
        inputs.Split(
            ['\n', ' ', ',', ';', '[', ']', '"'],
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
