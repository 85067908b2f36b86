using System.Collections.Immutable;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Core.Gaps;
using Monitoring.Core.Standardisation;
using Monitoring.Core.Validity;

namespace Monitoring.Core.Mass;

/// <summary>A number worked out of averages, or the rule by which there is none.</summary>
/// <param name="Name">Such as <c>nox</c>, or <c>flow</c>.</param>
public sealed record DerivedValue(string Name, string Unit, decimal? Value, string? AbsentBecause)
{
    internal static DerivedValue Of(Way way) =>
        new(way.Quantity, way.Unit, way.Value, way.AbsentBecause);
}

/// <summary>One pollutant of a window on its way.</summary>
/// <param name="Concentration">
/// As it was measured: dry, at the reference state and the actual oxygen.
/// </param>
/// <param name="Standardised">At the reference oxygen.</param>
/// <param name="Validated">What limits are held against.</param>
public sealed record PollutantWays(
    QuantityAverage Mean, Way Concentration, Way Standardised, Way Validated)
{
    /// <summary>What the mass is made of: the concentration, or what took its place.</summary>
    public required Way Booked { get; init; }

    /// <summary>What is emitted in an hour, by a formula; null where it is that times flow.
    /// </summary>
    public Way? Rate { get; init; }

    /// <summary>What the mass follows from.</summary>
    public Way Emitted => Rate ?? Booked;
}

/// <summary>The mass of a pollutant that nothing measures, by a formula.</summary>
/// <param name="Rate">In an hour; without a value while the plant stands.</param>
public sealed record DerivedRate(string Pollutant, Way Rate);

/// <summary>One average within a window, such as ten minutes of CO.</summary>
public sealed record PartResult(string Level, Window Window, Way Validated);

/// <summary>Images of a device that are more than one window may hold: none is used.</summary>
public sealed record UnreadImages(string Device, int Images);

/// <summary>What a window is worked out of, beside its images.</summary>
/// <param name="Substitutes">By pollutant, and of the flow: what fills its gaps.</param>
public sealed record BesideImages(
    IReadOnlyDictionary<string, Substitute> Substitutes, AmendedWindow Amended)
{
    public static readonly BesideImages Nothing = new(
        ImmutableDictionary<string, Substitute>.Empty, AmendedWindow.Nothing);
}

/// <summary>All that a window of one source gave.</summary>
public sealed record WindowResult
{
    public const string RuleTooManyImages = "too-many-images";

    public required string Source { get; init; }

    public required Profile Profile { get; init; }

    public required Window Window { get; init; }

    /// <summary>Of the window, and of each of its facts.</summary>
    public required int Revision { get; init; }

    public required ImmutableArray<QuantityAverage> Averages { get; init; }

    public required ImmutableArray<DeviceCoverage> Coverage { get; init; }

    public required Operation Operation { get; init; }

    public required ImmutableArray<PollutantWays> Pollutants { get; init; }

    /// <summary>As it was measured: at the reference state, dry, m3/h.</summary>
    public required Way Flow { get; init; }

    /// <summary>What masses are made of: the flow, or what took its place.</summary>
    public required Way BookedFlow { get; init; }

    public required ImmutableArray<PartResult> Parts { get; init; }

    /// <summary>One of each image that came: used for the facts, or excluded by a rule.</summary>
    public required ImmutableArray<ImageFate> Fates { get; init; }

    /// <summary>Beside the fates: images that were too many to be looked at.</summary>
    public ImmutableArray<UnreadImages> Unread { get; init; } = [];

    /// <summary>One a pollutant; none where <see cref="NoFactBecause"/> says why.</summary>
    public required ImmutableArray<Fact> Facts { get; init; }

    public required string? NoFactBecause { get; init; }

    /// <summary>Beside the profile: under whose word it was worked out; mostly empty.</summary>
    public string Note { get; init; } = "";

    /// <summary>How long the plant ran in it.</summary>
    public long OperatingMs => Operation.All == 0
        ? Window.LengthMs
        : Window.LengthMs * Operation.Running / Operation.All;

    /// <summary>At the reference oxygen, mg/m3; none in a profile that has none.</summary>
    public ImmutableArray<DerivedValue> Standardised => Profile.ReferenceOxygenPercent is null
        ? []
        : [.. Pollutants.Select(one => DerivedValue.Of(one.Standardised))];

