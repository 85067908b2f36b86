using System.Data.Common;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Notify;

/// <summary>A way out: sends one notice and says null, or why it was not taken.</summary>
public delegate Task<string?> SendNotice(NoticeRow notice, CancellationToken stopping);

/// <summary>
/// Delivers notices, each channel in a loop of its own, so that a slow one holds up no other. A
/// notice counts as delivered once it was taken; if only the answer was lost, it goes again with
/// the same id.
/// </summary>
public sealed class Notifier(
    NoticeBook notices, IReadOnlyDictionary<string, SendNotice> channels, NoticeBell bell,
    UnexpectedFaults faults, TimeProvider time, ILogger<Notifier> log) : BackgroundService
{
    private const int AtOnceMax = 100;
    private const int ErrorCharactersMax = 300;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(channels.Select(
            channel => RunAsync(channel.Key, channel.Value, stoppingToken)));

    private async Task RunAsync(string channel, SendNotice send, CancellationToken stopping)
    {
        // The books are read on another thread than the one that starts the host.
        await Task.Yield();
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var rung = bell.Next;
                foreach (var notice in notices.Due(channel, NowMs(), AtOnceMax))
                {
                    await DeliverAsync(notice, send, stopping);
                }

                // New ones ring; those that are tried again do not.
                await rung.WaitAsync(LookEvery, time, stopping)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (DbException e)
            {
                log.NoticesUnreadable(channel, e.Message);
                await Task.Delay(LookEvery, time, stopping)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e) when (UnexpectedFaults.Is(e, stopping))
            {
                await faults.MeetAsync($"notices of {channel}", e, stopping);
            }
        }
    }

    private async Task DeliverAsync(
        NoticeRow notice, SendNotice send, CancellationToken stopping)
    {
        if (await TrySendAsync(notice, send, stopping) is not { } error)
        {
            await notices.DeliveredAsync(notice.Seq);
            log.NoticeDelivered(notice.Channel, notice.Id);
            return;
        }

        var attempts = notice.Attempts + 1;
        var isDead = NoticeRetry.IsLast(attempts);
        var wait = NoticeRetry.After(attempts);
        var cut = error[..Math.Min(error.Length, ErrorCharactersMax)];
        await notices.FailedAsync(
            notice.Seq, cut, NowMs() + (long)wait.TotalMilliseconds, isDead);
        if (isDead)
        {
            log.NoticeGivenUp(notice.Channel, notice.Id, attempts, cut);
        }
        else
        {
            log.NoticeFailed(notice.Channel, notice.Id, attempts, cut, wait.TotalSeconds);
        }
    }

    // A fault nobody thought of costs this notice an attempt, not the channel its loop.
    private static async Task<string?> TrySendAsync(
        NoticeRow notice, SendNotice send, CancellationToken stopping)
    {
        try
        {
            return await send(notice, stopping);
        }
        catch (Exception e) when (
            e is not OutOfMemoryException && !stopping.IsCancellationRequested)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }

    private long NowMs() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
