using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Exports;
using Monitoring.Core.Mass;
using Monitoring.Core.Standardisation;
using Monitoring.Core.Validity;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Exports;

/// <summary>
/// The hours of a source as messages of HJ 212-2017: what was measured at the reference state, or
/// entered by a person, with its mark; where nothing was measured only the mark, which tells why.
/// Each hour is worked out again from its records.
/// </summary>
public sealed class Hj212Export(
    StoredWindows windows, FactBook facts, TimeZoneInfo zone, Hj212Sender sender)
{
    private const decimal SecondsPerHour = 3_600;
    private const decimal MilligramsPerKilogram = 1_000_000;
    private const int Decimals = 6;

    /// <summary>Frames, each with its line end; empty where there are no hours.</summary>
    /// <param name="sentAt">Local time. Each message has an id of its own from there on.</param>
    public string Of(string source, long fromMs, long toMs, DateTime sentAt)
    {
        var frames = new List<string>();
        foreach (var result in facts.NewestIn(source, fromMs, toMs)
            .Select(windows.Again).OfType<WindowResult>())
        {
            frames.AddRange(Hj212Message.OfHour(
                    sender, TimeZoneInfo.ConvertTime(result.Window.Start, zone).DateTime,
                    sentAt.AddMilliseconds(frames.Count), ValuesOf(result))
                .Select(Hj212Frame.Encode));
        }

        return string.Concat(frames);
    }

    private static ImmutableArray<Hj212Value> ValuesOf(WindowResult result)
    {
        var hours = result.OperatingMs / 1_000m / SecondsPerHour;
        var flow = NumberOf(result.Flow, result.BookedFlow);
        return
        [
            .. from one in result.Pollutants
               let quantity = one.Mean.Binding.Quantity
               where Hj212Message.CodeOf(quantity) is not null
               select new Hj212Value(
                   quantity, Rounded(NumberOf(one.Concentration, one.Booked)),
                   result.Profile.ReferenceOxygenPercent is null
                       ? null
                       : Rounded(one.Standardised.Value),
                   Rounded(result.Facts.Where(fact => fact.Pollutant == quantity)
                       .Select(fact => (decimal?)fact.Milligrams).FirstOrDefault()
                       / MilligramsPerKilogram),
                   MarkOf(result, one.Concentration, one.Booked)),
            .. result.HasFlow
                ? (Hj212Value[])
                [
                    new Hj212Value(
                        QuantityUnits.Flow, Rounded(flow / SecondsPerHour), null,
                        Rounded(flow * hours),
                        MarkOf(result, result.Flow, result.BookedFlow)),
                ]
                : [],
        ];
    }

    /// <summary>What a rule put in the place of something missing is not sent.</summary>
    private static decimal? NumberOf(Way measured, Way booked) =>
        booked.Replaced?.Status == Status.Manual ? booked.Value : measured.Value;

    private static char MarkOf(WindowResult result, Way measured, Way booked)
    {
        var status = booked.Replaced?.Status == Status.Manual ? Status.Manual
            : measured.Value is not null ? measured.Mean!.Worst
            : measured.Means().SelectMany(mean => mean.Judged)
                .Where(one => one.ExcludedBy is not null).CountBy(one => one.Status)
                .OrderByDescending(pair => pair.Value).Select(pair => (Status?)pair.Key)
                .FirstOrDefault() ?? Status.NoSignal;
        return (result.Operation.Share == 0
            ? StatusFlags.Hj212Stopped
            : StatusFlags.Of(status).Hj212 ?? StatusFlags.Of(Status.NoSignal).Hj212!)[0];
    }

    private static decimal? Rounded(decimal? value) =>
        value is { } number ? Rounding.ToDecimals(number, Decimals) : null;
}
