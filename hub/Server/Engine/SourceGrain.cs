using System.Collections.Immutable;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Mass;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>One source; the key is its id.</summary>
public interface ISourceGrain : IGrainWithStringKey
{
    /// <summary>
    /// Works every closed window out again that has late images, then closes every window that
    /// its devices have passed.
    /// </summary>
    /// <returns>The times of images that would neither close a window nor come late.</returns>
    Task<Times> Advance();
}

/// <summary>
/// The owner of one source's windows. A window is computed from the record log when every device
/// has a record after it, and once more, as a new revision, for images that were stored later.
/// Facts and position move in one transaction. So a crash at any instant repeats a window, never
/// skips or doubles one. In memory is only how far it has looked for late images since it last
/// wrote; a crash makes it look again. A window that cannot be worked out again, since an archive
/// is missing, holds up none that is to be closed.
/// </summary>
public sealed class SourceGrain : Grain, ISourceGrain
{
    private const int WindowsPerCallMax = 200;
    private const long LookAgainAfterMs = 60_000;

    private readonly RecordLog _records;
    private readonly ClockRevisions _clocks;
    private readonly FactBook _facts;
    private readonly LevelAverages _levels;
    private readonly GapFilling _gaps;
    private readonly StoredWindows _windows;
    private readonly AmendmentBook _amendments;
    private readonly ClusterMap _cluster;
    private readonly ProfileSet _profiles;
    private readonly Contract _contract;
    private readonly SemaphoreSlim _turns;
    private readonly TimeProvider _time;
    private readonly ILogger<SourceGrain> _log;
    private readonly string _id;
    private readonly LateWindows _late;
    private ImmutableDictionary<string, long> _seen;
    private long _clockVersion = -1;
    private long _lookAgainMs = long.MinValue;
    private long _amended = -1;
    private Times _quiet = Times.None;

    // All is done for what had arrived when it looked last.
    private bool _isUpToDate;

    public SourceGrain(
        RecordLog records, FactBook facts, LevelAverages levels, ClusterMap cluster,
        ProfileSet profiles, Contract contract, TimeProvider time)
    {
        _records = records;
        _clocks = new ClockRevisions(records);
        _facts = facts;
        _levels = levels;
        _gaps = ServiceProvider.GetRequiredService<GapFilling>();
        _windows = ServiceProvider.GetRequiredService<StoredWindows>();
        _amendments = ServiceProvider.GetRequiredService<AmendmentBook>();
        _cluster = cluster;
        _profiles = profiles;
        _contract = contract;
        _turns = ServiceProvider.GetRequiredService<Turns>().Averages;
        _time = time;
        _log = ServiceProvider.GetRequiredService<ILogger<SourceGrain>>();
        _id = this.GetPrimaryKeyString();
        _late = new LateWindows(records, facts, cluster, profiles, _id);
        _seen = facts.SeenBy(_id);
    }

    public async Task<Times> Advance()
    {
        // First, so that a period is not settled without what is known of it already.
        var seen = _seen;
        var late = await LookForLateAsync();
        if (_isUpToDate && late.Windows.Count == 0 && _seen == seen
            && _amendments.Newest == _amended)
        {
            return _quiet;
        }

        _isUpToDate = false;
        var closed = 0;
        while (!late.IsMore && closed < WindowsPerCallMax && await CloseNextAsync())
        {
            closed++;
        }

        var amended = await AmendAsync();
        var refilled = await RefillAsync();
        if (late.Windows.Count + closed + amended + (refilled ?? 0) > 0)
        {
            GrainFactory.GetGrain<IBubbleGrain>(_contract.Id).Advance().Ignore();
        }

        var isMore = (await _levels.AdvanceAsync(_id) && await _levels.AdvanceAsync(_id))
            || late.IsMore || closed == WindowsPerCallMax;
        _isUpToDate = !isMore && amended == 0 && refilled == 0;
        if (isMore)
        {
            // Much to catch up with: let others have their turn.
            this.AsReference<ISourceGrain>().Advance().Ignore();
        }

        return _isUpToDate ? _quiet : Times.None;
    }

    /// <summary>Works the windows out again that images came to late, or left.</summary>
    private async Task<LateLook> LookForLateAsync()
    {
        if (_time.GetUtcNow().ToUnixTimeMilliseconds() < _lookAgainMs)
        {
            _isUpToDate = false;
            return LateLook.Nothing(_seen);
        }

        var version = _records.ClockVersion;
        IReadOnlyList<CorrectedWindow> corrected = [];
        if (version != _clockVersion)
        {
            _isUpToDate = false;
            CorrectClocks();
            corrected = _clocks.WindowsOf(_id, LateWindows.WindowsPerLookMax);
        }

        var late = await _turns.InTurn(() => _late.After(_seen, corrected));
        if (!await ReopenAsync(late))
        {
            return LateLook.Nothing(_seen);
        }

        if (corrected.Count > 0)
        {
            _clocks.Done(_id, corrected);
        }

        _clockVersion = corrected.Count < LateWindows.WindowsPerLookMax ? version : _clockVersion;
        return late;
    }

