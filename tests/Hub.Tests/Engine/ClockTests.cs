using System.Collections.Immutable;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Engine;

/// <summary>What a hub makes of a gateway that had the wrong time for a while.</summary>
public sealed class ClockTests : IDisposable
{
    private const long ShiftMs = 864_000_000;
    private const int FirstOffset = 25;
    private const int LastOffset = 38;

    private static readonly Guid Boot = new(7, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Seconds 12 to 18 of plant A are written ten days too early.</summary>
    private static JournalAppend Wrong(int from, int until)
    {
        var span = Records.Span("plant-a", from, until);
        return span with
        {
            Records = [.. span.Records.Select(one => one.Offset is < FirstOffset or > LastOffset
                ? one
                : (one.Offset, (JournalRecord)Early((JournalRecord.Image)one.Record)))],
        };
    }

    private static JournalRecord.Image Early(JournalRecord.Image image) => image with
    {
        TimeMs = image.TimeMs - ShiftMs,
        Clock = ClockState.Unsynced,
        Boot = new Boot(Boot, 0),
        Readings = [.. image.Readings.Select(reading => reading with
        {
            TimeMs = reading.TimeMs - ShiftMs,
        })],
    };

    private static JournalAppend Correction(long offset) => Records.One(
        offset, new JournalRecord.Correction(
            Boot, FirstOffset, LastOffset, ShiftMs, Records.StartMs + 20_000));

    [Fact]
    public async Task Corrected_in_time_the_books_are_as_if_the_clock_had_been_right()
    {
        ImmutableArray<string> right;
        using (var other = new TempFolder())
        {
            await using var undisturbed = await TestHub.StartAsync(other);
            await undisturbed.Records.AppendAsync(Records.Span("plant-a", 0, 61));
            await undisturbed.Records.AppendAsync(Records.Span("plant-b", 0, 61));
            await undisturbed.AdvanceAsync(12, 1);
            right = undisturbed.Dump();
        }

        await using var hub = await TestHub.StartAsync(_folder);
        await hub.Records.AppendAsync(Wrong(0, 61));
        await hub.Records.AppendAsync(Correction(123));
        await hub.Records.AppendAsync(Records.Span("plant-b", 0, 61));
        await hub.AdvanceAsync(12, 1);
        Assert.Equal(right, hub.Dump());
        Assert.Equal(0, hub.Accounting.Report().Sum(device => device.Unaccounted));
        var shown = Assert.Single(new ClockRevisions(hub.Records).All());
        Assert.Equal((14, 0, ShiftMs), (shown.Moved, shown.Kept, shown.ShiftMs));

        // The evidence is as it came.
        var stored = hub.Records.ReadAfter(0, 1_000);
        Assert.Equal(Records.Gas(12).TimeMs, stored[24].Record.TimeMs);
        Assert.IsType<JournalRecord.Correction>(stored[122].Record);
    }

    [Fact]
    public async Task Corrected_after_windows_were_closed_it_opens_those_that_it_touches()
    {
        ImmutableArray<string> right;
        using (var other = new TempFolder())
        {
            await using var undisturbed = await TestHub.StartAsync(other);
            await undisturbed.Records.AppendAsync(Records.Span("plant-a", 0, 31));
            await undisturbed.AdvanceAsync(3, 0);
            right = Newest(undisturbed);
        }

        await using var hub = await TestHub.StartAsync(_folder);

        // The windows before second 30 close without the images of seconds 12 to 18.
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 1));
        await hub.AdvanceAsync(0, 0);
        await hub.Records.AppendAsync(Wrong(1, 31));
        await hub.AdvanceAsync(4, 0);
        Assert.NotEqual(right, Newest(hub));
        await hub.Records.AppendAsync(Correction(63));
        await hub.AdvanceAsync(6, 0);

