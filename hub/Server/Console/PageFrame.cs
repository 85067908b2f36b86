namespace Monitoring.Server.Console;

/// <summary>The frame of every page: head, style, footer. Readable on a phone, no script.</summary>
internal static class PageFrame
{
    private const string Style =
        """
        :root{color-scheme:light;--ink:#1b2a33;--soft:#5a6b75;--line:#d5dde1;--ok:#2b7a4b;
        --warn:#a05a00;--bad:#b3261e;--paper:#fff;--back:#f3f6f7}
        *{box-sizing:border-box}
        body{margin:0;font:16px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--back)}
        main,header,footer{max-width:62rem;margin:0 auto;padding:0 1rem}
        header{padding-top:1rem}h1{font-size:1.35rem;margin:0}h2{font-size:1.1rem;margin:0 0 .6rem}
        p{margin:.4rem 0}section{background:var(--paper);border:1px solid var(--line);
        border-radius:.5rem;padding:.9rem 1rem;margin:.9rem 0}
        .state{font-size:1.1rem;font-weight:600;border-left:.4rem solid var(--ok)}
        .state.warn{border-color:var(--warn)}.state.bad{border-color:var(--bad)}
        .soft,footer{color:var(--soft);font-size:.9rem}.wide{overflow-x:auto}
        table{border-collapse:collapse;width:100%;font-size:.93rem}
        th,td{text-align:left;padding:.25rem .7rem .25rem 0;border-bottom:1px solid var(--line);
        vertical-align:top}th{color:var(--soft);font-weight:600}
        td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
        svg{display:block;width:100%;height:auto}figure{margin:.6rem 0 1rem}
        figcaption{margin-bottom:.15rem}b.bad{color:var(--bad)}b.warn{color:var(--warn)}
        b.ok{color:var(--ok)}ul{padding-left:1.1rem;margin:.3rem 0}a{color:#0b5b8a}
        .tree ul{border-left:2px solid var(--line);list-style:none;padding-left:.8rem}
        .tree li{margin:.5rem 0}.tree .by{color:var(--soft);font-size:.92rem}
        .tree .title{font-weight:600}.tree summary{cursor:pointer;color:#0b5b8a}
        code{font-size:.85rem;overflow-wrap:anywhere}
        footer{padding-bottom:2rem}
        """;

    /// <param name="refreshSeconds">0: the page stays as it is.</param>
    /// <param name="language">The page's own, such as <c>uk</c>.</param>
    public static Html Page(
        string title, int refreshSeconds, Html body, string language = "en")
    {
        var refresh = refreshSeconds > 0
            ? Html.Of($"<meta http-equiv=\"refresh\" content=\"{refreshSeconds}\">")
            : Html.Empty;
        return Html.Of($"""
            <!doctype html>
            <html lang="{language}"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">{refresh}
            <title>{title}</title><style>{Html.OwnText(Style)}</style></head>
            <body>{body}
            <footer><p>For programs: <a href="/openapi/v1.json">OpenAPI</a>,
            <a href="/api/v1/gateways">gateways</a>, <a href="/api/v1/facts">facts</a>,
            <a href="/api/v1/fund/entries">fund</a>, <a href="/api/v1/rejects">rejects</a>,
            <a href="/api/v1/notices">notices</a>, <a href="/metrics">metrics</a>.</p></footer>
            </body></html>
            """);
    }

    /// <summary>The way to the pages for all, and to this one in the other language.</summary>
    /// <param name="self">This page's address up to its language.</param>
    public static Html Places(string language, string self)
    {
        var isUkrainian = language == "uk";
        var (status, fund, contract) = isUkrainian
            ? ("Стан (англійською)", "Фонд", "Договір")
            : ("Status", "Fund", "Contract");
        return Html.Of($"""
            <p class="soft"><a href="/">{status}</a> ·
            <a href="/fund?language={language}">{fund}</a> ·
            <a href="/contract?language={language}">{contract}</a> ·
            <a href="{self}{(isUkrainian ? "en" : "uk")}">{(isUkrainian
                ? "English" : "Українською")}</a></p>
            """);
    }
}
