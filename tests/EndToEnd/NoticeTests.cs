using System.Security.Cryptography;
using System.Text;
using Dapper;
using Monitoring.Tests.Rig;
using Monitoring.Tests.Servers;

namespace Monitoring.Tests;

/// <summary>Every change of an alert is told once on every channel.</summary>
public sealed class NoticeTests
{
    private const string OtherPlant = "plant-b";
    private const string Secret = "a secret of the test";
    private const int Refusals = 2;
    private const int TransitionsWanted = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Each_transition_reaches_webhook_and_mailbox_once()
    {
        using var folder = new TemporaryFolder();
        await using var webhook = WebhookServer.Start(Refusals);
        await using var mail = await SmtpServer.Start(failFirst: 1);
        var files = new DemoFiles(folder.Path);
        OneAlertAPeriod(files);
        var secretFile = Path.Combine(folder.Path, "secret");
        await File.WriteAllTextAsync(secretFile, Secret + "\n");
        await using var plant = new RunningPlant(
            files, files.MqttPort, $"webhook.url={webhook.Address}notices",
            $"webhook.secret_file={secretFile}", "smtp.host=127.0.0.1",
            $"smtp.port={mail.Port}", "smtp.from=hub@example.org", "smtp.to=officer@example.org");
        await using var otherSimulator = Programs.Simulator(files, OtherPlant);
        await using var otherEdge = Programs.Edge(files, OtherPlant, files.MqttPort);
        await otherSimulator.Start(Programs.SimulatorListens);
        await plant.Start();
        await otherEdge.Start(Programs.EdgeIsBorn);
        await webhook.WaitFor(Refusals + TransitionsWanted, Patience);
        Assert.Equal(0, await otherEdge.Stop());
        await plant.StopEdge();
        await Eventually.True(
            "everything is delivered",
            () => Stores.CountIn(files.BooksFile, "notice WHERE state <> 'delivered'") == 0,
            Patience, () => plant.Story);
        await plant.StopRest();

        using var books = Stores.Open(files.BooksFile);
        var alerts = books.Query<string>("SELECT id FROM alert ORDER BY seq").ToList();
        Assert.True(alerts.Count >= TransitionsWanted);
        AssertWebhook(webhook.Requests, alerts);
        AssertMails(mail.Mails, alerts);
    }

    private static void AssertWebhook(IReadOnlyList<WebhookRequest> requests, List<string> alerts)
    {
        // What was refused came again, the same to the letter; everything was taken once.
        var taken = requests.Skip(Refusals)
            .ToDictionary(it => it.Headers["monitoring-notice-id"], it => it.Body);
        Assert.Equal(alerts.Order(), taken.Keys.Order());
        Assert.Equal(alerts[0], requests[0].Headers["monitoring-notice-id"]);
        Assert.All(requests.Take(Refusals), request => Assert.Equal(
            taken[request.Headers["monitoring-notice-id"]], request.Body));
        foreach (var request in requests)
        {
            var signed = $"{request.Headers["monitoring-timestamp"]}.{request.Body}";
            var hash = HMACSHA256.HashData(
                Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(signed));
            Assert.Equal(
                "v1=" + Convert.ToHexStringLower(hash), request.Headers["monitoring-signature"]);
            Assert.Equal(("POST", "/notices"), (request.Method, request.Path));
        }
    }

    private static void AssertMails(IReadOnlyList<string> mails, List<string> alerts)
    {
        Assert.Equal(alerts.Count, mails.Count);
        Assert.All(alerts, alert => Assert.Single(mails, mail => mail.Contains(
            $"<{alert}@example.org>", StringComparison.Ordinal)));
        Assert.All(mails, mail => Assert.Contains(
            "X-RcptTo: officer@example.org", mail, StringComparison.Ordinal));
    }

    // Whatever plant A plays, its forecast is above 80 % of this holding; nothing else is near.
    private static void OneAlertAPeriod(DemoFiles files)
    {
        files.SetBubble("20 s", 150, 4_000);
        DemoFiles.Edit(files.Contract, "member_percent: 100", "member_percent: 1000");
        DemoFiles.Edit(files.Contract, "bubble_percent: 100", "bubble_percent: 1000");
    }
}
