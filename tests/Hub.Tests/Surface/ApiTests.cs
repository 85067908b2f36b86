using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Monitoring.Core.Fund;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Tests.Surface;

public sealed class ApiTests
{
    [Fact]
    public async Task Every_route_answers_with_what_is_stored()
    {
        await using var hub = new SeededHub();
        await hub.AppendImages(SeededHub.Ms(60), 30);
        hub.SeedWindows(30);
        hub.SeedContract();
        await hub.Start();

        var reading = (await hub.Get("readings?device=gas-analyser&limit=2")).GetProperty("items");
        Assert.Equal(
            "{\"plant\":\"plant-a\",\"gateway\":\"gateway-1\",\"device\":\"gas-analyser\","
                + "\"point\":\"nox\",\"time\":\"2026-11-24T12:14:40.000+02:00\",\"value\":61.5,"
                + "\"reason\":null,\"quality\":192,\"quality_name\":\"good\","
                + "\"status\":\"valid\",\"status_en17255\":\"valid\","
                + "\"received_at\":\"2026-11-24T12:15:10.000+02:00\",\"record\":"
                + "{\"gateway\":\"plant-a/gateway-1\",\"epoch\":\"epoch-1\",\"offset\":1}}",
            reading[0].GetRawText());
        Assert.Equal(JsonValueKind.Null, reading[1].GetProperty("value").ValueKind);
        Assert.Equal("timeout", reading[1].GetProperty("reason").GetString());

        var averages = await hub.Get("averages?source=stack-a&quantity=nox-std&limit=1000");
        Assert.Equal(30, averages.GetProperty("items").GetArrayLength());
        var fact = await hub.Get($"facts/{SeededHub.FactId}");
        Assert.Equal(231_417, fact.GetProperty("fact").GetProperty("mass_mg").GetInt64());
        Assert.Equal("plant-a/gateway-1/epoch-1/1", fact.GetProperty("inputs")[0].GetString());

        var bubble = await hub.Get("bubbles/demo-bubble");
        Assert.Equal(1_383_123, bubble.GetProperty("bubble").GetProperty("used_mg").GetInt64());
        Assert.Equal(
            144.4m, bubble.GetProperty("members")[0].GetProperty("used_percent").GetDecimal());
        Assert.Equal(916_877, bubble.GetProperty("bubble").GetProperty("left_mg").GetInt64());
        var provisional = bubble.GetProperty("provisional");
        Assert.Equal(0, provisional.GetProperty("amount_minor").GetInt64());
        Assert.True(provisional.GetProperty("members")[0].GetProperty("own_excess_g").GetInt64()
            > 0);
        Assert.Equal(
            SeededHub.ChargeId,
            bubble.GetProperty("settled")[0].GetProperty("charges")[0]
                .GetProperty("id").GetString());

        var alert = (await hub.Get("alerts")).GetProperty("items")[1];
        Assert.Equal("raised", alert.GetProperty("kind").GetString());
        Assert.Contains("481 g", alert.GetProperty("text").GetString());

        var accounts = (await hub.Get("fund/accounts")).GetProperty("accounts").EnumerateArray()
            .ToDictionary(
                account => account.GetProperty("account").GetString()!,
                account => account.GetProperty("balance_minor").GetInt64());
        Assert.Equal(1_610, accounts["fund:local:river"]);
        Assert.Equal(2_300, accounts["member:member-a:receivable"]);
        var entry = await hub.Get($"fund/entries/{SeededHub.EntryId}");
        Assert.Equal(
            0,
            entry.GetProperty("postings").EnumerateArray()
                .Sum(posting => posting.GetProperty("amount_minor").GetInt64()));
        Assert.Equal(1, (await hub.Get("fund/entries")).GetProperty("items").GetArrayLength());
        Assert.Equal(1, (await hub.Get("settlements")).GetProperty("items").GetArrayLength());
        Assert.Equal(
            60, (await hub.Get("gateways")).GetProperty("gateways")[0]
                .GetProperty("committed_offset").GetInt64());
        Assert.Equal(0, (await hub.Get("accounting")).GetProperty("devices").GetArrayLength());
        Assert.Equal(0, (await hub.Get("rejects")).GetProperty("rejected_payloads").GetInt64());
        Assert.Equal(0, (await hub.Get("notices")).GetProperty("dead").GetInt64());
    }

