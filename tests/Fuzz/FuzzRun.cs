namespace Monitoring.Tests.Fuzz;

/// <summary>What a run tried.</summary>
/// <param name="Corpus">Inputs that each did something new.</param>
internal sealed record FuzzReport(long Inputs, int Corpus, long AllocatedMax);

/// <summary>
/// Tries inputs on a target: mutations of its seeds, and of whatever took a new branch.
/// </summary>
internal static class FuzzRun
{
    private const int CorpusMax = 20_000;

    /// <summary>Far more than any input needs; only what would never end reaches it.</summary>
    private static readonly TimeSpan OneMax = TimeSpan.FromSeconds(60);

    /// <exception cref="FuzzException">An input that breaks a promise.</exception>
    public static FuzzReport Run(Target target, long inputs, int seed)
    {
        var random = new Random(seed);
        var mutator = new Mutator(random, target.BytesMax);
        var corpus = new List<byte[]>(target.Seeds);
        var seen = Coverage.NothingSeen();
        long allocatedMax = 0;
        byte[] current = [];
        using var watch = new Timer(_ => Environment.FailFast(Describe(
            target, current, $"does not come back within {OneMax.TotalSeconds} s")));
        for (long i = 0; i < inputs; i++)
        {
            current = i < target.Seeds.Count ? target.Seeds[(int)i] : mutator.Mutate(corpus);
            if (i % 1_000 == 0)
            {
                watch.Change(OneMax, Timeout.InfiniteTimeSpan);
            }

            var allocated = AllocatedBy(target, current);
            allocatedMax = Math.Max(allocatedMax, allocated);
            if (allocated > target.AllocatedBytesMax)
            {
                throw new FuzzException(
                    Describe(target, current, $"allocates {allocated} bytes"), null);
            }

            if (Coverage.IsNew(seen) && corpus.Count < CorpusMax)
            {
                corpus.Add(current);
            }
        }

        return new FuzzReport(inputs, corpus.Count, allocatedMax);
    }

    private static long AllocatedBy(Target target, byte[] input)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Coverage.Begin();
        try
        {
            target.Read(input);
        }
        catch (Exception e)
        {
            throw new FuzzException(Describe(target, input, $"throws {e.Message}"), e);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static string Describe(Target target, byte[] input, string what) =>
        $"{target.Name}: {what} for the {input.Length} bytes {Convert.ToBase64String(input)}";
}

/// <summary>An input, in base64, and what it did.</summary>
internal sealed class FuzzException(string message, Exception? inner)
    : Exception(message, inner);
