using System.Collections.Immutable;
using Monitoring.Core.Quality;
using Monitoring.Core.Validity;

namespace Monitoring.Core.Averaging;

/// <summary>What a reading that does not count takes with it.</summary>
public enum Exclusion
{
    /// <summary>The whole image of its device.</summary>
    Image,

    /// <summary>Nothing: each channel is judged by itself.</summary>
    Reading,
}

/// <summary>
/// Averages of readings that a window is made of, such as the minutes of a half-hour.
/// </summary>
/// <param name="CoverageMin">The least share of expected images; 0: a single one is enough.</param>
/// <param name="QualityHourMin">
/// How many of them do in a window in which the instrument was checked, if they are at least one
/// length apart; null: checks change nothing.
/// </param>
public sealed record FirstLevel(TimeSpan Length, decimal CoverageMin, int? QualityHourMin);

/// <summary>Averages within a window that a rule asks for, such as ten minutes of CO.</summary>
public sealed record PartLevel(string Id, TimeSpan Length, string Pollutant);

/// <summary>Where a number of a profile is from, and whether it was read there.</summary>
public sealed record Citation(string Source, bool IsVerified);

/// <summary>Values of a level held against a limit.</summary>
/// <param name="Level">The id of a level or part; <see cref="Profile.WindowLevel"/>.</param>
/// <param name="Limit">In mg/m3; null where <paramref name="Factor"/> says.</param>
/// <param name="Factor">Times the emission limit value; null where the limit is given.</param>
/// <param name="ShareMin">The least share of values that keep it; 1: every one.</param>
/// <param name="Over">The span of which that share is.</param>
/// <param name="Either">Of tests with the same word one has to be kept; empty: this one.</param>
public sealed record LimitTest(
    string Level, decimal? Limit, decimal? Factor, decimal ShareMin, TestSpan Over, string Either);

public enum TestSpan
{
    /// <summary>The calendar year.</summary>
    Year,

    /// <summary>Any span of 24 hours.</summary>
    AnyDay,
}

/// <summary>The limits of one pollutant.</summary>
/// <param name="Value">The emission limit value, mg/m3; null: each source has its own.</param>
/// <param name="Confidence">The share of it that is taken off; null: nothing is.</param>
public sealed record PollutantLimit(
    string Pollutant, decimal? Value, decimal? Confidence, ImmutableArray<LimitTest> Tests);

/// <summary>What takes the place of an hour that was not measured.</summary>
public enum GapRule
{
    /// <summary>Nothing: it is not valid, and counted as that.</summary>
    None,

    /// <summary>The tables of 40 CFR 75.31 to 75.33.</summary>
    Part75,

    /// <summary>Mean and twice the deviation, (EU) 2018/2066 Article 45.</summary>
    Mrr,

    /// <summary>The most of the hours before, HJ 75-2017.</summary>
    Hj75,
}

/// <summary>How raw readings become averages: the rules of one regime, as data.</summary>
public sealed record Profile
{
    /// <summary>The level that a window itself is.</summary>
    public const string WindowLevel = "window";

    private const int MolarVolumeDecimals = 6;

    public required string Id { get; init; }

    public required string Title { get; init; }

    public required TimeSpan Window { get; init; }

    /// <summary>The least share of expected images that have to be used, 0 to 1.</summary>
    public required decimal CoverageMin { get; init; }

    public required ImmutableArray<Status> CountedStatuses { get; init; }

    public required decimal ReferenceTemperatureK { get; init; }

    public required decimal ReferencePressureKpa { get; init; }

    /// <summary>What 0 Cel is in the regime's own formulas, K.</summary>
    public required decimal CelsiusZeroK { get; init; }

    /// <summary>What the regime says that a mole of gas fills, L; null: it follows.</summary>
    public required decimal? MolarVolumeL { get; init; }

    /// <summary>Null: concentrations stay at the oxygen that was measured.</summary>
    public required decimal? ReferenceOxygenPercent { get; init; }

    /// <summary>The constant of the oxygen formula, 21 in the EU.</summary>
    public required decimal OxygenConstantPercent { get; init; }

    /// <summary>
    /// Decimals of every average and of everything derived from it. The next step uses the
    /// rounded number, so what is shown is what was used.
    /// </summary>
    public required int AverageDecimals { get; init; }

    public Exclusion Exclusion { get; init; }

    /// <summary>
    /// The least share of a window in which the plant runs for it to be held against limits; 0:
    /// any. It emits all the same.
    /// </summary>
    public decimal OperatingMin { get; init; }

    public FirstLevel? FirstLevel { get; init; }

    public ImmutableArray<PartLevel> Parts { get; init; } = [];

    public ImmutableArray<Level> Levels { get; init; } = [];

    /// <summary>How many days of a year may be lost; null: it is not limited.</summary>
    public int? LostDaysMax { get; init; }

    public ImmutableArray<PollutantLimit> Limits { get; init; } = [];

    public GapRule MissingData { get; init; }

    /// <summary>
    /// Hours are reported and masses are made by the formulas of 40 CFR Part 75, where a
    /// source's channels are in ppm and its flow is of wet gas.
    /// </summary>
    public bool HasHourlyFormulas { get; init; }

    /// <summary>What is measured is multiplied by the bias factor of its last RATA.</summary>
    public bool AdjustsBias { get; init; }

    /// <summary>An hour is valid only while these are.</summary>
    public ImmutableArray<RequiredTest> RequiredTests { get; init; } = [];

    /// <summary>What a person enters counts once a second one has approved it.</summary>
    public bool NeedsApproval { get; init; }

    public ImmutableDictionary<string, Citation> Citations { get; init; } =
        ImmutableDictionary<string, Citation>.Empty;

    /// <summary>Where a trace says its numbers come from.</summary>
    public string Source => $"profile {Id}";

    public long WindowMs => (long)Window.TotalMilliseconds;

    /// <summary>What a mole of gas fills at the reference state.</summary>
    public Constant MolarVolume => MolarVolumeL is { } own
        ? Constant("molar volume", own, "L/mol", "molar_volume_l")
        : Constants.MolarVolume with
        {
            Value = Rounding.ToDecimals(
                Constants.MolarVolume.Value * ReferenceTemperatureK / Constants.ZeroCelsius.Value
                    * Constants.Atmosphere.Value / ReferencePressureKpa,
                MolarVolumeDecimals),
        };

    public PollutantLimit? LimitOf(string pollutant) =>
        Limits.FirstOrDefault(limit => limit.Pollutant == pollutant);

    /// <summary>A number of this profile with the citation that it has for it.</summary>
    public Constant Constant(string name, decimal value, string unit, string key) =>
        Citations.TryGetValue(key, out var citation)
            ? new Constant(
                name, value, unit, $"{Source}: {citation.Source}", citation.IsVerified)
            : new Constant(name, value, unit, Source);
}
