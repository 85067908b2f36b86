using Monitoring.Wire.Records;
using ReadingQuality = Monitoring.Wire.Records.Quality;

namespace Monitoring.Core.Validity;

/// <summary>
/// What a reading is worth to a rule, from best to worst: the worse of two is the larger. Which
/// of them count is the profile's choice.
/// </summary>
public enum Status
{
    Valid = 0,

    /// <summary>Measured, but something casts doubt on it.</summary>
    Uncertain = 1,

    /// <summary>Measured well, at a time that is not certain.</summary>
    ClockDoubtful = 2,

    /// <summary>Entered by a person, with author and reason.</summary>
    Manual = 3,

    /// <summary>Put in the place of a missing value by a rule.</summary>
    Substituted = 4,

    /// <summary>Measured well, while the plant was starting up or shutting down.</summary>
    StartUpShutDown = 5,

    WarmUp = 6,
    ZeroSpanCheck = 7,
    Calibration = 8,
    Maintenance = 9,
    OutOfRange = 10,
    Fault = 11,

    /// <summary>A value that is marked bad for a reason that nobody registered.</summary>
    Unexplained = 12,

    /// <summary>There is no measured value at all.</summary>
    NoSignal = 13,
}

/// <summary>Names of statuses, and the one map from what the wire says to them.</summary>
public static class Statuses
{
    private static readonly (Status Status, string Name)[] Table =
    [
        (Status.Valid, "valid"),
        (Status.Uncertain, "uncertain"),
        (Status.ClockDoubtful, "clock-doubtful"),
        (Status.Manual, "manual"),
        (Status.Substituted, "substituted"),
        (Status.StartUpShutDown, "start-up-shut-down"),
        (Status.WarmUp, "warm-up"),
        (Status.ZeroSpanCheck, "zero-span-check"),
        (Status.Calibration, "calibration"),
        (Status.Maintenance, "maintenance"),
        (Status.OutOfRange, "out-of-range"),
        (Status.Fault, "fault"),
        (Status.Unexplained, "unexplained"),
        (Status.NoSignal, "no-signal"),
    ];

    public static IReadOnlyList<string> AllNames { get; } = [.. Table.Select(row => row.Name)];

    public static string NameOf(Status status) => Table[(int)status].Name;

    public static Status? Parse(string name)
    {
        foreach (var row in Table)
        {
            if (row.Name == name)
            {
                return row.Status;
            }
        }

        return null;
    }

    public static Status Worse(Status one, Status other) => one > other ? one : other;

    /// <summary>The worst of what quality, reason and presence say, each by itself.</summary>
    public static Status Of(Reading reading)
    {
        var byPresence = reading.Value is null ? Status.NoSignal : Status.Valid;
        return Worse(byPresence, Worse(Of(reading.Quality, reading.Reason), Of(reading.Reason)));
    }

    /// <summary>The rule's name for people: with the reason, where it says more.</summary>
    public static string RuleOf(Status status, Reason reason)
    {
        var name = NameOf(status);
        var why = Reasons.NameOf(reason);
        return why.Length == 0 || why == name ? name : $"{why}->{name}";
    }

    private static Status Of(ReadingQuality quality, Reason reason) => quality switch
    {
        ReadingQuality.Good => Status.Valid,
        // What is doubtful about it, its reason says; without one it is just uncertain.
        ReadingQuality.Uncertain => reason == Reason.ClockUnsynced
            ? Status.ClockDoubtful
            : Status.Uncertain,
        ReadingQuality.Bad => reason is Reason.None or Reason.Unregistered or Reason.CycleOverrun
            or Reason.ClockUnsynced
            ? Status.Unexplained
            : Status.Valid,
        ReadingQuality.Stale => Status.NoSignal,
        _ => Status.Unexplained,
    };

    private static Status Of(Reason reason) => reason switch
    {
        Reason.None => Status.Valid,
        Reason.ClockUnsynced => Status.ClockDoubtful,
        Reason.CycleOverrun or Reason.EdgesLost or Reason.Unregistered
            or Reason.Foreign => Status.Uncertain,
        Reason.WarmUp => Status.WarmUp,
        Reason.ZeroSpanCheck => Status.ZeroSpanCheck,
        Reason.Calibration => Status.Calibration,
        Reason.Maintenance => Status.Maintenance,
        Reason.OutOfRange => Status.OutOfRange,
        Reason.Fault or Reason.LineBreak or Reason.ShortCircuit or Reason.DeviceFailure
            or Reason.MemoryParity or Reason.UnitMismatch => Status.Fault,
        // Link, sentinel, journal: no value of the instrument came through.
        _ => Status.NoSignal,
    };
}
