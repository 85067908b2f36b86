using System.Globalization;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Server.Api;
using Monitoring.Server.Engine;
using Monitoring.Server.Notify;

namespace Monitoring.Server.Console;

/// <summary>
/// The page at <c>/fund</c>: a year of the compensation fund for those who live there, in English
/// or Ukrainian. Where the money came from, where it lies, what it did, and how to check that.
/// </summary>
internal sealed record FundPage(HubView View, FundReport Report, string Language)
{
    private const string Paid = "#0b5b8a";
    private const string Left = "#2b7a4b";

    private int Year => int.Parse(Report.Span.Name, CultureInfo.InvariantCulture);

    private Currency Currency => View.Contract.Currency;

    public static Html Render(HubView view, FundReport report, string language) =>
        new FundPage(view, report, language).Page();

    private string Say(string english, string ukrainian) =>
        Language == "uk" ? ukrainian : english;

    private Html Page() => PageFrame.Page(
        Say("The compensation fund", "Компенсаційний фонд"), 0, Html.Of($"""
            <header>{PageFrame.Places(Language, $"/fund?year={Year}&language=")}
            <h1>{Say($"The compensation fund in {Year}", $"Компенсаційний фонд, {Year} рік")}</h1>
            <p class="soft">{Say(
                "Plants that break their common limit pay into it, and the money is spent where "
                    + "the harm is done. As of",
                "Підприємства, які порушують спільний ліміт, платять до нього, а кошти "
                    + "витрачають там, де завдано шкоди. Станом на")}
            {LocalTime.Show(View.NowMs(), View.Zone)}, {View.Zone.Id}.
            <a href="/fund?year={Year - 1}&amp;language={Language}">{Year - 1}</a>
            <a href="/fund?year={Year + 1}&amp;language={Language}">{Year + 1}</a></p></header>
            <main>{Sentence()}{Accounts()}{Members()}{Projects()}{Periods()}{Check()}</main>
            """), Language);

    private Html Sentence()
    {
        var statement = Report.Statement;
        var charged = statement.Lines.Sum(line => line.ChargedMinor + line.RestatedMinor);
        var paid = -statement.Lines.Sum(line => line.PaidMinor + line.ReturnedMinor);
        return Html.Of($"""
            <section class="state">{Say(
                $"{Currency.Show(charged)} was charged for this year; {Currency.Show(paid)} was "
                    + $"paid to projects; the fund holds {Currency.Show(statement.ClosingMinor)}, "
                    + $"of which {Currency.Show(statement.PromisedMinor)} is promised and "
                    + $"{Currency.Show(statement.OwedMinor)} is still owed by members.",
                $"За рік нараховано {Currency.Show(charged)}; проєктам сплачено "
                    + $"{Currency.Show(paid)}; у фонді {Currency.Show(statement.ClosingMinor)}, "
                    + $"з них обіцяно {Currency.Show(statement.PromisedMinor)}, а учасники ще "
                    + $"винні {Currency.Show(statement.OwedMinor)}.")}</section>
            """);
    }

    private Html Accounts()
    {
        var lines = Report.Statement.Lines;
        var most = lines.Select(line => TakenIn(line)).DefaultIfEmpty(0).Max();
        var figures = lines.Select(line =>
        {
            var (paid, left) = (-(line.PaidMinor + line.ReturnedMinor), line.ClosingMinor);
            var text = Say(
                $"{Currency.Show(paid)} paid to projects, {Currency.Show(left)} left",
                $"{Currency.Show(paid)} сплачено проєктам, {Currency.Show(left)} залишилося");
            var name = StatementText.NameOf(line.Account, Language == "uk");
            return Html.Of($"""
                <figure><figcaption><b>{name}</b>: {text}</figcaption>
                {Charts.Stack([(Share(paid, most), Paid), (Share(left, most), Left)],
                    $"{name}: {text}")}</figure>
                """);
        }).ToList();
        return Section(
            Say("Where the money is", "Де кошти"),
            figures.Count == 0
                ? Html.Of($"<p>{Say("Nothing was ever booked.", "Ще нічого не проведено.")}</p>")
                : Html.Of($"""
                    <p class="soft">{Say(
                        "Money of a zone can be spent in that zone only. Blue: paid to "
                            + "projects. Green: left.",
                        "Кошти зони можна витратити лише в цій зоні. Синє: сплачено проєктам. "
                            + "Зелене: залишок.")}</p>{figures}
                    """));
    }

    private Html Members()
    {
        var (from, until) = (Report.Span.FromMs, Report.Span.UntilMs);
        var rows = Report.Now.Charges.Values.GroupBy(charge => charge.Member).Select(member =>
        {
            var charged = member.Where(charge => IsOf(charge, from, until))
                .Sum(charge => charge.MinorUnits + charge.InterestMinor);
            var open = Ageing.Of(Report.Now, member.Key, View.NowMs());
            var late = open.Select(one => one.DaysLate).DefaultIfEmpty(0).Max();
            return Html.Of($"""
                <tr><td>{TitleOf(member.Key)}</td><td class="n">{Currency.Show(charged)}</td>
                <td class="n">{Currency.Show(open.Sum(one => one.OpenMinor))}</td>
                <td>{(late == 0 ? "" : Say($"{late} days late", $"прострочено, днів: {late}"))}</td>
                </tr>
                """);
        }).ToList();
        return rows.Count == 0
            ? Html.Empty
            : Section(Say("Who pays", "Хто платить"), Html.Of($"""
                <div class="wide"><table><tr><th>{Say("member", "учасник")}</th>
                <th class="n">{Say("charged for this year", "нараховано за рік")}</th>
                <th class="n">{Say("owed today", "борг сьогодні")}</th><th></th></tr>{rows}</table>
                </div>
                """));
    }

