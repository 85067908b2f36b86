using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Wire;
using Monitoring.Wire.Documents;

namespace Monitoring.Core.Contracts;

/// <summary>Reads the bubble: what counts, when, how much of it, and whose it is.</summary>
internal static class BubbleReader
{
    private const decimal MassMax = 1_000_000_000m;
    private const int PathMax = 100;
    private const int PeriodsLookedAt = 8;
    private const long Millionths = 1_000_000;

    private static readonly (string Unit, decimal Grams)[] MassUnits =
        [("g", 1m), ("kg", 1_000m), ("t", 1_000_000m)];

    private static readonly string[] Pollutants =
        ["nox", "no", "no2", "co", "so2", "dust", "co2", "nh3", "hcl", "hf", "toc", "hg"];

    public static Bubble Read(
        DocumentNode node, ImmutableArray<Party> parties, ContractSurroundings surroundings,
        DateTimeOffset inForce)
    {
        var period = ReadPeriod(node);
        CheckWindows(node, period, surroundings, inForce);
        var unit = node.OneOf("mass_unit", [.. MassUnits.Select(row => row.Unit)]);
        var gramsPerUnit = MassUnits.FirstOrDefault(row => row.Unit == unit).Grams;
        var weights = ReadWeights(node);
        var measure = node.Has("measure") && node.OneOf("measure", "mass", "credits") == "credits"
            ? Measure.Credits
            : Measure.Mass;
        var benchmarks = ReadBenchmarks(node, parties, gramsPerUnit);
        if (measure == Measure.Credits && benchmarks.IsEmpty)
        {
            node.Fault("measure", "credits are counted against benchmarks", "add 'benchmarks'");
        }

        var path = node.Has("cap_path") ? ReadPath(node, gramsPerUnit, inForce.Year) : [];
        var cap = !path.IsEmpty ? path[0].Grams
            : benchmarks.IsEmpty ? ReadGrams(node, "cap", gramsPerUnit) : 0;
        var holdings = benchmarks.IsEmpty
            ? ReadHoldings(node, parties, gramsPerUnit)
            : [.. parties.Select(party => new Holding(party.Member, 0))];
        CheckSum(node, cap, holdings, gramsPerUnit);
        var bubble = new Bubble(
            node.Id("id"), weights.IsEmpty ? node.OneOf("pollutant", Pollutants)
                : weights[0].Pollutant,
            period, cap ?? 0, holdings)
        {
            Weights = weights,
            CapPath = path,
            IsCapLinear =
                node.Has("between") && node.OneOf("between", "step", "linear") == "linear",
            OnClosure = node.Has("on_closure")
                ? node.OneOf("on_closure", "keep", "retire", "cancel")
                : "keep",
            Measure = measure,
            Benchmarks = benchmarks,
            Gates = ReadGates(node, measure),
        };
        node.RefuseUnknownKeys();
        return bubble;
    }

    private static PeriodRule ReadPeriod(DocumentNode bubble)
    {
        if (!bubble.IsMapping("period"))
        {
            var length = bubble.Duration("period", TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
            if (TimeSpan.TicksPerDay % length.Ticks != 0 || length.Milliseconds != 0)
            {
                bubble.Fault(
                    "period", $"a day is no multiple of {DocumentText.Format(length)}",
                    "use whole seconds that divide 24 h, such as '60 s' or '1 h'");
                return PeriodRule.Of(TimeSpan.Zero);
            }

            return PeriodRule.Of(length);
        }

        var node = bubble.Child("period");
        var kind = node.OneOf("kind", "month", "quarter", "year") switch
        {
            "month" => PeriodKind.Month,
            "quarter" => PeriodKind.Quarter,
            _ => PeriodKind.Year,
        };
        var name = node.Text("zone");
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && name.Length > 0)
        {
            node.Fault("zone", $"'zone' is '{name}'", "use a name such as 'Europe/Kyiv'");
        }

        var season = node.OptionalChild("season");
        var rule = new PeriodRule(kind, TimeSpan.Zero, zone ?? TimeZoneInfo.Utc)
        {
            Season = season is null ? null : new Season(ReadDay(season, "from"),
                ReadDay(season, "to")),
        };
        season?.RefuseUnknownKeys();
        if (rule.Season is { } days
            && (days.From.Month * 100) + days.From.Day > (days.To.Month * 100) + days.To.Day)
        {
            node.Fault(
                "season", "the season ends before it begins", "write it within one year");
        }

        node.RefuseUnknownKeys();
        return rule;
    }

