using static Monitoring.Core.Quality.Part75Tests;

namespace Monitoring.Core.Quality;

/// <summary>
/// What a relative accuracy test earns, 40 CFR Part 75 Appendix B 2.3.1: how long until the next
/// one, and whether it passed by an alternative specification.
/// </summary>
/// <param name="Quarters">4 or 2 quarters of operation; null: it failed.</param>
/// <param name="IsAlternative">
/// A difference in the unit of the measurement passed it, not the percentage.
/// </param>
public readonly record struct AuditVerdict(int? Quarters, bool IsAlternative)
{
    private const int Year = 4;
    private const int HalfYear = 2;

    /// <summary>Null for a system of which no such table is known here.</summary>
    public static AuditVerdict? Of(AuditedSystem system, RelativeAccuracy audit)
    {
        if (TableOf(system) is not { } table)
        {
            return null;
        }

        // The steps are those of the agency's check RATA-37, and so are the roundings.
        var percent = Rounding.ToDecimals(audit.RelativeAccuracyPercent, 1);
        var reference = Rounding.ToDecimals(audit.MeanReference, table.ReferenceDecimals);
        var isLow = reference <= table.ReferenceMax;
        if (percent <= AuditYearPercent.Value)
        {
            return new AuditVerdict(Year, false);
        }

        if (isLow && table.Year.Any(limit => limit.Holds(audit.MeanDifference)))
        {
            return new AuditVerdict(Year, true);
        }

        if (percent <= AuditHalfYearPercent.Value)
        {
            return new AuditVerdict(HalfYear, false);
        }

        return isLow && table.HalfYear is { } half && half.Holds(audit.MeanDifference)
            ? new AuditVerdict(HalfYear, true)
            : new AuditVerdict(null, false);
    }

    /// <summary>
    /// The alternatives for low emitters. Those for flow go by velocity and are not here.
    /// </summary>
    private static Alternatives? TableOf(AuditedSystem system) => system switch
    {
        AuditedSystem.Concentration => new Alternatives(
            LowConcentration.Value, 1, [new(ConcentrationYear, 1), new(ConcentrationYearMore, 1)],
            new(ConcentrationHalfYear, 1)),
        AuditedSystem.NitrogenRate => new Alternatives(
            LowNitrogenRate.Value, 3, [new(NitrogenRateYear, 2), new(NitrogenRateYearMore, 3)],
            new(NitrogenRateHalfYear, 2)),
        AuditedSystem.SulphurRate => new Alternatives(
            LowSulphurRate.Value, 2, [new(SulphurRateYear, 3)], new(SulphurRateHalfYear, 2)),
        AuditedSystem.Diluent => new Alternatives(
            decimal.MaxValue, 2, [new(DiluentYear, 1)], new(DiluentHalfYear, 1)),
        AuditedSystem.Moisture => new Alternatives(
            decimal.MaxValue, 2, [new(MoistureYear, 1)], new(MoistureHalfYear, 1)),
        AuditedSystem.Flow => new Alternatives(decimal.MaxValue, 0, [], null),
        _ => null,
    };

    private sealed record Alternatives(
        decimal ReferenceMax, int ReferenceDecimals, DifferenceLimit[] Year,
        DifferenceLimit? HalfYear);

    private sealed record DifferenceLimit(Constant Max, int Decimals)
    {
        public bool Holds(decimal difference) =>
            Rounding.ToDecimals(Math.Abs(difference), Decimals) <= Max.Value;
    }
}
