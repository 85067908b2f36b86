using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Exports;
using Monitoring.Core.Gaps;
using Monitoring.Core.Mass;
using Monitoring.Core.Part75;
using Monitoring.Core.Standardisation;
using Monitoring.Core.Validity;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Exports;

/// <summary>
/// The hours of a quarter of one source in the ECMPS layout. Of a source whose hours have
/// formulas, all that these give; else concentrations (dry) as they were measured and as they
/// count, how they were determined, and hourly rates. Each hour is worked out again from its
/// records.
/// </summary>
public sealed class EcmpsExport(StoredWindows windows, FactBook facts)
{
    private const int MonthsPerQuarter = 3;
    private const decimal PoundsPerThousand = 1_000;

    private static readonly (string Pollutant, string Concentration, string Rate)[] Parameters =
        [("so2", "SO2C", "SO2"), ("nox", "NOXC", "NOX"), ("co2", "CO2C", "CO2")];

    /// <summary>UTF-8.</summary>
    /// <param name="location">The stack's or pipe's name in the monitoring plan.</param>
    public ReadOnlyMemory<byte> Of(
        SourceBinding source, string location, int facility, int year, int quarter)
    {
        // The format's clock never changes to summer time.
        var start = new DateTimeOffset(
            year, (quarter - 1) * MonthsPerQuarter + 1, 1, 0, 0, 0, source.TimeZone.BaseUtcOffset);
        var rows = facts.NewestIn(
            source.Id, start.ToUnixTimeMilliseconds(),
            start.AddMonths(MonthsPerQuarter).ToUnixTimeMilliseconds());
        return EcmpsHours.Write(new EcmpsQuarter(
            facility, year, quarter,
            [
                .. rows.Select(windows.Again).OfType<WindowResult>().Select(result =>
                {
                    var local = result.Window.Start.ToOffset(start.Offset);
                    return WithLoad(source, result, new EcmpsHour(
                        location, DateOnly.FromDateTime(local.DateTime), local.Hour,
                        HoursOf(result), ValuesOf(result)));
                }),
            ]));
    }

    private static EcmpsHour WithLoad(
        SourceBinding source, WindowResult result, EcmpsHour hour)
    {
        if (result.Load is not { } load || source.Find(QuantityUnits.Load) is not { } binding)
        {
            return hour;
        }

        var isSteam = binding.Unit == QuantityUnits.PoundsPerHour;
        return hour with
        {
            Load = (int)ReportedPrecision.Of("LOAD")!.Round(
                isSteam ? load / PoundsPerThousand : load),
            LoadUnits = isSteam ? "KLBHR" : "MW",
            LoadRange = source.Potentials.TryGetValue(QuantityUnits.Load, out var most)
                ? LoadRange.Of(load, most)
                : null,
        };
    }

    private static decimal HoursOf(WindowResult result) => Rounding.ToDecimals(
        (decimal)result.OperatingMs / result.Window.LengthMs, 2);

    private static ImmutableArray<EcmpsValue> ValuesOf(WindowResult result) =>
        result.OperatingMs == 0 ? []
        : result.Hourly.IsEmpty ? OfMetric(result)
        : [.. result.Hourly.Select(value => OfHourly(result, value))];

    private static EcmpsValue OfHourly(WindowResult result, HourlyValue value)
    {
        var isDerived = value.Formula.Length > 0;
        var quantity = value.Parameter switch
        {
            "SO2C" => "so2",
            "NOXC" => "nox",
            "CO2C" => QuantityUnits.CarbonDioxide,
            "FLOW" => QuantityUnits.Flow,
            _ => "",
        };
        var pollutant = result.Pollutants
            .FirstOrDefault(one => one.Mean.Binding.Quantity == quantity);
        var binding = result.Averages
            .FirstOrDefault(one => one.Binding.Quantity == quantity)?.Binding;
        var booked = pollutant?.Booked ?? (quantity == QuantityUnits.Flow
            ? result.BookedFlow
            : null);
        var isReplaced = !isDerived && booked?.Replaced is not null;
        return new EcmpsValue(
            value.Parameter, isDerived, value.Unadjusted.Value,
            isReplaced && pollutant is not null
                ? Reported(value.Parameter, ToVolume(pollutant.Booked, result.Profile))
                : isReplaced ? null : value.Adjusted.Value,
            pollutant is not null && !isDerived ? ModcOf(pollutant) : "")
        {
            IsWet = binding?.IsWet == true && !isReplaced,
            Formula = value.Formula,
        };
    }

    private static ImmutableArray<EcmpsValue> OfMetric(WindowResult result)
    {
        var values = ImmutableArray.CreateBuilder<EcmpsValue>();
        foreach (var one in result.Pollutants)
        {
            var pollutant = one.Mean.Binding.Quantity;
            var (_, concentration, rate) = Parameters
                .FirstOrDefault(row => row.Pollutant == pollutant);
            if (concentration is null)
            {
                continue;
            }

            values.Add(new EcmpsValue(
                concentration, false,
                Reported(concentration, ToVolume(one.Concentration, result.Profile)),
                Reported(concentration, ToVolume(one.Booked, result.Profile)), ModcOf(one)));
            if (result.Facts.FirstOrDefault(fact => fact.Pollutant == pollutant) is { } fact)
            {
                var pounds = fact.Milligrams / Constants.Pound.Value
                    * result.Window.LengthMs / result.OperatingMs;
                values.Add(new EcmpsValue(
                    rate, true, null,
                    Reported(
                        rate,
                        pollutant == QuantityUnits.CarbonDioxide
                            ? pounds / Constants.ShortTon.Value
                            : pounds),
                    ""));
            }
        }

        return values.ToImmutable();
    }

    /// <summary>ppm, and percent of CO2: the share of the dry gas.</summary>
    private static decimal? ToVolume(Way way, Profile profile)
    {
        var molarMass = Constants.MolarMassOf(way.Quantity)!.Value.Value;
        var ppm = way.Value * profile.MolarVolume.Value / molarMass;
        return way.Quantity == QuantityUnits.CarbonDioxide
            ? ppm / StackWays.PpmPerPercent
            : ppm;
    }

    private static string ModcOf(PollutantWays one) => one.Booked.Replaced is { } replaced
        ? replaced.Status == Status.Substituted ? replaced.Rule[..replaced.Rule.IndexOf(':')] : ""
        : one.Concentration.Value is null ? ""
        : StatusFlags.Of(one.Mean.Worst).Modc ?? "";

    private static decimal? Reported(string parameter, decimal? value) =>
        value is { } number ? ReportedPrecision.Of(parameter)!.Round(number) : null;
}
