using Monitoring.Server;
using Monitoring.Server.Notify;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Tests.Surface;

/// <summary>What goes on by itself goes on after a fault that nobody thought of.</summary>
public sealed class UnexpectedFaultTests
{
    [Fact]
    public async Task Loops_tell_a_fault_count_it_and_go_on()
    {
        await using var server = await FakeServer.Start(_ => (204, ""));
        var time = new FaultyTime();
        await using var hub = new SeededHub
        {
            Influx = new InfluxSettings(server.Address, "emissions", null, null, null),
            Webhook = new WebhookSettings(server.Address, "secret"),
            Time = time,
        };
        await hub.Start();
        Assert.Contains("monitoring_unexpected_faults_total 0\n", await MetricsAsync());

        time.IsBroken = true;
        await Eventually.True(
            () => time.Faults is { Instants: > 1, Stamps: > 1 }, "two faults of each loop");
        time.IsBroken = false;
        var books = new BookFeed(hub.Books.Database);
        await hub.AppendImages(SeededHub.Ms(600), 40);
        await Eventually.True(() => books.Cursor("influx/record") == 80, "projected after it");
        using (var connection = hub.Books.Database.Connect())
        using (var transaction = connection.BeginTransaction())
        {
            NoticeBook.Insert(connection, transaction, [new Notice("n1", "webhook", "{}", 0)]);
            transaction.Commit();
        }

        await Eventually.True(
            () => server.Requests.Any(one =>
                one.Headers.ContainsKey("Monitoring-Notice-Id")), "delivered after it");
        Assert.DoesNotContain("unexpected_faults_total 0\n", await MetricsAsync());
        var page = await hub.Http.GetStringAsync("");
        Assert.Contains("<b class=\"bad\">notices of webhook</b>", page);
        Assert.Contains("<b class=\"bad\">projection</b>", page);
        Assert.Contains("InvalidOperationException: the clock is broken", page);

        Task<string> MetricsAsync() => hub.Http.GetStringAsync("metrics");
    }

    /// <summary>A clock that can be broken, and waits at most a little.</summary>
    private sealed class FaultyTime : TimeProvider
    {
        private int _instants;
        private int _stamps;

        public volatile bool IsBroken;

        public (int Instants, int Stamps) Faults =>
            (Volatile.Read(ref _instants), Volatile.Read(ref _stamps));

        public override DateTimeOffset GetUtcNow()
        {
            ThrowIfBroken(ref _instants);
            return SeededHub.Now;
        }

        public override long GetTimestamp()
        {
            ThrowIfBroken(ref _stamps);
            return base.GetTimestamp();
        }

        public override ITimer CreateTimer(
            TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(
                callback, state, dueTime > TimeSpan.FromSeconds(1)
                    ? TimeSpan.FromMilliseconds(50)
                    : dueTime, period);

        private void ThrowIfBroken(ref int count)
        {
            if (IsBroken)
            {
                Interlocked.Increment(ref count);
                throw new InvalidOperationException("the clock is broken");
            }
        }
    }
}
