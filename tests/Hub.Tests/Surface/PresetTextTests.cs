using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Monitoring.Core;
using Monitoring.Core.Contracts;
using Monitoring.Server.Commands;
using Monitoring.Tests.Core;

namespace Monitoring.Tests.Surface;

/// <summary>
/// What a beginner sees of each preset: that it is well, what it says, and who would have paid.
/// </summary>
public sealed class PresetTextTests : IDisposable
{
    private readonly DirectoryInfo _folder =
        Directory.CreateTempSubdirectory("monitoring-presets-");

    public static TheoryData<string> Presets =>
    [
        "arp", "cluster", "csapr", "eu-ets", "hon", "kyoto", "nbp", "nerp", "nox-averaging",
        "reclaim", "ru-charge", "se-nox", "ua-charge",
    ];

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Presets))]
    public void A_preset_is_checked_explained_and_tried(string preset)
    {
        using var errors = new StringWriter();
        using var output = new StringWriter();
        var contract = ContractFiles.Read(
            Path.Combine(
                AppContext.BaseDirectory, "shipped", "contracts", "presets", $"{preset}.yaml"),
            errors)!;
        Assert.Equal("", errors.ToString());

        // No mass has more digits than anybody reads, and none is 0 where it is not known yet.
        Assert.DoesNotMatch(@"\d{7}|cap 0 g", ContractFiles.Summary(contract).Split('\n')[2]);
        var english = ContractText.Explain(contract, Language.English);
        var ukrainian = ContractText.Explain(contract, Language.Ukrainian);
        Assert.DoesNotMatch(@"\d{7}|less 0 %|, 0 days for objections, final after 0", english);
        AssertSays(contract, english, "is done for: ", "Unverified");
        AssertSays(contract, ukrainian, "Підстави: ", "unverified");

        // Every paragraph of it is Ukrainian; what was not looked up is quoted as it is.
        Assert.All(
            ukrainian.Split("\n\n").Where(text => !text.StartsWith('-')),
            text => Assert.Matches("[а-яіїєґ]{3}", text));
        Assert.DoesNotMatch("[а-яіїєґ]", english);

        Assert.Equal(
            ExitCode.Ok,
            new ContractDryRun(contract, isTraced: false, output, errors)
                .OnSample(Sample(contract)));
        Assert.Equal("", errors.ToString());
        Assert.All(contract.Parties, party => Assert.Matches(
            $@"(?m)^{party.Member} +\d+\.\d{{3}} kg +", output.ToString()));
        Assert.Contains("Together: ", output.ToString());
        Assert.Equal(
            contract.Refund is null ? 0 : contract.Parties.Length,
            Regex.Count(output.ToString(), "refund to "));
    }

    private static void AssertSays(
        Contract contract, string text, string reasons, string unverified)
    {
        Assert.Contains(reasons, text);
        Assert.Equal(
            !contract.Unverified.IsEmpty, text.Contains(unverified, StringComparison.Ordinal));
        Assert.All(contract.Parties, party => Assert.Contains(party.Member, text));
        Assert.All(contract.Bubble.Pollutants, one => Assert.Contains(one, text));
        Assert.All(contract.Bubble.Benchmarks, one => Assert.Contains(
            $"{one.Member} {(one.Micrograms / 1_000_000_000m).ToString(
                "0.#########", CultureInfo.InvariantCulture)} ", text));
    }

    // Of each member a mass above what it holds, in the season, and what it made where it counts.
    private string Sample(Contract contract)
    {
        var period = Period.Containing(contract, contract.InForce);
        var start = period.Start + ((period.End - period.Start) / 2);
        var text = new StringBuilder("facts:\n");
        var activities = new StringBuilder("activities:\n");
        string At(DateTimeOffset at) =>
            at.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        foreach (var party in contract.Parties)
        {
            var held = contract.Bubble.HoldingsIn(period)
                .First(one => one.Member == party.Member).Grams;
            text.Append(
                CultureInfo.InvariantCulture,
                $"  - source: stack-{party.Member}\n    member: {party.Member}\n"
                    + $"    pollutant: {contract.Bubble.Pollutant}\n    from: {At(start)}\n"
                    + $"    to: {At(start.AddHours(1))}\n    kg: {(held / 1_000) + 5_000}\n");
            activities.Append(
                CultureInfo.InvariantCulture,
                $"  - member: {party.Member}\n    from: {At(period.Start)}\n"
                    + $"    to: {At(period.End)}\n    quantity: 1000\n");
        }

        if (contract.AsksActivity)
        {
            text.Append(activities);
        }

        var file = Path.Combine(_folder.FullName, "sample.yaml");
        File.WriteAllText(file, text.ToString());
        return file;
    }
}
