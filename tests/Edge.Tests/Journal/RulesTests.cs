using System.Collections.Immutable;
using CsCheck;
using Monitoring.Agent.Journal;
using Monitoring.Wire.Records;

namespace Monitoring.Tests;

/// <summary>The rules of the journal over a disk that is a list.</summary>
public sealed class RulesTests
{
    private const string Epoch = "0123456789abcdef0123456789abcdef";
    private const long HourMs = 3_600_000;

    private readonly List<HeldRecord> _disk = [];
    private JournalPosition _position = new(Epoch, 1, 0, 0, 0);

    private static JournalRecord.Image Image(
        long timeMs, ClockState clock = ClockState.Synced) => new(
            "a", timeMs, new Boot(Guid.Empty, 0), clock,
            [new Reading("nox", PointValue.Real(1), Quality.Good, Reason.None, timeMs)]);

    private static long SizeOfImage => JournalRules.SizeOf(RecordFormat.Encode(Image(0)));

    private JournalChange Append(
        JournalLimits limits, long nowMs, int images = 1, long room = long.MaxValue / 2,
        ClockState clock = ClockState.Synced)
    {
        var append = new JournalAppend(
            [.. Enumerable.Repeat(RecordFormat.Encode(Image(nowMs, clock)), images)], nowMs,
            clock == ClockState.Synced, room);
        var change = JournalRules.Append(_position, append, _disk, limits);
        _disk.RemoveAll(held => held.Offset <= change.DeleteUpTo);
        foreach (var bytes in change.Records)
        {
            _disk.Add(new HeldRecord((_disk.LastOrDefault().Offset is var last and > 0
                ? last : _position.Last) + 1, bytes));
        }

        _position = change.After;
        return change;
    }

    private void Commit(long upTo, long nowMs, JournalLimits limits) =>
        _position = JournalRules.Commit(_position, upTo, nowMs, limits);

    [Fact]
    public void What_the_hub_has_stays_for_the_grace_and_goes_after_it()
    {
        var limits = new JournalLimits(1 << 30) { Grace = TimeSpan.FromHours(24) };
        Append(limits, 0, images: 10);
        Commit(5, 0, limits);
        Append(limits, 23 * HourMs);
        Commit(10, 23 * HourMs, limits);
        Assert.Equal((1, 11), (_position.First, _position.FirstWaiting));
        Append(limits, 25 * HourMs);
        Assert.Equal((6, 11), (_position.First, _position.FirstWaiting));
        Append(limits, 48 * HourMs);
        Assert.Equal(11, _position.First);
    }

    [Fact]
    public void What_the_hub_has_goes_before_anything_that_it_does_not_have()
    {
        var limits = new JournalLimits(20 * SizeOfImage) { Grace = TimeSpan.FromHours(24) };
        Append(limits, 0, images: 10);
        Commit(9, 0, limits);
        var change = Append(limits, 1, images: 18);
        Assert.Null(change.GaveUp);
        Assert.Equal((10, 10), (_position.First, _position.FirstWaiting));
        change = Append(limits, 2, images: 5);
        Assert.Equal(Reason.JournalFull, change.GaveUp!.Reason);
        Assert.Equal((10, _position.First - 1), (change.GaveUp.First, change.GaveUp.Last));
    }

    [Fact]
    public void Old_records_go_only_where_the_clock_can_be_believed()
    {
        var limits = new JournalLimits(1 << 30) { AgeMax = TimeSpan.FromHours(16) };
        Append(limits, 1 * HourMs);
        Append(limits, 10 * HourMs);
        Append(limits, 18 * HourMs, clock: ClockState.Unsynced);
        Assert.Equal(1, _position.First);
        var gap = Append(limits, 18 * HourMs).GaveUp;
        Assert.Equal(new JournalRecord.Gap(1, 1, Reason.JournalAge, 18 * HourMs), gap);
        Append(limits, 500 * HourMs);
        Assert.Equal(3, _position.First);
    }

    [Fact]
    public void Without_room_on_the_disk_it_holds_as_much_as_before()
    {
        var limits = new JournalLimits(1 << 30);
        Append(limits, 0, images: 100);
        var used = _position.UsedBytes;
        var gap = Append(limits, 1, images: 3, room: 0).GaveUp!;
        Assert.Equal((1, Reason.DiskSpace), (gap.First, gap.Reason));
        Assert.True(_position.UsedBytes <= used);
    }

    [Fact]
    public void A_hub_that_was_put_back_gets_what_is_still_held()
    {
        var limits = new JournalLimits(1 << 30) { Grace = TimeSpan.FromHours(1) };
        Append(limits, 0, images: 10);
        Commit(4, 0, limits);
        Append(limits, 2 * HourMs);
        Commit(9, 2 * HourMs, limits);
        Append(limits, 2 * HourMs);
        Assert.Equal(5, _position.First);
        Assert.Null(JournalRules.Rewind(_position, new string('f', 32), 6));
        Assert.Null(JournalRules.Rewind(_position, Epoch, 9));
        Assert.Equal(7, JournalRules.Rewind(_position, Epoch, 6)!.FirstWaiting);
        Assert.Equal(5, JournalRules.Rewind(_position, Epoch, 0)!.FirstWaiting);
    }

    [Fact]
    public void Every_offset_is_held_or_committed_or_named_by_a_gap()
    {
        var step = Gen.Select(
            Gen.Int[0, 9], Gen.Int[1, 40], Gen.Long[0, 8 * HourMs], Gen.Bool, Gen.Int[0, 20]);
        step.Array[1, 120].Sample(steps =>
        {
            var world = new RulesTests();
            world.Run(steps);
        });
    }

    private void Run((int Kind, int Count, long PassMs, bool IsSynced, int Room)[] steps)
    {
        var limits = new JournalLimits(60 * SizeOfImage)
        {
            AgeMax = TimeSpan.FromHours(100), Grace = TimeSpan.FromHours(24),
        };
        var (nowMs, committed) = (1_000L, 0L);
        var gaps = new List<JournalRecord.Gap>();
        foreach (var (kind, count, passMs, isSynced, room) in steps)
        {
            nowMs += passMs;
            var before = _position;
            if (kind == 0)
            {
                _position = JournalRules.Rewind(_position, Epoch, _position.Committed - count)
                    ?? _position;
            }
            else if (kind < 4 && _position.FirstWaiting + count <= _position.Last)
            {
                Commit(_position.FirstWaiting + count, nowMs, limits);
                committed = Math.Max(committed, _position.Committed);
            }
            else
            {
                var change = Append(
                    limits, nowMs, count,
                    room == 0 ? room : long.MaxValue / 2,
                    isSynced ? ClockState.Synced : ClockState.Unsynced);
                gaps.AddRange(change.GaveUp is { } gap ? [gap] : []);
                Assert.Equal(before.Last + change.Records.Length, _position.Last);
            }

            Assert.Equal(_disk.Sum(held => JournalRules.SizeOf(held.Bytes)), _position.UsedBytes);
            Assert.Equal(
                _disk.Select(held => held.Offset),
                Enumerable.Range(0, _disk.Count).Select(i => _position.First + i));
            Assert.Equal(_position.Last - _position.First + 1, _disk.Count);
            Assert.True(_position.Marks.Length <= 40);
            for (var offset = committed + 1; offset < _position.First; offset++)
            {
                Assert.Contains(gaps, gap => gap.First <= offset && offset <= gap.Last);
            }
        }
    }
}
