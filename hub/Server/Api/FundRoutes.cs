using Monitoring.Core;
using Monitoring.Core.Contracts;
using Monitoring.Server.Engine;
using Monitoring.Server.Notify;
using Monitoring.Server.Projection;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Api;

/// <summary>The compensation fund: accounts and entries.</summary>
internal static class FundRoutes
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapRead(
            "/fund/accounts", "The accounts of the fund and of those who owe it.", AccountsOf);
        api.MapRead(
            "/fund/zone-keys", "Where the emissions of each source come down, and how sure it is.",
            ZoneKeysOf);
        api.MapRead(
            "/fund/open-work",
            "Who is late and what follows, and what of the fund waits for a person.", OpenWorkOf);
        api.MapRead(
            "/fund/shares", "The register of shares: names of the holders' own choice.",
            SharesOf);
        api.MapRead(
            "/fund/entries", "The entries of the ledger in the order of booking.",
            ApiParameter.Paging, query => query.Page().Page, Entries);
        api.MapOne(
            "/fund/entries/{id}", "One entry of the ledger with its postings.",
            (view, id) => view.Stores.Books.EntryOf(id) is { } row
                ? AnswersOf(view, [row])[0]
                : null);
    }

    public static AccountsAnswer AccountsOf(HubView view)
    {
        var currency = view.Contract.Currency;
        var accounts = view.Stores.Books.Accounts()
            .Select(row => new AccountAnswer(
                row.Account, MeaningOf(row.Account),
                LinePoints.Seen(row.Account, row.Debits - row.Credits), row.Debits, row.Credits,
                CodeOf(row.Asset), currency.Decimals))
            .ToList();
        return new AccountsAnswer(
            accounts, accounts.Count == 0 ? "nothing was ever booked" : null);
    }

    public static ZoneKeysAnswer ZoneKeysOf(HubView view)
    {
        var contract = view.ContractNow();
        var titles = view.Cluster.Zones.ToDictionary(zone => zone.Id, zone => zone.Title);
        return new ZoneKeysAnswer(
            contract.Id, contract.Version,
            [
                .. ZoneKeys.Of(view.Cluster, contract)
                    .OrderBy(pair => pair.Key, StringComparer.Ordinal)
                    .Select(pair => new ZoneKeyAnswer(
                        pair.Key,
                        [
                            .. pair.Value.Shares.Select(share => new ZoneShareAnswer(
                                share.Zone, titles.GetValueOrDefault(share.Zone, share.Zone),
                                ZoneKey.PercentOf(share.Parts))),
                        ],
                        pair.Value.Provenance, pair.Value.Version,
                        pair.Value.UncertaintyPoints, ZoneKeyText.Of(pair.Value, Language.English),
                        ZoneKeyText.Of(pair.Value, Language.Ukrainian))),
            ]);
    }

    public static OpenWorkAnswer OpenWorkOf(HubView view)
    {
        var now = view.NowMs();
        var items = view.Signals.OpenWork();
        return new OpenWorkAnswer(
            [
                .. items.Select(item => new OpenItemAnswer(
                    item.Kind, item.Id, item.Member, item.PeriodId,
                    LocalTime.Iso(item.SinceMs, view.Zone),
                    item.DueMs is { } dueMs ? LocalTime.Iso(dueMs, view.Zone) : null,
                    item.DueMs <= now, item.Text, item.TextUk)),
            ],
            items.Count == 0 ? "nobody is late, and nothing waits for a person" : null);
    }

    public static SharesAnswer SharesOf(HubView view)
    {
        var shares = view.Statements.Now.Shares;
        return new SharesAnswer(
            [.. shares.Select(pair => new ShareAnswer(pair.Key, pair.Value))],
            shares.Values.Sum(), shares.IsEmpty ? "no share was ever issued" : null);
    }

    public static IReadOnlyList<EntryAnswer> AnswersOf(
        HubView view, IReadOnlyList<EntryRow> rows)
    {
        var postings = view.Stores.Books.PostingsOf(rows.Select(row => row.Seq))
            .ToLookup(posting => posting.Entry);
        return
        [
            .. rows.Select(row => new EntryAnswer(
                row.Id, row.Kind, row.Period, LocalTime.Iso(row.BookedMs, view.Zone),
                [
                    .. postings[row.Seq].Select(posting => new PostingAnswer(
                        posting.Account, posting.Amount, CodeOf(posting.Asset), posting.Charge,
                        $"/api/v1/trace/{posting.Charge}")),
                ])),
        ];
    }

    /// <summary>What its balance stands for, in words.</summary>
    public static string MeaningOf(string account) => account.Split(':') switch
    {
        ["fund", "local", var zone] => $"held for the zone {zone}",
        ["fund", var purpose] => $"held for the {purpose}",
        ["member", var member, "receivable"] => $"owed by {member}",
        _ => "debits less credits",
    };

    private static Page<EntryAnswer> Entries(HubView view, PageQuery page)
    {
        var rows = view.Stores.Books.Entries(page with { Max = page.Max + 1 });
        var answers = AnswersOf(view, rows).ToDictionary(answer => answer.Id);
        return rows.ToPage(
            page.Max, row => answers[row.Id], row => new ApiCursor(row.BookedMs, row.Seq, 0),
            () => (null, "nothing was booked in that span"));
    }

    private static string CodeOf(string asset) =>
        asset[(asset.IndexOf(':', StringComparison.Ordinal) + 1)..];
}
