using System.Numerics;

namespace Monitoring.Verifier;

/// <summary>How a member's account covers what it emitted. Grams.</summary>
/// <param name="Capacity">The most that it could cover.</param>
/// <param name="Carried">What is left for later.</param>
/// <param name="Borrowed">What of the next holding was used.</param>
internal sealed record Cover(BigInteger Capacity, BigInteger Carried, BigInteger Borrowed)
{
    /// <param name="allBanked">Of all members together.</param>
    public static Cover Of(
        Terms terms, Account account, BigInteger emitted, BigInteger allBanked)
    {
        var bank = terms.Bank;
        BigInteger Whole(Fraction grams) =>
            (grams / Fraction.Of(terms.MassUnit)).Floor() * terms.MassUnit;
        var percent = new Fraction(1, 100);
        var share = terms.CapGrams * bank.FreePercent * percent;
        var free = bank.Carry switch
        {
            "none" => BigInteger.Zero,
            "free" => account.Banked,
            _ => Fraction.Of(allBanked) > share
                ? Whole(Fraction.Of(account.Banked) * share / Fraction.Of(allBanked))
                : account.Banked,
        };

        // Beyond the free share several cover one; a part of a unit covers nothing.
        var rest = account.Banked - free;
        var beyond = Whole(Fraction.Of((Fraction.Of(rest) / bank.Beyond).Floor()));
        var next = Whole(Fraction.Of(
            (Fraction.Of(account.Held) * bank.BorrowPercent * percent).Floor()));
        var own = account.Held - account.Owed;
        var need = emitted;
        BigInteger Take(BigInteger available)
        {
            var taken = BigInteger.Min(need, BigInteger.Max(0, available));
            need -= taken;
            return taken;
        }

        var early = bank.IsOldestFirst ? Take(free) : 0;
        var current = Take(own);
        var ofBank = bank.IsOldestFirst ? early : Take(free);
        var covered = Take(beyond);
        var spent = BigInteger.Min(
            rest, -(Fraction.Of(0) - (Fraction.Of(covered) * bank.Beyond)).Floor());
        var borrowed = Take(next);
        return new Cover(
            own + free + beyond + next,
            bank.Carry == "none"
                ? 0
                : BigInteger.Max(0, own - current) + account.Banked - ofBank - spent,
            borrowed);
    }
}
