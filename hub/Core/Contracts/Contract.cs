using System.Collections.Immutable;

namespace Monitoring.Core.Contracts;

/// <summary>A member who signed, and in which role.</summary>
public sealed record Party(string Member, string Role);

/// <summary>The part of the bubble that is one member's.</summary>
public sealed record Holding(string Member, long Grams);

/// <summary>The cap on the sum of what all members emit in one period.</summary>
public sealed record Bubble(
    string Id, string Pollutant, TimeSpan Period, long CapGrams,
    ImmutableArray<Holding> Holdings)
{
    public Holding HoldingOf(string member) =>
        Holdings.First(holding => holding.Member == member);
}

/// <summary>When people are told, in percent of a holding or of the cap.</summary>
public sealed record AlertLevels(
    int ForecastPercent, int MemberPercent, int BubblePercent, int HysteresisPercent);

/// <summary>How the fund's income is divided. The three sum to 100.</summary>
public sealed record FundSplit(int LocalPercent, int ProgrammePercent, int ReservePercent);

/// <summary>What money is counted in: a code of ISO 4217 and its minor unit's decimals.</summary>
public sealed record Currency(string Code, int Decimals)
{
    public long MinorUnits
    {
        get
        {
            var units = 1L;
            for (var i = 0; i < Decimals; i++)
            {
                units *= 10;
            }

            return units;
        }
    }

    /// <summary>The amount as people write it, such as <c>EUR 12.30</c>.</summary>
    public string Show(long minorUnits) => $"{Code} {Amount(minorUnits)}";

    /// <summary>The amount without the code, such as <c>12.30</c>.</summary>
    public string Amount(long minorUnits) =>
        ((decimal)minorUnits / MinorUnits).ToString("F" + Decimals);
}

/// <summary>
/// The social contract. A version never changes; its hash is the SHA-256 of its canonical JSON,
/// which is also what its parties sign. Comments and spaces are no part of it.
/// </summary>
/// <remarks>
/// Clauses that have one form so far are checked when the file is read and hold as written:
/// a breach is that of the aggregate, apportioned to members by their own excess; masses are
/// rounded to grams at the member, money once at the bubble, the rest by largest remainder.
/// </remarks>
public sealed record Contract
{
    public required string Id { get; init; }

    public required int Version { get; init; }

    public required string Title { get; init; }

    /// <summary>Hexadecimal, lower case.</summary>
    public required string Hash { get; init; }

    public required DateTimeOffset InForce { get; init; }

    public required Currency Currency { get; init; }

    public required ImmutableArray<Party> Parties { get; init; }

    public required Bubble Bubble { get; init; }

    public required AlertLevels Alerts { get; init; }

    /// <summary>Minor units of money for each kilogram of a member's apportioned excess.</summary>
    public required long ChargeMinorUnitsPerKg { get; init; }

    public required FundSplit Fund { get; init; }

    /// <summary>How a trace names a clause of it.</summary>
    public string Clause(string name) => $"{Id} version {Version}, {name}";
}
