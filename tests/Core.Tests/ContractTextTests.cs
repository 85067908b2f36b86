using Monitoring.Core;
using Monitoring.Core.Contracts;

namespace Monitoring.Tests.Core;

/// <summary>The explanation names a clause where it is in force, and no other.</summary>
public sealed class ContractTextTests
{
    private static readonly Contract Plain = Contracts.Preset("cluster") with
    {
        Late = new LateRule(0, false, false, 0), MakeGood = null, Bank = BankRule.None,
        Fund = new FundSplit(70, 20, 10),
    };

    [Fact]
    public void What_is_not_in_force_is_not_mentioned()
    {
        foreach (var word in (string[])["% a year", "named in public", "may not sell", "cost",
            "own charges", "score", "in kind", "handed over"])
        {
            Assert.DoesNotContain(word, Say(Plain), StringComparison.Ordinal);
        }

        Assert.Contains("Nothing follows from being late.", Say(Plain), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_in_force_is_said_with_its_numbers()
    {
        void Says(string expected, Contract contract) =>
            Assert.Contains(expected, Say(contract), StringComparison.Ordinal);
        Says("Who is late owes 7.25 % a year, may not sell.", Plain with
        {
            Late = new LateRule(7.25m, false, true, 0),
        });
        Says("may be up to 30 % its own charges. A project needs a score of 40 of 100.", Plain with
        {
            Fund = Plain.Fund with { SelfMaxPercent = 30, ScoreMin = 40 },
        });
        Says("at most 4 % of its income", Plain with
        {
            Fund = Plain.Fund with { AdminMaxPercent = 4 },
        });
        Says("For 30 s they may object; then it is final.", Plain with
        {
            Calendar = CalendarRule.AtOnce with { Objections = TimeSpan.FromSeconds(30) },
        });
        Says("due 90 days after the period", Plain with
        {
            MakeGood = new MakeGoodRule(2_000, false) { WithinDays = 90 },
        });
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void Every_preset_is_explained_in_both_languages(string preset)
    {
        var contract = Contracts.Preset(preset);
        var english = ContractText.Explain(contract, Language.English).Split("\n\n");
        var ukrainian = ContractText.Explain(contract, Language.Ukrainian).Split("\n\n");
        Assert.Equal(english.Length, ukrainian.Length);
        Assert.Contains("не перевіряв юрист", ukrainian[0], StringComparison.Ordinal);
    }

    public static TheoryData<string> Presets() => [.. Contracts.Presets];

    private static string Say(Contract contract) =>
        ContractText.Explain(contract, Language.English);
}
