using System.Net;
using Monitoring.Core.Averaging;
using Monitoring.Core.Fund;
using Monitoring.Server.Engine;
using Monitoring.Tests.Core;
using Monitoring.Tests.Transparency;

namespace Monitoring.Tests.Surface;

/// <summary>What residents see of the fund and of the contract.</summary>
public sealed class FundPageTests
{
    [Fact]
    public async Task A_year_of_the_fund_shows_where_money_came_from_and_lies()
    {
        await using var hub = new SeededHub();
        var books = new WrittenBooks(hub.Books.Database.Path);
        books.Begin();
        for (var number = 0; number < 5; number++)
        {
            books.Period(number, 250_000 + (number * 50_000));
        }

        Do(hub, "pay", new FundCommand.TakePayment("bank-1", "member-b", 100, "a part", 0));
        Do(hub, "call", new FundCommand.OpenCall(new Programme(
            "clean-air", "Filters", Purpose.Abatement, "river", "nox", 1_000, long.MaxValue)));
        Do(hub, "apply", new FundCommand.Apply(
            new Project("filter-1", "clean-air", "town", "stack-a", "river", 50, 900)));
        await hub.Start();
        foreach (var (language, words) in ((string, string[])[])
            [
                ("en", ["For the zone river", "Who pays", "applied", "zone river, nox"]),
                ("uk", ["Для зони river", "Хто платить", "подано", "зона river, nox"]),
            ])
        {
            var page = WebUtility.HtmlDecode(
                await hub.Http.GetStringAsync($"fund?year=2025&language={language}"));
            if (Environment.GetEnvironmentVariable("MONITORING_PAGES") is { } folder)
            {
                await File.WriteAllTextAsync(Path.Combine(folder, $"fund-{language}.html"), page);
            }
            Assert.All(words, word => Assert.Contains(word, page, StringComparison.Ordinal));
            Assert.Contains($"<html lang=\"{language}\">", page, StringComparison.Ordinal);
            Assert.Contains("fill=\"url(#above)\"", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_is_booked_later_is_in_the_next_answer()
    {
        await using var hub = new SeededHub();
        await hub.Start();
        var books = new WrittenBooks(hub.Books.Database.Path);
        Assert.Contains(
            "Nothing was ever booked", await hub.Http.GetStringAsync("fund?year=2025"),
            StringComparison.Ordinal);
        books.Begin();
        books.Period(0, 400_000);
        var first = await hub.Http.GetStringAsync("fund?year=2025");
        Assert.Contains("For the zone hill", first, StringComparison.Ordinal);
        books.Period(1, 500_000);
        var text = await hub.Http.GetStringAsync("api/v1/fund/statement?year=2025");
        Assert.Equal(
            await hub.Http.GetStringAsync("api/v1/fund/statement?year=2026"),
            await hub.Http.GetStringAsync("api/v1/fund/statement"));
        var charged = new Statements(
            hub.Books, ContractVersions.Only(Shipped.Contract),
            new Insights(
                hub.Books, Shipped.Cluster,
                new ProfileSet(new Dictionary<string, Profile>()),
                ContractVersions.Only(Shipped.Contract)));
        Assert.Equal(charged.TextOf(charged.Year(2025)!, "en"), text);
        Assert.NotEqual(first, await hub.Http.GetStringAsync("fund?year=2025"));
    }

    [Fact]
    public async Task The_contract_is_there_in_plain_words_in_both_languages()
    {
        await using var hub = new SeededHub();
        await hub.Start();
        Assert.Contains(
            "All members together may emit 1980 g", await hub.Http.GetStringAsync("contract"),
            StringComparison.Ordinal);
        Assert.Contains(
            "Усі учасники разом",
            WebUtility.HtmlDecode(await hub.Http.GetStringAsync("contract?language=uk")),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fund?year=twenty&language=fr", "use 1970 to 9000", "use en or uk")]
    [InlineData("fund?period=x", "there is no parameter 'period'", "use out of year, language")]
    [InlineData("contract?language=fr", "'fr' is not known", "use en or uk")]
    [InlineData("api/v1/fund/statement?period=x&year=1", "from /api/v1/settlements", "use 1970")]
    public async Task Every_fault_of_an_address_is_told(string path, params string[] told)
    {
        await using var hub = new SeededHub();
        await hub.Start();
        var answer = await hub.Http.GetAsync(path);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.All(told, word => Assert.Contains(word, body, StringComparison.Ordinal));
    }

    /// <summary>Each reads the whole journal; those who ask must not take all threads.</summary>
    [Fact]
    public async Task More_than_a_few_who_wait_are_told_to_come_again()
    {
        await using var hub = new SeededHub();
        await hub.Start();
        using var isHeld = new ManualResetEventSlim();
        using var mayGo = new ManualResetEventSlim();
        var terms = FundClauses.TermsOf(Shipped.Contract, Shipped.Cluster) with
        {
            PartiesOf = _ =>
            {
                isHeld.Set();
                mayGo.Wait();
                return [];
            },
        };
        var holding = Task.Factory.StartNew(
            () => hub.Books.Journal.Take(
                new FundRequest("held", new FundCommand.FileObjection("m", "p", "held")), terms, 1),
            TaskCreationOptions.LongRunning);
        isHeld.Wait();
        var asked = Enumerable.Range(0, 5).Select(i => hub.Http.GetAsync($"fund?year={2020 + i}"))
            .ToList();
        var busy = await await Task.WhenAny(asked);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, busy.StatusCode);
        Assert.Contains(
            "ask again", await busy.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        mayGo.Set();
        await holding;
        var answers = await Task.WhenAll(asked);
        Assert.Equal(4, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
    }

    private static void Do(SeededHub hub, string id, FundCommand command) =>
        Assert.True(hub.Books.Journal.Take(
            new FundRequest(id, command),
            FundClauses.TermsOf(Shipped.Contract, Shipped.Cluster),
            WrittenBooks.PeriodStartMs + 3_600_000).IsAccepted, id);
}
