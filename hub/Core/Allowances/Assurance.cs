namespace Monitoring.Core.Allowances;

/// <summary>
/// The assurance level of a state in the Cross-State Air Pollution Rule: its budget and a limit
/// of variability above it, beyond which its sources give up more than one allowance a ton.
/// </summary>
public static class Assurance
{
    public static readonly Constant Annual = new(
        "limit of variability, annual programmes", 0.18m, "", "40 CFR 97, published levels");

    public static readonly Constant OzoneSeason = new(
        "limit of variability, ozone season", 0.21m, "", "40 CFR 97, published levels");

    /// <summary>The share of the budget; null for a programme without such a level.</summary>
    /// <param name="program">The agency's code, such as CSNOX.</param>
    public static decimal? ShareOf(string program) => program switch
    {
        "CSNOX" or "CSSO2G1" or "CSSO2G2" => Annual.Value,
        "CSOSG1" or "CSOSG2" or "CSOSG3" => OzoneSeason.Value,
        _ => null,
    };

    /// <summary>Tons above the budget, unrounded.</summary>
    public static decimal Limit(decimal budget, decimal share) => budget * share;
}
