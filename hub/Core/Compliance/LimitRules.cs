using System.Collections.Immutable;
using Monitoring.Core.Averaging;

namespace Monitoring.Core.Compliance;

/// <summary>
/// Holds the averages of one pollutant in one year against its limits. At a limit is not above
/// it, and at a share is enough.
/// </summary>
public static class LimitRules
{
    private const long DayMs = 86_400_000;

    /// <param name="limitValue">The emission limit value; null where the tests need none.</param>
    /// <param name="valuesOf">The values of a level in that year, in order of time.</param>
    public static ImmutableArray<LimitGroup> Judge(
        PollutantLimit limit, decimal? limitValue, Window year,
        Func<string, IReadOnlyList<LevelValue>> valuesOf)
    {
        var groups = ImmutableArray.CreateBuilder<LimitGroup>();
        var alone = 0;
        foreach (var tests in limit.Tests.GroupBy(test =>
            test.Either.Length > 0 ? test.Either : $"{alone++}"))
        {
            var judged = tests.Select(test => JudgedTest.Of(
                test, test.Limit ?? test.Factor!.Value * limitValue!.Value, valuesOf(test.Level)))
                .ToList();
            ImmutableArray<LimitResult> results = [.. judged.Select(one => ResultOf(one, year))];
            groups.Add(new LimitGroup(
                limit.Pollutant, tests.First().Either, VerdictOf(judged, results), results));
        }

        return groups.ToImmutable();
    }

    /// <summary>
    /// What the mean of the rest of a span may be for the mean of the whole to stay at a limit;
    /// null where nothing is left of it.
    /// </summary>
    public static decimal? RestMean(decimal limit, LevelSum soFar, int windowsLeft) =>
        windowsLeft > 0
            ? (limit * (soFar.Counted + windowsLeft) - soFar.Sum) / windowsLeft
            : null;

    private static int Allowed(decimal shareMin, int values) =>
        (int)Math.Floor((1 - shareMin) * values);

    private static LimitResult ResultOf(JudgedTest judged, Window year)
    {
        var (test, limit, values, above) = judged;
        var allowed = Allowed(test.ShareMin, values.Count);
        var (inSpan, aboveInSpan) = (allowed, above.Length);
        var verdict = LimitVerdict.NoValues;
        if (values.Count > 0 && test.Over == TestSpan.Year)
        {
            var last = values[^1].Window;
            var left = (int)((year.EndMs - last.EndMs) / last.LengthMs);
            inSpan = Allowed(test.ShareMin, values.Count + Math.Max(0, left));
            verdict = above.Length <= allowed ? LimitVerdict.Kept
                : above.Length <= inSpan ? LimitVerdict.AtRisk
                : LimitVerdict.Broken;
        }
        else if (values.Count > 0)
        {
            var (all, over) = judged.CountsBefore(values[^1].Window.EndMs);
            (inSpan, aboveInSpan) = (Allowed(test.ShareMin, all), over);
            verdict = judged.Ends.Any(judged.FailsAt) ? LimitVerdict.Broken : LimitVerdict.Kept;
        }

        return new LimitResult(
            test, limit, verdict, values.Count, above.Length, allowed, inSpan, aboveInSpan)
        {
            Highest = values.Count > 0 ? values.Max(one => one.Value) : null,
            Exceedances = above,
        };
    }

    // One test kept keeps the group. Over any day, one that is kept in each day by itself does:
    // not the same one in every day.
    private static LimitVerdict VerdictOf(
        List<JudgedTest> judged, ImmutableArray<LimitResult> results)
    {
        var known = results.Where(one => one.Verdict != LimitVerdict.NoValues).ToList();
        if (known.Count == 0)
        {
            return LimitVerdict.NoValues;
        }

        var best = known.Min(one => one.Verdict);
        return best == LimitVerdict.Broken && judged.All(one => one.Test.Over == TestSpan.AnyDay)
            && !judged.SelectMany(one => one.Ends).Any(end => judged.All(it => it.FailsAt(end)))
            ? LimitVerdict.Kept
            : best;
    }

    private sealed record JudgedTest(
        LimitTest Test, decimal Limit, IReadOnlyList<LevelValue> Values,
        ImmutableArray<LevelValue> Above)
    {
        /// <summary>The ends of all spans of 24 hours that lie wholly within the values.</summary>
        public IEnumerable<long> Ends => Values.Select(one => one.Window.EndMs)
            .Where(end => end - DayMs >= Values[0].Window.StartMs);

        public static JudgedTest Of(
            LimitTest test, decimal limit, IReadOnlyList<LevelValue> values) =>
            new(test, limit, values, [.. values.Where(one => one.Value > limit)]);

        public bool FailsAt(long endMs)
        {
            var (all, above) = CountsBefore(endMs);
            return above > Allowed(Test.ShareMin, all);
        }

        /// <summary>Values, and those above the limit, in the 24 hours before an instant.</summary>
        public (int All, int Above) CountsBefore(long endMs) => (
            Until(Values, endMs) - Until(Values, endMs - DayMs),
            Until(Above, endMs) - Until(Above, endMs - DayMs));

        // How many of them end at or before an instant.
        private static int Until(IReadOnlyList<LevelValue> values, long endMs)
        {
            var (low, high) = (0, values.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                (low, high) = values[middle].Window.EndMs <= endMs
                    ? (middle + 1, high)
                    : (low, middle);
            }

            return low;
        }
    }
}
