using Monitoring.Tests.Servers;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Dashboards;

/// <summary>One InfluxDB, filled by a real hub, for all tests of this project.</summary>
public sealed class SeededInflux : IAsyncLifetime
{
    private const string Database = "emissions";

    /// <summary>As it is shipped.</summary>
    public static readonly string Shipped =
        File.ReadAllText(Checkout.File("dashboards", "emissions.json"));

    private InfluxServer? _influx;

    public async ValueTask InitializeAsync()
    {
        _influx = await InfluxServer.Start();
        await Seed.Write(
            _influx, Database, TimeProvider.System.GetUtcNow(), () => Check(Shipped));
    }

    // Looked at now: alerts and entries have the time at which the hub worked them out.
    public Task<IReadOnlyList<string>> Check(string dashboard) =>
        new Gate(_influx!, Database, ProvisionedUids(), TimeProvider.System.GetUtcNow())
            .Check(Dashboard.Parse(dashboard));

    public async ValueTask DisposeAsync()
    {
        if (_influx is { } influx)
        {
            await influx.DisposeAsync();
        }
    }

    private static HashSet<string> ProvisionedUids()
    {
        var path = Checkout.File("dashboards", "provisioning", "datasources", "emissions.yaml");
        var faults = new Faults();
        var document = DocumentNode.Parse(path, File.ReadAllText(path), faults);
        return document.Items("datasources", 1, 10).Select(one => one.Text("uid")).ToHashSet();
    }
}

/// <summary>The shipped dashboard works, and the gate sees what would break it.</summary>
public sealed class EmissionsTests(SeededInflux influx) : IClassFixture<SeededInflux>
{
    /// <summary>What is broken, by which words, and how the gate names it.</summary>
    private static readonly (string Old, string New, string Finding)[] Faults =
    [
        ("SELECT mean(\\\"value\\\")", "SELECT mean(\\\"value\\\"", "error parsing query"),
        ("\\\"mass_mg\\\"", "\\\"mass_gm\\\"", "NOx leaves each stack? A: nothing is shown"),
        ("\"unit\": \"conmgNm3\"", "\"unit\": \"mgNm3\"", "unknown unit 'mgNm3'"),
        ("\"options\": \"Ratio\"", "\"options\": \"Ration\"", "'Ration' matches no field"),
        ("\"options\": \"/forecast$/\"", "\"options\": \"/prophecy$/\"", "prophecy$/' matches no"),
        ("\"holding_t\": \"Holding\"", "\"held_t\": \"Holding\"", "missing column 'held_t'"),
        ("\\\"source\\\" =~ /^${source:regex}$/", "\\\"source\\\" =~ /^${sauce:regex}$/",
            "'${sauce:regex}' is not resolved"),
        ("\"alias\": \"$tag_source\"", "\"alias\": \"$tag_sauce\"", "alias leaves '$tag_sauce'"),
        ("\"title\": \"What is in the fund?\"", "\"title\": \"\"", "a panel has no title"),
        ("\"description\": \"Latest balance", "\"describe\": \"Latest balance",
            "What is in the fund?: no description"),
        ("\"uid\": \"emissions-influx\"", "\"uid\": \"influx\"", "'influx' is not provisioned"),
        ("\\\"state\\\" = 1", "\\\"state\\\" = 7", "annotation Alerts raised: nothing is shown"),
        ("SHOW TAG VALUES FROM \\\"quota\\\"", "SHOW TAG VALUES FROM \\\"quotas\\\"",
            "variable bubble: nothing is shown"),
        ("\"$__all\"", "\"plant-z\"", "variable plant: its default is no option"),
        ("\"rawQuery\": true", "\"rawQuery\": false", "rawQuery is not true"),
        ("\"editable\": false", "\"editable\": true", "the dashboard is editable"),
        ("\"schemaVersion\": 42", "\"schemaVersion\": 2", "schemaVersion is not 42"),
        ("\"id\": \"organize\"", "\"id\": \"organise\"", "'organise' cannot be checked"),
        ("\"windows_left\": \"Left", "\"windows_ri\": \"Left", "missing column 'windows_ri'"),
        ("\"timeFrom\": \"180d\"", "\"timeFrom\": \"1d\"", "zero and span drift? A: nothing"),
        ("\"repeat\": \"plant\"", "\"repeat\": \"plan\"", "the unknown variable 'plan'"),
    ];

    public static TheoryData<int> FaultNumbers => [.. Enumerable.Range(0, Faults.Length)];

    [Fact]
    public async Task Every_query_shows_something() =>
        Assert.Equal([], await influx.Check(SeededInflux.Shipped));

    [Theory]
    [MemberData(nameof(FaultNumbers))]
    public async Task A_planted_fault_is_found(int number)
    {
        var (old, planted, finding) = Faults[number];
        Assert.Contains(old, SeededInflux.Shipped, StringComparison.Ordinal);
        var findings = await influx.Check(
            SeededInflux.Shipped.Replace(old, planted, StringComparison.Ordinal));
        Assert.Contains(findings, one => one.Contains(finding, StringComparison.Ordinal));
    }
}
