using Monitoring.Core.Contracts;
using Monitoring.Server.Commands;
using Monitoring.Tests.Core;
using Monitoring.Tests.Transparency;

namespace Monitoring.Tests.Surface;

public sealed class ContractFilesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("contract-");
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_sound_contract_is_named_with_its_hash()
    {
        Assert.Equal(ExitCode.Ok, Check(Path("presets/cluster.yaml")));
        Assert.Matches("sha256 [0-9a-f]{64}", _output.ToString());
        Assert.Equal("", _errors.ToString());
    }

    [Fact]
    public void Every_fault_is_told_with_line_and_column_in_their_order()
    {
        var file = Write(File.ReadAllText(Path("presets/cluster.yaml"))
            .Replace("times: 5", "times: 0.5", StringComparison.Ordinal)
            .Replace("ratio: 2", "ratio: two", StringComparison.Ordinal)
            .Replace("cap: 1000", "cap: 1001", StringComparison.Ordinal)
            .Replace("final_days: 60", "final_days: 40", StringComparison.Ordinal));

        Assert.Equal(ExitCode.BadInput, Check(file));
        var lines = _errors.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] told =
        [
            "sum to 1000000000 g", "'ratio' is 'two'", "costs less than an earlier one",
            "final before objections are over", "4 faults.",
        ];
        Assert.Equal(told.Length, lines.Length);
        Assert.All(lines.Zip(told), pair => Assert.Contains(pair.Second, pair.First));
        Assert.All(lines[..4], line => Assert.Matches(@":\d+:\d+: .+; .+", line));
    }

    [Fact]
    public void A_member_in_two_bubbles_of_one_pollutant_is_a_fault()
    {
        Assert.Equal(
            ExitCode.BadInput, Check(Path("presets/cluster.yaml"), Path("presets/csapr.yaml")));
        Assert.Contains("'a' is in contract 'cluster' for so2 too", _errors.ToString());
    }

    [Fact]
    public void A_dry_run_says_who_would_have_paid_what_and_why()
    {
        Assert.Equal(
            ExitCode.Ok,
            DryRun(isTraced: true).OnSample(Path("samples/cluster-2026.yaml")));
        Assert.Contains(
            "Together: a EUR 48212.83, b EUR 34446.15, c EUR 18000.00, d EUR 12441.02.",
            _output.ToString());
        Assert.Contains("own excess of a = 15400000 g", _output.ToString());
    }

    [Fact]
    public void A_dry_run_takes_csv_and_carries_what_is_owed_into_the_next_period()
    {
        var file = Write(
            "source,member,pollutant,from,to,kg\n"
            + "s,a,so2,2026-05-01T00:00:00Z,2026-05-01T01:00:00Z,1010000\n"
            + "s,a,so2,2027-05-01T00:00:00Z,2027-05-01T01:00:00Z,390000\n", "facts.csv");

        Assert.Equal(ExitCode.Ok, DryRun().OnSample(file));
        // Over by 10 t: 20 t are owed. Without them the second year would be within its holding.
        Assert.Contains("10000.000 kg", _output.ToString());
        Assert.Contains("cluster-bubble/2026-12-31T22:00:00Z", _output.ToString());
        Assert.Matches(@"a +390000\.000 kg +400000\.000 kg +10000\.000 kg", _output.ToString());
    }

    /// <summary>From the first year the holdings go down; of the second there are no facts.
    /// </summary>
    [Fact]
    public void A_dry_run_after_a_period_without_facts_holds_what_is_held_then()
    {
        var file = Write(
            "source,member,pollutant,from,to,kg\n"
            + "s,a,so2,2016-05-01T00:00:00Z,2016-05-01T01:00:00Z,1000\n"
            + "s,a,so2,2025-05-01T00:00:00Z,2025-05-01T01:00:00Z,1000\n", "facts.csv");
        var contract = ContractFiles.Read(Path("presets/nerp.yaml"), _errors)!;
        var member = contract.Parties[0].Member;
        File.WriteAllText(file, File.ReadAllText(file).Replace(
            "s,a,so2", $"s,{member},{contract.Bubble.Pollutant}", StringComparison.Ordinal));

        Assert.Equal(
            ExitCode.Ok, new ContractDryRun(contract, false, _output, _errors).OnSample(file));
        var late = Period.Containing(
            contract, new DateTimeOffset(2025, 5, 1, 0, 0, 0, TimeSpan.Zero));
        var held = contract.Bubble.HoldingsIn(late).Single(it => it.Member == member).Grams;
        Assert.NotEqual(
            held,
            contract.Bubble.HoldingsIn(Period.Containing(
                contract, new DateTimeOffset(2017, 5, 1, 0, 0, 0, TimeSpan.Zero)))
                .Single(it => it.Member == member).Grams);
        Assert.Matches(
            $@"(?s)/{late.Id.Split('/')[1]}.*{member} +1000\.000 kg +{held / 1_000}\.000 kg",
            _output.ToString());
    }

    [Fact]
    public void A_dry_run_on_stored_facts_comes_to_what_was_settled()
    {
        var written = new WrittenBooks(System.IO.Path.Combine(_folder.FullName, "books.db"));
        written.Period(0, 200_000);
        written.Period(2, 300_000);
        var contract = Shipped.Contract;
        long ChargedTo(string member) => written.Query<long>(
            $"SELECT COALESCE(SUM(minor_units), 0) FROM charge WHERE member = '{member}'");
        Assert.Contains(contract.Parties, party => ChargedTo(party.Member) > 0);

        Assert.Equal(
            ExitCode.Ok,
            new ContractDryRun(contract, false, _output, _errors).OnBooks(_folder.FullName));
        Assert.Contains(
            "Together: " + string.Join(", ", contract.Parties.Select(party =>
                $"{party.Member} {contract.Currency.Show(ChargedTo(party.Member))}")) + ".",
            _output.ToString());
    }

    [Fact]
    public void Every_wrong_row_of_sample_facts_is_told()
    {
        var file = Write(
            "source,member,pollutant,from,to,kg\n"
            + "s,x,so2,2026-05-01T00:00:00Z,2026-05-01T01:00:00Z,1000\n"
            + "s,a,nox,2026-05-01T01:00:00Z,2026-05-01T02:00:00Z,1000\n"
            + "s,a,so2,2026-05-01T02:00:00Z,tomorrow,1\n"
            + "s,a,so2,2026-12-31T00:00:00Z,2027-01-02T00:00:00Z,1\n", "facts.csv");

        Assert.Equal(ExitCode.BadInput, DryRun().OnSample(file));
        foreach (var told in (string[])
            [":2: 'x' is no party", ":3: 'nox' does not count", ":4: ", ":5: the fact lies in two"])
        {
            Assert.Contains(told, _errors.ToString());
        }
    }

    [Fact]
    public void A_dry_run_without_books_says_what_to_name()
    {
        Assert.Equal(ExitCode.BadInput, DryRun().OnBooks(_folder.FullName));
        Assert.Contains("--facts", _errors.ToString());
    }

    private ContractDryRun DryRun(bool isTraced = false) => new(
        ContractFiles.Read(Path("presets/cluster.yaml"), _errors)!, isTraced, _output, _errors);

    private int Check(params string[] files) => ContractFiles.Check(files, _output, _errors);

    private string Write(string text, string name = "contract.yaml")
    {
        var file = System.IO.Path.Combine(_folder.FullName, name);
        File.WriteAllText(file, text);
        return file;
    }

    private static string Path(string name) => System.IO.Path.Combine(
        AppContext.BaseDirectory, "shipped", "contracts", name);
}
