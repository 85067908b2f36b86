using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Monitoring.Core.Alerts;
using Monitoring.Server;
using Monitoring.Server.Notify;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using NJsonSchema;

namespace Monitoring.Tests.Surface;

public sealed class NoticeTests
{
    private const string Secret = "a secret";

    public static TheoryData<AlertLevel, AlertChange, AlertReason, long?, string> Sentences => new()
    {
        {
            AlertLevel.Forecast, AlertChange.Raised, AlertReason.ReachedThreshold, 1_386_000,
            "Plant A (replays the gas turbine of 2011) (member-a): the forecast for the end of "
                + "period 2026-11-24 12:15 to 12:16 +02:00 is 1 386 g of nox, 288.8 % of its "
                + "holding of 480 g (provisional)."
        },
        {
            AlertLevel.Member, AlertChange.Raised, AlertReason.ReachedThreshold, 480_960,
            "Plant A (replays the gas turbine of 2011) (member-a) emitted 481 g of nox in period "
                + "2026-11-24 12:15 to 12:16 +02:00, 100.2 % of its holding of 480 g (provisional)."
        },
        {
            AlertLevel.Bubble, AlertChange.Raised, AlertReason.ReachedThreshold, 2_300_000,
            "All members of demo-bubble together emitted 2 300 g of nox in period 2026-11-24 "
                + "12:15 to 12:16 +02:00, 100 % of the cap of 2 300 g (provisional)."
        },
        {
            AlertLevel.Member, AlertChange.Cleared, AlertReason.PeriodEnded, null,
            "Plant A (replays the gas turbine of 2011) (member-a): the alert of period 2026-11-24 "
                + "12:15 to 12:16 +02:00 is over, because the period ended."
        },
        {
            AlertLevel.Forecast, AlertChange.Cleared, AlertReason.FellBelowHysteresis, 336_000,
            "Plant A (replays the gas turbine of 2011) (member-a): the forecast alert of period "
                + "2026-11-24 12:15 to 12:16 +02:00 is over; it stands at 336 g of nox, 70 % of "
                + "its holding of 480 g."
        },
    };

    [Theory]
    [MemberData(nameof(Sentences))]
    public async Task A_notice_keeps_its_schema_and_says_it_in_a_sentence(
        AlertLevel level, AlertChange change, AlertReason reason, long? value, string sentence)
    {
        var body = BodyOf(level, change, reason, value);
        var schema = await JsonSchema.FromJsonAsync(Shipped.Text("schemas/notice.schema.json"));
        Assert.Empty(schema.Validate(body));
        Assert.Equal(sentence, AlertNotice.Parse(body).Text);
        Assert.Equal(value / 1000m, AlertNotice.Parse(body).ValueG);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(9, 256)]
    [InlineData(10, 300)]
    [InlineData(12, 300)]
    public void Attempts_come_further_apart(int attempts, int seconds) =>
        Assert.Equal(seconds, NoticeRetry.After(attempts).TotalSeconds);

