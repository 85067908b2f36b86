using System.Text;
using System.Text.Json.Nodes;
using Monitoring.Core.Fund;
using Monitoring.Server.Transparency;
using Monitoring.Tests.Storage;
using Monitoring.Tests.Transparency;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests;

/// <summary>Nobody gets allowances but from the contract, or from whoever sold them.</summary>
public sealed class IssuesTests : IDisposable
{
    private const long SoldGrams = 100;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_the_contract_gives_and_members_sell_is_well() =>
        Assert.Equal("", Faults(_ => { }));

    [Fact]
    public void A_member_that_is_issued_more_is_named() => Assert.Contains(
        "issues other than the 300 g that the contract gives member-a",
        Faults(entries => Move(Entry(entries, "issue/", "member-a:holding"), 1)));

    [Fact]
    public void More_than_the_cap_is_named() => Assert.Contains(
        "1981 g were issued of demo-bubble/",
        Faults(entries => entries.Insert(
            entries.IndexOf(Entry(entries, "issue/", "member-a:holding")),
            Like(Entry(entries, "issue/", "member-a:holding"), "by hand", "allocation", 1))));

    [Fact]
    public void Allowances_out_of_nothing_are_named() => Assert.Contains(
        "issues allowances otherwise than to one member out of the cap",
        Faults(entries => entries.Insert(
            entries.IndexOf(Entry(entries, "issue/", "member-a:holding")),
            Like(Entry(entries, "issue/", "member-a:holding"), "lie", "correction", 1))));

    [Fact]
    public void A_sale_by_another_ratio_is_named() => Assert.Contains(
        "lets 99 g arrive of 100 g that were sold",
        Faults(entries =>
        {
            var postings = Entry(entries, "sale", "holding")["postings"]!.AsArray();
            var buyer = postings.Single(one => one!["amount"]!.GetValue<long>() > 0)!;
            var kept = buyer.DeepClone();
            (buyer["amount"], kept["amount"]) = (SoldGrams - 1, 1);
            kept["account"] = "bubble:demo-bubble:retired";
            postings.Add(kept);
        }));

    [Fact]
    public void A_sale_that_nobody_gave_for_is_named() => Assert.Contains(
        "is no sale of one member to another",
        Faults(entries =>
        {
            var postings = Entry(entries, "sale", "holding")["postings"]!.AsArray();
            postings.Single(one => one!["amount"]!.GetValue<long>() < 0)!["account"] =
                "member:member-b:banked";
        }));

    private string Faults(Action<List<JsonNode>> lie)
    {
        var written = new WrittenBooks(_folder.File("books.db"));
        written.Begin();
        var startMs = WrittenBooks.PeriodStartMs;
        var period = Monitoring.Core.Contracts.Period.Containing(
            written.Contract, DateTimeOffset.FromUnixTimeMilliseconds(startMs)).Id;
        // Of the settled period, so that no sale has a part in its settlement.
        written.Period(0, 200_000);
        written.Ask(
            startMs,
            [
                new FundCommand.ProposeTransfer(
                    "member-b", "member-a", period.Split('/')[1], SoldGrams, long.MaxValue),
                new FundCommand.DecideTransfer($"{startMs}/0", "member-a", IsApproved: true),
            ]);
        var copy = Directory.CreateDirectory(SignedLog.Copy(_folder.Path)).FullName;
        LogExport.Write(written.Log, WrittenBooks.Signer, copy);
        List<JsonNode> entries =
            [.. SignedLog.Entries(copy).Select(entry => JsonNode.Parse(entry)!)];
        lie(entries);
        return string.Join('\n', SignedLog.Check(
            entries.Select(entry => Encoding.UTF8.GetString(CanonicalJson.Of(entry))))
            .Findings.Faults);
    }

    private static JsonNode Entry(List<JsonNode> entries, string key, string account) =>
        entries.Single(entry => entry["type"]!.GetValue<string>() == "entry"
            && (key == "sale"
                ? entry["kind"]!.GetValue<string>() == "transfer"
                : entry["idempotency_key"]!.GetValue<string>().StartsWith(key))
            && entry["postings"]!.AsArray().Any(one =>
                one!["account"]!.GetValue<string>().EndsWith(account)));

    private static JsonNode Like(JsonNode entry, string key, string kind, long grams)
    {
        var like = entry.DeepClone();
        (like["idempotency_key"], like["id"], like["kind"]) = (key, key, kind);
        foreach (var posting in like["postings"]!.AsArray())
        {
            posting!["amount"] = grams * Math.Sign(posting["amount"]!.GetValue<long>());
        }

        return like;
    }

    private static void Move(JsonNode entry, long more)
    {
        foreach (var posting in entry["postings"]!.AsArray())
        {
            var amount = posting!["amount"]!.GetValue<long>();
            posting["amount"] = amount + (more * Math.Sign(amount));
        }
    }
}
