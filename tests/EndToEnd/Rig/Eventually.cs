namespace Monitoring.Tests.Rig;

/// <summary>Waits for what other processes bring about.</summary>
public static class Eventually
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(100);

    /// <summary>Fails the test where it does not become true in time.</summary>
    /// <param name="story">What the processes wrote, for the failure.</param>
    public static async Task True(
        string what, Func<bool> condition, TimeSpan atMost, Func<string>? story = null)
    {
        if (!await Becomes(condition, atMost))
        {
            Assert.Fail($"Not in {atMost.TotalSeconds} s: {what}.\n{story?.Invoke()}");
        }
    }

    public static async Task<bool> Becomes(Func<bool> condition, TimeSpan atMost)
    {
        var end = TimeProvider.System.GetUtcNow() + atMost;
        while (!condition())
        {
            if (TimeProvider.System.GetUtcNow() > end)
            {
                return false;
            }

            await Task.Delay(Every);
        }

        return true;
    }
}
