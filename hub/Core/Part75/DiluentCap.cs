namespace Monitoring.Core.Part75;

/// <summary>
/// While a unit starts or shuts down no less CO2 is used than this, and no more O2: percent.
/// </summary>
public static class DiluentCap
{
    private const string Source = "40 CFR 75 Appendix F 3.3.4";

    public static Constant CarbonDioxide(bool isTurbine) =>
        new("least CO2", isTurbine ? 1 : 5, "%", Source);

    public static Constant Oxygen(bool isTurbine) =>
        new("most O2", isTurbine ? 19 : 14, "%", Source);
}