    [Fact]
    public async Task The_register_of_shares_is_shown_by_names_that_holders_chose()
    {
        await using var hub = new SeededHub();
        await hub.Start();
        Assert.Equal(
            "no share was ever issued",
            (await hub.Get("fund/shares")).GetProperty("reason").GetString());
        var terms = FundClauses.TermsOf(Core.Shipped.Contract, Core.Shipped.Cluster);
        hub.Books.Journal.Take(
            [
                new FundRequest("i", new FundCommand.IssueShares("river-7", 3)),
                new FundRequest("t", new FundCommand.TransferShares("river-7", "hill-2", 1)),
            ],
            terms, 1);
        Assert.Equal(
            "{\"holders\":[{\"holder\":\"hill-2\",\"shares\":1},{\"holder\":\"river-7\","
                + "\"shares\":2}],\"total\":3,\"reason\":null}",
            (await hub.Get("fund/shares")).GetRawText());
    }

    [Fact]
    public async Task Who_is_late_is_named_to_everybody_until_it_has_paid()
    {
        await using var hub = new SeededHub();
        await hub.Start();
        Assert.Equal(
            "nobody is late, and nothing waits for a person",
            (await hub.Get("fund/open-work")).GetProperty("reason").GetString());
        var terms = FundClauses.TermsOf(Core.Shipped.Contract, Core.Shipped.Cluster);
        hub.Books.Journal.Take(
            [
                new FundRequest("due", new FundCommand.BookCharges(
                    "demo-bubble/2026-11-24T10:14:00Z", null,
                    [
                        new MemberDue("", "member-a", 0, 5, "2026-11-24T10:15:00Z")
                        {
                            MakeGoodDueMs = 1,
                        },
                    ],
                    0)),
                new FundRequest("late", new FundCommand.FollowLate()),
            ],
            terms, SeededHub.Ms(0));
        var item = (await hub.Get("fund/open-work")).GetProperty("items")[0];
        Assert.Equal("published", item.GetProperty("kind").GetString());
        Assert.Equal("member-a", item.GetProperty("member").GetString());
        Assert.False(item.GetProperty("is_overdue").GetBoolean());
        Assert.Contains(
            "member-a is late with what it owes", await hub.Http.GetStringAsync("/"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everybody_sees_where_emissions_come_down()
    {
        await using var hub = new SeededHub();
        await hub.Start();
        var key = (await hub.Get("fund/zone-keys")).GetProperty("sources")[0];
        Assert.Equal(
            "{\"source\":\"stack-a\",\"zones\":[{\"zone\":\"river\",\"title\":"
                + "\"River bank below plant A\",\"percent\":100}],\"provenance\":\"declared\","
                + "\"version\":0,\"uncertainty_points\":null,\"text\":\"river 100 % (where it "
                + "stands)\",\"text_uk\":\"river 100 % (де стоїть)\"}",
            key.GetRawText());
    }

    [Fact]
    public async Task A_trace_comes_as_tree_and_as_text()
    {
        await using var hub = new SeededHub();
        await hub.Start();
        var json = await hub.Get($"trace/{SeededHub.FactId}");
        Assert.Equal("mass of nox", json.GetProperty("title").GetString());
        var text = await hub.Http.GetStringAsync($"api/v1/trace/{SeededHub.FactId}?format=text");
        Assert.StartsWith("mass of nox = 231417 mg\n", text);
        using var request = new HttpRequestMessage(
            HttpMethod.Get, $"api/v1/trace/{SeededHub.FactId}");
        request.Headers.Accept.ParseAdd("text/plain");
        using var answer = await hub.Http.SendAsync(request);
        Assert.Equal(text, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task All_faults_of_a_request_are_told_at_once_with_remedies()
    {
        await using var hub = new SeededHub();
        await hub.Start();
        using var answer = await hub.Http.GetAsync(
            "api/v1/averages?sources=x&from=2026-11-24T10:00:00&limit=0&cursor=!");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        var faults = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("faults");
        Assert.Equal(
            ["sources", "from", "cursor", "limit"],
            faults.EnumerateArray().Select(fault => fault.GetProperty("field").GetString()));
        Assert.All(
            faults.EnumerateArray(),
            fault => Assert.NotEmpty(fault.GetProperty("remedy").GetString()!));
    }

    [Fact]
    public async Task Longer_averages_are_listed_by_level_and_show_how_many_windows_they_have()
    {
        await using var hub = new SeededHub();
        hub.SeedWindows(1);
        await new LevelBook(hub.Books).WriteAsync(
            "stack-a",
            [
                Day(1, "61.5"), Day(2, null),
                Day(1, "7") with { Level = "month" },
            ],
            1);
        await hub.Start();

        var item = Assert.Single(
            (await hub.Get("averages?level=day&source=stack-a")).GetProperty("items")
                .EnumerateArray());
        Assert.Equal(JsonValueKind.Null, item.GetProperty("value").ValueKind);
        Assert.Equal(2, item.GetProperty("revision").GetInt64());
        Assert.Equal(40, item.GetProperty("windows_counted").GetInt64());
        Assert.Equal(83.33m, item.GetProperty("coverage_percent").GetDecimal());
        Assert.StartsWith("/api/v1/trace/level-", item.GetProperty("trace").GetString());
        Assert.Contains(
            "no such average of level 'year'",
            (await hub.Get("averages?level=year")).GetProperty("reason").GetString());

        var nox = (await hub.Get("compliance/stack-a")).GetProperty("pollutants")[0];
        var test = nox.GetProperty("tests")[0].GetProperty("any_of")[0];
        Assert.Equal("at-risk", test.GetProperty("verdict").GetString());
        Assert.Equal(524, test.GetProperty("above_left").GetInt32());
        Assert.Equal(4, nox.GetProperty("today").GetProperty("windows_may_be_lost").GetInt32());

        static LevelRow Day(long revision, string? value) => new()
        {
            Source = "stack-a", Level = "day", Quantity = "nox-val", Unit = "mg/m3",
            StartMs = SeededHub.Ms(86_400), EndMs = SeededHub.Ms(0), Revision = revision,
            Value = value, AbsentBecause = value is null ? "too-many-lost" : null, Counted = 40,
            Lost = 6, Expected = 48, Seen = 1,
        };
    }

    [Fact]
    public async Task Gaps_tests_warnings_and_other_configurations_are_told()
    {
        await using var hub = new SeededHub();
        await hub.Start();
        var gaps = await hub.Get("gaps/stack-a");
        var gap = gaps.GetProperty("quantities")[0];
        Assert.Equal(12, gap.GetProperty("hours_left").GetInt32());
        Assert.Equal(412.25m, gap.GetProperty("gap").GetProperty("substitute").GetDecimal());
        Assert.Equal(
            JsonValueKind.Null, gaps.GetProperty("quantities")[1].GetProperty("gap").ValueKind);
        Assert.Equal(
            0.75m, gaps.GetProperty("pollutants")[0].GetProperty("so_far_t").GetDecimal());

        Assert.StartsWith("2026-11-24", gaps.GetProperty("silent_since").GetString());
        Assert.Equal(
            "/api/v1/trace/gap.stack-a.nox",
            gap.GetProperty("gap").GetProperty("trace").GetString());
        Assert.Contains(
            (await hub.Get("constants")).EnumerateArray(),
            one => one.GetProperty("name").GetString() == "k_x of CUSUM"
                && one.GetProperty("is_verified").GetBoolean());
        var warning = (await hub.Get("warnings"))[0];
        Assert.Equal("gap", warning.GetProperty("kind").GetString());
        Assert.Equal(
            "/api/v1/trace/gap.stack-a.nox", warning.GetProperty("trace").GetString());

        var quality = (await hub.Get("quality/stack-a")).GetProperty("quantities")[0];
        Assert.False(quality.GetProperty("is_valid").GetBoolean());
        Assert.Equal("expired", quality.GetProperty("tests")[0].GetProperty("state").GetString());
        Assert.Equal("drift", quality.GetProperty("charts")[0].GetProperty("cusum").GetString());
        Assert.Contains(
            "unverified constants: share of a drift that CUSUM takes off; warning of Shewhart",
            quality.GetProperty("charts")[0].GetProperty("unverified").GetString());
        Assert.Contains(
            "such weeks before a new QAL2 is due",
            quality.GetProperty("range").GetProperty("unverified").GetString());

        Assert.Equal(3, quality.GetProperty("range").GetProperty("weeks_left").GetInt32());

        var waiting = (await hub.Get("reprocessings"))[0];
        Assert.Equal("ann", waiting.GetProperty("author").GetString());
        Assert.Equal(JsonValueKind.Null, waiting.GetProperty("in_force_since").ValueKind);
        var change = await hub.Get($"reprocessings/{waiting.GetProperty("id").GetString()}");
        var number = change.GetProperty("windows")[0].GetProperty("numbers");
        Assert.Equal(1, number.GetArrayLength());
        Assert.Equal(5m, number[0].GetProperty("difference").GetDecimal());
        Assert.Equal(
            [0m, 5m],
            change.GetProperty("totals").EnumerateArray()
                .Select(total => total.GetProperty("difference").GetDecimal()));
    }

    [Theory]
    [InlineData("api/v1/compliance/nothing", 404)]
    [InlineData("api/v1/gaps/nothing", 404)]
    [InlineData("api/v1/reprocessings/nothing", 404)]
    [InlineData("api/v1/facts/nothing", 404)]
    [InlineData("api/v1/fund/entries/nothing", 404)]
    [InlineData("api/v1/bubbles/nothing", 404)]
    [InlineData("api/v1/trace/nothing", 404)]
    [InlineData("api/v1/nothing", 404)]
    [InlineData("api/v1/trace/nothing?format=pdf", 400)]
    [InlineData("api/v1/readings?from=2026-11-24T10:00:00Z&to=2026-11-24T10:00:00Z", 400)]
    public async Task What_cannot_be_answered_is_a_problem_document(string path, int status)
    {
        await using var hub = new SeededHub();
        await hub.Start();
        using var answer = await hub.Http.GetAsync(path);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("readings?limit=7", 90)]
    [InlineData("readings?limit=1&device=gas-analyser", 60)]
    [InlineData("averages?limit=7", 60)]
    [InlineData("facts?limit=7", 56)]
    public async Task Pages_follow_each_other_without_hole_or_repeat(string path, int count)
    {
        await using var hub = new SeededHub();
        await hub.AppendImages(SeededHub.Ms(60), 30);
        hub.SeedWindows(30);
        await hub.Start();
        var items = new List<string>();
        var cursor = "";
        do
        {
            var page = await hub.Get(path + cursor);
            items.AddRange(
                page.GetProperty("items").EnumerateArray().Select(item => item.GetRawText()));
            cursor = page.GetProperty("next_cursor").GetString() is { } next
                ? $"&cursor={next}"
                : "";
        }
        while (cursor.Length > 0);

        Assert.Equal(count, items.Count);
        Assert.Equal(count, items.Distinct().Count());
    }

    [Fact]
    public async Task An_answer_without_data_says_since_when_and_never_0()
    {
        await using var hub = new SeededHub();
        await hub.AppendImages(SeededHub.Ms(60), 30);
        await hub.Start();
        var readings = await hub.Get("readings?from=2026-11-24T10:15:30Z");
        Assert.Equal(
            "2026-11-24T12:15:09.000+02:00", readings.GetProperty("no_data_since").GetString());
        var averages = await hub.Get("averages?source=stack-a");
        Assert.Equal(JsonValueKind.Null, averages.GetProperty("no_data_since").ValueKind);
        Assert.Contains("no such average", averages.GetProperty("reason").GetString());
        var member = (await hub.Get("bubbles/demo-bubble")).GetProperty("members")[0];
        Assert.Equal(JsonValueKind.Null, member.GetProperty("used_mg").ValueKind);
        Assert.NotEmpty(member.GetProperty("reason").GetString()!);
        Assert.NotEmpty((await hub.Get("fund/accounts")).GetProperty("reason").GetString()!);
    }

    [Fact]
    public async Task A_later_revision_takes_the_place_of_the_earlier()
    {
        await using var hub = new SeededHub();
        hub.SeedWindows(2);
        hub.Execute(
            """
            INSERT INTO window(source, start_ms, end_ms, revision, log_id, known_ms)
                SELECT source, start_ms, end_ms, 2, 9, known_ms FROM window WHERE id = 1;
            INSERT INTO average("window", quantity, unit, value, coverage_percent)
                VALUES((SELECT MAX(id) FROM window), 'nox-std', 'mg/m3', '99.5', '100');
            """);
        await hub.Start();
        var items = (await hub.Get("averages?source=stack-a")).GetProperty("items");
        Assert.Equal(
            [2, 1],
            items.EnumerateArray().Select(item => item.GetProperty("revision").GetInt32()));
        Assert.Equal(99.5m, items[0].GetProperty("value").GetDecimal());
        var facts = await hub.Get("facts?source=stack-a");
        Assert.Equal(1, facts.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Facts_that_changed_after_the_settlement_are_told()
    {
        await using var hub = new SeededHub();
        hub.SeedWindows(12);
        hub.SeedContract();
        hub.Execute(
            $$"""
            INSERT INTO settlement(id, contract, contract_hash, period, start_ms, end_ms,
                settled_ms, emitted_g, cap_g, excess_g, total_minor, windows_known,
                windows_expected, verdict, pollutant, seen)
            SELECT 'settled', 'demo', 'abc', 'p', start_ms, end_ms, end_ms, 231, 2300, 0, 0, 1, 1,
                '{"Members":[{"Member":"member-a"}]}', pollutant, "window"
            FROM fact WHERE id = '{{SeededHub.FactId}}';
            INSERT INTO window(source, start_ms, end_ms, revision, log_id, known_ms)
            SELECT source, start_ms, end_ms, 2, 9, known_ms + 1000 FROM fact
            WHERE id = '{{SeededHub.FactId}}';
            INSERT INTO fact(id, "window", source, member, zone, pollutant, start_ms, end_ms,
                milligrams, method, quality, revision, known_ms, inputs)
            SELECT 'revised', (SELECT MAX(id) FROM window), source, member, zone, pollutant,
                start_ms, end_ms, milligrams + 5250, method, quality, 2, known_ms + 1000, inputs
            FROM fact WHERE id = '{{SeededHub.FactId}}';
            """);
        await hub.Start();
        var settled = (await hub.Get("settlements")).GetProperty("items").EnumerateArray()
            .ToDictionary(item => item.GetProperty("id").GetString()!);
        var changed = settled["settled"].GetProperty("facts_changed");
        Assert.Equal(5_250, changed.GetProperty("mass_mg").GetInt64());
        var text = changed.GetProperty("text").GetString()!;
        Assert.StartsWith("facts changed after the settlement: +5.25 g since 20", text);
        Assert.Equal(
            settled.Count - 1,
            settled.Values.Count(item =>
                item.GetProperty("facts_changed").ValueKind == JsonValueKind.Null));
        var page = await hub.Http.GetStringAsync("");
        Assert.Contains("+5.25 g since", page.Replace("&#x2B;", "+"));
    }

    [Fact]
    public async Task Health_metrics_and_OpenAPI_are_there()
    {
        await using var hub = new SeededHub();
        await hub.AppendImages(SeededHub.Ms(60), 3);
        await hub.Start();
        Assert.Equal("ok\n", await hub.Http.GetStringAsync("healthz"));
        var ready = await hub.Http.GetFromJsonAsync<JsonElement>("readyz");
        Assert.True(ready.GetProperty("ready").GetBoolean());
        var metrics = await hub.Http.GetStringAsync("metrics");
        Assert.Contains("\nmonitoring_records_stored_total 6\n", metrics);
        Assert.Contains("\nmonitoring_inbox_dropped_total 3\n", metrics);
        var paths = (await hub.Http.GetFromJsonAsync<JsonElement>("openapi/v1.json"))
            .GetProperty("paths");
        Assert.Equal(
            6, paths.GetProperty("/api/v1/averages").GetProperty("get")
                .GetProperty("parameters").GetArrayLength() - 1);
        Assert.Equal(33, paths.EnumerateObject().Count());
    }
}
