using System.Collections.Immutable;
using Monitoring.Core.Quality;
using Monitoring.Wire.Documents;

namespace Monitoring.Core.Averaging;

/// <summary>Reads which point measures what, and how it has to be read.</summary>
internal static class QuantityReader
{
    private const int CalibrationsMax = 100;

    public static ImmutableArray<QuantityBinding> Read(DocumentNode node)
    {
        var all = ImmutableArray.CreateBuilder<QuantityBinding>();
        foreach (var quantity in node.Keys())
        {
            if (!QuantityUnits.All.Contains(quantity))
            {
                node.Fault(
                    quantity, $"'{quantity}' is no quantity",
                    $"use one of: {string.Join(", ", QuantityUnits.All)}");
                continue;
            }

            all.Add(ReadOne(quantity, node.Child(quantity)));
        }

        foreach (var needed in (string[])
            [QuantityUnits.Flow, QuantityUnits.Temperature, QuantityUnits.Pressure])
        {
            // Asked of a document that has quantities at all; a missing list is one fault.
            if (all.Count > 0 && !node.Has(needed)
                && (!node.Has(QuantityUnits.FuelFlow) || node.Has(QuantityUnits.Flow)))
            {
                node.Fault(
                    needed, $"'{needed}' is missing",
                    "a mass needs flow, t and p, or hours of Part 75 a fuel_flow");
            }
        }

        if (all.Count > 0 && !node.Has(QuantityUnits.FuelFlow)
            && !all.Any(q => QuantityUnits.IsPollutant(q.Quantity)))
        {
            node.Fault("", "no pollutant is bound", "bind at least one, such as 'nox'");
        }

        return all.ToImmutable();
    }

    private static QuantityBinding ReadOne(string quantity, DocumentNode node)
    {
        var unit = node.OneOf("unit", QuantityUnits.PointUnits(quantity));
        var binding = new QuantityBinding(quantity, node.Id("device"), node.Id("point"), unit)
        {
            IsWet = node.Has("basis") && node.OneOf("basis", "dry", "wet") == "wet",
            IsAtStackState = QuantityUnits.IsPollutant(quantity) && node.Has("state")
                && node.OneOf("state", "reference", "stack") == "stack",
            Calibrations = ReadCalibrations(quantity, node),
            Uncertainty = ReadUncertainty(node),
            Names =
            [
                .. (node.OptionalText("names") ?? "").Split(
                    ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            ],
        };
        if (unit == QuantityUnits.Signal && binding.Calibrations.IsEmpty)
        {
            node.Fault(
                "unit", "a signal in mA has no meaning by itself",
                "add 'calibrations', or bind a point in mg/m3");
        }

        node.RefuseUnknownKeys();
        return binding;
    }

    private static RelativeUncertainty? ReadUncertainty(DocumentNode node)
    {
        if (node.OptionalChild("uncertainty") is not { } child)
        {
            return null;
        }

        var uncertainty = new RelativeUncertainty(
            child.Number("random_percent", 0m, 100m) / 100,
            child.Number("systematic_percent", 0m, 100m) / 100);
        child.RefuseUnknownKeys();
        return uncertainty;
    }

    private static ImmutableArray<CalibrationFunction> ReadCalibrations(
        string quantity, DocumentNode node)
    {
        var all = ImmutableArray.CreateBuilder<CalibrationFunction>();
        var units = QuantityUnits.PointUnits(quantity)
            .Where(unit => unit != QuantityUnits.Signal).ToArray();
        foreach (var item in node.Items("calibrations", 0, CalibrationsMax))
        {
            var calibration = new CalibrationFunction(
                item.Instant("from"), item.Number("a", -1_000_000m, 1_000_000m),
                item.Number("b", -1_000_000m, 1_000_000m),
                item.Has("unit") ? item.OneOf("unit", units) : units[0],
                item.OptionalNumber("range_max", 0m, 1_000_000m), item.Text("document"))
            {
                Until = item.Has("until") ? item.Instant("until") : null,
                Method = item.Has("method")
                    ? Enum.Parse<Qal2Method>(item.OneOf("method", "A", "B", "C"))
                    : null,
            };
            if (calibration.Until <= calibration.From)
            {
                item.Fault("until", "'until' is not after 'from'", "give a later time, or none");
            }

            if (all.Count > 0 && all[^1].From >= calibration.From)
            {
                item.Fault(
                    "from", "'from' is not after that of the calibration above",
                    "list them in order of time; never edit one that was in use");
            }

            all.Add(calibration);
            item.RefuseUnknownKeys();
        }

        return all.ToImmutable();
    }
}
