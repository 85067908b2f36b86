using System.Collections.Immutable;
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
    public async Task Corrected_too_late_it_is_kept_shown_and_counted_and_nothing_counts_twice()
    {
        await using var hub = await TestHub.StartAsync(_folder);

        // The windows before second 30 close without the images of seconds 12 to 18.
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 1));
        await hub.AdvanceAsync(0, 0);
        await hub.Records.AppendAsync(Wrong(1, 31));
        await hub.AdvanceAsync(4, 0);
        await hub.Records.AppendAsync(Correction(63));
        var windows = hub.Query<long>("SELECT COUNT(*) FROM window").Single();
        await hub.Grains.GetGrain<Monitoring.Server.Engine.ISourceGrain>(
            hub.Cluster.Sources[0].Id).Advance();
        Assert.Equal(windows, hub.Query<long>("SELECT COUNT(*) FROM window").Single());
        var shown = Assert.Single(new ClockRevisions(hub.Records).All());
        Assert.Equal((0, 14), (shown.Moved, shown.Kept));
        Assert.All(
            hub.Accounting.Report(), device => Assert.Equal(0, device.Unaccounted));
    }
}
