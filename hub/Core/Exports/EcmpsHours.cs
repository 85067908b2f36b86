using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;

namespace Monitoring.Core.Exports;

/// <summary>A measured or derived value of an hour, by the names of the ECMPS format.</summary>
/// <param name="Parameter">Such as SO2C, FLOW, NOXR, HI.</param>
/// <param name="IsDerived">Computed by a formula; else shown by a monitor.</param>
/// <param name="Modc">How it was determined; empty: no code.</param>
/// <param name="SystemId">Of the monitoring system; empty: none.</param>
/// <param name="SourceId">The component of a monitor, or the formula of a derived value.</param>
/// <param name="PercentAvailable">Null where it is not reported.</param>
public sealed record EcmpsValue(
    string Parameter, bool IsDerived, decimal? Unadjusted, decimal? Adjusted, string Modc,
    string SystemId, string SourceId, decimal? PercentAvailable);

/// <summary>One hour of a unit, stack or pipe.</summary>
/// <param name="Hour">Local standard time, 0 to 23.</param>
/// <param name="OperatingTime">The share of the hour, 0 to 1.</param>
/// <param name="Load">Null: the unit has none.</param>
public sealed record EcmpsHour(
    string Location, bool IsUnit, DateOnly Date, int Hour, decimal OperatingTime, decimal? Load,
    ImmutableArray<EcmpsValue> Values);

/// <summary>A quarter of a facility.</summary>
public sealed record EcmpsQuarter(
    int Facility, int Year, int Quarter, ImmutableArray<EcmpsHour> Hours);

/// <summary>
/// The hourly part of the emissions file of ECMPS (JSON), by the names of the agency's emissions
/// interface. Other lists of the format (daily tests, fuel flow, sorbent traps) are written empty,
/// and are skipped when read.
/// </summary>
public static class EcmpsHours
{
    private const string Version = "monitoring-hub";
    private const int HoursMax = 250_000;

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

    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="FormatException">
    /// A field is missing or of another kind; says of which hour.
    /// </exception>
    public static EcmpsQuarter Read(ReadOnlyMemory<byte> utf8)
    {
        using var document = JsonDocument.Parse(utf8);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("the file holds no object");
        }

        var hours = Items(root, "hourlyOperatingData").Take(HoursMax + 1)
            .Select((hour, i) => ReadHour(hour, i + 1)).ToImmutableArray();
        return hours.Length > HoursMax
            ? throw new FormatException($"more than {HoursMax} hours")
            : new EcmpsQuarter(
                Whole(root, "orisCode", "the file"), Whole(root, "year", "the file"),
                Whole(root, "quarter", "the file"), hours);
    }

    private static void Write(Utf8JsonWriter json, EcmpsHour hour)
    {
        json.WriteStartObject();
        json.WriteString("stackPipeId", hour.IsUnit ? null : hour.Location);
        json.WriteString("unitId", hour.IsUnit ? hour.Location : null);
        json.WriteString("date", hour.Date.ToString("yyyy-MM-dd"));
        json.WriteNumber("hour", hour.Hour);
        json.WriteNumber("operatingTime", hour.OperatingTime);
        Write(json, "hourLoad", hour.Load);
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
            Write(json, "monitoringSystemId", value.SystemId);
            Write(json, SourceName(value.IsDerived), value.SourceId);
            Write(json, "percentAvailable", value.PercentAvailable);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static EcmpsHour ReadHour(JsonElement hour, int number)
    {
        var place = $"hour {number} of hourlyOperatingData";
        var unit = Text(hour, "unitId");
        var location = unit.Length > 0 ? unit : Text(hour, "stackPipeId");
        if (location.Length == 0
            || !DateOnly.TryParseExact(Text(hour, "date"), "yyyy-MM-dd", out var date))
        {
            throw new FormatException($"{place}: no location or no date");
        }

        var clock = Whole(hour, "hour", place);
        return clock is < 0 or > 23
            ? throw new FormatException($"{place}: {clock} is no hour of a day")
            : new EcmpsHour(
                location, unit.Length > 0, date, clock,
                Number(hour, "operatingTime")
                    ?? throw new FormatException($"{place}: no operatingTime"),
                Number(hour, "hourLoad"),
                [
                    .. Items(hour, "monitorHourlyValueData").Select(one => ReadValue(one, false)),
                    .. Items(hour, "derivedHourlyValueData").Select(one => ReadValue(one, true)),
                ]);
    }

    private static EcmpsValue ReadValue(JsonElement value, bool isDerived) => new(
        Text(value, "parameterCode"), isDerived, Number(value, "unadjustedHourlyValue"),
        Number(value, "adjustedHourlyValue"), Text(value, "modcCode"),
        Text(value, "monitoringSystemId"), Text(value, SourceName(isDerived)),
        Number(value, "percentAvailable"));

    private static string SourceName(bool isDerived) => isDerived ? "formulaId" : "componentId";

    private static IEnumerable<JsonElement> Items(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object)
            : [];

    private static string Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var cell) && cell.ValueKind == JsonValueKind.String
            ? cell.GetString() ?? ""
            : "";

    private static decimal? Number(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var cell) && cell.ValueKind == JsonValueKind.Number
            && cell.TryGetDecimal(out var number)
            ? number
            : null;

    private static int Whole(JsonElement parent, string name, string place) =>
        parent.TryGetProperty(name, out var cell) && cell.ValueKind == JsonValueKind.Number
            && cell.TryGetInt32(out var number)
            ? number
            : throw new FormatException($"{place}: {name} is no whole number");

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
