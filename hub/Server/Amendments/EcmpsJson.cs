using System.Globalization;
using System.Text.Json;

namespace Monitoring.Server.Amendments;

/// <summary>Reads members of the ECMPS layout; one that is not there, or null, is a case.
/// </summary>
internal static class EcmpsJson
{
    public static List<JsonElement> Items(JsonElement of, string list) =>
        of.TryGetProperty(list, out var items) && items.ValueKind == JsonValueKind.Array
            ? [.. items.EnumerateArray()]
            : [];

    public static string? TextOf(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    public static decimal? NumberOf(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            ? value.GetDecimal()
            : null;

    /// <exception cref="FormatException">It is not there.</exception>
    public static decimal Number(JsonElement of, string name) => NumberOf(of, name)
        ?? throw new FormatException($"there is no number '{name}'");

    /// <summary>The local standard time of <c>beginDate</c>, <c>beginHour</c> and so on.</summary>
    /// <exception cref="FormatException">It is not there.</exception>
    public static DateTime TimeOf(JsonElement of, string name) => Time(
        of, TextOf(of, name + "Date"), name.Length == 0 ? "" : name);

    /// <summary>Of <c>date</c>, <c>hour</c> and <c>minute</c>.</summary>
    public static DateTime TimeOf(JsonElement of) => Time(of, TextOf(of, "date"), "");

    private static DateTime Time(JsonElement of, string? date, string name)
    {
        var (hour, minute) = name.Length == 0
            ? ("hour", "minute")
            : ($"{name}Hour", $"{name}Minute");
        return DateTime.TryParseExact(
            date?.Split('T')[0], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None,
            out var day)
            ? day.AddHours((double)Number(of, hour))
                .AddMinutes((double)(NumberOf(of, minute) ?? 0))
            : throw new FormatException($"'{date}' is no date");
    }
}
