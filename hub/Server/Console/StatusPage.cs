using Monitoring.Server.Api;
using Monitoring.Server.Notify;

namespace Monitoring.Server.Console;

/// <summary>The page at <c>/</c>: what this is and how it stands, for everybody.</summary>
internal static class StatusPage
{
    private const int RefreshSeconds = 5;
    private const int WarningsMax = 20;

    public static Html Render(StatusFacts facts)
    {
        var view = facts.View;
        var gravity = facts.Gravity switch
        {
            Gravity.Breach => "state bad",
            Gravity.Warning => "state warn",
            _ => "state",
        };
        return PageFrame.Page("Emissions of the cluster", RefreshSeconds, Html.Of($"""
            <header>{PageFrame.Places("en", "/fund?language=")}
            <h1>Emissions of the cluster</h1>
            <p class="soft">What the plants emit, what their contract allows, and what they pay
            when they break it. Contract: {view.Contract.Title} ({view.Contract.Id} version
            {view.Contract.Version}). As of {LocalTime.Show(view.NowMs(), view.Zone)},
            {view.Zone.Id}; renewed every {RefreshSeconds} s.</p></header>
            <main><section class="{gravity}">{facts.Sentence}</section>
            {Bubble(facts)}{Alerts(facts)}{Warnings(view)}{Open(view)}
            {Fund(facts)}
            {Averages(facts)}{Masses(facts)}
            {Gateways(facts)}{Projection(view)}{Faults(view)}{Excluded(facts)}</main>
            """));
    }

    private static Html Bubble(StatusFacts facts)
    {
        var bubble = facts.Bubble;
        return Html.Of($"""
            <section><h2>This period: {bubble.Pollutant} against the contract</h2>
            <p class="soft">Solid line: the limit. Dashed line: the forecast for the period's
            end. Striped: above the limit. A member above its holding pays only if the whole
            bubble is broken.</p>
            {Balance(bubble.Bubble, "cap")}
            {bubble.Members.Select(member => Balance(member, "holding"))}</section>
            {Settled(facts)}
            """);
    }

    private static Html Balance(BalanceAnswer balance, string limit)
    {
        var name = balance.Title == balance.Subject
            ? balance.Subject
            : $"{balance.Title} ({balance.Subject})";
        if (balance.HoldingMg is not { } holding)
        {
            var soFar = balance.UsedMg is { } some ? $"{MassText.Grams(some)} so far" : "no number";
            return Html.Of($"""
                <figure><figcaption><b>{name}</b>: {soFar}, and no {limit}: {balance.Reason}.
                </figcaption></figure>
                """);
        }

        if (balance.UsedMg is not { } used || balance.UsedPercent is not { } percent)
        {
            var since = balance.NoDataSince is { } at ? $" The last number is of {Clock(at)}." : "";
            return Html.Of($"""
                <figure><figcaption><b>{name}</b>: no number, because {balance.Reason}.{since}
                The {limit} is {MassText.Grams(holding)}.</figcaption></figure>
                """);
        }

        var state = StatusFacts.IsExceeded(balance) ? Html.Of($"<b class=\"bad\">exceeded</b>")
            : StatusFacts.WillExceed(balance) ? Html.Of($"<b class=\"warn\">will exceed</b>")
            : Html.Of($"<b class=\"ok\">within</b>");
        var forecast = balance is { ForecastMg: { } mass, ForecastPercent: { } share }
            ? $"; forecast {MassText.Grams(mass)} ({share} %)"
            : "; no forecast yet";
        var text = $"{MassText.Grams(used)} of {MassText.Grams(holding)} {limit} "
            + $"({percent} %){forecast}";
        return Html.Of($"""
            <figure><figcaption><b>{name}</b>: {text}: {state}</figcaption>
            {Charts.Bar(percent, balance.ForecastPercent, $"{name}: {text}")}</figure>
            """);
    }

    // The page's head names the zone once; people need neither offset nor milliseconds.
    private static string Clock(string iso) => iso[..19].Replace('T', ' ');

    private static Html Settled(StatusFacts facts)
    {
        var rows = facts.Bubble.Settled.Take(5).Select(period => Html.Of($"""
            <tr><td><a href="/trace/{period.Id}">from {Clock(period.Period.Start)}</a></td>
            <td class="n">{MassText.Whole(period.EmittedG)} g</td>
            <td class="n">{MassText.Whole(period.CapG)} g</td>
            <td>{Verdict(period)}</td>
            <td class="n">{facts.View.Contract.Currency.Show(period.AmountMinor)}</td></tr>
            """)).ToList();
        return rows.Count == 0
            ? Html.Of($"<section><h2>Settled periods</h2><p>None yet.</p></section>")
            : Html.Of($"""
                <section><h2>Settled periods</h2><div class="wide"><table><tr><th>period</th>
                <th class="n">emitted</th><th class="n">cap</th><th>verdict</th>
                <th class="n">charged</th></tr>{rows}</table></div></section>
                """);
    }

