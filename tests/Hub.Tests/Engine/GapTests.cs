using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Exports;
using Monitoring.Core.Gaps;
using Monitoring.Core.Mass;
using Monitoring.Server.Engine;
using Monitoring.Server.Exports;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Engine;

/// <summary>
/// What the engine puts in the place of hours that were not measured is what all raw data at once
/// give, bit for bit, in whatever order they came.
/// </summary>
public sealed class GapTests : IDisposable
{
    private const long HourMs = 3_600_000;
    private const int Seed = 20_251_231;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    // Days before and after the turn of the year, minutes between images, pollutant.
    [InlineData("us-part75", 34, 3, 15, "so2")]
    [InlineData("us-part75", 14, 8, 15, "nox")]
    [InlineData("mrr", 6, 4, 15, "co2")]
    [InlineData("hj-75", 5, 2, 1, "so2")]
    public async Task The_engine_comes_to_what_all_hours_give_at_once(
        string id, int before, int after, int minutes, string pollutant)
    {
        var profile = Stack.Read(id) with { RequiredTests = [] };
        var newYearMs = Level.StartMsOf(new DateOnly(2026, 1, 1), Stack.Kyiv);
        var fromMs = newYearMs - before * 24 * HourMs;
        var toMs = newYearMs + after * 24 * HourMs;
        var source = Source(profile, fromMs, minutes, pollutant);
        await using var hub = await StartAsync(source, profile);
        var offset = 0L;
        foreach (var batch in Deliveries(fromMs, toMs, minutes, pollutant, new Random(Seed)))
        {
            ImmutableArray<(long, JournalRecord)> records =
                [.. batch.Select(image => (++offset, (JournalRecord)image))];
            await hub.Records.AppendAsync(
                Records.One(offset, batch[0], receivedMs: toMs) with { Records = records });
            await AdvanceAsync(hub);
        }

        var expected = Batch(hub, source, profile, fromMs, toMs);
        Assert.Equal(expected, NewestFacts(hub));
        Assert.Contains(expected, row => row.EndsWith("substituted", StringComparison.Ordinal));
        Assert.True(hub.Query<long>(
            """
            SELECT COUNT(*) FROM average a JOIN window w ON w.id = a."window"
            WHERE a.quantity LIKE '%-sub' AND w.revision > 1
            """).Single() > 0);
        Assert.Equal(
            ["late-data", "substitution"],
            hub.Query<string?>(
                "SELECT DISTINCT because FROM window WHERE revision > 1 ORDER BY because"));
        Assert.Null(hub.Get<GapFilling>().Look("stack-a"));

        foreach (var fact in hub.Query<string>(
            "SELECT id FROM fact WHERE quality = 'substituted' ORDER BY random() LIMIT 20"))
        {
            var text = TraceText.Render(hub.Traces.Find(fact)!, Stack.Kyiv);
            Assert.DoesNotContain("worked out again", text);
            Assert.Contains("in the place of what was not measured", text);
            Assert.Contains("unverified constant", text);
            Assert.Contains("length of the gap = ", text);
        }
    }

