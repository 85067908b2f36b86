using System.Globalization;
using Monitoring.Server.Exports;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Tests.Surface;

/// <summary>The books as tables.</summary>
public sealed class ExportsTests
{
    /// <summary>More windows than fit into one page of the reader.</summary>
    private const int Windows = 2_600;

    [Fact]
    public async Task Averages_facts_and_releases_hold_all_windows()
    {
        await using var hub = new SeededHub();
        hub.SeedWindows(Windows);
        var exports = new BookExports(
            new BookReader(hub.Books.Database), hub.Settings.TimeZone);
        var missing = Enumerable.Range(0, Windows).Count(i => i % 17 == 9);

        var averages = Rows(exports.Averages(long.MinValue, long.MaxValue));
        Assert.Equal(2 * Windows, averages.Count);
        Assert.Equal(
            2 * missing, averages.Count(row => row[4].Length == 0 && row[7] == "coverage"));
        Assert.Contains("+02:00", averages[0][2], StringComparison.Ordinal);

        var facts = Rows(exports.Facts(long.MinValue, long.MaxValue));
        Assert.Equal(2 * (Windows - missing), facts.Count);
        Assert.Equal(facts.Count, facts.Select(row => row[0]).Distinct().Count());
        Assert.All(facts, row => Assert.Equal("231417", row[7]));

        var releases = Rows(exports.Releases(2026));
        Assert.Equal(["member-a", "member-b"], releases.Select(row => row[0]));
        Assert.All(releases, row =>
        {
            Assert.Equal(
                (Windows - missing) * 231_417m / 1e6m,
                decimal.Parse(row[5], CultureInfo.InvariantCulture));
            Assert.Equal("8760", row[4]);
            Assert.Equal("", row[7]);
            Assert.Equal("unverified threshold; the year is not complete", row[8]);
        });
        Assert.Empty(Rows(exports.Releases(2025)));
    }

    [Fact]
    public async Task A_span_holds_the_windows_that_start_in_it()
    {
        await using var hub = new SeededHub();
        hub.SeedWindows(10);
        var exports = new BookExports(
            new BookReader(hub.Books.Database), hub.Settings.TimeZone);

        // The seeded windows start 20 s to 110 s before now, every ten seconds.
        Assert.Equal(
            2 * 3, Rows(exports.Averages(SeededHub.Ms(50), SeededHub.Ms(20))).Count);
    }

    private static List<string[]> Rows(string csv) =>
        [.. csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(line => line.Split(','))];
}
