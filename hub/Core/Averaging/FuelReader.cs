using Monitoring.Core.Part75;
using Monitoring.Wire.Documents;

namespace Monitoring.Core.Averaging;

/// <summary>Reads what is stated of the fuel, and whether masses can follow from it.</summary>
internal static class FuelReader
{
    private const decimal CalorificMax = 100_000;
    private const decimal GrainsMax = 10_000;
    private const decimal RateMax = 100;

    /// <summary>Null where nothing is stated.</summary>
    public static FuelSample? Read(DocumentNode node)
    {
        if (node.OptionalChild("fuel_sample") is not { } sample)
        {
            return null;
        }

        var found = new FuelSample(
            sample.OptionalNumber("gcv", 1, CalorificMax),
            sample.OptionalNumber("sulphur_percent", 0, 100),
            sample.OptionalNumber("sulphur_grains", 0, GrainsMax),
            sample.OptionalNumber("so2_rate", 0, RateMax));
        sample.RefuseUnknownKeys();
        return found;
    }

    /// <param name="profile">Null where it is not there, which is a fault of its own.</param>
    public static void Check(DocumentNode node, SourceBinding source, Profile? profile)
    {
        if (profile is null)
        {
            return;
        }

        if (source.FuelSample is not null && !profile.HasHourlyFormulas)
        {
            node.Fault(
                "fuel_sample", $"profile '{profile.Id}' has no formulas of fuel",
                "use one with 'hourly_formulas', such as us-part75, or leave it out");
        }

        // Beside the flow of a stack it only says how the units of that stack share it.
        if (source.Find(QuantityUnits.FuelFlow) is not { } meter || source.HasFlow)
        {
            return;
        }

        if (!profile.HasHourlyFormulas)
        {
            node.Fault(
                "quantities", $"profile '{profile.Id}' has no formulas of 'fuel_flow'",
                "use one with 'hourly_formulas', such as us-part75, or bind flow, t and p");
        }

        CheckSample(node, source, meter.Unit == QuantityUnits.CubicFeetPerHour);
        CheckPollutants(node, source);
    }

    private static void CheckSample(DocumentNode node, SourceBinding source, bool isGas)
    {
        if (source.Fuel is null)
        {
            node.Fault("fuel", "a source with 'fuel_flow' needs 'fuel'", "name what it burns");
        }

        var measured = source.Find(QuantityUnits.CalorificValue);
        if (measured is null && source.FuelSample?.CalorificValue is null)
        {
            node.Fault(
                "fuel_sample", "'fuel_flow' has no calorific value",
                "add 'fuel_sample: {gcv: ...}' in " + (isGas ? "Btu/scf" : "Btu/lb")
                    + ", or bind 'gcv'");
        }

        if (measured is not null && measured.Unit.EndsWith("[cft_i]", StringComparison.Ordinal)
            != isGas)
        {
            node.Fault(
                "quantities", $"'gcv' in {measured.Unit} is not of what 'fuel_flow' meters",
                isGas ? "bind it in [Btu]/[cft_i]" : "bind it in [Btu]/[lb_av]");
        }

        if ((isGas ? source.FuelSample?.SulphurPercent : source.FuelSample?.SulphurGrains)
            is not null)
        {
            node.Fault(
                "fuel_sample", "that sulphur is not of what 'fuel_flow' meters",
                isGas ? "use 'sulphur_grains' or 'so2_rate'" : "use 'sulphur_percent'");
        }
    }

    // Without a flow there is no mass of what no formula of the fuel gives.
    private static void CheckPollutants(DocumentNode node, SourceBinding source)
    {
        foreach (var one in source.Quantities.Where(one => QuantityUnits.IsPollutant(one.Quantity)
            && one.Quantity is not ("nox" or QuantityUnits.CarbonDioxide)))
        {
            node.Fault(
                "quantities", $"a mass of '{one.Quantity}' needs flow, t and p",
                "bind them, or leave it out");
        }

        if (!source.Ducts.IsEmpty)
        {
            node.Fault(
                "ducts", "a source with 'fuel_flow' has no ducts",
                "bind each unit as a source of its own");
        }
    }
}
