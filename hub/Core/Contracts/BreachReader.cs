using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Wire.Documents;

namespace Monitoring.Core.Contracts;

/// <summary>Reads what a breach is and what follows from it.</summary>
internal static class BreachReader
{
    private const decimal RateMax = 1_000_000m;
    private const decimal TimesMax = 1_000m;
    private const int TiersMax = 20;
    private const long Thousandths = 1_000;
    private const long Millionths = 1_000_000;

    public static BreachRule ReadBreach(DocumentNode node)
    {
        var trigger = node.OneOf("trigger", "aggregate", "member", "both", "two-route") switch
        {
            "member" => Trigger.Member,
            "both" => Trigger.Both,
            "two-route" => Trigger.TwoRoute,
            _ => Trigger.Aggregate,
        };
        var apportion = node.OneOf("apportion", "own-excess", "own-level", "pro-rata") switch
        {
            "own-level" => Apportionment.OwnLevel,
            "pro-rata" => Apportionment.ProRata,
            _ => Apportionment.OwnExcess,
        };
        if (trigger == Trigger.Member && apportion == Apportionment.ProRata)
        {
            node.Fault(
                "apportion", "each member answers for itself, and nothing is shared",
                "use 'own-level'");
        }

        var rule = new BreachRule(trigger, apportion)
        {
            VariabilityPercent =
                (int)(node.OptionalInteger("variability_percent", 0, 100) ?? 0),
            IsLevelOfAllocation = node.Has("levels")
                && node.OneOf("levels", "holding", "allocation") == "allocation",
            CreditDiscountPercent =
                (int)(node.OptionalInteger("credit_discount_percent", 0, 100) ?? 0),
        };
        node.RefuseUnknownKeys();
        return rule;
    }

    public static MakeGoodRule? ReadMakeGood(DocumentNode? node)
    {
        if (node is null)
        {
            return null;
        }

        var rule = new MakeGoodRule(
            BubbleReader.ReadScaled(node, "ratio", Thousandths, TimesMax) ?? 0,
            node.Has("of") && node.OneOf("of", "apportioned", "bubble") == "bubble")
        {
            AssuranceThousandths = node.Has("assurance_ratio")
                ? BubbleReader.ReadScaled(node, "assurance_ratio", Thousandths, TimesMax) ?? 0
                : 0,
            WithinDays = (int)(node.OptionalInteger("within_days", 0, 3_660) ?? 0),
        };
        node.RefuseUnknownKeys();
        return rule;
    }

    public static ChargeRule ReadCharge(
        DocumentNode node, Currency currency, ImmutableArray<Party> parties,
        DateTimeOffset inForce)
    {
        var (key, grams) = node.Has("rate_per_t") && !node.Has("rate_per_kg")
            ? ("rate_per_t", 1_000_000L)
            : ("rate_per_kg", 1_000L);
        var rate = ReadRate(node, key, currency);
        var tiers = ReadTiers(node);
        var rule = (tiers.IsEmpty ? ChargeRule.OverPerKg(rate) : new ChargeRule(rate, grams, tiers))
            with
            {
                PerGrams = grams,
                Index = ReadIndex(node.OptionalChild("index"), inForce.Year),
                Factors = ReadFactors(node, parties),
            };
        node.RefuseUnknownKeys();
        return rule;
    }

    private static long ReadRate(DocumentNode node, string key, Currency currency)
    {
        var rate = node.Number(key, 0, RateMax) * currency.MinorUnits;
        if (rate == decimal.Truncate(rate))
        {
            return (long)rate;
        }

        node.Fault(
            key, "the rate is no whole number of minor units",
            string.Create(
                CultureInfo.InvariantCulture, $"use at most {currency.Decimals} decimals"));
        return 0;
    }

