using System.Text.Json;
using Monitoring.Core.Contracts;
using Monitoring.Core.Settlement;
using Monitoring.Server.Notify;
using Monitoring.Server.Projection;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Api;

/// <summary>The bubble, its alerts and its settlements.</summary>
internal static class ContractRoutes
{
    private const int SettledShown = 20;

    private const string NoActivity =
        "what may be emitted goes by what is made, and there is no activity report yet";

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapOne(
            "/bubbles/{id}", "A bubble in its current period, with its members.",
            (view, id) => id == view.Contract.Bubble.Id ? BubbleOf(view) : null);
        api.MapRead(
            "/alerts", "Alerts raised and cleared, in the order in which they happened.",
            ApiParameter.Paging, query => query.Page().Page, Alerts);
        api.MapRead(
            "/settlements", "What each settled period came to, oldest first.",
            ApiParameter.Paging, query => query.Page().Page, Settlements);
    }

    /// <summary>Members in the order of the contract, after the bubble itself.</summary>
    public static BubbleAnswer BubbleOf(HubView view)
    {
        var contract = view.ContractNow();
        var period = view.CurrentPeriod();
        var standing = view.Signals.Standing(contract, period);
        var limits = StandingLimits.Of(contract, period, standing);
        var settled = view.Stores.Books.NewestSettlements(contract.Id, SettledShown);
        var unknown = contract.Bubble.Benchmarks
            .Select(benchmark => benchmark.Member)
            .Except(standing.Activities.Select(one => one.Member))
            .ToHashSet(StringComparer.Ordinal);
        return new BubbleAnswer(
            contract.Bubble.Id, contract.Id, contract.Version, contract.Hash,
            contract.Bubble.Pollutant, period.Id,
            new SpanAnswer(
                LocalTime.Iso(period.Start, view.Zone), LocalTime.Iso(period.End, view.Zone)),
            BalanceOf(
                view, contract.Bubble.Id, contract.Title,
                unknown.Count > 0 ? null : limits.BubbleGrams),
            [
                .. limits.Members.Select(holding => BalanceOf(
                    view, holding.Member,
                    view.Cluster.Members.FirstOrDefault(it => it.Id == holding.Member)?.Title
                        ?? holding.Member,
                    unknown.Contains(holding.Member) ? null : holding.Grams)),
            ],
            AnswersOf(view, settled))
        {
            Provisional = ProvisionalOf(view, contract, period, standing),
        };
    }

    // The balances are of the newest window; of each member one mass stands for all its facts.
    private static ProvisionalAnswer? ProvisionalOf(
        HubView view, Contract contract, Period period, PeriodStanding standing)
    {
        var masses = contract.Parties
            .Select(party => (party.Member, Row: view.Stores.Books.QuotaOf(
                contract.Id, party.Member, period.Id)))
            .Where(used => used.Row is not null)
            .Select(used => new EmittedMass(
                used.Member, used.Member, used.Member, contract.Bubble.Pollutant, period.Start,
                period.End, used.Row!.UsedMg))
            .ToList();
        if (masses.Count == 0 || contract.AsksActivity || !contract.Bubble.Weights.IsEmpty
            || contract.Bubble.Period.Season is not null)
        {
            return null;
        }

        var settlement = SettlementRules.Settle(
            contract, period, PeriodFacts.Of(masses), standing);
        return new ProvisionalAnswer(
            settlement.Bubble.ExcessGrams, settlement.TotalMinorUnits, contract.Currency.Code,
            [
                .. settlement.Members.Select(member => new ProvisionalMemberAnswer(
                    member.Member, member.OwnExcessGrams, member.AnswersForGrams,
                    member.MakeGoodGrams,
                    settlement.Charges.Where(charge => charge.Member == member.Member)
                        .Sum(charge => charge.MinorUnits))),
            ]);
    }

    public static IReadOnlyList<SettlementAnswer> AnswersOf(
        HubView view, IReadOnlyList<SettlementRow> rows)
    {
        var charges = view.Stores.Books.ChargesOf(rows.Select(row => row.Id))
            .ToLookup(charge => charge.Settlement);
        var changes = view.Stores.Books.ChangesOf(rows.Select(row => row.Id))
            .ToDictionary(change => change.Settlement);
        return
        [
            .. rows.Select(row => AnswerOf(
                view, row, charges[row.Id], changes.GetValueOrDefault(row.Id))),
        ];
    }

    public static AlertAnswer AnswerOf(AlertRow row, HubView view) => new(
        row.Id, row.Subject, row.Level.ToLowerInvariant(), row.Change.ToLowerInvariant(),
        row.Reason, row.Period, row.ValueMg, row.LimitMg,
        row.ValueMg is { } value ? MassText.Percent(value, row.LimitMg) : null,
        row.ThresholdPercent, row.Provisional, LocalTime.Iso(row.AtMs, view.Zone),
        AlertText.Of(row, view.Contract, view.Cluster, view.Zone) ?? "");

    /// <param name="holdingGrams">Null: nobody reported yet what benchmarks go by.</param>
    private static BalanceAnswer BalanceOf(
        HubView view, string subject, string title, long? holdingGrams)
    {
        var holding = holdingGrams * 1_000;
        var contract = view.Contract.Id;
        if (view.Stores.Books.QuotaOf(contract, subject, view.CurrentPeriod().Id) is { } row)
        {
            if (holding is null)
            {
                return new BalanceAnswer(
                    subject, title, row.UsedMg, null, null, row.ForecastMg, null,
                    LocalTime.Iso(row.AtMs, view.Zone), null, NoActivity);
            }

            return new BalanceAnswer(
                subject, title, row.UsedMg, row.HoldingMg,
                MassText.Percent(row.UsedMg, row.HoldingMg), row.ForecastMg,
                row.ForecastMg is { } forecast ? MassText.Percent(forecast, row.HoldingMg) : null,
                LocalTime.Iso(row.AtMs, view.Zone), null,
                row.ForecastMg is null ? "too early in the period for a forecast" : null)
            {
                LeftMg = row.HoldingMg - row.UsedMg,
            };
        }

        var last = view.Stores.Books.NewestQuotaOf(contract, subject);
        return new BalanceAnswer(
            subject, title, null, holding, null, null, null, null,
            last is null ? null : LocalTime.Iso(last.AtMs, view.Zone),
            holding is null ? NoActivity : "no mass of the current period is known yet");
    }

    private static Page<AlertAnswer> Alerts(HubView view, PageQuery page) =>
        view.Stores.Books.Alerts(page with { Max = page.Max + 1 }).ToPage(
            page.Max, row => AnswerOf(row, view), row => new ApiCursor(row.AtMs, row.Seq, 0),
            () => (null, "no alert changed in that span"));

    private static Page<SettlementAnswer> Settlements(HubView view, PageQuery page)
    {
        var rows = view.Stores.Books.Settlements(page with { Max = page.Max + 1 });
        var answers = AnswersOf(view, rows).ToDictionary(answer => answer.Id);
        return rows.ToPage(
            page.Max, row => answers[row.Id], row => new ApiCursor(row.StartMs, row.Seq, 0),
            () => (null, "no period of that span is settled"));
    }

    private static SettlementAnswer AnswerOf(
        HubView view, SettlementRow row, IEnumerable<ChargeRow> charges, SettledChange? change)
    {
        var currency = view.Contract.Currency.Code;
        return new SettlementAnswer(
            row.Id, row.Contract, row.ContractHash, row.Period,
            new SpanAnswer(
                LocalTime.Iso(row.StartMs, view.Zone), LocalTime.Iso(row.EndMs, view.Zone)),
            LocalTime.Iso(row.SettledMs, view.Zone), row.EmittedG, row.CapG, row.ExcessG,
            row.TotalMinor, currency, row.WindowsKnown, row.WindowsExpected,
            [
                .. charges.Select(charge => new ChargeAnswer(
                    charge.Id, charge.Member, charge.ApportionedG, charge.MinorUnits, currency,
                    $"/api/v1/trace/{charge.Id}")),
            ],
            JsonOf(row.Verdict), $"/api/v1/trace/{row.Id}",
            change is null ? null : ChangedOf(change, view.Zone));
    }

    private static FactsChangedAnswer ChangedOf(SettledChange change, TimeZoneInfo zone)
    {
        var since = LocalTime.Iso(change.SinceMs, zone);
        return new FactsChangedAnswer(
            change.Milligrams, since, change.TextOf(since));
    }

    private static JsonElement JsonOf(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(text);
        }
    }
}
