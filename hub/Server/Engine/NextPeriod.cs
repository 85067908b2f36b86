using Monitoring.Core.Contracts;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>Which period is to be settled next.</summary>
internal sealed class NextPeriod(FactBook facts, QuotaBook quotas, ContractVersions versions)
{
    /// <summary>What began before is settled, or was passed over; UTC milliseconds.</summary>
    public long FromMs =>
        quotas.PositionOf(versions.Newest.Id)
            ?? versions.At(DateTimeOffset.MinValue).InForce.ToUnixTimeMilliseconds();

    /// <summary>The first unsettled period that has a fact; null where there is none.</summary>
    public Period? Find() =>
        facts.NextFactMs(versions.Newest.Bubble.Pollutants, FromMs) is { } factMs
            ? versions.PeriodAt(factMs)
            : null;
}