    [Fact]
    public async Task A_gap_that_ends_is_filled_by_the_hours_around_it()
    {
        var profile = Stack.Read("us-part75") with { RequiredTests = [] };
        var fromMs = Level.StartMsOf(new DateOnly(2026, 2, 2), Stack.Kyiv);
        var source = Source(profile, fromMs, 15, "so2");
        await using var hub = await StartAsync(source, profile);

        // Two good hours, three of a fault, one of silence, one good hour.
        var images = Enumerable.Range(0, (7 * 4) + 1).Where(i => i / 4 != 5).Select(i => Image(
            fromMs + i * HourMs / 4, i < 8 ? 100 : 300, "so2",
            i / 4 is 2 or 3 or 4 ? Reason.Fault : Reason.None)).ToList();
        await DeliverAsync(hub, images[..20]);
        var book = hub.Get<GapBook>();
        Assert.All(book.SubstitutesFrom("stack-a", fromMs), row => Assert.Equal(
            ("so2-sub", "100", "07"), (row.Quantity, row.Value, row.Method[..2])));
        var stand = hub.Get<GapFilling>().Standing(
            "stack-a", DateTimeOffset.FromUnixTimeMilliseconds(fromMs))!;
        var so2 = stand.Quantities.Single(one => one.Quantity == "so2");
        Assert.Equal((fromMs + 2 * HourMs, 2), (so2.SinceMs!.Value, so2.GapHours));
        Assert.Equal(50m, so2.AvailabilityPercent);
        Assert.Equal(0m, stand.Pollutants.Single().Cost!.SoFar);

        await DeliverAsync(hub, images[20..], 20);
        using var quarter = JsonDocument.Parse(
            new EcmpsExport(hub.Get<StoredWindows>(), new FactBook(hub.Books))
                .Of(source, "CS001", 54, 2026, 1));
        var hours = quarter.RootElement.GetProperty("hourlyOperatingData").EnumerateArray()
            .ToList();
        Assert.Equal(
            ["2026-02-02 0", "2026-02-02 6"],
            new[] { hours[0], hours[^1] }.Select(one => $"{one.GetProperty("date")} "
                + one.GetProperty("hour")));
        // 100 mg/m3 of SO2 at 293.15 K are 37.5 ppm, twice as much is in the place of the others.
        Assert.Equal(
            ["37.5 37.5 01", "37.5 37.5 01", " 75.1 07", " 75.1 07", " 75.1 07", " 75.1 07",
                "112.6 112.6 01"],
            hours.Select(one => one.GetProperty("monitorHourlyValueData")[0]).Select(value =>
                $"{value.GetProperty("unadjustedHourlyValue")} "
                + $"{value.GetProperty("adjustedHourlyValue")} {value.GetProperty("modcCode")}"));
        var pounds = hours[0].GetProperty("derivedHourlyValueData")[0];
        Assert.Equal("SO2", pounds.GetProperty("parameterCode").GetString());
        Assert.Equal(0.2m, pounds.GetProperty("adjustedHourlyValue").GetDecimal());

        var rows = book.SubstitutesFrom("stack-a", fromMs);
        Assert.Equal(
            ["so2-sub", "so2-sub", "so2-sub", "flow-sub", "so2-sub"],
            rows.Select(row => row.Quantity));
        Assert.All(
            rows.Where(row => row.Quantity == "so2-sub"),
            row => Assert.Equal("200", row.Value));
        // The flow of every measured hour is the same; 200 mg/m3 of it for an hour each, where
        // the measured one has 100.
        var measured = hub.Query<long>(
            "SELECT milligrams FROM fact WHERE start_ms = " + fromMs).Single();
        var masses = NewestFacts(hub)
            .Where(row => row.EndsWith("substituted", StringComparison.Ordinal))
            .Select(row => long.Parse(row.Split(' ')[1])).ToList();
        Assert.Equal(4, masses.Count);
        Assert.All(masses, mass => Assert.InRange(mass, measured * 2 - 1, measured * 2 + 1));
    }

    [Fact]
    public async Task Hours_go_out_as_frames_with_the_mark_of_their_status()
    {
        var profile = Stack.Read("hj-75");
        var fromMs = Level.StartMsOf(new DateOnly(2026, 2, 2), Stack.Kyiv);
        var source = Source(profile, fromMs, 1, "so2");
        await using var hub = await StartAsync(source, profile);

        // A good hour, one of calibration, one of a fault, one of silence, a stopped one.
        await DeliverAsync(hub,
        [
            .. Enumerable.Range(0, (5 * 60) + 1).Where(i => i / 60 != 3).Select(i => Image(
                fromMs + i * Stack.MinuteMs, 50, "so2",
                (i / 60) switch { 1 => Reason.Calibration, 2 => Reason.Fault, _ => Reason.None },
                i / 60 == 4 ? 0 : 1)),
        ]);
        var sender = new Hj212Sender("31", "123456", "010000A8900016F000169DC0");
        var text = new Hj212Export(
                hub.Get<StoredWindows>(), new FactBook(hub.Books), Stack.Kyiv, sender)
            .Hours("stack-a", fromMs, long.MaxValue, new DateTime(2026, 2, 3, 8, 0, 0));
        var packets = PacketsOf(text);
        Assert.All(packets, packet => Assert.Equal("2061", packet.Command));
        Assert.Equal("20260202000000", packets[0].Content[0].Find("DataTime"));
        Assert.Equal(5, packets.Select(packet => packet.RequestId).Distinct().Count());
        Assert.Equal(
            ["N", "C", "D", "B", "F"], packets.Select(packet => Of(packet, "a21026-Flag")));
        Assert.Equal(
            ["50", null, null, null, null], packets.Select(packet => Of(packet, "a21026-Avg")));
        var flow = decimal.Parse(Of(packets[0], "a00000-Avg")!, CultureInfo.InvariantCulture);
        Assert.Equal(
            flow * 3_600,
            decimal.Parse(Of(packets[0], "a00000-Cou")!, CultureInfo.InvariantCulture), 1);
    }

