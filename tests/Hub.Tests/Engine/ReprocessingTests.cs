using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Core.Reprocessing;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Engine;

/// <summary>Stored windows under another configuration: first shown, then accepted.</summary>
public sealed class ReprocessingTests : IDisposable
{
    private const long HalfHourMs = 1_800_000;

    private const string Cluster =
        """
        members: [{id: member-a, title: A}, {id: member-b, title: B}]
        zones: [{id: river, title: River}]
        sources:
          - id: stack-a
            title: Stack
            plant: plant-a
            gateway: gateway-1
            member: member-a
            zone: river
            profile: en-ied-vi
            cycle: 1 min
            from: 2025-11-24T22:00:00Z
            time_zone: Europe/Kyiv
            quantities:
              nox: {device: analyser, point: nox, unit: mg/m3}
              o2: {device: analyser, point: o2, unit: "%"}
              h2o: {device: analyser, point: h2o, unit: "%"}
              flow: {device: analyser, point: flow, unit: m3/h}
              t: {device: analyser, point: t, unit: Cel}
              p: {device: analyser, point: p, unit: kPa}
        """;

    // The function that was forgotten: 10 % more.
    private static readonly string Calibrated = Cluster.Replace(
        "point: nox, unit: mg/m3}",
        "point: nox, unit: mg/m3, calibrations: [{from: 2020-01-01T00:00:00Z, a: 0, b: 1.1, "
            + "document: report 17}]}");

    private static readonly Window Span = new(Stack.StartMs, Stack.StartMs + 3 * HalfHourMs);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Another_configuration_shows_what_it_changes_and_changes_nothing()
    {
        await using var hub = await StartAsync(Stack.EnIedVi);
        var before = hub.Query<long>("SELECT COUNT(*) FROM window").Single();
        var found = hub.Get<Reprocessings>().Compare("stack-a", Span, Read(Calibrated));

        Assert.Equal(3, found.Windows.Length);
        var first = found.Windows[0].Numbers.Single(one => one.Quantity == "nox-std");
        Assert.Equal((100m, 110m, 10m), (first.Old, first.New, first.Difference));
        // 1000 m3/h of 100 and 110 mg/m3 for half an hour, three times.
        var mass = found.Totals.Single(one => one.Quantity == "nox-mass");
        Assert.Equal((150_000m, 165_000m, 15_000m), (mass.Old, mass.New, mass.Difference));
        var mean = found.Totals.Single(one => one.Quantity == "nox-std");
        Assert.Equal((100m, 110m, 10m), (mean.Old, mean.New, mean.Difference));
        var flow = found.Totals.Single(one => one.Quantity == "flow-ref");
        Assert.Equal(0m, flow.Difference);

        Assert.Equal(before, hub.Query<long>("SELECT COUNT(*) FROM window").Single());
        Assert.Empty(hub.Get<AmendmentBook>().All(null));
    }

    [Fact]
    public async Task Accepted_it_gives_new_revisions_and_the_old_ones_can_be_read()
    {
        await using var hub = await StartAsync(Stack.EnIedVi);
        var old = hub.Query<string>("SELECT id FROM fact ORDER BY start_ms");
        var accepted = hub.Get<Reprocessings>().Accept(
            "stack-a", new Window(Span.StartMs, Span.StartMs + 2 * HalfHourMs), Read(Calibrated),
            ("ann", "the calibration of January was forgotten"), Now());
        await AdvanceAsync(hub);
        Assert.Equal([55_000, 55_000, 50_000], Masses(hub));
        Assert.Equal(
            [1L, 1, 1, 2, 2], hub.Query<long>("SELECT revision FROM window ORDER BY revision"));

        foreach (var id in old)
        {
            Assert.DoesNotContain("worked out again", TextOf(hub, id));
            Assert.DoesNotContain("ann", TextOf(hub, id));
        }

        var fact = hub.Query<string>("SELECT id FROM fact WHERE revision = 2")[0];
        var text = TextOf(hub, fact);
        Assert.DoesNotContain("worked out again", text);
        Assert.Contains(
            $"under the configuration that ann accepted ({accepted.Id}): "
                + "the calibration of January was forgotten", text);
        Assert.Contains("report 17", text);

        // Late data of a window come under the configuration that was accepted for it.
        await hub.Records.AppendAsync(Records.One(
            200, Image(Span.StartMs + 30_000, 400), receivedMs: Span.EndMs));
        await AdvanceAsync(hub);
        Assert.Equal(3, hub.Query<long>("SELECT MAX(revision) FROM window").Single());
        Assert.True(Masses(hub)[0] > 55_000);
        Assert.DoesNotContain("worked out again", TextOf(
            hub, hub.Query<string>("SELECT id FROM fact WHERE revision = 3").Single()));
    }

