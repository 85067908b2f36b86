namespace Monitoring.Core.Validity;

/// <summary>What one status is called by others; null where they have no word for it.</summary>
/// <param name="En17255">valid, maintenance or malfunction (EN 17255-2).</param>
/// <param name="Modc">
/// The method of determination code of 40 CFR Part 75. A missing hour gets its code from the
/// procedure that fills it, so a status that makes an hour missing has none here.
/// </param>
/// <param name="Hj212">The data flag of HJ 212-2017.</param>
public sealed record StatusFlag(Status Status, string? En17255, string? Modc, string? Hj212);

/// <summary>
/// The published map from our statuses to the flags of three regimes. Which of
/// our statuses falls under which is our reading of them, and unverified where a regime has fewer
/// words than we have.
/// </summary>
public static class StatusFlags
{
    /// <summary>The HJ 212 flag of a plant that is stopped.</summary>
    public const string Hj212Stopped = "F";

    private const string Valid = "valid";
    private const string Maintenance = "maintenance";
    private const string Malfunction = "malfunction";

    public static IReadOnlyList<StatusFlag> All { get; } =
    [
        new(Status.Valid, Valid, "01", "N"),
        new(Status.Uncertain, Valid, "01", "N"),
        new(Status.ClockDoubtful, Valid, "01", "N"),
        new(Status.Manual, null, null, "S"),
        new(Status.Substituted, null, null, null),
        new(Status.StartUpShutDown, Valid, "01", "N"),
        new(Status.WarmUp, Maintenance, null, "M"),
        new(Status.ZeroSpanCheck, Maintenance, null, "C"),
        new(Status.Calibration, Maintenance, null, "C"),
        new(Status.Maintenance, Maintenance, null, "M"),
        new(Status.OutOfRange, Malfunction, "20", "T"),
        new(Status.Fault, Malfunction, null, "D"),
        new(Status.Unexplained, Malfunction, null, "D"),
        new(Status.NoSignal, Malfunction, null, "B"),
    ];

    public static StatusFlag Of(Status status) => All[(int)status];
}
