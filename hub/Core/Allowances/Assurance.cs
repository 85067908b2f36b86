namespace Monitoring.Core.Allowances;

/// <summary>
/// The assurance level of a state in the Cross-State Air Pollution Rule: its budget and a limit
/// of variability above it, beyond which its sources give up more than one allowance a ton. 40
/// CFR Part 97: 18 % of the budget in the annual programmes, 21 % in those of the ozone season.
/// </summary>
public static class Assurance
{
    private const decimal Annual = 0.18m;
    private const decimal OzoneSeason = 0.21m;

    /// <summary>The share of the budget; null for a programme without such a level.</summary>
    /// <param name="program">The agency's code, such as CSNOX.</param>
    public static decimal? ShareOf(string program) => program switch
    {
        "CSNOX" or "CSSO2G1" or "CSSO2G2" => Annual,
        "CSOSG1" or "CSOSG2" or "CSOSG3" => OzoneSeason,
        _ => null,
    };

    /// <summary>Tons above the budget, unrounded.</summary>
    public static decimal Limit(decimal budget, decimal share) => budget * share;
}