    private static Html Verdict(SettlementAnswer period)
    {
        var known = period.WindowsKnown < period.WindowsExpected
            ? $", as far as known: {period.WindowsKnown} of {period.WindowsExpected} windows"
            : "";
        var excess = MassText.Whole(period.ExcessG);
        var changed = period.FactsChanged is { } facts
            ? Html.Of($"<br><b class=\"warn\">{facts.Text}</b>")
            : Html.Empty;
        return period.ExcessG > 0
            ? Html.Of($"<b class=\"bad\">broken</b> by {excess} g{known}{changed}")
            : Html.Of($"<b class=\"ok\">kept</b>{known}{changed}");
    }

    private static Html Alerts(StatusFacts facts)
    {
        var items = facts.Alerts.Select(alert => Html.Of($"""
            <li><b class="{(alert.Kind == "raised" ? "warn" : "ok")}">{alert.Kind}</b>
            <span class="soft">{Clock(alert.At)}</span><br>{alert.Text}</li>
            """)).ToList();
        return items.Count == 0
            ? Html.Of($"<section><h2>Alerts</h2><p>There was none yet.</p></section>")
            : Html.Of($"<section><h2>Alerts, newest first</h2><ul>{items}</ul></section>");
    }

    /// <summary>Gaps, tests and charts; nothing where all is well.</summary>
    private static Html Warnings(HubView view)
    {
        var items = view.Signals.Warnings().Take(WarningsMax).Select(row => Html.Of($"""
            <li><span class="soft">{LocalTime.Show(row.AtMs, view.Zone)}</span><br>{row.Text}</li>
            """)).ToList();
        return items.Count == 0
            ? Html.Of($"")
            : Html.Of($"<section><h2>Instruments to be looked at</h2><ul>{items}</ul></section>");
    }

    private static Html Open(HubView view)
    {
        var items = view.Signals.OpenWork().Take(WarningsMax).Select(item => Html.Of($"""
            <li><span class="soft">{LocalTime.Show(item.SinceMs, view.Zone)}</span><br>{item.Text}
            {(item.DueMs is { } dueMs
                ? $"; until {LocalTime.Show(dueMs, view.Zone)}"
                    + (dueMs <= view.NowMs() ? ", overdue" : "")
                : "")}</li>
            """)).ToList();
        return items.Count == 0
            ? Html.Of($"")
            : Html.Of($"<section><h2>Who is late, and what is open</h2><ul>{items}</ul></section>");
    }

    private static Html Fund(StatusFacts facts)
    {
        if (facts.Fund.Reason is { } reason)
        {
            return Html.Of($"""
                <section><h2>Compensation fund</h2><p>Empty: {reason}.</p></section>
                """);
        }

        var currency = facts.View.Contract.Currency;
        var accounts = facts.Fund.Accounts.Select(account => Html.Of($"""
            <tr><td>{account.Meaning}</td><td class="n">{currency.Show(account.BalanceMinor)}</td>
            <td class="soft">{account.Account}</td></tr>
            """));
        var entries = facts.Entries.Select(entry => Html.Of($"""
            <li>{entry.Kind} for {entry.PeriodId}, booked {Clock(entry.BookedAt)}:
            {Charges(entry, currency)} (<a href="/api/v1/fund/entries/{entry.Id}">entry</a>)</li>
            """));
        return Html.Of($"""
            <section><h2>Compensation fund</h2><div class="wide"><table><tr><th>what</th>
            <th class="n">amount</th><th>account</th></tr>{accounts}</table></div>
            <h2 style="margin-top:1rem">Last entries</h2><ul>{entries}</ul></section>
            """);
    }

    private static IEnumerable<Html> Charges(
        EntryAnswer entry, Core.Contracts.Currency currency) =>
        entry.Postings.Where(posting => posting.AmountMinor > 0).Select(posting => Html.Of($"""
            {currency.Show(posting.AmountMinor)} {FundRoutes.MeaningOf(posting.Account)}
            (<a href="/trace/{posting.Charge}">why</a>)
            """));

    private static Html Averages(StatusFacts facts)
    {
        var charts = facts.Averages.Select(source => source.Series is { } series
            ? Html.Of($"""
                <figure><figcaption><b>{source.Title}</b>: {Newest(series)}</figcaption>
                {Charts.Line(series, facts.View.Zone)}</figure>
                """)
            : Html.Of($"<p><b>{source.Title}</b>: {source.None}</p>"));
        return Html.Of($"""
            <section><h2>Concentration of {facts.Bubble.Pollutant} at reference oxygen, last
            30 minutes</h2>{charts}</section>
            """);
    }

    private static string Newest(Series series) => series.Points[^1].Value is { } value
        ? FormattableString.Invariant($"{value:0.0} {series.Unit} in the newest window")
        : "no value in the newest window";