    private static DayOfYear ReadDay(DocumentNode node, string key)
    {
        var text = node.Text(key);
        if (DateTime.TryParseExact(
            "2000-" + text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None,
            out var day))
        {
            return new DayOfYear(day.Month, day.Day);
        }

        if (text.Length > 0)
        {
            node.Fault(key, $"'{key}' is '{text}'", "use month and day, such as '05-01'");
        }

        return new DayOfYear(1, 1);
    }

    private static void CheckWindows(
        DocumentNode node, PeriodRule period, ContractSurroundings surroundings,
        DateTimeOffset inForce)
    {
        if (period is { Kind: PeriodKind.Length, Length.Ticks: 0 })
        {
            return;
        }

        foreach (var window in surroundings.Windows)
        {
            var at = inForce;
            var cuts = false;
            for (var i = 0; i < PeriodsLookedAt; i++)
            {
                at = period.Containing(at).End;
                cuts |= at.UtcTicks % window.Ticks != 0;
            }

            if (cuts)
            {
                node.Fault(
                    "period",
                    $"{period.Text} is no multiple of the window of {DocumentText.Format(window)}",
                    "use a multiple of it, so that no window lies in two periods");
            }
        }
    }

    private static ImmutableArray<PollutantWeight> ReadWeights(DocumentNode bubble)
    {
        if (!bubble.Has("pollutants"))
        {
            return [];
        }

        if (bubble.Has("pollutant"))
        {
            bubble.Fault("pollutant", "'pollutant' and 'pollutants' are both there", "remove one");
        }

        var node = bubble.Child("pollutants");
        var weights = ImmutableArray.CreateBuilder<PollutantWeight>();
        foreach (var pollutant in node.Keys())
        {
            if (!Pollutants.Contains(pollutant))
            {
                node.Fault(
                    pollutant, $"'{pollutant}' is no pollutant",
                    $"use one of: {string.Join(", ", Pollutants)}");
            }

            weights.Add(new PollutantWeight(
                pollutant, ReadScaled(node, pollutant, Millionths, 1_000_000m) ?? 0));
        }

        if (weights.Count == 0)
        {
            bubble.Fault("pollutants", "'pollutants' is empty", "write 'nox: 1' or others");
        }

        // As in the canonical document, so that every reader has the same first one.
        return
        [
            .. weights.OrderBy(weight => weight.Pollutant, StringComparer.Ordinal),
        ];
    }

    private static ImmutableArray<CapPoint> ReadPath(
        DocumentNode bubble, decimal gramsPerUnit, int firstYear)
    {
        var path = ImmutableArray.CreateBuilder<CapPoint>();
        foreach (var node in bubble.Items("cap_path", 1, PathMax))
        {
            var year = (int)node.Integer("year", 1900, 2999);
            path.Add(new CapPoint(year, ReadGrams(node, "cap", gramsPerUnit) ?? 0));
            node.RefuseUnknownKeys();
            if (path.Count > 1 && path[^2].Year >= year)
            {
                node.Fault("year", "the years do not rise", "write them in order, each once");
            }
        }

        if (path.Count > 0 && path[0].Year > firstYear)
        {
            bubble.Fault(
                "cap_path", "there is no cap for the first year",
                $"begin the path in {firstYear} or before");
        }

        return path.ToImmutable();
    }

