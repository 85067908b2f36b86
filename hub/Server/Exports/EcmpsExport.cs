using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Exports;
using Monitoring.Core.Mass;
using Monitoring.Core.Part75;
using Monitoring.Core.Standardisation;
using Monitoring.Core.Validity;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Exports;

/// <summary>
/// The hours of a quarter of one source in the ECMPS layout: concentrations (dry) as they were
/// measured and as they count, how they were determined, and hourly rates. A flow is not told,
/// since the format wants it of wet gas. Each hour is worked out again from its records.
/// </summary>
public sealed class EcmpsExport(StoredWindows windows, FactBook facts)
{
    private const decimal MilligramsPerKilogram = 1_000_000;
    private const decimal KilogramsPerTonne = 1_000;
    private const decimal PpmPerPercent = 10_000;
    private const int MonthsPerQuarter = 3;

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
                    return new EcmpsHour(
                        location, DateOnly.FromDateTime(local.DateTime), local.Hour,
                        HoursOf(result), ValuesOf(result));
                }),
            ]));
    }

    private static decimal HoursOf(WindowResult result) => Rounding.ToDecimals(
        (decimal)result.OperatingMs / result.Window.LengthMs, 2);

    private static ImmutableArray<EcmpsValue> ValuesOf(WindowResult result)
    {
        var values = ImmutableArray.CreateBuilder<EcmpsValue>();
        foreach (var one in result.OperatingMs == 0 ? [] : result.Pollutants)
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
                var kilograms = fact.Milligrams / MilligramsPerKilogram
                    * result.Window.LengthMs / result.OperatingMs;
                values.Add(new EcmpsValue(
                    rate, true, null,
                    Reported(rate, pollutant == "co2"
                        ? kilograms / KilogramsPerTonne / Constants.ShortTon.Value
                        : kilograms * Constants.PoundsPerKilogram.Value), ""));
            }
        }

        return values.ToImmutable();
    }

    /// <summary>ppm, and percent of CO2: the share of the dry gas.</summary>
    private static decimal? ToVolume(Way way, Profile profile)
    {
        var molarMass = Constants.MolarMassOf(way.Quantity)!.Value.Value;
        var molarVolume = Constants.MolarVolume.Value
            * profile.ReferenceTemperatureK / Constants.ZeroCelsius.Value
            * Constants.Atmosphere.Value / profile.ReferencePressureKpa;
        var ppm = way.Value * molarVolume / molarMass;
        return way.Quantity == "co2" ? ppm / PpmPerPercent : ppm;
    }

    private static string ModcOf(PollutantWays one) => one.Booked.Replaced is { } replaced
        ? replaced.Status == Status.Substituted ? replaced.Rule[..replaced.Rule.IndexOf(':')] : ""
        : one.Concentration.Value is null ? ""
        : StatusFlags.Of(one.Mean.Worst).Modc ?? "";

    private static decimal? Reported(string parameter, decimal? value) =>
        value is { } number ? ReportedPrecision.Of(parameter)!.Round(number) : null;
}