    private static Html Masses(StatusFacts facts)
    {
        var rows = facts.Facts.Where(fact => fact.Pollutant == facts.Bubble.Pollutant)
            .Reverse().Take(6).Select(fact => Html.Of($"""
                <tr><td>{LocalTime.Show(fact.StartMs, facts.View.Zone)}</td><td>{fact.Source}</td>
                <td class="n">{MassText.Grams(fact.Milligrams)}</td><td>{fact.Quality}</td>
                <td><a href="/trace/{fact.Id}">why</a></td></tr>
                """)).ToList();
        return rows.Count == 0
            ? Html.Empty
            : Html.Of($"""
                <section><h2>Newest masses</h2><div class="wide"><table><tr><th>window from</th>
                <th>source</th><th class="n">mass</th><th>quality</th><th></th></tr>{rows}</table>
                </div></section>
                """);
    }

    private static Html Gateways(StatusFacts facts)
    {
        var rows = facts.Gateways.Select(line => Html.Of($"""
            <tr><td>{line.Name}</td><td>{State(line)}</td><td>{line.LastHeard}</td>
            <td class="n">{MassText.Whole(line.CommittedOffset)}</td></tr>
            """)).ToList();
        var table = rows.Count == 0
            ? Html.Of($"<p>None was heard yet.</p>")
            : Html.Of($"""
                <div class="wide"><table><tr><th>gateway</th><th>state</th><th>last heard</th>
                <th class="n">journal stored up to</th></tr>{rows}</table></div>
                """);
        var gaps = facts.Gaps.Take(5).Select(gap => Html.Of($"""
            <li>{gap.Plant}/{gap.Gateway}: records {gap.FirstOffset} to {gap.LastOffset} are
            gone ({gap.Reason}), declared {Clock(gap.DeclaredAt)}</li>
            """));
        return Html.Of($"<section><h2>Gateways</h2>{table}<ul>{gaps}</ul></section>");
    }

    /// <summary>Nothing where all is well.</summary>
    private static Html Faults(HubView view)
    {
        var items = view.Faults.All.Select(one => Html.Of($"""
            <li><b class="bad">{one.What}</b>, {one.Count} times, at last
            <span class="soft">{LocalTime.Show(one.LastMs, view.Zone)}</span><br>{one.Why}</li>
            """)).ToList();
        return items.Count == 0
            ? Html.Empty
            : Html.Of($"""
                <section><h2>Faults of the hub</h2><p>Nobody thought of these. Each was tried
                again; the log has all of it, please report it.</p><ul>{items}</ul></section>
                """);
    }

    private static Html Projection(HubView view)
    {
        if (view.Projection is not { } influx)
        {
            return Html.Empty;
        }

        var waiting = MassText.Whole(view.Stores.Feeds.Lag());
        var state = influx.Trouble is { } trouble
            ? Html.Of($"""
                <b class="warn">waits</b> since {LocalTime.Show(trouble.SinceMs, view.Zone)}:
                {trouble.Why}
                """)
            : Html.Of($"<b class=\"ok\">takes points</b>");
        return Html.Of($"""
            <section><h2>InfluxDB, for Grafana</h2><p>{influx.Url}: {state}; rows waiting:
            {waiting}; points refused for good: {MassText.Whole(influx.Refused.Count())}
            (<a href="/api/v1/projection">details</a>). Nothing else waits for it.</p></section>
            """);
    }

    private static Html State(GatewayLine line) => line.Refused is { } why
        ? Html.Of($"<b class=\"warn\">refused</b>: {why}")
        : line.IsSilent
        ? Html.Of($"<b class=\"warn\">silent</b>")
        : Html.Of($"<b class=\"ok\">reports</b>");

    private static Html Excluded(StatusFacts facts)
    {
        var used = facts.Fates.Where(fate => fate.Rule.Length == 0).Sum(fate => fate.Images);
        var rows = facts.Fates.Where(fate => fate.Rule.Length > 0).Select(fate => Html.Of($"""
            <tr><td>{fate.Device}</td><td>{fate.Rule}</td>
            <td class="n">{MassText.Whole(fate.Images)}</td>
            <td class="n">{MassText.Whole(fate.Readings)}</td></tr>
            """)).ToList();
        var windows = facts.EmptyWindows.Select(window => Html.Of($"""
            <li>{window.Source}, {LocalTime.Show(window.StartMs, facts.View.Zone)}:
            no mass, because {window.Because}</li>
            """));
        var table = rows.Count == 0
            ? Html.Empty
            : Html.Of($"""
                <div class="wide"><table><tr><th>device</th><th>kept out by</th>
                <th class="n">images</th><th class="n">readings</th></tr>{rows}</table></div>
                """);
        return Html.Of($"""
            <section><h2>What is not counted, and why (last hour)</h2>
            <p>{MassText.Whole(used)} images are behind the masses;
            {(rows.Count == 0 ? "none was kept out" : "these were kept out")}.</p>
            {table}<ul>{windows}</ul></section>
            """);
    }
}
