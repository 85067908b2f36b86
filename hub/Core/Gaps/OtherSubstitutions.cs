using System.Collections.Immutable;

namespace Monitoring.Core.Gaps;

/// <summary>
/// Article 45 of the EU's Monitoring and Reporting Regulation 2018/2066: the mean and twice the
/// standard deviation of the valid hours of the reporting period. From memory (unverified
/// constants).
/// </summary>
public static class TwoSigmaSubstitution
{
    /// <summary>An hour is valid with this share of its readings, percent (Article 44).</summary>
    public const decimal ValidPercent = 80;

    private const int Sigmas = 2;

    public static Substitute Of(ImmutableArray<decimal> validHours)
    {
        if (validHours.Length < 2)
        {
            return Substitute.None("fewer than two valid hours have no deviation");
        }

        var mean = validHours.Sum() / validHours.Length;
        var squares = validHours.Sum(value => (value - mean) * (value - mean));
        var deviation = SquareRoot.Of(squares / (validHours.Length - 1));
        return new Substitute(
            mean + Sigmas * deviation, "",
            $"mean and 2 sigma of {validHours.Length} valid hours; unverified constant");
    }
}

/// <summary>
/// HJ 75-2017: the most of the valid hours before the gap, of more of them the less was captured
/// in the quarter. From memory (unverified constants).
/// </summary>
public static class ChineseSubstitution
{
    private const decimal High = 90;
    private const decimal Low = 75;
    private const int LongGap = 24;

    /// <param name="validHours">The values before the gap, the latest last.</param>
    /// <param name="capturePercent">Valid hours of the quarter.</param>
    /// <param name="gapHours">Its length so far.</param>
    public static Substitute Of(
        ImmutableArray<decimal> validHours, decimal capturePercent, int gapHours)
    {
        if (capturePercent < Low)
        {
            return Substitute.None($"less than {Low} % captured: HJ 75 has no rule here");
        }

        var hours = capturePercent < High ? 2_160 : gapHours > LongGap ? 720 : 180;
        var last = validHours.Length > hours ? validHours[^hours..] : validHours;
        return last.IsEmpty
            ? Substitute.None("no valid hour before the gap")
            : new Substitute(
                last.Max(), "", $"most of the last {last.Length} valid hours; unverified constant");
    }
}
