using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Monitoring.Verifier;

/// <summary>
/// What members did, as the log tells: of each source and span the newest word. A settlement whose
/// contract asks for it needs it of every source that has a mass.
/// </summary>
internal sealed class Activities(Findings findings)
{
    private const long TicksPerMs = 10_000;

    private static readonly long EpochTicks = DateTimeOffset.UnixEpoch.UtcTicks;

    private readonly Dictionary<string, Dictionary<(string Source, long FromMs), Report>> _told =
        [];

    public void Take(Leaf leaf, JsonElement report)
    {
        // Releases before this told neither member nor span, and settled by none of them.
        if (!report.TryGetProperty("Member", out var member))
        {
            return;
        }

        var period = report.Word("PeriodId");
        if (!_told.TryGetValue(period, out var own))
        {
            _told[period] = own = [];
        }

        var told = new Report(
            member.GetString() ?? "", report.Word("Source"), report.Word("Unit"),
            (long)Leaf.WholeOf(report.GetProperty("FromMs")),
            (long)Leaf.WholeOf(report.GetProperty("UntilMs")),
            Leaf.WholeOf(report.GetProperty("Quantity")));
        if (told.Quantity.Sign < 0 || told.FromMs >= told.UntilMs)
        {
            findings.Add(leaf.Where, "tells of less than nothing, or of no span");
        }

        if (own.Values.FirstOrDefault(other => other.Source == told.Source
            && other.FromMs < told.UntilMs && other.UntilMs > told.FromMs
            && (other.FromMs, other.UntilMs) != (told.FromMs, told.UntilMs)) is not null)
        {
            findings.Add(leaf.Where, $"tells twice what {told.Source} made in a part of its span");
        }

        own[(told.Source, told.FromMs)] = told;
    }

    /// <summary>In the order of members and spans; empty where the contract does not ask.</summary>
    public List<Activity> Of(Leaf settlement, Terms terms, IReadOnlyList<Mass> masses)
    {
        if (terms.AsksActivity is not { } clause)
        {
            return [];
        }

        var reports = _told.GetValueOrDefault(settlement.Text("period"), []).Values
            .Where(report => terms.Shares.Any(share => share.Member == report.Member)).ToList();
        foreach (var source in masses.GroupBy(mass => (mass.Member, mass.Source))
            .Where(source => !IsTold(reports, source)))
        {
            findings.Add(
                settlement.Where, $"was settled although nobody told what {source.Key.Source} "
                    + $"made, which '{clause}' of its contract asks for");
        }

        foreach (var report in reports.Where(report => masses.Any(mass =>
            mass.Source == report.Source && mass.Member != report.Member
            && mass.StartMs >= report.FromMs && mass.StartMs < report.UntilMs)))
        {
            findings.Add(
                settlement.Where, $"counts for {report.Member} what {report.Source} made, whose "
                    + "masses are another's");
        }

        if (reports.GroupBy(report => report.Member)
            .FirstOrDefault(own => own.Select(report => report.Unit).Distinct().Count() > 1)
            is { } mixed)
        {
            findings.Add(
                settlement.Where, $"adds up what {mixed.Key} made in several units");
        }

        return
        [
            .. reports.GroupBy(report => report.Member)
                .OrderBy(own => own.Key, StringComparer.Ordinal)
                .SelectMany(own => Joined([.. own])),
        ];
    }

    // A span begins where no other report of the member goes on, and reaches to the last end of
    // all that begin before the next one does.
    private static IEnumerable<Activity> Joined(List<Report> own)
    {
        var starts = own.Select(report => report.FromMs).Distinct().Order()
            .Where(ms => !own.Exists(other => other.FromMs < ms && ms < other.UntilMs)).ToList();
        foreach (var (i, fromMs) in starts.Index())
        {
            var within = own.Where(report => report.FromMs >= fromMs
                && (i + 1 == starts.Count || report.FromMs < starts[i + 1])).ToList();
            yield return new Activity(
                own[0].Member, fromMs, within.Max(report => report.UntilMs),
                within.Aggregate(BigInteger.Zero, (sum, report) => sum + report.Quantity));
        }
    }

    /// <summary>
    /// What a source made in a span; -1, which nobody can report, where reports in that unit do
    /// not fill it.
    /// </summary>
    public BigInteger MadeIn(string source, string unit, long fromMs, long untilMs)
    {
        List<Report> own =
        [
            .. _told.Values.SelectMany(period => period.Values).Where(report =>
                report.Source == source && report.FromMs < untilMs && report.UntilMs > fromMs),
        ];
        return own.TrueForAll(report => report.Unit == unit && report.FromMs >= fromMs
                && report.UntilMs <= untilMs)
            && own.Sum(report => report.UntilMs - report.FromMs) == untilMs - fromMs
                ? own.Aggregate(BigInteger.Zero, (sum, report) => sum + report.Quantity)
                : BigInteger.MinusOne;
    }

    /// <summary>As the id of a settlement names it.</summary>
    public static string TextOf(Activity activity) => string.Create(
        CultureInfo.InvariantCulture,
        $"{activity.Member} {Ticks(activity.StartMs)} {Ticks(activity.EndMs)} {activity.Quantity}");

    private static long Ticks(long ms) => EpochTicks + (ms * TicksPerMs);

    private static bool IsTold(
        List<Report> reports, IGrouping<(string Member, string Source), Mass> masses)
    {
        var atMs = masses.Min(mass => mass.StartMs);
        foreach (var report in reports
            .Where(report => (report.Member, report.Source) == masses.Key)
            .OrderBy(report => report.FromMs))
        {
            atMs = report.FromMs <= atMs ? Math.Max(atMs, report.UntilMs) : atMs;
        }

        return atMs >= masses.Max(mass => mass.EndMs);
    }

    private sealed record Report(
        string Member, string Source, string Unit, long FromMs, long UntilMs,
        BigInteger Quantity);
}
