using System.Collections.Immutable;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Core.Quality;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>How the tests of one quantity stand, the one that ends first at the head.</summary>
/// <param name="Range">
/// How its values lie in the range of its calibration since that was tested; null: it has none.
/// </param>
public sealed record QuantityTests(
    string Quantity, ImmutableArray<TestStanding> Tests, ImmutableArray<DriftChart> Charts,
    CalibrationRange? Range);

/// <summary>How the tests of a source stand.</summary>
public sealed record SourceTests(string Source, ImmutableArray<QuantityTests> Quantities);

/// <summary>Works out of stored tests how they stand, and what the QAL3 charts say.</summary>
public sealed class QualityStandings(
    AmendmentBook amendments, LevelBook levels, ClusterMap cluster, ProfileSet profiles)
{
    private const long WeekMs = 7 * 86_400_000L;

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
                .. from measured in binding.Quantities
                   let quantity = measured.Quantity
                   let own = known.Where(one => one.Quantity == quantity).ToList()
                   let tests = AmendedWindow.GateOf(
                       quantity, profiles[binding.Profile], now.ToUnixTimeMilliseconds(), own)
                   let charts = DriftChart.Of(own)
                   let range = RangeOf(source, measured.CalibrationAt(now), quantity, own)
                   where !tests.IsEmpty || !charts.IsEmpty || range is not null
                   select new QuantityTests(quantity, tests, charts, range),
            ]);
    }

    private CalibrationRange? RangeOf(
        string source, CalibrationFunction? function, string quantity, List<Amendment> own)
    {
        if (function?.RangeMax is null)
        {
            return null;
        }

        var sinceMs = own.Where(one => one is { Test: "ast", Passed: true })
            .Select(one => one.FromMs).Append(function.From.ToUnixTimeMilliseconds()).Max();
        return CalibrationRange.Of(
        [
            .. levels.StandardisedFrom(source, quantity, sinceMs)
                .GroupBy(value => (value.StartMs - sinceMs) / WeekMs)
                .Select(week => RangeWeek.Of(week.Select(value => value.Number), function)),
        ]);
    }
}
