using Monitoring.Core;
using Monitoring.Core.Amendments;
using Monitoring.Core.Quality;
using Monitoring.Server.Engine;
using Monitoring.Server.Notify;

namespace Monitoring.Server.Api;

/// <summary>How the tests of a source's instruments stand.</summary>
public sealed record QualityAnswer(string Source, IReadOnlyList<QuantityTestsAnswer> Quantities);

/// <param name="Tests">The one that fails or ends first at the head.</param>
public sealed record QuantityTestsAnswer(
    string Quantity, bool IsValid, IReadOnlyList<TestAnswer> Tests,
    IReadOnlyList<ChartAnswer> Charts, RangeAnswer? Range);

/// <summary>One required test, as <see cref="TestStanding"/> says.</summary>
public sealed record TestAnswer(string Test, string State, string? ValidUntil);

/// <summary>The charts of QAL3, as <see cref="DriftChart"/> says.</summary>
public sealed record ChartAnswer(
    string Level, int Readings, string Last, string Cusum, string Shewhart, string Ewma,
    decimal Correction)
{
    /// <summary>Which of the numbers that it rests on nobody held against the text.</summary>
    public string Unverified { get; } = Constant.UnverifiedOf(En14181.OfCharts);
}

/// <summary>Values beside the range of a calibration, as <see cref="CalibrationRange"/> says.
/// </summary>
public sealed record RangeAnswer(
    int WeeksOver, int WeeksLeft, decimal WorstPercent, bool NeedsCalibration)
{
    /// <inheritdoc cref="ChartAnswer.Unverified"/>
    public string Unverified { get; } = Constant.UnverifiedOf(En14181.OfRange);
}

/// <summary>Tests of instruments.</summary>
internal static class QualityRoutes
{
    public static void Map(IEndpointRouteBuilder api) => api.MapOne(
        "/quality/{id}",
        "How the tests of a source's instruments stand, which ends first, and what QAL3 shows.",
        (view, id) => view.Signals.Quality(id) is { } found ? AnswerOf(found, view.Zone) : null);

    private static QualityAnswer AnswerOf(SourceTests found, TimeZoneInfo zone) => new(
        found.Source,
        [
            .. found.Quantities.Select(one => new QuantityTestsAnswer(
                one.Quantity, one.Tests.All(test => test.IsValid),
                [
                    .. one.Tests.Select(test => new TestAnswer(
                        test.Kind, TestStanding.NameOf(test.State),
                        test.ExpiresMs is { } ms ? LocalTime.Iso(ms, zone) : null)),
                ],
                [
                    .. one.Charts.Select(chart => new ChartAnswer(
                        chart.Level, chart.Readings, LocalTime.Iso(chart.LastMs, zone),
                        NameOf(chart.Cusum), NameOf(chart.Shewhart), NameOf(chart.Ewma),
                        chart.Correction)),
                ],
                one.Range is { } range
                    ? new RangeAnswer(
                        range.WeeksOver, range.WeeksLeft, range.WorstPercent,
                        range.NeedsCalibration)
                    : null)),
        ]);

    private static string NameOf(ChartSignal signal) => signal.ToString().ToLowerInvariant();
}
