namespace Monitoring.Tests.Surface;

public sealed class ConsoleTests
{
    [Fact]
    public async Task The_status_page_says_the_state_in_one_sentence()
    {
        await using var hub = new SeededHub();
        await hub.AppendImages(SeededHub.Ms(60), 50);
        hub.SeedWindows(150);
        hub.SeedContract();
        await hub.Start();
        var page = await hub.Http.GetStringAsync("");
        Assert.Contains(
            "No news from plant-b/gateway-1; period 2026-11-24 12:15 to 12:16 +02:00 of "
                + "demo-bubble: 1 383 g of 2 300 g used; member-a has exceeded its holding; "
                + "1 alert is raised.",
            page.Replace("&#x2B;", "+"));
        Assert.Contains("class=\"state warn\"", page);
        Assert.Contains("Instruments to be looked at", page);
        Assert.Contains("nox is missing", page);
        Assert.Contains("693 g of 480 g holding (144.4 %)", page);
        Assert.Contains($"href=\"/trace/{SeededHub.ChargeId}\"", page);
        Assert.Contains("<svg", page);
        Assert.Contains("EUR 16.10", page);
        if (Environment.GetEnvironmentVariable("MONITORING_PAGES") is { } folder)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "status.html"), page);
        }
    }

    [Fact]
    public async Task A_forecast_above_the_cap_is_said_before_it_happens()
    {
        await using var hub = new SeededHub();
        hub.SeedContract();
        hub.Execute(
            """
            UPDATE quota SET used_mg = 100000, forecast_mg = 3406000 WHERE subject = 'demo-bubble';
            UPDATE quota SET used_mg = 100000 WHERE subject = 'member-a';
            UPDATE alert_state SET raised = 0;
            """,
            new { });
        await hub.Start();
        var page = await hub.Http.GetStringAsync("");
        Assert.Contains("class=\"state warn\"", page);
        Assert.Contains(
            "100 g of 2 300 g used; the forecast for its end is 148.1 % of the cap; "
                + "member-a is forecast to exceed its holding.",
            page);
    }

    [Fact]
    public async Task A_verdict_on_part_of_a_period_says_so()
    {
        await using var hub = new SeededHub();
        hub.SeedContract();
        await hub.Start();
        Assert.Contains(
            "by 460 g, as far as known: 11 of 12 windows", await hub.Http.GetStringAsync(""));
    }

    [Fact]
    public async Task An_empty_hub_shows_a_page_without_numbers_it_does_not_have()
    {
        await using var hub = new SeededHub();
        await hub.Start();
        var page = await hub.Http.GetStringAsync("");
        Assert.Contains("no mass is known yet", page);
        Assert.Contains("There was none yet.", page);
        Assert.DoesNotContain("NaN", page);
    }

    [Fact]
    public async Task Nothing_from_outside_becomes_a_tag()
    {
        await using var hub = new SeededHub();
        const string Evil = "<script>alert(1)</script>";
        hub.SeedContract();
        hub.Execute(
            """
            INSERT INTO window(source, start_ms, end_ms, revision, log_id, known_ms,
                no_fact_because) VALUES(@Evil, @ms, @ms + 10000, 1, 1, @ms, @Evil);
            INSERT INTO fate VALUES(1, @Evil, @Evil, 1, 1);
            INSERT INTO alert(id, contract, subject, level, change, reason, period, value_mg,
                limit_mg, threshold_percent, provisional, at_ms)
            VALUES(@Evil, 'demo', @Evil, 'Member', @Evil, @Evil, @Evil, 1, 1, 1, 1, @ms);
            INSERT INTO posting(entry, account, asset, amount, charge)
            VALUES(1, @Evil, 'money:EUR', 5, @Evil);
            """,
            new { Evil, ms = SeededHub.Ms(60) });
        await hub.Start();
        var page = await hub.Http.GetStringAsync("");
        Assert.DoesNotContain("<script", page);
        Assert.Contains("&lt;script&gt;", page);
    }

    [Fact]
    public async Task A_trace_can_be_followed_down_to_its_readings()
    {
        await using var hub = new SeededHub();
        await hub.Start();
        var page = await hub.Http.GetStringAsync($"trace/{SeededHub.FactId}");
        Assert.Contains("mass of nox = <b>231417 mg</b>", page);
        Assert.Contains("&lt;at reference&gt; &amp; rounded", page);
        Assert.Contains("plant-a/gateway-1/epoch-1/9", page);
        if (Environment.GetEnvironmentVariable("MONITORING_PAGES") is { } folder)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "trace.html"), page);
        }

        using var missing = await hub.Http.GetAsync("trace/nothing");
        Assert.Equal(404, (int)missing.StatusCode);
    }
}