    private static ImmutableArray<Tier> ReadTiers(DocumentNode charge)
    {
        var tiers = ImmutableArray.CreateBuilder<Tier>();
        foreach (var node in charge.Items("tiers", 0, TiersMax))
        {
            var part = node.OneOf("part", "within", "over") == "over"
                ? ChargedPart.Over
                : ChargedPart.Within;
            tiers.Add(new Tier(
                part, (int?)node.OptionalInteger("to_percent", 1, 100_000),
                BubbleReader.ReadScaled(node, "times", Thousandths, TimesMax) ?? 0));
            node.RefuseUnknownKeys();
            if (tiers.Count > 1)
            {
                CheckStep(node, tiers[^2], tiers[^1]);
            }
        }

        foreach (var part in tiers.GroupBy(tier => tier.Part))
        {
            if (part.Last().ToPercent is not null)
            {
                charge.Fault(
                    "tiers", $"the tiers of '{NameOf(part.Key)}' end and leave a part without rate",
                    "write the last one without 'to_percent'");
            }
        }

        return tiers.ToImmutable();
    }

    // Each tier begins where the one before it ends, and never costs less.
    private static void CheckStep(DocumentNode node, Tier before, Tier tier)
    {
        if (before.Part == tier.Part && before.ToPercent is null)
        {
            node.Fault(
                "part", "the tier before it has no end, so it would never be reached",
                "give the one before a 'to_percent'");
        }
        else if (before.Part == tier.Part && tier.ToPercent <= before.ToPercent)
        {
            node.Fault(
                "to_percent", "the tier ends before it begins", "write the tiers in order");
        }

        if (before.Part == ChargedPart.Over && tier.Part == ChargedPart.Within)
        {
            node.Fault("part", "'within' comes after 'over'", "write the tiers in order");
        }

        if (tier.TimesThousandths < before.TimesThousandths)
        {
            node.Fault(
                "times", "a later tier costs less than an earlier one",
                "let 'times' never fall, or emitting more would cost less");
        }
    }

    private static string NameOf(ChargedPart part) =>
        part == ChargedPart.Over ? "over" : "within";

    private static IndexRule? ReadIndex(DocumentNode? node, int firstYear)
    {
        if (node is null)
        {
            return null;
        }

        var values = node.Child("by_year");
        var byYear = ImmutableSortedDictionary.CreateBuilder<int, long>();
        foreach (var key in values.Keys())
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var year))
            {
                values.Fault(key, $"'{key}' is no year", "write 'year: value' lines");
                continue;
            }

            byYear[year] = BubbleReader.ReadScaled(values, key, Millionths, TimesMax) ?? 0;
        }

        var rule = new IndexRule(
            node.Text("series"), (int)node.Integer("base_year", 1900, 2999), byYear.ToImmutable(),
            node.Has("rounded_to") && node.OneOf("rounded_to", "minor", "major") == "major");
        node.RefuseUnknownKeys();
        if (rule.BaseYear != firstYear && !byYear.Keys.Any(year => year <= firstYear))
        {
            node.Fault(
                "by_year", $"the series '{rule.Series}' has no value for {firstYear}",
                "add the value that holds for the first period");
        }

        return rule;
    }

    private static ImmutableArray<LocationFactor> ReadFactors(
        DocumentNode charge, ImmutableArray<Party> parties)
    {
        var factors = ImmutableArray.CreateBuilder<LocationFactor>();
        foreach (var node in charge.Items("factors", 0, ContractReader.PartiesMax))
        {
            var member = node.Id("member");
            factors.Add(new LocationFactor(
                member, BubbleReader.ReadScaled(node, "times", Thousandths, TimesMax) ?? 0));
            node.RefuseUnknownKeys();
            if (member.Length > 0 && !parties.Any(party => party.Member == member))
            {
                node.Fault("member", $"'{member}' is no party", "add it to 'parties' first");
            }

            if (factors.Count(factor => factor.Member == member) > 1)
            {
                node.Fault("member", $"'{member}' has a factor already", "give it one");
            }
        }

        return factors.ToImmutable();
    }
}
