using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Mass;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Records;

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
        _facts = facts;
        _cluster = cluster;
        _profiles = profiles;
        _contract = contract;
        _time = time;
        _id = this.GetPrimaryKeyString();
    }

    public Task Advance()
    {
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

    private bool CloseNext()
    {
        var now = _time.GetUtcNow();
        if (NextBinding() is not var (binding, fromMs))
        {
            return false;
        }

        ImmutableArray<DeviceId> devices = [.. binding.Devices.Select(name =>
            new DeviceId(new GatewayId(binding.Plant, binding.Gateway), name))];
        var newestMs = devices.Select(_records.NewestTimeOf).ToList();
        var nextMs = devices.Select(device => _records.OldestTimeOf(device, fromMs)).Min();
        if (nextMs is null || newestMs.Contains(null))
        {
            return false;
        }

        var profile = _profiles[binding.Profile];
        var window = Window.Containing(nextMs.Value, profile.Window);
        if (newestMs.Min() < window.EndMs)
        {
            return false;
        }

        var (images, logId) = SourceImages.Read(_records, binding, window, long.MaxValue);
        var result = WindowCalculation.Compute(binding, profile, window, images, 1, now);
        _facts.Write(binding, result, logId, now.ToUnixTimeMilliseconds());
        return true;
    }

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
