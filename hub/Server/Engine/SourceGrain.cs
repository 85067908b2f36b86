using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Mass;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>One source; the key is its id.</summary>
public interface ISourceGrain : IGrainWithStringKey
{
    /// <summary>Closes every window that its devices have passed.</summary>
    Task Advance();
}

/// <summary>
/// The owner of one source's windows. It keeps nothing in memory: a window is computed from the
/// record log when every device has a record after it, and its facts move the position in the
/// same transaction. So a crash at any instant repeats a window, never skips or doubles one.
/// </summary>
public sealed class SourceGrain : Grain, ISourceGrain
{
    private const int WindowsPerCallMax = 200;

    private readonly RecordLog _records;
    private readonly ClockRevisions _clocks;
    private readonly FactBook _facts;
    private readonly ClusterMap _cluster;
    private readonly ProfileSet _profiles;
    private readonly Contract _contract;
    private readonly TimeProvider _time;
    private readonly string _id;

    public SourceGrain(
        RecordLog records, FactBook facts, ClusterMap cluster, ProfileSet profiles,
        Contract contract, TimeProvider time)
    {
        _records = records;
        _clocks = new ClockRevisions(records);
        _facts = facts;
        _cluster = cluster;
        _profiles = profiles;
        _contract = contract;
        _time = time;
        _id = this.GetPrimaryKeyString();
    }

    public Task Advance()
    {
        CorrectClocks();
        var closed = 0;
        while (closed < WindowsPerCallMax && CloseNext())
        {
            closed++;
        }

        if (closed > 0)
        {
            GrainFactory.GetGrain<IBubbleGrain>(_contract.Id).Advance().Ignore();
        }

        if (closed == WindowsPerCallMax)
        {
            // Much to catch up with: let others have their turn.
            this.AsReference<ISourceGrain>().Advance().Ignore();
        }

        return Task.CompletedTask;
    }

    /// <summary>
    /// Images come to their right time where they are in no closed window and come to none: those
    /// are not opened again yet.
    /// </summary>
    private void CorrectClocks()
    {
        var nextMs = _facts.PositionOf(_id) ?? long.MinValue;
        var devices = _cluster.Sources.Where(source => source.Id == _id).SelectMany(DevicesOf);
        foreach (var device in devices.Distinct())
        {
            _clocks.Apply(device, (id, timeMs, rightMs) =>
                rightMs >= nextMs && !_facts.HasAveraged(_id, timeMs, id));
        }
    }

    private bool CloseNext()
    {
        if (NextBinding() is not var (binding, fromMs))
        {
            return false;
        }

        var untilMs = binding.Until?.ToUnixTimeMilliseconds();
        var nextMs = DevicesOf(binding)
            .Select(device => _records.OldestTimeOf(device, fromMs))
            .Min();
        if (nextMs is null || nextMs >= untilMs)
        {
            // Nothing more of this binding; its successor takes over once it is heard.
            if (untilMs is not { } endMs || !HasPassed(binding, endMs))
            {
                return false;
            }

            _facts.MoveTo(_id, endMs);
            return true;
        }

        var profile = _profiles[binding.Profile];
        var window = Window.Containing(nextMs.Value, profile.Window);
        if (!HasPassed(binding, window.EndMs))
        {
            return false;
        }

        // What is stored from here on is late for this window, whichever device is read first.
        var logId = _records.NewestId();
        var images = SourceImages.Read(_records, binding, window, logId);
        var now = _time.GetUtcNow();
        var result = WindowCalculation.Compute(binding, profile, window, images, 1, now);
        _facts.Write(binding, result, logId, now.ToUnixTimeMilliseconds());
        return true;
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
}
