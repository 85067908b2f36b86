using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core.Contracts;
using Monitoring.Wire.Documents;

namespace Monitoring.Core.Settlement;

/// <summary>Facts, accounts and activities that somebody wrote down to try a contract.</summary>
public sealed record SampleFacts(
    ImmutableArray<EmittedMass> Masses, ImmutableArray<MemberAccount> Accounts,
    ImmutableArray<Activity> Activities);

/// <summary>
/// Reads sample facts: YAML with lists, or CSV with the columns source, member, pollutant, from,
/// to and kg. Every fault is reported at once.
/// </summary>
public static class SampleFactsReader
{
    private const int RowsMax = 200_000;
    private const decimal KilogramsMax = 1_000_000_000m;
    private const long MilligramsPerKilogram = 1_000_000;
    private const int GramsPerKilogram = 1_000;

    private static readonly string[] Columns =
        ["source", "member", "pollutant", "from", "to", "kg"];

    /// <summary>The facts, or null when this document added faults.</summary>
    public static SampleFacts? ReadYaml(
        string file, string text, Contract contract, Faults faults)
    {
        var before = faults.All.Count;
        var root = DocumentNode.Parse(file, text, faults);
        if (faults.All.Count > before)
        {
            return null;
        }

        var masses = ImmutableArray.CreateBuilder<EmittedMass>();
        foreach (var node in root.Items("facts", 1, RowsMax))
        {
            var mass = MassOf(
                (node.Id("source"), node.Id("member"), node.Text("pollutant")),
                (node.Instant("from"), node.Instant("to")),
                node.Number("kg", 0, KilogramsMax));
            node.RefuseUnknownKeys();
            Check(contract, mass, (problem, remedy) => node.Fault("from", problem, remedy));
            masses.Add(mass);
        }

        var accounts = ImmutableArray.CreateBuilder<MemberAccount>();
        foreach (var node in root.Items("accounts", 0, 1_000))
        {
            accounts.Add(new MemberAccount(Party(node, contract), Grams(node, "held_kg") ?? 0)
            {
                BankedGrams = node.Has("banked_kg") ? Grams(node, "banked_kg") ?? 0 : 0,
                OwedGrams = node.Has("owed_kg") ? Grams(node, "owed_kg") ?? 0 : 0,
            });
            node.RefuseUnknownKeys();
        }

        var activities = ImmutableArray.CreateBuilder<Activity>();
        foreach (var node in root.Items("activities", 0, RowsMax))
        {
            activities.Add(new Activity(
                Party(node, contract), node.Instant("from"), node.Instant("to"),
                node.Integer("quantity", 0, long.MaxValue / 1_000_000)));
            node.RefuseUnknownKeys();
        }

        root.RefuseUnknownKeys();
        CheckOverlaps(file, masses, faults);
        return faults.All.Count > before
            ? null
            : new SampleFacts(
                masses.ToImmutable(), accounts.ToImmutable(), activities.ToImmutable());
    }

    /// <summary>The facts, or null when this document added faults.</summary>
    public static SampleFacts? ReadCsv(
        string file, string text, Contract contract, Faults faults)
    {
        var before = faults.All.Count;
        var lines = text.Split('\n').Select(line => line.TrimEnd('\r')).ToList();
        if (lines[0] != string.Join(',', Columns))
        {
            faults.Add(
                file, 1, "the first line does not name the columns",
                $"write '{string.Join(',', Columns)}'");
            return null;
        }

        var masses = ImmutableArray.CreateBuilder<EmittedMass>();
        foreach (var (i, line) in lines.Take(RowsMax + 1).Index().Skip(1))
        {
            if (line.Length == 0)
            {
                continue;
            }

            if (Row(line) is { } mass)
            {
                Check(
                    contract, mass,
                    (problem, remedy) => faults.Add(file, i + 1, problem, remedy));
                masses.Add(mass);
            }
            else
            {
                faults.Add(
                    file, i + 1, $"'{line}' is no fact",
                    "write 'stack-a,a,so2,2026-01-01T00:00:00Z,2026-01-01T01:00:00Z,12.5'");
            }
        }

        CheckOverlaps(file, masses, faults);
        if (lines.Count > RowsMax + 1)
        {
            faults.Add(file, RowsMax + 2, $"more than {RowsMax} facts", "split the file");
        }

        return faults.All.Count > before ? null : new SampleFacts(masses.ToImmutable(), [], []);
    }

    private static EmittedMass? Row(string line) =>
        line.Split(',') is [var source, var member, var pollutant, var from, var to, var kg]
        && DocumentText.ParseInstant(from) is { } start
        && DocumentText.ParseInstant(to) is { } end
        && decimal.TryParse(
            kg, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var mass)
        && mass <= KilogramsMax
            ? MassOf((source, member, pollutant), (start, end), mass)
            : null;

    private static EmittedMass MassOf(
        (string Source, string Member, string Pollutant) of,
        (DateTimeOffset Start, DateTimeOffset End) span, decimal kilograms)
    {
        var milligrams = Rounding.ToWhole(kilograms * MilligramsPerKilogram);
        var id = ContentId.Of(
            "sample", of.Source, of.Member, of.Pollutant,
            span.Start.UtcTicks.ToString(CultureInfo.InvariantCulture),
            milligrams.ToString(CultureInfo.InvariantCulture));
        return new EmittedMass(
            id, of.Source, of.Member, of.Pollutant, span.Start, span.End, milligrams);
    }

    private static void Check(
        Contract contract, EmittedMass mass, Action<string, string> fault)
    {
        if (!contract.Parties.Any(party => party.Member == mass.Member))
        {
            fault($"'{mass.Member}' is no party", "name a party of the contract");
        }

        if (contract.Bubble.WeightOf(mass.Pollutant) == 0)
        {
            fault($"'{mass.Pollutant}' does not count in the bubble", "leave the fact out");
        }

        if (mass.End <= mass.Start)
        {
            fault("the fact ends before it begins", "let 'to' be after 'from'");
        }
        else if (mass.End > Period.Containing(contract, mass.Start).End)
        {
            fault("the fact lies in two periods", "split it at the end of the period");
        }
    }

    // Facts of one source and pollutant may not overlap, in whatever order they are written.
    private static void CheckOverlaps(
        string file, IEnumerable<EmittedMass> masses, Faults faults)
    {
        foreach (var series in masses.GroupBy(mass => (mass.Source, mass.Pollutant)))
        {
            var sorted = series.OrderBy(mass => mass.Start).ToList();
            foreach (var (one, next) in sorted.Zip(sorted.Skip(1)).Where(pair =>
                pair.Second.Start < pair.First.End))
            {
                faults.Add(
                    file, 0, $"'{one.Source}' has two facts of {one.Pollutant} for "
                        + next.Start.ToString("u", CultureInfo.InvariantCulture),
                    "leave one of them");
            }
        }
    }

    private static string Party(DocumentNode node, Contract contract)
    {
        var member = node.Id("member");
        if (member.Length > 0 && !contract.Parties.Any(party => party.Member == member))
        {
            node.Fault("member", $"'{member}' is no party", "name a party of the contract");
        }

        return member;
    }

    private static long? Grams(DocumentNode node, string key)
    {
        var grams = node.Number(key, 0, KilogramsMax) * GramsPerKilogram;
        if (grams == decimal.Truncate(grams))
        {
            return (long)grams;
        }

        node.Fault(key, $"'{key}' is no whole number of grams", "use at most three decimals");
        return null;
    }
}