    /// <summary>Images come to their right time, and their windows are worked out again.</summary>
    private void CorrectClocks()
    {
        var devices = _cluster.Sources.Where(source => source.Id == _id).SelectMany(DevicesOf);
        foreach (var device in devices.Distinct())
        {
            _clocks.Apply(device, timeMs => WindowsAt(device, timeMs));
        }
    }

    /// <summary>Of every source that takes the device at that time.</summary>
    private IEnumerable<(string Source, long StartMs)> WindowsAt(DeviceId device, long timeMs)
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(timeMs);
        return _cluster.Sources
            .Where(source => source.Holds(time) && DevicesOf(source).Contains(device))
            .Select(source => (
                source.Id,
                Window.Containing(timeMs, _profiles[source.Profile].Window).StartMs));
    }

    /// <summary>False: one of them cannot be worked out now, and the look was in vain.</summary>
    private async Task<bool> ReopenAsync(LateLook late)
    {
        var isDone = true;
        for (var i = 0; i < late.Windows.Count; i++)
        {
            // The last one says that all are done. After a crash before it, those that are done
            // have seen their images and are not late any more.
            var isLast = isDone && i == late.Windows.Count - 1;
            var window = late.Windows[i];
            try
            {
                await WriteAsync(window, isLast ? late.Seen : _seen);
            }
            catch (RecordsDeletedException e)
            {
                // For good: its images stay late, and its facts as they are.
                _log.WindowNotReopened(_id, window.Window.Start, e.Message);
            }
            catch (RecordLogException e)
            {
                isDone = false;
                _log.WindowNotReopened(_id, window.Window.Start, e.Message);
            }
        }

        if (!isDone)
        {
            _lookAgainMs = _time.GetUtcNow().ToUnixTimeMilliseconds() + LookAgainAfterMs;
            return false;
        }

        _seen = late.Seen;
        return true;
    }

    private async Task<bool> CloseNextAsync()
    {
        switch (await _turns.InTurn(FindNext))
        {
            case Step.Close(var binding, var window):
                var now = _time.GetUtcNow();
                var (result, logId) = await _turns.InTurn(
                    () => Compute(binding, window, 1, now));
                await _facts.WriteAsync(
                    binding, result, logId, now.ToUnixTimeMilliseconds(), _seen);
                return true;
            case Step.PassOver(var untilMs):
                await _facts.MoveToAsync(_id, untilMs);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Null: nothing of it can be done before more is stored.</summary>
    private Step? FindNext()
    {
        _quiet = Times.None;
        if (NextBinding() is not var (binding, fromMs))
        {
            return null;
        }

        var untilMs = binding.Until?.ToUnixTimeMilliseconds();
        var nextMs = FillsFrom(binding, fromMs) ? fromMs : DevicesOf(binding)
            .Select(device => _records.OldestTimeOf(device, fromMs))
            .Min();
        if (nextMs is null || nextMs >= untilMs)
        {
            // Nothing more of this binding; its successor takes over once it is heard.
            return untilMs is { } endMs && HasPassed(binding, endMs)
                ? new Step.PassOver(endMs)
                : null;
        }

        var window = Window.Containing(nextMs.Value, _profiles[binding.Profile].Window);
        if (!HasPassed(binding, window.EndMs))
        {
            _quiet = new Times(fromMs, window.EndMs - 1);
            return null;
        }

        return new Step.Close(binding, window);
    }

    /// <summary>
    /// Where gaps are filled no hour is passed over, from the source's first one on.
    /// </summary>
    private bool FillsFrom(SourceBinding binding, long fromMs) =>
        _profiles[binding.Profile].MissingData != GapRule.None
        && _facts.PositionOf(_id) == fromMs;

    private async Task WriteAsync(LateWindow late, IReadOnlyDictionary<string, long> seen)
    {
        var now = _time.GetUtcNow();
        var (result, logId) = await _turns.InTurn(
            () => Compute(late.Binding, late.Window, late.Revision, now));
        await _facts.WriteAsync(
            late.Binding, result, logId, now.ToUnixTimeMilliseconds(), seen,
            Because(late.Because, late.Window, late.Known?.KnownMs, now));
    }

    /// <summary>With the amendments that nobody knew when the revision before was made.</summary>
    private string Because(string reason, Window window, long? beforeMs, DateTimeOffset now) =>
        RevisionReason.With(reason, _amendments.IdsBetween(
            _id, window, beforeMs ?? long.MinValue, now.ToUnixTimeMilliseconds()));

    private (WindowResult Result, long LogId) Compute(
        SourceBinding binding, Window window, int revision, DateTimeOffset now)
    {
        // What is stored from here on is late for this window, whichever device is read first.
        var logId = _records.NewestId();
        return (_windows.Compute(binding, window, revision, logId, long.MaxValue, now), logId);
    }

    /// <summary>
    /// Works windows out again that amendments are about, and says how many came out different.
    /// A crash in between makes it look again.
    /// </summary>
    private async Task<int> AmendAsync()
    {
        var newest = _amendments.Newest;
        if (newest == _amended)
        {
            return 0;
        }

        if (_amendments.NewOf(_id) is not { } news)
        {
            _amended = newest;
            return 0;
        }

        var changed = 0;
        foreach (var row in await _turns.InTurn(
            () => _amendments.WindowsOf(_id, news, SpanMsOf)))
        {
            var window = new Window(row.StartMs, row.EndMs);
            var now = _time.GetUtcNow();
            try
            {
                if (_cluster.SourceAt(_id, window.Start) is { } binding
                    && await _turns.InTurn(() => Amended(binding, row, now)) is { } result)
                {
                    // One that was known before, and counts only now, is named all the same.
                    var beforeMs = Math.Min(row.KnownMs, news.Min(one => one.AtMs) - 1);
                    await _facts.WriteAsync(
                        binding, result, row.LogId, now.ToUnixTimeMilliseconds(), _seen,
                        Because(RevisionReason.Amendment, window, beforeMs, now));
                    changed++;
                }
            }
            catch (RecordsDeletedException e)
            {
                _log.WindowNotReopened(_id, window.Start, e.Message);
            }
        }

        _amendments.Done(_id, news[^1].Seq);
        _amended = newest;
        return changed;
    }

    /// <summary>Null where it comes out as it is in the books.</summary>
    private WindowResult? Amended(SourceBinding binding, WindowRow row, DateTimeOffset now)
    {
        var result = _windows.Compute(
            binding, new Window(row.StartMs, row.EndMs), (int)row.Revision + 1, row.LogId,
            long.MaxValue, now);
        return _facts.Says(row, result) ? null : result;
    }

    /// <summary>How long a test may make hours valid; 0 where nobody asks for it.</summary>
    private long SpanMsOf(string test) => _cluster.Sources.Where(source => source.Id == _id)
        .SelectMany(source => _profiles[source.Profile].RequiredTests)
        .Where(required => required.Kind == test)
        .Select(required => (required.ValidHours + required.GraceHours) * 3_600_000)
        .DefaultIfEmpty(0).Max();

    /// <summary>
    /// Puts something else in the place of missing hours where what it rests on has changed, and
    /// says how many they were; null where it could not. A crash in between makes it look again.
    /// </summary>
    private async Task<int?> RefillAsync()
    {
        if (await _turns.InTurn(() => _gaps.Look(_id)) is not { } look)
        {
            return 0;
        }

        foreach (var refill in look.Windows)
        {
            try
            {
                var row = _facts.NewestOf(_id, refill.Window.StartMs)!;
                var now = _time.GetUtcNow();
                var result = await _turns.InTurn(
                    () => _windows.Refill(refill, (int)row.Revision + 1, row.LogId, now));
                await _facts.WriteAsync(
                    refill.Binding, result, row.LogId, now.ToUnixTimeMilliseconds(), _seen,
                    Because(RevisionReason.Substitution, refill.Window, row.KnownMs, now));
            }
            catch (RecordLogException e)
            {
                _log.WindowNotReopened(_id, refill.Window.Start, e.Message);
                if (e is not RecordsDeletedException)
                {
                    return null;
                }
            }
        }

        _gaps.Done(_id, look);
        return look.Windows.Count;
    }

    /// <summary>
    /// Every device has a record after that time, or else every device that replaced them: one
    /// that was taken away is never heard again.
    /// </summary>
    private bool HasPassed(SourceBinding binding, long timeMs) =>
        DevicesOf(binding).All(device => _records.NewestTimeOf(device) >= timeMs)
        || _cluster.Sources.Any(next => next.Id == _id && next.From >= binding.Until
            && DevicesOf(next).All(device => _records.NewestTimeOf(device) >= timeMs));

    private static IEnumerable<DeviceId> DevicesOf(SourceBinding binding) =>
        binding.Devices.Select(name =>
            new DeviceId(new GatewayId(binding.Plant, binding.Gateway), name));

    /// <summary>The binding that holds at the source's position, and the position itself.</summary>
    private (SourceBinding Binding, long FromMs)? NextBinding()
    {
        var position = _facts.PositionOf(_id) is { } ms
            ? DateTimeOffset.FromUnixTimeMilliseconds(ms)
            : DateTimeOffset.MinValue;
        var binding = _cluster.Sources
            .Where(source => source.Id == _id
                && (source.Until is not { } until || position < until))
            .MinBy(source => source.From);
        if (binding is null)
        {
            return null;
        }

        var from = position > binding.From ? position : binding.From;
        return (binding, from.ToUnixTimeMilliseconds());
    }

    /// <summary>What a source can do next.</summary>
    private abstract record Step
    {
        public sealed record Close(SourceBinding Binding, Window Window) : Step;

        /// <summary>Nothing more comes of a binding; its successor takes over.</summary>
        public sealed record PassOver(long UntilMs) : Step;
    }
}
