using Monitoring.Core.Contracts;
using Monitoring.Server.Api;
using Monitoring.Server.Notify;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Console;

/// <summary>How grave the state in one sentence is.</summary>
internal enum Gravity
{
    Fine,
    Warning,
    Breach,
}

/// <summary>The averages of one source, or since when there are none.</summary>
internal sealed record SourceSeries(string Source, string Title, Series? Series, string? None);

/// <summary>A gateway as the page shows it.</summary>
/// <param name="Refused">Why nothing of it is stored; null where all is well.</param>
internal sealed record GatewayLine(
    string Name, string LastHeard, bool IsSilent, long CommittedOffset, string Epoch,
    string? Refused);

/// <summary>Everything on the status page, read at one instant.</summary>
internal sealed record StatusFacts(
    HubView View, BubbleAnswer Bubble, Period Period, Gravity Gravity, string Sentence)
{
    private const int Newest = 8;

    private static readonly TimeSpan ChartSpan = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan FateSpan = TimeSpan.FromHours(1);

    // A gateway sends each cycle of a second or so; this many seconds of silence are no delay.
    private static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(30);

    public required IReadOnlyList<AlertAnswer> Alerts { get; init; }

    public required AccountsAnswer Fund { get; init; }

    public required IReadOnlyList<EntryAnswer> Entries { get; init; }

    public required IReadOnlyList<SourceSeries> Averages { get; init; }

    public required IReadOnlyList<GatewayLine> Gateways { get; init; }

    public required IReadOnlyList<GapAnswer> Gaps { get; init; }

    public required IReadOnlyList<FateRow> Fates { get; init; }

    public required IReadOnlyList<EmptyWindowRow> EmptyWindows { get; init; }

    public required IReadOnlyList<FactRow> Facts { get; init; }

    public static StatusFacts Of(HubView view)
    {
        var books = view.Stores.Books;
        var now = view.NowMs();
        var bubble = ContractRoutes.BubbleOf(view);
        var period = view.CurrentPeriod();
        var fateFrom = now - (long)FateSpan.TotalMilliseconds;
        var gateways = GatewaysOf(view, now);
        var silent = SilentPlants(view, gateways);
        var raised = books.StandingAlerts(view.Contract.Id).Count(row => row.Period == period.Id);
        return new StatusFacts(
            view, bubble, period, GravityOf(bubble, silent, raised),
            SentenceOf(
                bubble, silent, raised, LocalTime.Span(period.Start, period.End, view.Zone)))
        {
            Alerts = [.. books.NewestAlerts(Newest).Select(row =>
                ContractRoutes.AnswerOf(row, view))],
            Fund = FundRoutes.AccountsOf(view),
            Entries = FundRoutes.AnswersOf(view, books.NewestEntries(Newest)),
            Averages = AveragesOf(view, now),
            Gateways = gateways,
            Gaps = OperationRoutes.Gateways(view).Gaps,
            Fates = books.Fates(fateFrom, now),
            EmptyWindows = books.EmptyWindows(fateFrom, Newest),
            Facts = books.Facts(null, null, new PageQuery(
                now - (long)TimeSpan.FromMinutes(2).TotalMilliseconds, long.MaxValue, 100)),
        };
    }

    public static bool IsExceeded(BalanceAnswer balance) => balance.UsedMg > balance.HoldingMg;

    public static bool WillExceed(BalanceAnswer balance) =>
        balance.ForecastMg > balance.HoldingMg;

    private static Gravity GravityOf(BubbleAnswer bubble, List<string> silent, int raised) =>
        IsExceeded(bubble.Bubble) ? Gravity.Breach
        : silent.Count > 0 || raised > 0 || WillExceed(bubble.Bubble)
            || bubble.Members.Any(member => IsExceeded(member) || WillExceed(member))
            ? Gravity.Warning
        : Gravity.Fine;

    private static string SentenceOf(
        BubbleAnswer bubble, List<string> silent, int raised, string span)
    {
        var plants = silent.Count == 0
            ? "All plants report"
            : $"No news from {string.Join(" and ", silent)}";
        List<string> parts =
        [
            bubble.Bubble switch
            {
                { UsedMg: { } mass, HoldingMg: { } cap } =>
                    $"{MassText.Grams(mass)} of {MassText.Grams(cap)} used",
                { UsedMg: { } mass } => $"{MassText.Grams(mass)} emitted, {bubble.Bubble.Reason}",
                _ => "no mass is known yet",
            },
        ];
        if (IsExceeded(bubble.Bubble))
        {
            parts.Add("the bubble is broken");
        }
        else if (WillExceed(bubble.Bubble))
        {
            parts.Add($"the forecast for its end is {bubble.Bubble.ForecastPercent} % of the cap");
        }

        parts.AddRange(Who(bubble, IsExceeded, "has exceeded its", "have exceeded their"));
        parts.AddRange(Who(
            bubble, member => WillExceed(member) && !IsExceeded(member),
            "is forecast to exceed its", "are forecast to exceed their"));
        if (raised > 0)
        {
            parts.Add(raised == 1 ? "1 alert is raised" : $"{raised} alerts are raised");
        }

        return $"{plants}; period {span} of {bubble.Id}: {string.Join("; ", parts)}.";
    }

    private static IEnumerable<string> Who(
        BubbleAnswer bubble, Func<BalanceAnswer, bool> does, string one, string many)
    {
        var members = bubble.Members.Where(does).Select(member => member.Subject).ToList();
        return members switch
        {
            [] => [],
            [var only] => [$"{only} {one} holding"],
            _ => [$"{string.Join(" and ", members)} {many} holdings"],
        };
    }

    // A gateway whose journal is refused may well be heard, but nothing it says is stored.
    private static List<string> SilentPlants(HubView view, IReadOnlyList<GatewayLine> gateways) =>
        view.Cluster.Sources
            .Where(source => source.Holds(view.Time.GetUtcNow()))
            .Select(source => $"{source.Plant}/{source.Gateway}").Distinct()
            .Where(name => gateways.All(line =>
                line.Name != name || line.IsSilent || line.Refused is not null))
            .ToList();

    // The journal of each gateway that was heard last; after a disk was put back, or with two
    // agents of one name, that need not be the newest.
    private static List<GatewayLine> GatewaysOf(HubView view, long now) =>
        view.Stores.Log.Gateways()
            .GroupBy(row => (row.Plant, row.Node))
            .Select(journals => journals.MaxBy(row => row.ReceivedMs ?? 0)!)
            .Select(row => new GatewayLine(
                $"{row.Plant}/{row.Node}",
                row.ReceivedMs is { } heard
                    ? $"{LocalTime.Show(heard, view.Zone)} ({Ago(now - heard)})"
                    : "never",
                row.ReceivedMs is not { } last || now - last > SilentAfter.TotalMilliseconds,
                row.Committed, row.Epoch,
                row.WentBackMs is null && row.RefusedFault is null
                    ? null
                    : OperationRoutes.ReasonOf(row)))
            .ToList();

    private static string Ago(long ms) =>
        ms < 2_000 ? "now"
        : ms < 120_000 ? $"{ms / 1_000} s ago"
        : ms < 7_200_000 ? $"{ms / 60_000} min ago"
        : $"{ms / 3_600_000} h ago";

    private static List<SourceSeries> AveragesOf(HubView view, long now) =>
        view.Cluster.Sources.Where(source => source.Holds(view.Time.GetUtcNow()))
            .Select(source => SeriesOf(view, source.Id, source.Title, now))
            .ToList();

    private static SourceSeries SeriesOf(HubView view, string source, string title, long now)
    {
        var from = now - (long)ChartSpan.TotalMilliseconds;
        var pollutant = view.Contract.Bubble.Pollutant;
        var quantity = $"{pollutant}-std";
        var rows = view.Stores.Books.Averages(
            source, quantity, new PageQuery(from, long.MaxValue, ApiParameter.LimitMax));
        if (rows.All(row => row.Value is null))
        {
            var newest = view.Stores.Books.NewestAverageMs(source, quantity, long.MaxValue);
            return new SourceSeries(
                source, title, null,
                newest is { } ms
                    ? $"None since {LocalTime.Show(ms, view.Zone)}."
                    : "There was none yet.");
        }

        var step = rows.Max(row => row.EndMs - row.StartMs);
        return new SourceSeries(
            source, title,
            new Series(
                $"{pollutant} at reference oxygen, {title}", rows[0].Unit, from, now, step,
                [
                    .. rows.Select(row => (
                        row.StartMs, (double?)MeasurementRoutes.Number(row.Value))),
                ]),
            null);
    }
}
