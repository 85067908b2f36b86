using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Mass;
using Monitoring.Core.Quality;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Engine;

/// <summary>
/// The longer averages that the engine keeps are those of all raw data at once, bit for bit,
/// whatever came late, was missing, or lay in a day of 23 hours.
/// </summary>
public sealed class LevelAverageTests : IDisposable
{
    private const int DaysInCi = 31;
    private const int Seed = 20_260_329;

    private static readonly Profile Profile = Stack.EnIedVi with
    {
        Levels =
        [
            .. Stack.EnIedVi.Levels,
            new Level("rolling-day", LevelSpan.Rolling, TimeSpan.FromHours(24), 6, null),
        ],
    };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_engine_comes_to_what_all_stored_data_give_at_once()
    {
        var days = Setting("MONITORING_LEVEL_DAYS") ?? DaysInCi;
        // The clocks go forward on the third last day; a month begins within.
        var firstDay = new DateOnly(2026, 4, 2).AddDays(-days);
        var fromMs = Level.StartMsOf(firstDay, Stack.Kyiv);
        var toMs = Level.StartMsOf(firstDay.AddDays(days), Stack.Kyiv);
        var source = Source(fromMs);
        await using var hub = await StartAsync(source);
        var random = new Random(Seed);
        var offset = 0L;
        foreach (var batch in Deliveries(fromMs, toMs, random))
        {
            ImmutableArray<(long, JournalRecord)> records =
                [.. batch.Select(image => (++offset, (JournalRecord)image))];
            await hub.Records.AppendAsync(
                Records.One(offset, batch[0], receivedMs: toMs) with { Records = records });
            await AdvanceAsync(hub);
        }

        var stored = hub.Query<string>(
            """
            SELECT level || ' ' || quantity || ' ' || start_ms || ' ' || COALESCE(value, '-')
                || ' ' || COALESCE(absent_because, '-') || ' ' || counted || ' ' || lost
            FROM level_average l WHERE NOT EXISTS (SELECT 1 FROM level_average n
                WHERE n.source = l.source AND n.level = l.level AND n.quantity = l.quantity
                    AND n.start_ms = l.start_ms AND n.revision > l.revision)
            ORDER BY 1
            """);
        var batchwise = Batch(hub, source, fromMs, toMs);
        Assert.Equal(batchwise.Order(StringComparer.Ordinal), stored.Order(StringComparer.Ordinal));
        Assert.Contains(stored, row => row.StartsWith("day co-val", StringComparison.Ordinal)
            && row.Split(' ')[3] != "-");
        Assert.True(hub.Query<long>("SELECT MAX(revision) FROM level_average").Single() > 1);

        // Once all is worked in, nothing changes any more.
        Assert.False(await hub.Get<LevelAverages>().AdvanceAsync("stack-a"));
    }

