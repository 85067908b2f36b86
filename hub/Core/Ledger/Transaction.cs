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
/// <param name="Code">
/// A code of ISO 4217; or a pollutant, with the vintage of its allowances as in <c>nox/2026</c>.
/// </param>
public sealed record Asset(AssetKind Kind, string Code)
{
    public static Asset Money(string currency) => new(AssetKind.Money, currency);

    public static Asset MassOf(string pollutant) => new(AssetKind.Mass, pollutant);

    /// <param name="vintage">Vintages sort as texts in the order of time.</param>
    public static Asset Allowance(string pollutant, string vintage) =>
        new(AssetKind.Mass, $"{pollutant}/{vintage}");

    /// <summary>As it is stored and shown: <c>money:EUR</c> or <c>mass:nox/2026</c>.</summary>
    public override string ToString() => $"{(Kind == AssetKind.Money ? "money" : "mass")}:{Code}";

    public static Asset? Parse(string text) => text.Split(':', 2) switch
    {
        ["money", { Length: 3 } code] => Money(code),
        ["mass", { Length: > 0 } code] => new Asset(AssetKind.Mass, code),
        _ => null,
    };
}

/// <summary>One line of a transaction.</summary>
/// <param name="Amount">
/// Minor units or grams: above 0 a debit, below 0 a credit. A fund's account with money in it
/// has a credit balance, which is below 0.
/// </param>
/// <param name="Charge">The charge it stems from; empty where it stems from none.</param>
public sealed record Posting(string Account, Asset Asset, long Amount, string Charge)
{
    /// <summary>
    /// Where the money in a fund's account comes from, as <see cref="Ledger.Lot"/> writes it;
    /// empty in accounts that do not ask.
    /// </summary>
    public string Lot { get; init; } = "";
}

/// <summary>
/// Who paid for which pollutant in which period. With the account it is in, which names its
/// zone or purpose, that is all one has to know of money to spend it where it belongs.
/// </summary>
public sealed record Lot(string Payer, string Pollutant, string PeriodId)
{
    public override string ToString() => $"{Payer}/{Pollutant}/{PeriodId}";

    public static Lot? Parse(string text) =>
        text.Split('/', 3) is [var payer, var pollutant, var period]
            ? new Lot(payer, pollutant, period)
            : null;
}

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

    /// <summary>The period in whose books it stands.</summary>
    public required string PeriodId { get; init; }

    public required ImmutableArray<Posting> Postings { get; init; }

    /// <summary>The key of the transaction that it takes back; null for any other.</summary>
    public string? Reverses { get; init; }

    public static Transaction Of(
        string idempotencyKey, string kind, string periodId, ImmutableArray<Posting> postings,
        string? reverses = null) =>
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
                // What later releases added stands behind, so that older ids stay what they are.
                .. postings.All(posting => posting.Lot.Length == 0)
                    ? []
                    : postings.Select(posting => posting.Lot).Prepend("lots"),
                .. reverses is null ? [] : (string[])["reverses", reverses],
            ]),
            IdempotencyKey = idempotencyKey,
            Kind = kind,
            PeriodId = periodId,
            Postings = postings,
            Reverses = reverses,
        };

    /// <summary>The exact opposite, line by line, in the books of a period that is open.</summary>
    public Transaction Reversal(string idempotencyKey, string kind, string periodId) => Of(
        idempotencyKey, kind, periodId,
        [.. Postings.Select(posting => posting with { Amount = -posting.Amount })],
        IdempotencyKey);

    public bool IsReversalOf(Transaction other) =>
        Reverses == other.IdempotencyKey
        && Postings.SequenceEqual(
            other.Postings.Select(posting => posting with { Amount = -posting.Amount }));
}