        // The one of ten days ago, now empty, and the one from which they were missing.
        Assert.Equal(
            [Records.StartMs - ShiftMs + 10_000, Records.StartMs + 10_000],
            hub.Query<long>("SELECT start_ms FROM window WHERE id > 4 ORDER BY start_ms"));
        Assert.Equal(right, Newest(hub));
        var shown = Assert.Single(new ClockRevisions(hub.Records).All());
        Assert.Equal((14, 0), (shown.Moved, shown.Kept));
        Assert.All(
            hub.Accounting.Report(), device => Assert.Equal(0, device.Unaccounted));

        await hub.Grains.GetGrain<Monitoring.Server.Engine.ISourceGrain>("stack-a").Advance();
        await hub.AdvanceAsync(6, 0);
    }

    [Fact]
    public async Task A_late_image_leaves_the_wrong_window_that_it_had_opened()
    {
        await using var hub = await TestHub.StartAsync(_folder);
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 61));
        await hub.AdvanceAsync(6, 0);

        // Of second 45, by a clock that was half a minute slow.
        var image = Records.Gas(45);
        await hub.Records.AppendAsync(Records.One(123, image with
        {
            TimeMs = image.TimeMs - 30_000 + 500,
            Clock = ClockState.Unsynced,
            Boot = new Boot(Boot, 0),
        }));
        await hub.AdvanceAsync(7, 0);
        await hub.Records.AppendAsync(Records.One(
            124, new JournalRecord.Correction(Boot, 123, 123, 30_000, Records.StartMs + 70_000)));
        await hub.AdvanceAsync(9, 0);
        Assert.Equal(
            [
                (Records.StartMs + 10_000, 2L, "late-data"),
                (Records.StartMs + 10_000, 3L, "clock-correction"),
                (Records.StartMs + 40_000, 2L, "clock-correction"),
            ],
            hub.Query<(long, long, string)>(
                "SELECT start_ms, revision, because FROM window WHERE revision > 1 "
                    + "ORDER BY start_ms, id"));
        Assert.Equal(1, new ClockRevisions(hub.Records).All().Single().Moved);
        Assert.All(hub.Accounting.Report(), device =>
            Assert.Equal((0, 0), (device.Unaccounted, device.Excluded.GetValueOrDefault("late"))));
    }

    [Fact]
    public async Task Windows_that_a_correction_touched_are_worked_out_also_after_a_crash()
    {
        await using (var hub = await TestHub.StartAsync(_folder))
        {
            await hub.Records.AppendAsync(Records.Span("plant-a", 0, 1));
            await hub.Records.AppendAsync(Wrong(1, 31));
            await hub.AdvanceAsync(4, 0);
            await hub.Records.AppendAsync(Correction(63));
            Execute(
                "CREATE TRIGGER crash BEFORE INSERT ON window WHEN NEW.revision > 1 "
                    + "BEGIN SELECT RAISE(ABORT, 'crash'); END");
            await Assert.ThrowsAnyAsync<Exception>(() => hub.Grains
                .GetGrain<Monitoring.Server.Engine.ISourceGrain>("stack-a").Advance());
            Assert.Equal(14, new ClockRevisions(hub.Records).All().Single().Moved);
        }

        Execute("DROP TRIGGER crash");
        await using var again = await TestHub.StartAsync(_folder);
        await again.AdvanceAsync(6, 0);
        Assert.Empty(new ClockRevisions(again.Records).WindowsOf("stack-a", 10));
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.File("books.db")}");
        connection.Execute(sql);
    }

    private static ImmutableArray<string> Newest(TestHub hub) =>
    [
        .. hub.Query<string>(
            "SELECT start_ms || ' ' || pollutant || ' ' || milligrams FROM fact "
                + "WHERE start_ms >= 1772323200000 AND revision = (SELECT MAX(revision) "
                + "FROM window w WHERE w.source = fact.source AND w.start_ms = fact.start_ms) "
                + "ORDER BY start_ms, pollutant"),
    ];
}
