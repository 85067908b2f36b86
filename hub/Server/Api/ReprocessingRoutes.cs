using Monitoring.Core.Reprocessing;
using Monitoring.Server.Engine;
using Monitoring.Server.Notify;

namespace Monitoring.Server.Api;

/// <summary>A configuration that was accepted for stored windows.</summary>
/// <param name="Configuration">The id of its documents.</param>
/// <param name="ApprovedBy">The second person, where there is one.</param>
/// <param name="InForceSince">Null: it waits for a second person.</param>
public sealed record ReprocessingAnswer(
    string Id, string Source, SpanAnswer Span, string Configuration, string Author, string Reason,
    string At, string? ApprovedBy, string? InForceSince);

/// <summary>The same with what it changes, or changed.</summary>
/// <param name="WhyNone">Why there is no comparison; null where there is one.</param>
public sealed record ReprocessingDetailAnswer(
    ReprocessingAnswer Accepted, IReadOnlyList<ComparedTotal>? Totals,
    IReadOnlyList<ComparedWindowAnswer>? Windows, string? WhyNone);

/// <summary>The numbers of a window that are not the same.</summary>
/// <param name="IsBeside">It lies outside of the span, and is filled by what lies in it.</param>
public sealed record ComparedWindowAnswer(
    SpanAnswer Span, long Revision, bool IsBeside, IReadOnlyList<ComparedNumber> Numbers);

/// <summary>Stored windows under other configurations.</summary>
internal static class ReprocessingRoutes
{
    /// <summary>More windows are no answer but a task: the command has it.</summary>
    private const int WindowsMax = 2_000;

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapRead(
            "/reprocessings",
            "Configurations that were accepted for stored windows, or wait for a second person.",
            view => view.Signals.Reprocessings()
                .Select(one => AnswerOf(one, view.Zone)).ToList());
        api.MapOne(
            "/reprocessings/{id}",
            "What a configuration changes, or changed, of each window and in total.",
            (view, id) => view.Signals.Reprocessings()
                .FirstOrDefault(one => one.Amendment.Id == id) is { } found
                ? DetailOf(found, view)
                : null);
    }

    private static ReprocessingDetailAnswer DetailOf(AcceptedConfiguration found, HubView view)
    {
        var difference = view.Signals.DifferenceOf(found, WindowsMax);
        return new ReprocessingDetailAnswer(
            AnswerOf(found, view.Zone), difference?.Totals,
            difference?.Windows
                .Select(window => new ComparedWindowAnswer(
                    SpanOf(window.Window.StartMs, window.Window.EndMs, view.Zone),
                    window.Revision, window.IsBeside,
                    [.. window.Numbers.Where(number => !number.IsSame)]))
                .Where(window => window.Numbers.Count > 0).ToList(),
            difference is null
                ? $"more than {WindowsMax} windows; 'monitoring-hub reprocess' shows them"
                : null);
    }

    private static ReprocessingAnswer AnswerOf(AcceptedConfiguration one, TimeZoneInfo zone) =>
        new(
            one.Amendment.Id, one.Amendment.Source,
            SpanOf(one.Amendment.FromMs, one.Amendment.UntilMs!.Value, zone),
            one.Amendment.Subject, one.Amendment.Author, one.Amendment.Reason,
            LocalTime.Iso(one.AtMs, zone), one.ApprovedBy,
            one.IsInForce ? LocalTime.Iso(one.SinceMs, zone) : null);

    private static SpanAnswer SpanOf(long startMs, long endMs, TimeZoneInfo zone) =>
        new(LocalTime.Iso(startMs, zone), LocalTime.Iso(endMs, zone));
}