    [Fact]
    public async Task Minutes_and_days_have_messages_of_their_own()
    {
        var profile = Stack.Read("hj-75");
        var fromMs = Level.StartMsOf(new DateOnly(2026, 2, 2), Stack.Kyiv);
        var source = Source(profile, fromMs, 1, "so2");
        await using var hub = await StartAsync(source, profile);

        // 30 hours: of the first day four are broken, in the sixth ten minutes are missing.
        await DeliverAsync(hub,
        [
            .. Enumerable.Range(0, 30 * 60 + 1).Where(i => i / 10 != 5 * 6 + 2).Select(i => Image(
                fromMs + i * Stack.MinuteMs, i / 60 == 6 ? 70 : 50, "so2",
                i / 60 is 10 or 11 or 12 or 13 ? Reason.Fault : Reason.None)),
        ]);
        var export = new Hj212Export(
            hub.Get<StoredWindows>(), new FactBook(hub.Books), Stack.Kyiv,
            new Hj212Sender("31", "123456", "010000A8900016F000169DC0"));
        var sentAt = new DateTime(2026, 2, 4, 8, 0, 0);

        var minutes = PacketsOf(export.Minutes(
            "stack-a", (fromMs + 5 * HourMs, fromMs + 7 * HourMs), 10, profile, sentAt));
        Assert.All(minutes, packet => Assert.Equal("2051", packet.Command));
        Assert.Equal(
            [
                "0500 50 N", "0510 50 N", "0520  B", "0530 50 N", "0540 50 N", "0550 50 N",
                "0600 70 N", "0610 70 N", "0620 70 N", "0630 70 N", "0640 70 N", "0650 70 N",
            ],
            minutes.Select(packet => $"{Of(packet, "DataTime")![8..12]} "
                + $"{Of(packet, "a21026-Avg")} {Of(packet, "a21026-Flag")}"));

        // Of 24 hours 20 are valid, as many as a day needs: (19 x 50 + 70) / 20; it is over.
        var days = PacketsOf(export.Days(
            "stack-a", (long.MinValue, long.MaxValue), profile, sentAt));
        var day = days.Single();
        Assert.Equal(("2031", "20260202000000"), (day.Command, Of(day, "DataTime")));
        Assert.Equal(("51", "N"), (Of(day, "a21026-Avg"), Of(day, "a21026-Flag")));
        var hours = PacketsOf(export.Hours("stack-a", fromMs, fromMs + 24 * HourMs, sentAt));
        Assert.Equal(
            hours.Sum(hour => Number(Of(hour, "a21026-Cou"))), Number(Of(day, "a21026-Cou")));

        Assert.Throws<ArgumentException>(() => export.Minutes(
            "stack-a", (fromMs, long.MaxValue), 7, profile, sentAt));
        static decimal Number(string? text) =>
            text is null ? 0 : decimal.Parse(text, CultureInfo.InvariantCulture);
    }

    private static List<Hj212Packet> PacketsOf(string text)
    {
        var packets = new List<Hj212Packet>();
        for (var bytes = Encoding.ASCII.GetBytes(text).AsSpan(); bytes.Length > 0;)
        {
            var read = Hj212Frame.Decode(bytes);
            Assert.Equal("", read.Fault);
            packets.Add(read.Packet!);
            bytes = bytes[read.Consumed..];
        }

        return packets;
    }

    private static string? Of(Hj212Packet packet, string name) => packet.Content
        .Select(item => item.Find(name)).FirstOrDefault(found => found is not null);

    private static IEnumerable<ImmutableArray<JournalRecord.Image>> Deliveries(
        long fromMs, long toMs, int minutes, string pollutant, Random random)
    {
        var late = new List<JournalRecord.Image>();
        var batch = ImmutableArray.CreateBuilder<JournalRecord.Image>();
        var (state, left) = (0, 0);
        for (var timeMs = fromMs; timeMs <= toMs; timeMs += minutes * Stack.MinuteMs)
        {
            if ((timeMs - fromMs) % HourMs == 0 && --left < 0)
            {
                // Good, broken, silent, late, standing: for some hours each.
                (state, left) = random.Next(10) switch
                {
                    0 => (1, random.Next(30)),
                    1 => (2, random.Next(12)),
                    2 => (3, random.Next(20)),
                    3 => (4, random.Next(6)),
                    _ => (0, random.Next(60)),
                };
            }

            var image = Image(
                timeMs, 20 + (random.Next(4_000) / 100.0), pollutant,
                state == 1 && timeMs > fromMs + HourMs ? Reason.Fault : Reason.None,
                state == 4 ? 0 : 1);
            var isEdge = timeMs < fromMs + HourMs || timeMs >= toMs - HourMs;
            if (state == 2 && !isEdge)
            {
                continue;
            }

            (state == 3 && !isEdge ? late.Add : (Action<JournalRecord.Image>)batch.Add)(image);
            if (batch.Count >= 300)
            {
                yield return batch.ToImmutable();
                batch.Clear();
            }

            if (late.Count > 60 && random.Next(60) == 0)
            {
                yield return [.. late.OrderBy(_ => random.Next())];
                late.Clear();
            }
        }

        yield return batch.ToImmutable();
        if (late.Count > 0)
        {
            yield return [.. late];
        }
    }