    [Fact]
    public async Task A_webhook_that_fails_gets_the_same_signed_notice_until_it_takes_it()
    {
        var fails = 2;
        await using var server = await FakeServer.Start(
            _ => Interlocked.Decrement(ref fails) >= 0 ? (500, "no") : (200, "ok"));
        await using var hub = new SeededHub
        {
            Webhook = new WebhookSettings(server.Address, Secret), Time = TimeProvider.System,
        };
        await hub.Start();
        Insert(hub, "n1", NoticeChannels.Webhook);
        await Eventually.True(() => server.Requests.Count == 3, "three attempts");
        await Eventually.True(() => State(hub, "n1").State == "delivered", "delivered");
        await Task.Delay(700);

        Assert.Equal(3, server.Requests.Count);
        Assert.Equal(3, State(hub, "n1").Attempts);
        foreach (var request in server.Requests)
        {
            Assert.Equal("n1", request.Headers["Monitoring-Notice-Id"]);
            var timestamp = request.Headers["Monitoring-Timestamp"];
            var signature = HMACSHA256.HashData(
                Encoding.UTF8.GetBytes(Secret),
                Encoding.UTF8.GetBytes($"{timestamp}.{request.Body}"));
            Assert.Equal(
                "v1=" + Convert.ToHexString(signature).ToLowerInvariant(),
                request.Headers["Monitoring-Signature"]);
            Assert.Equal("raised", JsonDocument.Parse(request.Body).RootElement
                .GetProperty("kind").GetString());
            Assert.InRange(
                long.Parse(timestamp, CultureInfo.InvariantCulture),
                TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 60,
                TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        }
    }

    [Fact]
    public void A_ring_between_the_look_and_the_wait_is_not_missed()
    {
        var bell = new NoticeBell();
        var (one, other) = (bell.Next, bell.Next);
        Assert.False(one.IsCompleted);
        bell.Ring();
        Assert.True(one.IsCompletedSuccessfully && other.IsCompletedSuccessfully);

        // Who looks now waits for the next.
        var next = bell.Next;
        Assert.False(next.IsCompleted);
        bell.Ring();
        Assert.True(next.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_channel_that_hangs_holds_up_no_other()
    {
        using var silent = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var server = await FakeServer.Start(_ => (204, ""));
        await using var hub = new SeededHub
        {
            Webhook = new WebhookSettings(server.Address, Secret),
            Smtp = new SmtpSettings(
                "127.0.0.1", ((IPEndPoint)silent.LocalEndpoint).Port, "hub@example.org",
                ["officer@example.org"], false, null, null),
            Time = TimeProvider.System,
        };
        await hub.Start();
        Insert(hub, "n1", NoticeChannels.Mail);
        Insert(hub, "n1", NoticeChannels.Webhook);
        await Eventually.True(() => server.Requests.Count == 1, "the webhook's notice", 5);
    }

    [Fact]
    public async Task After_the_last_attempt_a_notice_is_dead_and_the_API_shows_it()
    {
        await using var server = await FakeServer.Start(_ => (500, "no"));
        await using var hub = new SeededHub
        {
            Webhook = new WebhookSettings(server.Address, Secret), Time = TimeProvider.System,
        };
        Insert(hub, "n1", NoticeChannels.Webhook);
        hub.Execute("UPDATE notice SET attempts = 11");
        await hub.Start();
        await Eventually.True(() => State(hub, "n1").State == "dead", "dead");
        var notices = await hub.Get("notices");
        Assert.Equal(1, notices.GetProperty("dead").GetInt64());
        var dead = notices.GetProperty("undelivered")[0];
        Assert.Equal(12, dead.GetProperty("attempts").GetInt32());
        Assert.Equal("HTTP 500", dead.GetProperty("last_error").GetString());
        Assert.Equal("raised", dead.GetProperty("body").GetProperty("kind").GetString());
    }

    [Fact]
    public async Task A_notice_that_is_there_already_is_not_inserted_again()
    {
        await using var hub = new SeededHub();
        Insert(hub, "n1", NoticeChannels.Mail);
        Insert(hub, "n1", NoticeChannels.Mail);
        Assert.Equal((1, 0), new NoticeBook(hub.Books.Database).Count());
    }

    [Fact]
    public void A_mail_has_the_sentence_as_its_subject_and_every_number_in_its_text()
    {
        var body = BodyOf(
            AlertLevel.Member, AlertChange.Raised, AlertReason.ReachedThreshold, 480_960);
        using var mail = Mailbox.Compose(
            new SmtpSettings(
                "h", 25, "hub@example.org", ["a@example.org", "b@example.org"], false, null, null),
            new NoticeRow
            {
                Seq = 1, Id = "n1", Channel = "mail", Body = body, CreatedMs = 0, Attempts = 0,
                DueMs = 0, State = "waiting", LastError = null,
            });
        Assert.Equal("n1@example.org", mail.MessageId);
        Assert.Equal(2, mail.To.Count);
        Assert.Equal(AlertNotice.Parse(body).Text, mail.Subject);
        Assert.Contains("480.96 g", mail.TextBody);
        Assert.Contains("480 g", mail.TextBody);
        Assert.Contains("100.2 %", mail.TextBody);
    }

    private static string BodyOf(
        AlertLevel level, AlertChange change, AlertReason reason, long? value) =>
        AlertNotice.Of(
            new AlertTransition
            {
                Id = Monitoring.Core.ContentId.Of("alert"),
                Key = new AlertKey(
                    "demo", "demo-bubble/2026-11-24T10:15:00Z",
                    level == AlertLevel.Bubble ? "demo-bubble" : "member-a", level),
                Change = change,
                Reason = reason,
                ValueMilligrams = value,
                LimitMilligrams = level == AlertLevel.Bubble ? 2_300_000 : 480_000,
                ThresholdPercent = level == AlertLevel.Forecast ? 80 : 100,
                IsProvisional = true,
                At = SeededHub.Now,
            },
            Shipped.Contract, Shipped.Cluster, TimeZoneInfo.FindSystemTimeZoneById("Europe/Kyiv"));

    private static void Insert(SeededHub hub, string id, string channel)
    {
        using var connection = hub.Books.Database.Connect();
        using var transaction = connection.BeginTransaction();
        var body = BodyOf(
            AlertLevel.Member, AlertChange.Raised, AlertReason.ReachedThreshold, 481_000);

        // Long ago, so that it is due by whichever clock.
        NoticeBook.Insert(connection, transaction, [new Notice(id, channel, body, 0)]);
        transaction.Commit();
    }

    private static (string State, long Attempts) State(SeededHub hub, string id)
    {
        using var connection = hub.Books.Database.Connect();
        return Dapper.SqlMapper.QuerySingle<(string, long)>(
            connection, "SELECT state, attempts FROM notice WHERE id = @id", new { id });
    }
}
