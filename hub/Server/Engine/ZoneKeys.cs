using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;

namespace Monitoring.Server.Engine;

/// <summary>The zone key of every source of the cluster.</summary>
public static class ZoneKeys
{
    /// <summary>As a contract has them, or else all in the zone that a source stands in.</summary>
    public static IReadOnlyDictionary<string, ZoneKey> Of(
        ClusterMap cluster, Contract contract) =>
        cluster.ZoneBySource.ToDictionary(
            pair => pair.Key,
            pair => contract.Fund.ZoneKeys.GetValueOrDefault(pair.Key)
                ?? ZoneKey.In(pair.Value));
}