    [Fact]
    public async Task A_day_is_traced_to_its_half_hours_and_these_to_the_readings()
    {
        var fromMs = Level.StartMsOf(new DateOnly(2026, 3, 29), Stack.Kyiv);
        var source = Source(fromMs);
        await using var hub = await StartAsync(source);
        var images = Enumerable.Range(0, (24 * 60) + 1)
            .Select(minute => Image(fromMs + minute * Stack.MinuteMs, 50 + (minute % 7), 1))
            .ToList();
        await hub.Records.AppendAsync(Records.One(
            images.Count, images[0], receivedMs: images[^1].TimeMs) with
        {
            Records = [.. images.Select((image, i) => (i + 1L, (JournalRecord)image))],
        });
        await AdvanceAsync(hub);

        var book = hub.Get<LevelBook>();
        var day = book.NewestOf("stack-a", "day", fromMs).ToDictionary(row => row.Quantity);
        Assert.Equal((46, 0, 46), (
            day["co-val"].Counted, day["co-val"].Lost, day["co-val"].Expected));
        var text = Text(hub, $"level-{day["co-val"].Id}");
        Assert.StartsWith($"day average of co-val = {day["co-val"].Value} mg/m3\n", text);
        Assert.Contains("46 windows counted, 0 standing, 0 lost, of 46", text);
        Assert.Contains("co less the confidence interval = ", text);
        Assert.Contains(
            "with: emission limit value = 50 mg/m3 (profile en-ied-vi: IED 2010/75/EU Annex VI, "
            + "plants above 6 t/h; unverified constant)", text);
        // Each minute of CO and of the oxygen that it is put to.
        Assert.Equal(
            46 * 30 * 2, text.Split('\n').Count(line => line.Contains("[valid] record")));
        Assert.DoesNotContain("worked out again", text);

        var mass = Text(hub, $"level-{day["co-mass"].Id}");
        Assert.StartsWith($"day total of co-mass = {day["co-mass"].Value} mg\n", mass);
        var systematic = decimal.Parse(day["co-mass"].Value!, CultureInfo.InvariantCulture) / 10;
        Assert.Contains($"systematic = {Rounding.ToDecimals(systematic, 0)} mg\n", mass);
        var ten = book.NewestOf("stack-a", "ten-minutes", fromMs).Single();
        Assert.Equal(10, Text(hub, $"level-{ten.Id}").Split('\n')
            .Count(line => line.Contains("analyser/co =")));
        Assert.Null(hub.Traces.Find("level-999999"));
        Assert.Null(hub.Traces.Find("average-x"));
        Assert.Equal(
            hub.Query<long>("SELECT SUM(milligrams) FROM fact JOIN window w "
                + "ON w.id = fact.\"window\" WHERE w.start_ms < "
                + day["co-mass"].EndMs).Single().ToString(CultureInfo.InvariantCulture),
            day["co-mass"].Value);

        // 46 of 46 half-hours of the only week are above a range that ends at 1 mg/m3.
        var quality = new QualityStandings(
            hub.Get<AmendmentBook>(), book,
            hub.Cluster with { Sources = [Calibrated(source)] }, hub.Get<ProfileSet>())
            .Of("stack-a", source.From.AddDays(1))!;
        var range = quality.Quantities.Single(one => one.Quantity == "co").Range!;
        Assert.Equal((1, 100m), (range.WeeksOver, range.WorstPercent));
        Assert.True(range.NeedsCalibration);

        var stand = hub.Get<Compliance>().Of("stack-a", source.From.AddDays(1))!;
        var co = Assert.Single(stand.Pollutants);
        Assert.Equal(50m, co.LimitValue);
        Assert.Equal(
            (0, 5, 10),
            (co.Today!.Budget.LostToday, co.Today.Budget.LeftToday, co.Today.Budget.LeftDays));
    }

    private static SourceBinding Calibrated(SourceBinding source) => source with
    {
        Quantities =
        [
            .. source.Quantities.Select(one => one.Quantity != "co" ? one : one with
            {
                Calibrations =
                    [new CalibrationFunction(source.From, 0, 1, "mg/m3", 1, "QAL2 report")],
            }),
        ],
    };

    private static async Task AdvanceAsync(TestHub hub)
    {
        long before;
        do
        {
            before = Rows();
            await hub.Grains.GetGrain<ISourceGrain>("stack-a").Advance();
        }
        while (Rows() != before);

        long Rows() => hub.Query<long>(
            "SELECT (SELECT COUNT(*) FROM window) + (SELECT COUNT(*) FROM level_average) "
                + "+ COALESCE((SELECT SUM(\"window\") FROM level_cursor), 0)").Single();
    }

    private Task<TestHub> StartAsync(SourceBinding source) => TestHub.StartAsync(
        _folder, Shipped.Cluster with { Sources = [source] },
        // A contract about something else, so that nothing is settled here.
        Shipped.Contract with { Bubble = Shipped.Contract.Bubble with { Pollutant = "hg" } },
        Profile);

    private static SourceBinding Source(long fromMs) =>
        Stack.Source(Profile, Stated, hasOperating: true, pollutant: "co") with
        {
            From = DateTimeOffset.FromUnixTimeMilliseconds(fromMs),
        };

    private static QuantityBinding Stated(QuantityBinding binding) => binding with
    {
        Uncertainty = new RelativeUncertainty(0.05m, binding.Quantity == "co" ? 0.1m : 0m),
    };