    private Html Projects()
    {
        var rows = Report.Statement.Projects.Select(project => Html.Of($"""
            <tr><td>{project.Project}</td><td>{project.Zone}</td><td>{StateOf(project.State)}</td>
            <td class="n">{Currency.Show(project.PromisedMinor)}</td>
            <td class="n">{Currency.Show(project.PaidMinor)}</td>
            <td>{StatementText.ResultOf(project, Language == "uk", Currency.Show)}</td></tr>
            """)).ToList();
        return Section(
            Say("Projects", "Проєкти"),
            rows.Count == 0
                ? Html.Of($"<p>{Say("There is none yet.", "Ще немає.")}</p>")
                : Html.Of($"""
                    <div class="wide"><table><tr><th>{Say("project", "проєкт")}</th>
                    <th>{Say("zone", "зона")}</th><th>{Say("state", "стан")}</th>
                    <th class="n">{Say("promised", "обіцяно")}</th>
                    <th class="n">{Say("paid", "сплачено")}</th>
                    <th>{Say("what it did", "що дав")}</th></tr>{rows}</table></div>
                    """));
    }

    private Html Periods()
    {
        var columns = Report.Insights
            .Select(insight => (
                Insight: insight,
                Bubble: insight.Tightness.First(one => one.Constraint.Zone is null).Constraint))
            .Where(period => period.Bubble.CapGrams > 0)
            .Select(period => (
                100m * period.Bubble.ExpectedGrams / period.Bubble.CapGrams,
                $"{From(period.Insight.PeriodId)}: "
                    + $"{MassText.Whole(period.Bubble.ExpectedGrams)} g / "
                    + $"{MassText.Whole(period.Bubble.CapGrams)} g"))
            .ToList();
        var lines = Report.Insights.Reverse().Take(3).Select(insight => Html.Of($"""
            <li><b>{From(insight.PeriodId)}</b><ul>{InsightText
                .LinesOf(insight, Language == "uk", Currency.Show)
                .Select(line => Html.Of($"<li>{line}</li>"))}</ul></li>
            """));
        return Section(
            Say("How much of the common limit was used", "Скільки спільного ліміту використано"),
            columns.Count == 0
                ? Html.Of($"<p>{Say(
                    "No period of this year is settled.",
                    "Жоден період року не підсумовано.")}</p>")
                : Html.Of($"""
                    <p class="soft">{Say(
                        $"Settled periods, the newest right (at most {Statements.PeriodsMax}). "
                            + "Line: the limit. Striped: above it.",
                        "Підсумовані періоди, найновіший праворуч (щонайбільше "
                            + $"{Statements.PeriodsMax}). Лінія: ліміт. Смугасте: понад "
                            + "ліміт.")}</p>
                    {Charts.Columns(columns)}<ul>{lines}</ul>
                    """));
    }

    private Html Check() => Section(
        Say("Check it yourself", "Перевірте самі"), Html.Of($"""
            <p>{Say(
                "Every charge, payment and vote is in a public log that nobody can change "
                    + "unseen. This program checks all of it and needs no account:",
                "Кожне нарахування, платіж і голос є у публічному журналі, який ніхто не змінить "
                    + "непомітно. Ця програма перевіряє все без облікового запису:")}
            <code>monitoring-verify</code> {Say(
                "with the address of this page.", "з адресою цієї сторінки.")}</p>
            <p><a href="/api/v1/fund/statement?year={Year}&amp;language={Language}">{Say(
                "The statement of this year, every line", "Звіт за рік, усі рядки")}</a>;
            <a href="/log/checkpoint">{Say("public log", "публічний журнал")}</a></p>
            """));

    private bool IsOf(ChargeDue charge, long fromMs, long untilMs) =>
        View.Statements.Period(charge.PeriodId) is { } span
            && span.FromMs >= fromMs && span.FromMs < untilMs;

    private string From(string periodId) => View.Statements.Period(periodId) is { } span
        ? Say("from ", "з ") + LocalTime.Show(span.FromMs, View.Zone)
        : periodId;

    private string TitleOf(string member) =>
        View.Cluster.Members.FirstOrDefault(it => it.Id == member)?.Title ?? member;

    private string StateOf(ProjectState state) => state switch
    {
        ProjectState.Applied => Say("applied", "подано"),
        ProjectState.Appraised => Say("appraised", "оцінено"),
        ProjectState.Approved => Say("approved", "схвалено"),
        ProjectState.Committed => Say("committed", "кошти обіцяно"),
        ProjectState.Completed => Say("completed", "завершено"),
        ProjectState.Verified => Say("measured", "виміряно"),
        ProjectState.Ineligible => Say("not eligible", "не відповідає умовам"),
        ProjectState.Rejected => Say("rejected", "відхилено"),
        ProjectState.Closed => Say("closed", "закрито"),
        _ => Say("clawed back", "кошти повернено"),
    };

    private static Html Section(string title, Html body) =>
        Html.Of($"<section><h2>{title}</h2>{body}</section>");

    private static long TakenIn(StatementLine line) =>
        Math.Max(0, line.ClosingMinor - line.PaidMinor - line.ReturnedMinor);

    private static decimal Share(long part, long whole) =>
        whole <= 0 ? 0 : Math.Clamp(100m * part / whole, 0, 100);
}
