using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Monitoring.Wire;
using Monitoring.Wire.Documents;

namespace Monitoring.Core.Contracts;

/// <summary>What a contract has to fit into.</summary>
/// <param name="Members">The members of the cluster; null where it cannot be read.</param>
/// <param name="Windows">The windows that facts of the cluster's sources come in.</param>
public sealed record ContractSurroundings(
    IReadOnlyCollection<string>? Members, IReadOnlyCollection<TimeSpan> Windows);

/// <summary>Reads a contract and reports everything that is wrong with it at once.</summary>
public static class ContractReader
{
    private const int PartiesMax = 200;
    private const decimal MassMax = 1_000_000_000m;
    private const decimal RateMax = 1_000_000m;

    private static readonly (string Unit, decimal Grams)[] MassUnits =
        [("g", 1m), ("kg", 1_000m), ("t", 1_000_000m)];

    private static readonly string[] Pollutants =
        ["nox", "no", "no2", "co", "so2", "dust", "co2", "nh3", "hcl", "hf", "toc", "hg"];

    /// <summary>The contract, or null when this document added faults.</summary>
    /// <param name="bytes">The file as it is on disk.</param>
    public static Contract? Read(
        string file, byte[] bytes, ContractSurroundings surroundings, Faults faults)
    {
        var before = faults.All.Count;
        var root = DocumentNode.Parse(file, Encoding.UTF8.GetString(bytes), faults);
        if (faults.All.Count > before)
        {
            return null;
        }

        var currency = ReadCurrency(root.Child("currency"));
        var parties = ReadParties(root, surroundings);
        var contract = new Contract
        {
            Id = root.Id("contract"),
            Version = (int)root.Integer("version", 1, 1_000_000),
            Title = root.Text("title"),
            Hash = Convert.ToHexStringLower(SHA256.HashData(root.Canonical())),
            InForce = root.Instant("in_force"),
            Currency = currency,
            Parties = parties,
            Bubble = ReadBubble(root.Child("bubble"), parties, surroundings),
            Alerts = ReadAlerts(root.Child("alerts")),
            ChargeMinorUnitsPerKg = ReadCharge(root.Child("charge"), currency),
            Fund = ReadFund(root.Child("fund")),
        };
        var period = contract.Bubble.Period;
        if (period > TimeSpan.Zero && contract.InForce.UtcTicks % period.Ticks != 0)
        {
            root.Fault(
                "in_force", "'in_force' lies inside a period, and what was emitted before it "
                    + "would be charged with the rest",
                $"use a multiple of {DocumentText.Format(period)}, counted from midnight UTC");
        }

        ReadClausesOfOneForm(root);
        root.RefuseUnknownKeys();
        return faults.All.Count == before ? contract : null;
    }

    private static Currency ReadCurrency(DocumentNode node)
    {
        var code = node.Text("code");
        if (code.Length > 0 && (code.Length != 3 || !code.All(char.IsAsciiLetterUpper)))
        {
            node.Fault("code", $"'code' is '{code}'", "use three capital letters, such as 'EUR'");
        }

        var currency = new Currency(code, (int)node.Integer("decimals", 0, 4));
        node.RefuseUnknownKeys();
        return currency;
    }

    private static ImmutableArray<Party> ReadParties(
        DocumentNode root, ContractSurroundings surroundings)
    {
        var parties = ImmutableArray.CreateBuilder<Party>();
        foreach (var node in root.Items("parties", 1, PartiesMax))
        {
            var party = new Party(node.Id("member"), node.OneOf("role", "core", "dependent"));
            node.RefuseUnknownKeys();
            if (party.Member.Length == 0)
            {
                continue;
            }

            if (parties.Any(other => other.Member == party.Member))
            {
                node.Fault("member", $"'{party.Member}' is a party twice", "name it once");
            }
            else if (Identifier.IsValid(party.Member)
                && surroundings.Members is { } members && !members.Contains(party.Member))
            {
                node.Fault(
                    "member", $"'{party.Member}' is no member of the cluster",
                    $"use one of: {string.Join(", ", members)}");
            }

            parties.Add(party);
        }

        return parties.ToImmutable();
    }