    /// <summary>Minutes in batches, with holes, a lost day, checks and much that is late.</summary>
    private static IEnumerable<ImmutableArray<JournalRecord.Image>> Deliveries(
        long fromMs, long toMs, Random random)
    {
        var late = new List<JournalRecord.Image>();
        var batch = ImmutableArray.CreateBuilder<JournalRecord.Image>();
        for (var timeMs = fromMs; timeMs <= toMs; timeMs += Stack.MinuteMs)
        {
            var hour = (int)((timeMs - fromMs) / 3_600_000);
            var isGone = timeMs < toMs && (hour is >= 30 and < 56 || random.Next(40) == 0);
            if (isGone)
            {
                continue;
            }

            var reason = random.Next(300) == 0 || hour % 37 == 5 ? Reason.Maintenance : Reason.None;
            var image = Image(
                timeMs, 20 + (random.Next(4_000) / 100.0), hour % 23 == 7 ? 0 : 1, reason);
            (hour % 11 == 3 && timeMs < toMs ? late.Add : (Action<JournalRecord.Image>)batch.Add)(
                image);
            if (batch.Count >= 300 + random.Next(400))
            {
                yield return batch.ToImmutable();
                batch.Clear();
            }

            if (late.Count > 150 && random.Next(60) == 0)
            {
                yield return [.. late.OrderBy(_ => random.Next())];
                late.Clear();
            }
        }

        yield return batch.ToImmutable();
        yield return [.. late];
    }

    private static JournalRecord.Image Image(
        long timeMs, double co, double operating, Reason reason = Reason.None)
    {
        var image = Stack.Minute(
            0, co, operating: operating, reason: reason, pollutant: "co").Image;
        return image with
        {
            TimeMs = timeMs,
            Readings = [.. image.Readings.Select(reading => reading with { TimeMs = timeMs })],
        };
    }

    /// <summary>All that is stored, from the raw records, without any of the books.</summary>
    private static List<string> Batch(TestHub hub, SourceBinding source, long fromMs, long toMs)
    {
        var results = new List<WindowResult>();
        for (var startMs = fromMs; startMs < toMs; startMs += Profile.WindowMs)
        {
            var window = new Window(startMs, startMs + Profile.WindowMs);
            var images = SourceImages.Read(hub.Records, source, window, long.MaxValue).OfDevices;
            if (!images["analyser"].IsEmpty)
            {
                results.Add(WindowCalculation.Compute(
                    source, Profile, window, images, 1, DateTimeOffset.UnixEpoch));
            }
        }

        var rows = results.SelectMany(result => result.Parts).Select(part => Row(
            part.Level, "co-val", part.Window.StartMs, part.Validated.Value,
            part.Validated.AbsentBecause,
            part.Validated.Value is null ? 0 : 1,
            part.Validated.AbsentBecause is null or "not-operating" ? 0 : 1)).ToList();
        var untilMs = results[^1].Window.EndMs;
        foreach (var level in Profile.Levels)
        {
            for (var startMs = fromMs; startMs < untilMs; startMs += Profile.WindowMs)
            {
                var span = level.Containing(startMs, Stack.Kyiv, Profile.WindowMs);
                var isRolling = level.Span == LevelSpan.Rolling;
                var isFirst = isRolling
                    ? results.Any(result => result.Window.StartMs == startMs)
                    : startMs == Math.Max(span.StartMs, fromMs);
                if (isFirst && span.EndMs <= untilMs)
                {
                    rows.AddRange(RowsOf(level, span, results, fromMs));
                }
            }
        }

        return rows;
    }

    private static IEnumerable<string> RowsOf(
        Level level, Window span, List<WindowResult> results, long fromMs)
    {
        var inside = results.Where(result => span.Contains(result.Window.StartMs)).ToList();
        var expected = (int)((span.EndMs - Math.Max(span.StartMs, fromMs)) / Profile.WindowMs);
        var average = inside.Aggregate(default(LevelSum), (sum, result) => sum.Add(
                result.Validated[0].Value, result.Validated[0].AbsentBecause))
            .Close(level, span, Profile, expected);
        yield return Row(
            level.Id, "co-val", span.StartMs, average.Value, average.AbsentBecause,
            average.Counted, average.Lost);
        var facts = inside.SelectMany(result => result.Facts).ToList();
        yield return Row(
            level.Id, "co-mass", span.StartMs,
            facts.Count == 0 ? null : facts.Sum(fact => fact.Milligrams),
            facts.Count == 0 ? LevelAverage.RuleHours : null, facts.Count,
            expected - facts.Count);
    }

    private static string Row(
        string level, string quantity, long startMs, decimal? value, string? absentBecause,
        int counted, int lost) => string.Create(
        CultureInfo.InvariantCulture,
        $"{level} {quantity} {startMs} {value?.ToString(CultureInfo.InvariantCulture) ?? "-"} "
            + $"{absentBecause ?? "-"} {counted} {lost}");

    private static string Text(TestHub hub, string id) =>
        TraceText.Render(hub.Traces.Find(id)!, Stack.Kyiv);

    private static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : null;
}
