using System.Collections.Immutable;
using System.Globalization;

namespace Monitoring.Core.Ledger;

/// <summary>The two kinds of things that are booked; never both in one transaction.</summary>
public enum AssetKind
{
    Money = 1,
    Mass = 2,
}

/// <summary>What is counted: minor units of a currency, or grams of a pollutant.</summary>
/// <param name="Code">A code of ISO 4217, or a pollutant.</param>
public sealed record Asset(AssetKind Kind, string Code)
{
    public static Asset Money(string currency) => new(AssetKind.Money, currency);

    public static Asset MassOf(string pollutant) => new(AssetKind.Mass, pollutant);

    /// <summary>As it is stored and shown: <c>money:EUR</c> or <c>mass:nox</c>.</summary>
    public override string ToString() => $"{(Kind == AssetKind.Money ? "money" : "mass")}:{Code}";

    public static Asset? Parse(string text) => text.Split(':') switch
    {
        ["money", { Length: 3 } code] => Money(code),
        ["mass", { Length: > 0 } code] => MassOf(code),
        _ => null,
    };
}

/// <summary>One line of a transaction.</summary>
/// <param name="Amount">
/// Minor units or grams: above 0 a debit, below 0 a credit. A fund's account with money in it
/// has a credit balance, which is below 0.
/// </param>
/// <param name="Charge">The charge it stems from.</param>
public sealed record Posting(string Account, Asset Asset, long Amount, string Charge);

/// <summary>
/// A balanced set of postings that is booked whole, once. It is never changed or removed; a
/// correction is another transaction.
/// </summary>
public sealed record Transaction
{
    public required string Id { get; init; }

    /// <summary>Made by the caller out of what is booked, so that a repeat is found out.</summary>
    public required string IdempotencyKey { get; init; }

    /// <summary>Such as <c>charge</c>.</summary>
    public required string Kind { get; init; }

    public required string PeriodId { get; init; }

    public required ImmutableArray<Posting> Postings { get; init; }

    public static Transaction Of(
        string idempotencyKey, string kind, string periodId, ImmutableArray<Posting> postings) =>
        new()
        {
            Id = ContentId.Of(
            [
                "transaction", idempotencyKey, kind, periodId,
                .. postings.SelectMany(posting => (string[])
                [
                    posting.Account, posting.Asset.ToString(),
                    posting.Amount.ToString(CultureInfo.InvariantCulture), posting.Charge,
                ]),
            ]),
            IdempotencyKey = idempotencyKey,
            Kind = kind,
            PeriodId = periodId,
            Postings = postings,
        };
}