    private static Bubble ReadBubble(
        DocumentNode node, ImmutableArray<Party> parties, ContractSurroundings surroundings)
    {
        var period = node.Duration("period", TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        CheckPeriod(node, period, surroundings);
        var unit = node.OneOf("mass_unit", [.. MassUnits.Select(row => row.Unit)]);
        var gramsPerUnit = MassUnits.FirstOrDefault(row => row.Unit == unit).Grams;
        var cap = ReadGrams(node, "cap", gramsPerUnit);
        var holdings = ReadHoldings(node, parties, gramsPerUnit);
        var sum = holdings.Sum(holding => holding.Grams);
        if (cap is { } grams && gramsPerUnit > 0 && holdings.Length > 0 && sum != grams)
        {
            node.Fault(
                "holdings", $"the holdings sum to {sum} g and the cap is {grams} g",
                "make the holdings sum to the cap");
        }

        var bubble = new Bubble(
            node.Id("id"), node.OneOf("pollutant", Pollutants), period, cap ?? 0, holdings);
        node.RefuseUnknownKeys();
        return bubble;
    }

    private static void CheckPeriod(
        DocumentNode node, TimeSpan period, ContractSurroundings surroundings)
    {
        var written = DocumentText.Format(period);
        if (TimeSpan.TicksPerDay % period.Ticks != 0 || period.Milliseconds != 0)
        {
            node.Fault(
                "period", $"a day is no multiple of {written}",
                "use whole seconds that divide 24 h, such as '60 s' or '1 h'");
        }

        foreach (var window in surroundings.Windows)
        {
            if (period.Ticks % window.Ticks != 0)
            {
                node.Fault(
                    "period",
                    $"{written} is no multiple of the window of {DocumentText.Format(window)}",
                    "use a multiple of it, so that no window lies in two periods");
            }
        }
    }

    private static ImmutableArray<Holding> ReadHoldings(
        DocumentNode bubble, ImmutableArray<Party> parties, decimal gramsPerUnit)
    {
        var holdings = ImmutableArray.CreateBuilder<Holding>();
        foreach (var node in bubble.Items("holdings", 1, PartiesMax))
        {
            var member = node.Id("member");
            var grams = ReadGrams(node, "mass", gramsPerUnit);
            node.RefuseUnknownKeys();
            if (member.Length > 0 && !parties.Any(party => party.Member == member))
            {
                node.Fault("member", $"'{member}' is no party", "add it to 'parties' first");
            }

            if (holdings.Any(holding => holding.Member == member))
            {
                node.Fault("member", $"'{member}' has a holding already", "give it one");
            }

            holdings.Add(new Holding(member, grams ?? 0));
        }

        foreach (var party in parties)
        {
            if (holdings.Count > 0 && !holdings.Any(holding => holding.Member == party.Member))
            {
                bubble.Fault(
                    "holdings", $"'{party.Member}' is a party and has no holding",
                    $"add '- {{member: {party.Member}, mass: ...}}'");
            }
        }

        return holdings.ToImmutable();
    }

    private static long? ReadGrams(DocumentNode node, string key, decimal gramsPerUnit)
    {
        var mass = node.Number(key, 0, MassMax);
        var grams = mass * gramsPerUnit;
        if (grams != decimal.Truncate(grams))
        {
            node.Fault(key, $"'{key}' is no whole number of grams", "use fewer decimals");
            return null;
        }

        return (long)grams;
    }

    private static AlertLevels ReadAlerts(DocumentNode node)
    {
        var levels = new AlertLevels(
            (int)node.Integer("forecast_percent", 1, 1_000),
            (int)node.Integer("member_percent", 1, 1_000),
            (int)node.Integer("bubble_percent", 1, 1_000),
            (int)node.Integer("hysteresis_percent", 0, 50));
        if (levels.ForecastPercent > levels.MemberPercent)
        {
            node.Fault(
                "forecast_percent", "the forecast warns later than the holding itself",
                "set 'forecast_percent' not above 'member_percent'");
        }

        if (levels.HysteresisPercent >= levels.ForecastPercent)
        {
            node.Fault(
                "hysteresis_percent", "an alert could never be cleared",
                "set it below every other level");
        }

        node.RefuseUnknownKeys();
        return levels;
    }

    private static long ReadCharge(DocumentNode node, Currency currency)
    {
        var rate = node.Number("rate_per_kg", 0, RateMax) * currency.MinorUnits;
        node.RefuseUnknownKeys();
        if (rate != decimal.Truncate(rate))
        {
            node.Fault(
                "rate_per_kg", "the rate is no whole number of minor units",
                string.Create(
                    CultureInfo.InvariantCulture, $"use at most {currency.Decimals} decimals"));
            return 0;
        }

        return (long)rate;
    }

    private static FundSplit ReadFund(DocumentNode node)
    {
        node.OneOf("local_by", "zone-of-source");
        var split = node.Child("split");
        var parts = new FundSplit(
            (int)split.Integer("local_percent", 0, 100),
            (int)split.Integer("programme_percent", 0, 100),
            (int)split.Integer("reserve_percent", 0, 100));
        var sum = parts.LocalPercent + parts.ProgrammePercent + parts.ReservePercent;
        if (node.Has("split") && sum != 100)
        {
            node.Fault("split", $"the split sums to {sum} %", "make its parts sum to 100");
        }

        split.RefuseUnknownKeys();
        node.RefuseUnknownKeys();
        return parts;
    }

    // The contract says them although there is no other choice yet: what is signed is whole.
    private static void ReadClausesOfOneForm(DocumentNode root)
    {
        var breach = root.Child("breach");
        breach.OneOf("trigger", "aggregate");
        breach.OneOf("apportion", "own-excess");
        breach.RefuseUnknownKeys();
        var rounding = root.Child("rounding");
        var mass = rounding.Child("mass");
        mass.OneOf("unit", "g");
        mass.OneOf("at", "member");
        mass.RefuseUnknownKeys();
        var money = rounding.Child("money");
        money.OneOf("unit", "minor");
        money.OneOf("at", "bubble");
        money.OneOf("mode", "half-away-from-zero");
        money.OneOf("remainder", "largest");
        money.RefuseUnknownKeys();
        rounding.RefuseUnknownKeys();
    }
}