    /// <summary>What limits are held against, mg/m3; none in a profile without levels.</summary>
    public ImmutableArray<DerivedValue> Validated => Profile.Levels.IsEmpty
        ? []
        : [.. Pollutants.Select(one => DerivedValue.Of(one.Validated))];

    /// <summary>
    /// Concentrations as gaps are filled with them; none in a profile that fills none.
    /// </summary>
    public ImmutableArray<DerivedValue> AtReference => Profile.MissingData == GapRule.None
        ? []
        : [.. Pollutants.Select(one => DerivedValue.Of(one.Concentration))];

    /// <summary>Its masses follow from a flow; else from the fuel.</summary>
    public bool HasFlow { get; init; } = true;

    /// <summary>What rules may fill where it was not measured.</summary>
    public IEnumerable<Way> Filled => Pollutants.Select(one => one.Concentration)
        .Concat(HasFlow ? [Flow] : []);

    /// <summary>What the unit made: MW, or lb/h of steam; null: not measured.</summary>
    public decimal? Load => Averages
        .FirstOrDefault(one => one.Binding.Quantity == QuantityUnits.Load)?.Value;

    /// <summary>Rates of pollutants that nothing measures.</summary>
    public ImmutableArray<DerivedRate> Derived { get; init; } = [];

    /// <summary>Of a unit of a common stack; null: the stack is its own.</summary>
    public StackShare? Share { get; init; }

    /// <summary>As 40 CFR Part 75 has an hour reported; empty in other profiles.</summary>
    public ImmutableArray<HourlyValue> Hourly { get; init; } = [];

    /// <summary>What rules put in the place of something that was not measured.</summary>
    public ImmutableArray<Way> Substituted { get; init; } = [];

    /// <summary>What persons entered in the place of something.</summary>
    public IEnumerable<Way> Entered => Pollutants.Select(one => one.Booked).Append(BookedFlow)
        .Where(way => way.Replaced?.Status == Status.Manual);

    /// <summary>The flow at the reference state, m3/h.</summary>
    public DerivedValue FlowAtReference => DerivedValue.Of(Flow);

    /// <summary>One part for each pollutant, down to the readings; worked out when asked.</summary>
    public Trace Trace => WindowTrace.Of(this);

    /// <summary>The same, which had to be worked out without these.</summary>
    public WindowResult Without(ImmutableArray<UnreadImages> unread) => unread.IsEmpty
        ? this
        : this with { Unread = unread, Facts = [], NoFactBecause = RuleTooManyImages };

    /// <summary>The trace of one pollutant's mass.</summary>
    public Trace TraceOf(string pollutant) => Noted(
        Derived.FirstOrDefault(one => one.Pollutant == pollutant) is { } derived
            ? WindowTrace.OfDerived(this, derived)
            : WindowTrace.OfMass(this, PollutantOf(pollutant)));

    /// <summary>The trace of what limits are held against.</summary>
    public Trace TraceOfValidated(string pollutant) =>
        OfWay(PollutantOf(pollutant).Validated);

    public Trace TraceOfStandardised(string pollutant) =>
        OfWay(PollutantOf(pollutant).Standardised);

    public Trace TraceOfFlow() => OfWay(Flow);

    /// <summary>The trace of a concentration as gaps are filled with it.</summary>
    public Trace TraceAtReference(string pollutant) =>
        OfWay(PollutantOf(pollutant).Concentration);

    /// <summary>The trace of what took the place of a concentration, or of the flow.</summary>
    public Trace TraceOfBooked(string quantity) => OfWay(
        quantity == QuantityUnits.Flow ? BookedFlow : PollutantOf(quantity).Booked);

    /// <summary>The trace of an hourly value, by its ECMPS code.</summary>
    public Trace TraceOfHourly(string parameter) =>
        OfWay(Hourly.First(one => one.Parameter == parameter).Adjusted);

    public Trace TraceOfMean(string quantity) => Noted(WindowTrace.OfAverage(
        Averages.First(one => one.Binding.Quantity == quantity), Profile));

    public Trace TraceOfPart(PartResult part) => Noted(WindowTrace.OfPart(part, Profile));

    private Trace OfWay(Way way) => Noted(WindowTrace.OfWay(way, Profile));

    private Trace Noted(Trace trace) => Note.Length == 0 ? trace : trace with
    {
        Note = trace.Note.Length == 0 ? Note : $"{trace.Note}; {Note}",
    };

    private PollutantWays PollutantOf(string pollutant) =>
        Pollutants.First(one => one.Mean.Binding.Quantity == pollutant);
}
