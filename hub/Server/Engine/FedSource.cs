using Monitoring.Wire.Records;

namespace Monitoring.Server.Engine;

/// <summary>From the earliest to the latest time of some records.</summary>
[GenerateSerializer]
public readonly record struct Times(
    [property: Id(0)] long FirstMs, [property: Id(1)] long LastMs)
{
    public static Times None => new(long.MaxValue, long.MinValue);

    /// <summary>What is no image may change anything.</summary>
    public static Times Any => new(long.MinValue, long.MaxValue);

    public static Times Of(JournalRecord record) =>
        record is JournalRecord.Image image ? new Times(image.TimeMs, image.TimeMs) : Any;

    public Times And(Times other) =>
        new(Math.Min(FirstMs, other.FirstMs), Math.Max(LastMs, other.LastMs));

    public bool AreWithin(Times other) => FirstMs >= other.FirstMs && LastMs <= other.LastMs;
}

/// <summary>
/// A source that a gateway feeds, as the gateway's owner knows it. A look at a source costs as
/// much as many records and a window is seldom over: so it is called only for records that can
/// change something, one call at a time, and what comes meanwhile shares the next.
/// </summary>
/// <param name="advance">Gives the times of images that change nothing.</param>
internal sealed class FedSource(Func<Task<Times>> advance, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private Times _untold = Times.None;
    private Times _quiet = Times.None;
    private bool _isCalling;

    private bool IsDue => !_untold.AreWithin(_quiet);

    /// <summary>Records of these times are in the log.</summary>
    public void Stored(Times times)
    {
        _untold = _untold.And(times);
        if (IsDue && !_isCalling)
        {
            _isCalling = true;
            CallAsync().Ignore();
        }
    }

    private async Task CallAsync()
    {
        try
        {
            while (IsDue)
            {
                // All that is stored by now is seen by this call.
                (_untold, _quiet) = (Times.None, Times.None);
                _quiet = await advance();
                if (IsDue)
                {
                    await Task.Delay(Pause, time);
                }
            }
        }
        finally
        {
            // Where it failed, the source is called again for the next record, and by the engine.
            _isCalling = false;
        }
    }
}
