using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;

namespace Monitoring.Core.Exports;

/// <summary>A measured or derived value of an hour, by the names of the ECMPS format.</summary>
/// <param name="Parameter">Such as SO2C, FLOW, NOXR, HI.</param>
/// <param name="IsDerived">Computed by a formula; else shown by a monitor.</param>
/// <param name="Modc">How it was determined; empty: no code.</param>
public sealed record EcmpsValue(
    string Parameter, bool IsDerived, decimal? Unadjusted, decimal? Adjusted, string Modc)
{
    /// <summary>Shown of wet gas.</summary>
    public bool IsWet { get; init; }

    /// <summary>The code of the formula that gave it; empty: none.</summary>
    public string Formula { get; init; } = "";
}

/// <summary>One hour of a stack or pipe.</summary>
/// <param name="Hour">Local standard time, 0 to 23.</param>
/// <param name="OperatingTime">The share of the hour, 0 to 1.</param>
public sealed record EcmpsHour(
    string Location, DateOnly Date, int Hour, decimal OperatingTime,
    ImmutableArray<EcmpsValue> Values)
{
    /// <summary>MW, or 1000 lb/h of steam; null: not measured.</summary>
    public int? Load { get; init; }

    /// <summary>Such as MW or KLBHR; empty: none.</summary>
    public string LoadUnits { get; init; } = "";

    /// <summary>1 to 10; null: not known.</summary>
    public int? LoadRange { get; init; }
}

/// <summary>A quarter of a facility.</summary>
public sealed record EcmpsQuarter(
    int Facility, int Year, int Quarter, ImmutableArray<EcmpsHour> Hours);

/// <summary>
/// The hourly part of the emissions file of ECMPS (JSON), by the names of the agency's emissions
/// interface. Other lists of the format (daily tests, fuel flow, sorbent traps) are written empty.
/// </summary>
public static class EcmpsHours
{
    private const string Version = "monitoring-hub";

    private static readonly ImmutableArray<string> EmptyLists =
    [
        "dailyEmissionData", "weeklyTestSummaryData", "summaryValueData", "dailyTestSummaryData",
        "longTermFuelFlowData", "sorbentTrapData", "nsps4tSummaryData", "dailyBackstopData",
    ];

    /// <summary>UTF-8.</summary>
    public static ReadOnlyMemory<byte> Write(EcmpsQuarter quarter)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("orisCode", quarter.Facility);
            json.WriteNumber("year", quarter.Year);
            json.WriteNumber("quarter", quarter.Quarter);
            json.WriteNull("submissionComment");
            json.WriteString("version", Version);
            foreach (var list in EmptyLists)
            {
                json.WriteStartArray(list);
                json.WriteEndArray();
            }

            json.WriteStartArray("hourlyOperatingData");
            foreach (var hour in quarter.Hours)
            {
                Write(json, hour);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return bytes.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter json, EcmpsHour hour)
    {
        json.WriteStartObject();
        json.WriteString("stackPipeId", hour.Location);
        json.WriteString("date", hour.Date.ToString("yyyy-MM-dd"));
        json.WriteNumber("hour", hour.Hour);
        json.WriteNumber("operatingTime", hour.OperatingTime);
        Write(json, "hourLoad", hour.Load);
        Write(json, "loadUnitsOfMeasureCode", hour.LoadUnits);
        Write(json, "loadRange", hour.LoadRange);
        WriteValues(json, "monitorHourlyValueData", hour.Values.Where(value => !value.IsDerived));
        WriteValues(json, "derivedHourlyValueData", hour.Values.Where(value => value.IsDerived));
        json.WriteEndObject();
    }

    private static void WriteValues(
        Utf8JsonWriter json, string list, IEnumerable<EcmpsValue> values)
    {
        json.WriteStartArray(list);
        foreach (var value in values)
        {
            json.WriteStartObject();
            json.WriteString("parameterCode", value.Parameter);
            Write(json, "unadjustedHourlyValue", value.Unadjusted);
            Write(json, "adjustedHourlyValue", value.Adjusted);
            Write(json, "modcCode", value.Modc);
            if (!value.IsDerived)
            {
                json.WriteString("moistureBasis", value.IsWet ? "W" : "D");
            }
            else
            {
                Write(json, "formulaId", value.Formula);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, decimal? number)
    {
        if (number is { } known)
        {
            json.WriteNumber(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void Write(Utf8JsonWriter json, string name, string text) =>
        json.WriteString(name, text.Length > 0 ? text : null);
}
