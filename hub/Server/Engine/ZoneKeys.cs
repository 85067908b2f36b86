using Monitoring.Core.Averaging;
using Monitoring.Core.Fund;

namespace Monitoring.Server.Engine;

/// <summary>The zone key of every source of the cluster.</summary>
public static class ZoneKeys
{
    public static IReadOnlyDictionary<string, ZoneKey> Of(ClusterMap cluster) =>
        cluster.ZoneBySource.ToDictionary(pair => pair.Key, pair => ZoneKey.In(pair.Value));
}