    private static JournalRecord.Image Image(
        long timeMs, double value, string pollutant, Reason reason, double operating = 1)
    {
        var image = Stack.Minute(
            0, value, operating: operating, reason: reason, pollutant: pollutant).Image;
        return image with
        {
            TimeMs = timeMs,
            Readings = [.. image.Readings.Select(reading => reading with { TimeMs = timeMs })],
        };
    }

    private static SourceBinding Source(
        Profile profile, long fromMs, int minutes, string pollutant) =>
        Stack.Source(profile, hasOperating: true, pollutant: pollutant) with
        {
            From = DateTimeOffset.FromUnixTimeMilliseconds(fromMs),
            Cycle = TimeSpan.FromMinutes(minutes),
            Potentials = ImmutableDictionary<string, decimal>.Empty
                .Add(pollutant, 500).Add("flow", 3_000),
        };

    /// <summary>Each hour's mass from the raw records, without any of the books.</summary>
    private static List<string> Batch(
        TestHub hub, SourceBinding source, Profile profile, long fromMs, long toMs)
    {
        var spans = Enumerable.Range(0, (int)((toMs - fromMs) / HourMs))
            .Select(i => new Window(fromMs + i * HourMs, fromMs + (i + 1) * HourMs)).ToList();
        WindowResult Compute(Window window, IReadOnlyDictionary<string, Substitute>? filled) =>
            WindowCalculation.Compute(
                source, profile, window,
                SourceImages.Read(hub.Records, source, window, long.MaxValue).OfDevices, 1,
                DateTimeOffset.UnixEpoch,
                filled is null ? null : BesideImages.Nothing with { Substitutes = filled });
        var measured = spans.ConvertAll(span => Compute(span, null));
        var pollutant = source.Quantities[0].Quantity;
        GapSeries Series(
            string quantity, string unit, Func<WindowResult, (decimal?, string?)> of) => new(
            profile.MissingData, quantity, unit, source.Potentials[quantity], source.TimeZone,
            [
                .. measured.Select(one => new MeasuredHour(
                    one.Window.StartMs, of(one).Item1, of(one).Item2 == "not-operating")),
            ]);
        GapSeries[] all =
        [
            Series(pollutant, "mg/m3", one => (
                one.Pollutants[0].Concentration.Value,
                one.Pollutants[0].Concentration.AbsentBecause)),
            Series("flow", "m3/h", one => (one.Flow.Value, one.Flow.AbsentBecause)),
        ];
        return
        [
            .. spans.SelectMany((span, i) => Compute(
                    span,
                    all.Where(series => series.Hours[i].IsMissing)
                        .ToDictionary(series => series.Quantity, series => series.At(i)))
                .Facts.Select(fact =>
                    $"{span.StartMs} {fact.Milligrams} {fact.Quality}")),
        ];
    }

    private static IReadOnlyList<string> NewestFacts(TestHub hub) => hub.Query<string>(
        """
        SELECT f.start_ms || ' ' || f.milligrams || ' ' || f.quality
        FROM fact f JOIN window w ON w.id = f."window"
        WHERE NOT EXISTS (SELECT 1 FROM window n WHERE n.source = w.source
            AND n.start_ms = w.start_ms AND n.revision > w.revision)
        ORDER BY f.start_ms
        """);

    private static async Task DeliverAsync(
        TestHub hub, List<JournalRecord.Image> images, int after = 0)
    {
        await hub.Records.AppendAsync(Records.One(
            after + images.Count, images[0], receivedMs: images[^1].TimeMs) with
        {
            Records = [.. images.Select((image, i) => (after + i + 1L, (JournalRecord)image))],
        });
        await AdvanceAsync(hub);
    }

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
            "SELECT (SELECT COUNT(*) FROM window) + (SELECT COALESCE(SUM(value), 0) FROM cursor)")
            .Single();
    }

    private Task<TestHub> StartAsync(SourceBinding source, Profile profile) => TestHub.StartAsync(
        _folder, Shipped.Cluster with { Sources = [source] },
        Shipped.Contract with { Bubble = Shipped.Contract.Bubble with { Pollutant = "hg" } },
        profile);
}
