using System.Collections.Immutable;
using System.Text;
using Monitoring.Core;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Core.Exports;
using Monitoring.Core.Quality;
using Monitoring.Server.Amendments;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Engine;

/// <summary>Tests of instruments, and what persons say beside the readings.</summary>
public sealed class AmendmentTests : IDisposable
{
    private const long HourMs = 3_600_000;
    private const int Hours = 6;

    private static readonly Profile Profile = Stack.Read("us-part75") with
    {
        RequiredTests = [new RequiredTest("rata", 2, 1, ["so2"])],
    };

    private static readonly long FromMs =
        Level.StartMsOf(new DateOnly(2026, 2, 2), TimeZoneInfo.Utc);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_hour_is_valid_only_while_its_tests_are()
    {
        await using var hub = await StartAsync();
        Assert.All(Values(hub, "so2-ref"), row => Assert.Equal("- rata-never-tested", row));

        // Over in the second hour, it holds for two, and has one of grace.
        await AddAsync(hub, Test(1, passed: true));
        Assert.Equal(
            ["- rata-never-tested", "100", "100", "100", "- rata-expired", "- rata-expired"],
            Values(hub, "so2-ref"));
        // The mass of an hour that is not valid is that of a gap.
        Assert.Equal(
            [true, false, false, false, true, true],
            Qualities(hub).Select(quality => quality == "substituted"));

        await AddAsync(hub, Test(3, passed: false), Test(5, passed: true));
        Assert.Equal(
            ["- rata-never-tested", "100", "100", "- rata-failed", "- rata-failed", "100"],
            Values(hub, "so2-ref"));
        var rows = hub.Query<long>("SELECT COUNT(*) FROM window").Single();
        Assert.False(hub.Get<AmendmentBook>().Add([Test(5, passed: true)], 1)[0]);
        await AdvanceAsync(hub);
        Assert.Equal(rows, hub.Query<long>("SELECT COUNT(*) FROM window").Single());

        // What another program enters is seen once the hub has looked for new ones.
        new AmendmentBook(hub.Books).Add(
            [Test(4, passed: true)], TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        await AdvanceAsync(hub);
        Assert.Equal("- rata-failed", Values(hub, "so2-ref")[4]);
        hub.Get<AmendmentBook>().Refresh();
        await AdvanceAsync(hub);
        Assert.Equal("100", Values(hub, "so2-ref")[4]);

        // Traces of old and new revisions know what was known then.
        foreach (var fact in hub.Query<string>("SELECT id FROM fact"))
        {
            Assert.DoesNotContain(
                "worked out again", TraceText.Render(hub.Traces.Find(fact)!, TimeZoneInfo.Utc));
        }

        var standing = hub.Get<QualityStandings>().Of(
            "stack-a", DateTimeOffset.FromUnixTimeMilliseconds(FromMs + 5 * HourMs))!;
        var test = standing.Quantities.Single().Tests.Single();
        Assert.Equal((GateState.Current, FromMs + 8 * HourMs), (test.State, test.ExpiresMs));
    }

    [Fact]
    public async Task What_a_person_enters_counts_once_another_has_approved_it()
    {
        await using var hub = await StartAsync();
        await AddAsync(hub, Test(0, passed: true), Test(3, passed: true));
        var masses = Masses(hub);
        var value = new Amendment
        {
            Source = "stack-a", Quantity = "so2", Kind = AmendmentKind.Manual,
            FromMs = FromMs + 2 * HourMs, UntilMs = FromMs + 3 * HourMs, Value = 300,
            Author = "ann", Reason = "the sample line leaked",
        };
        await AddAsync(hub, value);
        Assert.Equal(masses, Masses(hub));

        await AddAsync(hub, value with
        {
            Kind = AmendmentKind.Approval, Value = null, Subject = value.Id, Author = "ann",
        });
        Assert.Equal(masses, Masses(hub));

        await AddAsync(hub, value with
        {
            Kind = AmendmentKind.Approval, Value = null, Subject = value.Id, Author = "bob",
        });
        Assert.InRange(Masses(hub)[2], masses[2] * 3 - 2, masses[2] * 3 + 2);
        Assert.Equal(masses[..2].Concat(masses[3..]), Masses(hub)[..2].Concat(Masses(hub)[3..]));
        Assert.Equal("manual", Qualities(hub)[2]);
        // The window names what it knows and the one before did not.
        var approval = hub.Query<string>("SELECT id FROM amendment ORDER BY seq DESC LIMIT 1");
        Assert.Contains(
            $"amendment {approval.Single()}",
            hub.Query<string>("SELECT because FROM window ORDER BY id DESC LIMIT 1").Single(),
            StringComparison.Ordinal);
        Assert.Equal(
            0,
            hub.Query<long>(
                "SELECT COUNT(*) FROM window WHERE revision > 1 AND because IS NULL").Single());
        // What was measured is what it was, and both revisions are there.
        Assert.Equal("100", Values(hub, "so2-ref")[2]);
        var fact = hub.Query<string>("SELECT id FROM fact WHERE quality = 'manual'").Single();
        var text = TraceText.Render(hub.Traces.Find(fact)!, TimeZoneInfo.Utc);
        Assert.Contains("entered by ann (manual, " + value.Id + "): the sample line leaked", text);
        Assert.DoesNotContain("worked out again", text);
    }

    [Fact]
    public async Task Planned_maintenance_makes_nothing_valid()
    {
        await using var hub = await StartAsync();
        await AddAsync(hub, Test(0, passed: true), Test(3, passed: true), new Amendment
        {
            Source = "stack-a", Quantity = "so2", Kind = AmendmentKind.Maintenance,
            FromMs = FromMs + HourMs, UntilMs = FromMs + 2 * HourMs, Author = "ann",
            Reason = "new lamp",
        });
        Assert.Equal("100", Values(hub, "so2-ref")[1]);
        var entered = hub.Get<AmendmentBook>().All("stack-a")[^1].Amendment;
        await AddAsync(hub, entered with
        {
            Kind = AmendmentKind.Approval, Subject = entered.Id, Author = "bob",
        });
        Assert.Equal("- planned-maintenance", Values(hub, "so2-ref")[1]);
        Assert.ThrowsAny<Exception>(() => hub.Query<long>("DELETE FROM amendment RETURNING seq"));
        Assert.ThrowsAny<Exception>(
            () => hub.Query<long>("UPDATE amendment SET passed = 1 RETURNING seq"));
    }

    [Fact]
    public void Tests_of_the_agencys_layout_are_worked_out_again()
    {
        var faults = new Faults();
        var source = Source() with
        {
            Quantities =
            [
                .. Source().Quantities.Select(one => one.Quantity == "so2"
                    ? one with { Names = ["370", "371", "140"] }
                    : one),
            ],
        };
        var path = Path.Combine(
            AppContext.BaseDirectory, "Inspection", "published", "epa-json", "qa_oris54.json");
        var cluster = Shipped.Cluster with { Sources = [source] };
        var tests = new EcmpsTestReader(cluster, path, "ann", faults).Read(File.ReadAllText(path));
        Assert.Equal("", string.Join('\n', faults.All));
        Assert.Equal(
            ["linearity", "linearity", "linearity", "rata"], tests.Select(test => test.Test));
        Assert.All(tests, test => Assert.True(test.Passed && !test.Result.Contains("DIFFERS")));
        Assert.Equal(("2.38 %, bias factor 1", 1m), (tests[3].Result, tests[3].Value));
        Assert.Equal(
            365 * 24 * HourMs, tests[3].UntilMs - tests[3].FromMs);

        _ = new EcmpsTestReader(
            Shipped.Cluster, path, "ann", faults).Read(File.ReadAllText(path));
        Assert.Contains(faults.All, fault => fault.Problem.Contains("nothing in cluster.yaml is"));
        Assert.Empty(new EcmpsTestReader(cluster, path, "ann", faults).Read("{\"a\": 1}"));
        Assert.Empty(new EcmpsTestReader(cluster, path, "ann", faults).Read("nothing"));
        Assert.Contains(faults.All, fault => fault.Problem == "this is no JSON");
    }

    [Fact]
    public void Tests_of_EN_14181_come_as_a_table()
    {
        const string Head = "source,quantity,test,number,time,reading,reference,factor\n";
        var faults = new Faults();
        var profiles = new ProfileSet(
            new Dictionary<string, Profile> { ["en-ied-vi"] = Stack.EnIedVi });
        var source = Stack.Source(Stack.EnIedVi);
        var reader = new TestTableReader(
            Shipped.Cluster with { Sources = [source] }, profiles, "tests.csv", "ann", faults);
        var pairs = string.Concat(Enumerable.Range(0, 15).Select(i =>
            $"stack-a,nox,qal2,7,2026-02-0{2 + i / 5}T0{i % 5}:00:00Z,{100 + 10 * i},"
            + $"{200 + 20 * i + i % 2},1\n"));
        var drift = string.Concat(Enumerable.Range(0, 7).Select(i =>
            $"stack-a,nox,qal3-zero,,2026-02-0{1 + i}T00:00:00Z,1,0,1\n"));
        var tests = reader.Read(Head + pairs + drift);
        Assert.Equal("", string.Join('\n', faults.All));
        var qal2 = Assert.Single(tests, test => test.Test == "qal2");
        Assert.True(qal2.Passed);
        Assert.StartsWith("method A: a ", qal2.Result);
        var chart = Assert.Single(DriftChart.Of(tests));
        Assert.Equal((7, ChartSignal.Drift), (chart.Readings, chart.Cusum));
        Assert.Equal(ChartSignal.None, chart.Shewhart);

        Assert.Empty(reader.Read(Head + "stack-a,nox,qal2,7,2026-02-02T00:00:00Z,x,1,1\n"));
        Assert.Empty(reader.Read(Head + "stack-x,nox,qal3-zero,,2026-02-02T00:00:00Z,1,1,1\n"));
        Assert.Empty(reader.Read(Head + "stack-a,nox,ast,7,2026-02-02T00:00:00Z,1,1,1\n"));
        Assert.Empty(reader.Read("wrong\n"));
        Assert.Equal(4, faults.All.Count);
    }

    [Fact]
    public void Hours_of_a_stations_own_logger_are_entries_for_what_is_missing()
    {
        var sender = new Hj212Sender("31", "123456", "010000A8900016F000169DC0");
        string Other(Hj212Span span) => string.Concat(Hj212Message.Of(
            span, sender, new DateTime(2026, 2, 2), new DateTime(2026, 2, 3),
            [new Hj212Value("so2", 90, null, 1, 'N')]).Select(Hj212Frame.Encode));
        string Frames(params (int Hour, decimal? So2, char Mark)[] hours) => string.Concat(
            hours.SelectMany(hour => Hj212Message.Of(
                    Hj212Span.Hour, sender, new DateTime(2026, 2, 2, hour.Hour, 0, 0),
                    new DateTime(2026, 2, 3),
                    [
                        new Hj212Value("so2", hour.So2, null, 1, hour.Mark),
                        new Hj212Value("flow", 0.5m, null, 1, 'N'),
                    ]))
                .Select(Hj212Frame.Encode));
        var faults = new Faults();
        var entry = new Amendment
        {
            Source = "stack-a", Quantity = "", Kind = AmendmentKind.Manual, FromMs = 0,
            Author = "ann", Reason = "the gateway was stolen",
        };
        // Of the flow all is missing, of SO2 all but the first hour.
        var reader = new Hj212Reader(
            Source(), (quantity, startMs) => quantity == "flow" || startMs > FromMs, entry,
            "logger.txt", faults);
        var text = Frames((0, 90, 'N'), (1, 91.5m, 'N'), (2, 92, 'D'),
            (3, 93, 'S'), (4, null, 'B'))
            + Other(Hj212Span.Minutes) + Other(Hj212Span.Minutes) + Other(Hj212Span.Day);
        var read = reader.Read(Encoding.ASCII.GetBytes(text));
        Assert.Equal("", string.Join('\n', faults.All));
        Assert.Equal(
            [(1, 91.5m), (3, 93m)],
            read.Where(one => one.Quantity == "so2")
                .Select(one => ((int)((one.FromMs - FromMs) / HourMs), one.Value!.Value)));
        Assert.Equal(2, reader.PassedOver);
        // What is no hour's value is not entered, and said to be there.
        Assert.Equal([("2031", 1), ("2051", 2)],
            reader.NotOfHours.Select(pair => (pair.Key, pair.Value)));
        Assert.Equal(
            [1_800m, 1_800, 1_800, 1_800, 1_800],
            read.Where(one => one.Quantity == "flow").Select(one => one.Value!.Value));
        Assert.All(read, one => Assert.Equal(
            (AmendmentKind.Manual, one.FromMs + HourMs, "ann"),
            (one.Kind, one.UntilMs!.Value, one.Author)));
        Assert.Contains("010000A8900016F000169DC0, logger.txt, frame 2", read[1].Result);

        // All faults at once, and nothing of such a file.
        Assert.Empty(reader.Read(Encoding.ASCII.GetBytes(
            text.Replace("91.5", "91.6") + Frames((5, 95, 'N')).Replace("\r\n", ""))));
        Assert.Equal(2, faults.All.Count);
        Assert.Contains("frame 2: the check is", faults.All[0].Problem);
        Assert.Contains("frame 9: it is not complete", faults.All[1].Problem);
    }

    private static SourceBinding Source() => Stack.Source(Profile, pollutant: "so2") with
    {
        From = DateTimeOffset.FromUnixTimeMilliseconds(FromMs),
        Cycle = TimeSpan.FromMinutes(15),
        TimeZone = TimeZoneInfo.Utc,
        Potentials = ImmutableDictionary<string, decimal>.Empty.Add("so2", 500).Add("flow", 3_000),
    };

    private static Amendment Test(int hour, bool passed) => new()
    {
        Source = "stack-a", Quantity = "so2", Kind = AmendmentKind.Test,
        FromMs = FromMs + hour * HourMs + 60_000, Test = "rata", Passed = passed, Value = 1,
        Subject = $"{hour}", Author = "ann", Reason = "tests.json",
    };

    private static async Task AddAsync(TestHub hub, params Amendment[] amendments)
    {
        hub.Get<AmendmentBook>().Add(
            amendments, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        await AdvanceAsync(hub);
    }

    private static async Task AdvanceAsync(TestHub hub)
    {
        for (var i = 0; i < 3; i++)
        {
            await hub.Grains.GetGrain<ISourceGrain>("stack-a").Advance();
        }
    }

    private static IReadOnlyList<string> Values(TestHub hub, string quantity) =>
        hub.Query<string>(
            $"""
            SELECT COALESCE(a.value, '- ' || a.absent_because)
            FROM average a JOIN window w ON w.id = a."window"
            WHERE a.quantity = '{quantity}' AND {Newest} ORDER BY w.start_ms
            """);

    private static IReadOnlyList<string> Qualities(TestHub hub) => hub.Query<string>(
        $"""
        SELECT f.quality FROM fact f JOIN window w ON w.id = f."window"
        WHERE {Newest} ORDER BY w.start_ms
        """);

    private static ImmutableArray<long> Masses(TestHub hub) =>
    [
        .. hub.Query<long>(
            $"""
            SELECT f.milligrams FROM fact f JOIN window w ON w.id = f."window"
            WHERE {Newest} ORDER BY w.start_ms
            """),
    ];

    private const string Newest =
        """
        NOT EXISTS (SELECT 1 FROM window n WHERE n.source = w.source
            AND n.start_ms = w.start_ms AND n.revision > w.revision)
        """;

    private async Task<TestHub> StartAsync()
    {
        var hub = await TestHub.StartAsync(
            _folder, Shipped.Cluster with { Sources = [Source()] },
            Shipped.Contract with { Bubble = Shipped.Contract.Bubble with { Pollutant = "hg" } },
            Profile);
        ImmutableArray<(long, JournalRecord)> records =
        [
            .. Enumerable.Range(0, (Hours * 4) + 1).Select(i =>
                (i + 1L, (JournalRecord)Image(FromMs + i * HourMs / 4))),
        ];
        await hub.Records.AppendAsync(Records.One(
            records.Length, (JournalRecord.Image)records[0].Item2,
            receivedMs: FromMs + Hours * HourMs) with { Records = records });
        await AdvanceAsync(hub);
        return hub;
    }

    private static JournalRecord.Image Image(long timeMs)
    {
        var image = Stack.Minute(0, 100, pollutant: "so2").Image;
        return image with
        {
            TimeMs = timeMs,
            Readings = [.. image.Readings.Select(reading => reading with { TimeMs = timeMs })],
        };
    }
}
