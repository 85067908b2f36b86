using Monitoring.Server.Inspection;
using Monitoring.Server.Notify;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Api;

/// <summary>A warning that is raised now.</summary>
/// <param name="Kind">gap, loss, test-due, test-invalid or drift.</param>
/// <param name="Subject">
/// The test or the chart; of a loss day, day-lost or year; empty of a gap.
/// </param>
/// <param name="Trace">How a gap's substitute and cost come about; null of others.</param>
public sealed record WarningAnswer(
    string Id, string Source, string Quantity, string Kind, string Subject, string Since,
    string Text, string? Trace);

/// <summary>What of the instruments somebody has to look at.</summary>
internal static class WarningRoutes
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapRead(
            "/warnings",
            "Gaps that last, days that may be lost, tests that end, and charts out of bounds.",
            view => view.Signals.Warnings().Select(row => AnswerOf(row, view.Zone)).ToList());
        api.MapRead(
            "/constants", "Every number of the rules that no profile chooses, and its source.",
            _ => ConstantFamilies.All.Select(one => new ConstantAnswer(
                one.Name, one.Value, one.Unit, one.Source, one.IsVerified)).ToList());
    }

    private static WarningAnswer AnswerOf(WarningRow row, TimeZoneInfo zone)
    {
        var kind = Enum.Parse<Core.Warnings.WarningKind>(row.Kind);
        return new WarningAnswer(
            row.Id, row.Source, row.Quantity, Core.Warnings.WarningRules.NameOf(kind), row.Subject,
            LocalTime.Iso(row.AtMs, zone), row.Text,
            kind == Core.Warnings.WarningKind.Gap
                ? GapRoutes.TraceOf(row.Source, row.Quantity)
                : null);
    }
}
