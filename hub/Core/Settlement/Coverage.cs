using Monitoring.Core.Contracts;

namespace Monitoring.Core.Settlement;

/// <summary>How a member's account covers what it emitted. Grams.</summary>
/// <param name="CapacityGrams">The most that it could cover.</param>
/// <param name="BankedOneToOne">Used out of the bank, gram for gram.</param>
/// <param name="BankedBeyond">Used out of the bank at the ratio beyond the free share.</param>
/// <param name="Borrowed">Used out of the next holding, where it is owed then.</param>
/// <param name="Carried">Left over for the next period.</param>
public sealed record Coverage(
    long CapacityGrams, long BankedOneToOne, long BankedBeyond, long Borrowed, long Carried)
{
    private const long Thousandths = 1_000;

    /// <summary>Used of the holding itself, after what is owed of it.</summary>
    public long Current { get; init; }

    /// <summary>What was covered by <see cref="BankedBeyond"/>, which is more.</summary>
    public long BeyondCovered { get; init; }

    /// <param name="freeBanked">What of the bank may be used gram for gram.</param>
    public static Coverage Of(
        BankRule rule, MemberAccount account, long emitted, long freeBanked, long unit)
    {
        var own = account.HeldGrams - account.OwedGrams;
        var beyondUnits = account.BankedGrams - freeBanked;
        // Whole units only: a part of a tonne covers no tonne.
        var beyond = Down(
            (long)((Int128)beyondUnits * Thousandths / rule.BeyondThousandths), unit);
        var borrowable = Down(
            (long)((Int128)account.HeldGrams * rule.BorrowPercent / 100), unit);
        var need = emitted;
        long Take(long available)
        {
            var taken = Math.Clamp(need, 0, Math.Max(0, available));
            need -= taken;
            return taken;
        }

        long current = 0, free = 0;
        if (rule.IsOldestFirst)
        {
            free = Take(freeBanked);
            current = Take(own);
        }
        else
        {
            current = Take(own);
            free = Take(freeBanked);
        }

        var coveredBeyond = Take(beyond);
        var usedBeyond = UpTo(coveredBeyond, rule.BeyondThousandths, beyondUnits);
        var borrowed = Take(borrowable);
        var carried = rule.Kind == BankKind.None
            ? 0
            : Math.Max(0, own - current) + account.BankedGrams - free - usedBeyond;
        return new Coverage(
            own + freeBanked + beyond + borrowable, free, usedBeyond, borrowed, carried)
        {
            Current = current, BeyondCovered = coveredBeyond,
        };
    }

    private static long Down(long grams, long unit) => grams / unit * unit;

    private static long UpTo(long covered, long ratioThousandths, long available)
    {
        var used = ((Int128)covered * ratioThousandths + Thousandths - 1) / Thousandths;
        return (long)Int128.Min(used, available);
    }
}