    [Fact]
    public async Task It_waits_for_a_second_person_where_the_profile_asks_and_says_so()
    {
        await using var hub = await StartAsync(Stack.EnIedVi with { NeedsApproval = true });
        var accepted = hub.Get<Reprocessings>().Accept(
            "stack-a", Span, Read(Calibrated), ("ann", "forgotten"), Now());
        await AdvanceAsync(hub);
        Assert.Equal([50_000, 50_000, 50_000], Masses(hub));
        var waiting = Assert.Single(hub.Get<Reprocessings>().All());
        Assert.Equal((accepted.Id, null), (waiting.Amendment.Id, waiting.ApprovedBy));
        Assert.False(waiting.IsInForce);
        Assert.Equal(
            165_000m, hub.Get<Reprocessings>().Of(waiting)!.Totals
                .Single(one => one.Quantity == "nox-mass").New);

        hub.Get<AmendmentBook>().Add(
        [
            accepted with
            {
                Kind = AmendmentKind.Approval, Subject = accepted.Id, Author = "bob",
            },
        ], Now().ToUnixTimeMilliseconds());
        await AdvanceAsync(hub);
        Assert.Equal([55_000, 55_000, 55_000], Masses(hub));
        var inForce = Assert.Single(hub.Get<Reprocessings>().All());
        Assert.Equal((true, "bob"), (inForce.IsInForce, inForce.ApprovedBy));

        // What it changed can be asked for afterwards too.
        var mass = hub.Get<Reprocessings>().Of(inForce)!.Totals
            .Single(one => one.Quantity == "nox-mass");
        Assert.Equal((150_000m, 165_000m), (mass.Old, mass.New));
    }

    [Fact]
    public async Task What_would_break_the_books_is_refused_with_every_fault()
    {
        await using var hub = await StartAsync(Stack.EnIedVi);
        var faults = new Faults();
        var other = Read(
            Cluster.Replace("member: member-a", "member: member-b")
                .Replace("profile: en-ied-vi", "profile: en-ied-v")
                .Replace("cycle: 1 min", "cycle: 1 min\n    limits: {nox: 200}")
                .Replace("analyser, point: o2", "other, point: o2"),
            "en-ied-v");
        hub.Get<Reprocessings>().Check("stack-a", Span, other, faults);
        Assert.Equal(
            [
                "'stack-a' would belong to member 'member-b' and zone 'river'",
                "'stack-a' would need device 'other', which cluster.yaml does not bind there",
                "its windows would be 1 h long, and are 30 min",
            ],
            faults.All.Select(fault => fault.Problem).Take(3));
        Assert.Contains(faults.All, fault => fault.Problem.Contains("'levels'"));

        var late = new Faults();
        hub.Get<Reprocessings>().Check(
            "stack-a", Span, Read(Cluster.Replace("2025-11-24T22:00", "2025-11-25T00:00")), late);
        Assert.Contains("is not bound", Assert.Single(late.All).Problem);
        var empty = new Faults();
        hub.Get<Reprocessings>().Check(
            "stack-a", new Window(Span.EndMs, Span.EndMs + HalfHourMs), Read(Cluster), empty);
        Assert.Contains("no stored window", Assert.Single(empty.All).Problem);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(2)]
    public async Task An_hour_that_is_filled_is_shown_as_it_will_be_filled(int hours)
    {
        var profile = Stack.Read("mrr");
        string Of(string text) => text.Replace("profile: en-ied-vi", "profile: mrr")
            .Replace("nox:", "co2:");
        await using var hub = await TestHub.StartAsync(
            _folder, Read(Of(Cluster), "mrr").Cluster,
            Shipped.Contract with { Bubble = Shipped.Contract.Bubble with { Pollutant = "hg" } },
            profile);
        // Of four hours the third has no value of the pollutant.
        await AppendAsync(
            hub, Enumerable.Range(0, 241).Select(minute => Stack.Minute(
                minute, 100 + minute / 60, reason: minute / 60 == 2 ? Reason.Fault : Reason.None)
                .Image));
        var span = new Window(Stack.StartMs, Stack.StartMs + hours * 2 * HalfHourMs);
        var proposed = Read(Of(Calibrated), "mrr");
        var shown = hub.Get<Reprocessings>().Compare("stack-a", span, proposed).Windows;
        var filled = shown.Single(window => window.Window.StartMs
            == Stack.StartMs + 2 * 2 * HalfHourMs);
        Assert.Equal(hours == 2, filled.IsBeside);
        Assert.Contains(filled.Numbers, one => one.Quantity == "co2-sub" && one.New > one.Old);
        Assert.Equal(hours == 2 ? 3 : 4, shown.Length);

        hub.Get<Reprocessings>().Accept("stack-a", span, proposed, ("ann", "forgotten"), Now());
        await AdvanceAsync(hub);
        var all = Masses(hub);
        Assert.Equal(
            shown.SelectMany(window => window.Numbers)
                .Where(one => one.Quantity == "co2-mass").Select(one => (long)one.New!),
            all.Take(shown.Length));
    }

