using System.Collections.Immutable;

namespace Monitoring.Core.Gaps;

/// <summary>
/// Article 45 of the EU's Monitoring and Reporting Regulation 2018/2066: the mean and twice the
/// standard deviation of the valid hours of the reporting period. From memory (unverified
/// constants).
/// </summary>
public static class TwoSigmaSubstitution
{
    private const string Code = "mrr";

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
            mean + GapConstants.Sigmas.Value * deviation, Code,
            $"mean and 2 sigma of {validHours.Length} valid hours; unverified constant");
    }
}

/// <summary>
/// HJ 75-2017: the most of the valid hours before the gap, of more of them the less was captured
/// in the quarter. From memory (unverified constants).
/// </summary>
public static class ChineseSubstitution
{
    private const string Code = "hj75";

    /// <param name="validHours">The values before the gap, the latest last.</param>
    /// <param name="capturePercent">Valid hours of the quarter.</param>
    /// <param name="gapHours">Its length so far.</param>
    public static Substitute Of(
        ImmutableArray<decimal> validHours, decimal capturePercent, int gapHours)
    {
        if (capturePercent < GapConstants.CaptureLow.Value)
        {
            return Substitute.None(
                $"less than {GapConstants.CaptureLow.Value} % captured: HJ 75 has no rule here");
        }

        var hours = (capturePercent < GapConstants.CaptureHigh.Value ? GapConstants.ChineseMost
            : gapHours > GapConstants.ChineseLongGap.Whole ? GapConstants.ChineseLong
            : GapConstants.ChineseShort).Whole;
        var last = validHours.Length > hours ? validHours[^hours..] : validHours;
        return last.IsEmpty
            ? Substitute.None("no valid hour before the gap")
            : new Substitute(
                last.Max(), Code,
                $"most of the last {last.Length} valid hours; unverified constant");
    }
}
