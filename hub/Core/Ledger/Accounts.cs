using Monitoring.Wire;

namespace Monitoring.Core.Ledger;

/// <summary>On which side of 0 an account may stand, with all that is pending against it.</summary>
public enum AccountSide
{
    /// <summary>What is held: debits are never below credits.</summary>
    Debit,

    /// <summary>What was given out or is owed to others: credits are never below debits.</summary>
    Credit,

    /// <summary>A member's account: below 0 it is a credit against its next charges.</summary>
    Either,
}

/// <summary>The accounts of the books. Money and mass have none in common.</summary>
public static class Accounts
{
    public const string Cash = "fund:cash";
    public const string Programme = "fund:programme";
    public const string Reserve = "fund:reserve";

    /// <summary>Payments that came in and could not be told whose they are.</summary>
    public const string Unmatched = "fund:unmatched";

    /// <summary>What no lot could cover after a correction. It is seen, and filled first.</summary>
    public const string Deficit = "fund:deficit";

    public static string Receivable(string member) => $"member:{member}:receivable";

    public static string Local(string zone) => $"fund:local:{zone}";

    /// <summary>Allowances that a member can use or sell.</summary>
    public static string Holding(string member) => $"member:{member}:holding";

    /// <summary>Allowances given up for what was emitted.</summary>
    public static string Surrendered(string member) => $"member:{member}:surrendered";

    /// <summary>Allowances of a closed vintage that were kept for later ones.</summary>
    public static string Banked(string member) => $"member:{member}:banked";

    /// <summary>Allowances given up to make good an excess.</summary>
    public static string MadeGood(string member) => $"member:{member}:made-good";

    /// <summary>What was issued, as the other side of all that is held.</summary>
    public static string Cap(string bubble) => $"bubble:{bubble}:cap";

    /// <summary>Allowances that nobody can use any more.</summary>
    public static string Retired(string bubble) => $"bubble:{bubble}:retired";

    /// <summary>Null for an account that there is not.</summary>
    public static AccountSide? SideOf(string account, AssetKind kind) =>
        (kind, account.Split(':')) switch
        {
            (AssetKind.Money, ["fund", "cash" or "deficit"]) => AccountSide.Debit,
            (AssetKind.Money, ["fund", "programme" or "reserve" or "unmatched"]) =>
                AccountSide.Credit,
            (AssetKind.Money, ["fund", "local", var zone]) when Identifier.IsValid(zone) =>
                AccountSide.Credit,
            (AssetKind.Money, ["member", var member, "receivable"])
                when Identifier.IsValid(member) => AccountSide.Either,
            (AssetKind.Mass, ["member", var member, "holding" or "surrendered" or "banked"
                or "made-good"]) when Identifier.IsValid(member) => AccountSide.Debit,
            (AssetKind.Mass, ["bubble", var bubble, "cap"]) when Identifier.IsValid(bubble) =>
                AccountSide.Credit,
            (AssetKind.Mass, ["bubble", var bubble, "retired"])
                when Identifier.IsValid(bubble) => AccountSide.Debit,
            _ => null,
        };
}