    private static Configuration Read(string cluster, params string[] profiles)
    {
        var faults = new Faults();
        var read = Configuration.Read(
            new ConfigurationText(
                new NamedText("other.yaml", cluster),
                [
                    .. profiles.Append("en-ied-vi").Select(id => new NamedText(
                        $"{id}.yaml", Shipped.Text($"profiles/{id}.yaml"))),
                ]),
            faults);
        Assert.Equal("", string.Join('\n', faults.All));
        return read!;
    }

    private static DateTimeOffset Now() => TimeProvider.System.GetUtcNow();

    private static string TextOf(TestHub hub, string id) =>
        TraceText.Render(hub.Traces.Find(id)!, TimeZoneInfo.Utc);

    private static IReadOnlyList<long> Masses(TestHub hub) => hub.Query<long>(
        """
        SELECT milligrams FROM fact f WHERE NOT EXISTS(
            SELECT 1 FROM fact n WHERE n.start_ms = f.start_ms AND n.revision > f.revision)
        ORDER BY start_ms
        """);

    private static async Task AdvanceAsync(TestHub hub)
    {
        for (var i = 0; i < 4; i++)
        {
            await hub.Grains.GetGrain<ISourceGrain>("stack-a").Advance();
        }
    }

    private static JournalRecord.Image Image(long timeMs, double nox)
    {
        var image = Stack.Minute(0, nox).Image;
        return image with
        {
            TimeMs = timeMs,
            Readings = [.. image.Readings.Select(reading => reading with { TimeMs = timeMs })],
        };
    }

    private async Task<TestHub> StartAsync(Profile profile)
    {
        var hub = await TestHub.StartAsync(
            _folder, Read(Cluster).Cluster,
            Shipped.Contract with { Bubble = Shipped.Contract.Bubble with { Pollutant = "hg" } },
            profile);
        await AppendAsync(hub, Stack.Minutes(0, 91).Select(minute => minute.Image));
        return hub;
    }

    private static async Task AppendAsync(TestHub hub, IEnumerable<JournalRecord.Image> images)
    {
        ImmutableArray<(long, JournalRecord)> records =
            [.. images.Select((image, i) => (i + 1L, (JournalRecord)image))];
        await hub.Records.AppendAsync(Records.One(
            records.Length, (JournalRecord.Image)records[0].Item2,
            receivedMs: Span.EndMs + 6 * HalfHourMs) with { Records = records });
        await AdvanceAsync(hub);
    }
}