    private static ImmutableArray<Benchmark> ReadBenchmarks(
        DocumentNode bubble, ImmutableArray<Party> parties, decimal gramsPerUnit)
    {
        var all = ImmutableArray.CreateBuilder<Benchmark>();
        foreach (var node in bubble.Items("benchmarks", 0, ContractReader.PartiesMax))
        {
            var member = node.Id("member");
            var scale = (long)(gramsPerUnit * Millionths);
            var limit = ReadScaled(node, "limit", scale, 1_000_000m) ?? 0;
            var own = node.Has("own_limit")
                ? ReadScaled(node, "own_limit", scale, 1_000_000m) ?? 0
                : limit;
            node.RefuseUnknownKeys();
            CheckMember(node, member, parties, all.Select(other => other.Member));
            all.Add(new Benchmark(member, limit, own));
        }

        if (all.Count > 0)
        {
            CheckAllNamed(bubble, "benchmarks", "limit", parties, all.Select(it => it.Member));
        }

        return all.ToImmutable();
    }

    private static ImmutableArray<Holding> ReadHoldings(
        DocumentNode bubble, ImmutableArray<Party> parties, decimal gramsPerUnit)
    {
        var holdings = ImmutableArray.CreateBuilder<Holding>();
        foreach (var node in bubble.Items("holdings", 1, ContractReader.PartiesMax))
        {
            var member = node.Id("member");
            var grams = ReadGrams(node, "mass", gramsPerUnit);
            node.RefuseUnknownKeys();
            CheckMember(node, member, parties, holdings.Select(other => other.Member));
            holdings.Add(new Holding(member, grams ?? 0));
        }

        if (holdings.Count > 0)
        {
            CheckAllNamed(bubble, "holdings", "mass", parties, holdings.Select(it => it.Member));
        }

        return holdings.ToImmutable();
    }

    private static void CheckMember(
        DocumentNode node, string member, ImmutableArray<Party> parties, IEnumerable<string> named)
    {
        if (member.Length > 0 && !parties.Any(party => party.Member == member))
        {
            node.Fault("member", $"'{member}' is no party", "add it to 'parties' first");
        }

        if (named.Contains(member))
        {
            node.Fault("member", $"'{member}' has a holding already", "give it one");
        }
    }

    private static void CheckAllNamed(
        DocumentNode bubble, string key, string value, ImmutableArray<Party> parties,
        IEnumerable<string> named)
    {
        foreach (var party in parties.Where(party => !named.Contains(party.Member)))
        {
            bubble.Fault(
                key, $"'{party.Member}' is a party and has no holding",
                $"add '- {{member: {party.Member}, {value}: ...}}'");
        }
    }

    private static void CheckSum(
        DocumentNode node, long? cap, ImmutableArray<Holding> holdings, decimal gramsPerUnit)
    {
        var reserve = node.Has("reserve") ? ReadGrams(node, "reserve", gramsPerUnit) ?? 0 : 0;
        var sum = holdings.Sum(holding => holding.Grams) + reserve;
        if (cap is { } grams && gramsPerUnit > 0 && holdings.Length > 0 && sum != grams)
        {
            node.Fault(
                "holdings", $"the holdings sum to {sum} g and the cap is {grams} g",
                "make the holdings sum to the cap; what nobody holds yet is the 'reserve'");
        }
    }

    private static ImmutableArray<GateRule> ReadGates(DocumentNode bubble, Measure measure)
    {
        var gates = ImmutableArray.CreateBuilder<GateRule>();
        foreach (var node in bubble.Items("gates", 0, 4))
        {
            gates.Add(new GateRule(
                node.OneOf("every", "month", "quarter") == "month" ? 1 : 3,
                node.OneOf("test", "cumulative", "credits") == "credits"
                    ? GateTest.Credits
                    : GateTest.Cumulative,
                (int)node.Integer("slack_percent", 100, 1_000)));
            node.RefuseUnknownKeys();
            if ((gates[^1].Test == GateTest.Credits) != (measure == Measure.Credits))
            {
                node.Fault(
                    "test", "the gate tests something else than the bubble counts",
                    "use 'credits' where the measure is 'credits', otherwise 'cumulative'");
            }
        }

        return gates.ToImmutable();
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

    /// <summary>The number times a scale, as a whole number; null after a fault.</summary>
    internal static long? ReadScaled(DocumentNode node, string key, long scale, decimal max)
    {
        var scaled = node.Number(key, 0, max) * scale;
        if (scaled != decimal.Truncate(scaled))
        {
            node.Fault(key, $"'{key}' has too many decimals", "use fewer of them");
            return null;
        }

        return (long)scaled;
    }
}
