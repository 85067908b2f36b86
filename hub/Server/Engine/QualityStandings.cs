using System.Collections.Immutable;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Core.Quality;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>How the tests of one quantity stand, the one that ends first at the head.</summary>
public sealed record QuantityTests(
    string Quantity, ImmutableArray<TestStanding> Tests, ImmutableArray<DriftChart> Charts);

/// <summary>How the tests of a source stand.</summary>
public sealed record SourceTests(string Source, ImmutableArray<QuantityTests> Quantities);

/// <summary>Works out of stored tests how they stand, and what the QAL3 charts say.</summary>
public sealed class QualityStandings(
    AmendmentBook amendments, ClusterMap cluster, ProfileSet profiles)
{
    /// <summary>Null for a source that is not bound.</summary>
    public SourceTests? Of(string source, DateTimeOffset now)
    {
        if (cluster.SourceAt(source, now) is not { } binding)
        {
            return null;
        }

        var known = amendments.All(source).Select(row => row.Amendment).ToList();
        return new SourceTests(
            source,
            [
                .. from quantity in binding.Quantities.Select(one => one.Quantity)
                   let own = known.Where(one => one.Quantity == quantity).ToList()
                   let tests = AmendedWindow.GateOf(
                       quantity, profiles[binding.Profile], now.ToUnixTimeMilliseconds(), own)
                   let charts = DriftChart.Of(own)
                   where !tests.IsEmpty || !charts.IsEmpty
                   select new QuantityTests(quantity, tests, charts),
            ]);
    }
}
