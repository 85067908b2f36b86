using System.Collections.Immutable;
using Monitoring.Wire;

namespace Monitoring.Core.Ledger;

/// <summary>What becomes of allowances that are left over when their vintage closes.</summary>
public enum Banking
{
    /// <summary>They are retired.</summary>
    None,

    Free,

    /// <summary>
    /// While the whole bank is above a share of the cap, only a part of each member's counts
    /// fully and the rest counts less.
    /// </summary>
    FlowControl,
}

/// <summary>Who has to agree to a transfer before it counts.</summary>
public enum Approval
{
    None,
    Counterparty,
    Officer,
}

/// <summary>A whole number for another: 3 given for 2 received.</summary>
public readonly record struct Ratio(long Give, long Get)
{
    public static Ratio One { get; } = new(1, 1);

    /// <summary>What of the given arrives, rounded down to grams.</summary>
    public long Of(long given) => (long)((Int128)given * Get / Give);
}

/// <summary>One vintage: what is issued of it, and how long it can be sold.</summary>
/// <param name="TradeUntilMs">UTC milliseconds.</param>
/// <param name="CapGrams">More than that is never issued.</param>
/// <param name="Holdings">What each member is issued by the contract itself.</param>
public sealed record VintageTerms(
    long TradeUntilMs, long CapGrams, ImmutableDictionary<string, long> Holdings)
{
    public static VintageTerms Unbound { get; } = new(
        long.MaxValue, LedgerRules.AmountMax, ImmutableDictionary<string, long>.Empty);
}

/// <summary>What a contract says of allowances, as far as the ledger has to know.</summary>
public sealed record AllowanceTerms
{
    public required string Bubble { get; init; }

    public required string Pollutant { get; init; }

    public Ratio TransferRatio { get; init; } = Ratio.One;

    /// <summary>From which zone to which nothing may be sold.</summary>
    public ImmutableHashSet<(string From, string To)> DeniedDirections { get; init; } = [];

    public ImmutableDictionary<string, ImmutableHashSet<string>> ZonesOfMember { get; init; } =
        ImmutableDictionary<string, ImmutableHashSet<string>>.Empty;

    public bool IsTradeAllowed { get; init; } = true;

    /// <summary>What the contract says of a vintage; null where there is no such.</summary>
    public Func<string, VintageTerms?> VintageOf { get; init; } = _ => VintageTerms.Unbound;

    public Approval Approval { get; init; } = Approval.Counterparty;

    public Banking Banking { get; init; } = Banking.None;

    /// <summary>The part of the cap that the bank may have and still count fully.</summary>
    public int FreeBankPercent { get; init; } = 10;

    /// <summary>How many thousandths of a banked gram beyond it cover one gram.</summary>
    public long BeyondThousandths { get; init; } = 2_000;

    /// <summary>What is banked is used before what is of the vintage.</summary>
    public bool IsOldestFirst { get; init; } = true;

    /// <summary>What of the next vintage may be used ahead, in percent of the holding.</summary>
    public int BorrowPercent { get; init; }

    public string PeriodOf(string vintage) => $"{Bubble}/{vintage}";
}

/// <summary>Why a transfer is not possible. In order of precedence.</summary>
public enum TransferVerdict
{
    /// <summary>The contract lets nobody sell.</summary>
    NotAllowed,

    WithItself,
    NothingArrives,
    WindowOver,
    DirectionDenied,
    Accepted,
}

/// <summary>
/// What became of a member's allowances at the end of a vintage; grams. The columns are those
/// of the published reconciliations of allowance accounts.
/// </summary>
/// <param name="OneToOne">Banked grams that covered as many.</param>
/// <param name="Beyond">Banked grams of which several covered one.</param>
/// <param name="Borrowed">Grams of the next vintage.</param>
/// <param name="Excess">What nothing covered.</param>
public sealed record Reconciliation(
    string Member, long Emitted, long BankedHeld, long CurrentHeld, long OneToOne, long Beyond,
    long Current, long Borrowed, long Excess);

/// <summary>How a member's allowances cover what it emitted; grams.</summary>
/// <param name="Current">Of the vintage itself.</param>
/// <param name="OneToOne">Banked ones that cover as many.</param>
/// <param name="Beyond">Banked ones of which several cover one.</param>
/// <param name="BeyondCovered">What those cover.</param>
/// <param name="Borrowed">Of the next vintage, as far as the member has them.</param>
public sealed record CoveredGrams(
    long Current, long OneToOne, long Beyond, long BeyondCovered, long Borrowed)
{
    /// <summary>Given up to make good; below 0 where that comes back.</summary>
    public long Owed { get; init; }

    /// <summary>What is left over is kept; otherwise it is retired.</summary>
    public bool IsBanked { get; init; }
}

/// <summary>
/// What can happen to allowances, written as transactions. Nothing here looks at limits: the
/// ledger does, whoever wrote the transaction.
/// </summary>
public static class AllowanceMoves
{
    public const string KindAllocation = "allocation";
    public const string KindTransfer = "transfer";
    public const string KindSurrender = "surrender";
    public const string KindBank = "bank";
    public const string KindMakeGood = "make-good";

    private const long Thousandths = 1_000;

    public static Transaction Allocate(
        string key, AllowanceTerms terms, string member, string vintage, long grams)
    {
        var asset = Asset.Allowance(terms.Pollutant, vintage);
        return Transaction.Of(key, KindAllocation, terms.PeriodOf(vintage),
        [
            new Posting(Accounts.Holding(member), asset, grams, ""),
            new Posting(Accounts.Cap(terms.Bubble), asset, -grams, ""),
        ]);
    }

    public static TransferVerdict Judge(
        AllowanceTerms terms, string from, string to, string vintage, long grams, long nowMs) =>
        !terms.IsTradeAllowed ? TransferVerdict.NotAllowed
        : from == to ? TransferVerdict.WithItself
        : grams <= 0 || terms.TransferRatio.Of(grams) == 0 ? TransferVerdict.NothingArrives
        : nowMs >= terms.VintageOf(vintage)?.TradeUntilMs ? TransferVerdict.WindowOver
        : terms.DeniedDirections.Any(denied =>
            ZonesOf(terms, from).Contains(denied.From) && ZonesOf(terms, to).Contains(denied.To))
            ? TransferVerdict.DirectionDenied
        : TransferVerdict.Accepted;

    /// <summary>What a ratio keeps back is retired, so that all issued stays known.</summary>
    public static Transaction Transfer(
        string key, AllowanceTerms terms, string from, string to, string vintage, long grams)
    {
        var arrives = terms.TransferRatio.Of(grams);
        return Moves(key, KindTransfer, terms, vintage,
        [
            (Accounts.Holding(from), vintage, -grams),
            (Accounts.Holding(to), vintage, arrives),
            (Accounts.Retired(terms.Bubble), vintage, grams - arrives),
        ]);
    }

    /// <summary>
    /// Covers what a member emitted: banked allowances that count fully, oldest first, then the
    /// vintage's own, then banked ones that count less, then those of the next vintage.
    /// </summary>
    /// <param name="next">The next vintage; null where nothing can be borrowed.</param>
    /// <returns>The reconciliation, and a transaction unless there was nothing.</returns>
    public static (Reconciliation Row, Transaction? Transaction) Surrender(
        string key, LedgerState state, AllowanceTerms terms, string member,
        (string Vintage, string? Next) at, long emittedGrams)
    {
        var banked = BankedOf(state, terms, member, at.Vintage);
        var held = Free(state, Accounts.Holding(member), terms, at.Vintage);
        var bankedHeld = banked.Sum(one => one.Grams);
        var full = Math.Min(bankedHeld, FullyCounting(state, terms, at.Vintage, bankedHeld));
        var left = emittedGrams;
        var oneToOne = Math.Min(terms.IsOldestFirst ? left : Math.Max(0, left - held), full);
        var current = Math.Min(left - oneToOne, held);
        left -= oneToOne + current;
        // As many as cover it; a last one that covers less than a gram is not taken.
        var covered = Math.Min(
            left, (long)((Int128)(bankedHeld - full) * Thousandths / terms.BeyondThousandths));
        left -= covered;
        var beyond = (long)(((Int128)covered * terms.BeyondThousandths + Thousandths - 1)
            / Thousandths);
        var borrowed = at.Next is { } next
            ? Math.Min(left, Free(state, Accounts.Holding(member), terms, next)
                * terms.BorrowPercent / 100)
            : 0;
        var moves = new List<(string, string, long)>();
        moves.AddRange(FromBank(member, banked, 0, oneToOne, Accounts.Surrendered(member)));
        moves.AddRange(FromBank(
            member, banked, oneToOne, covered, Accounts.Surrendered(member)));
        moves.AddRange(FromBank(
            member, banked, oneToOne + covered, beyond - covered, Accounts.Retired(terms.Bubble)));
        moves.AddRange(Pair(Accounts.Holding(member), Accounts.Surrendered(member), at.Vintage,
            current));
        moves.AddRange(Pair(
            Accounts.Holding(member), Accounts.Surrendered(member), at.Next ?? "", borrowed));
        var row = new Reconciliation(
            member, emittedGrams, bankedHeld, held, oneToOne, beyond, current, borrowed,
            left - borrowed);
        var transaction = Moves(key, KindSurrender, terms, at.Vintage, moves);
        return (row, transaction.Postings.IsEmpty ? null : transaction);
    }

    /// <summary>What members are issued of a vintage; nothing where that was done before.</summary>
    public static ImmutableArray<Transaction> Issue(
        LedgerState state, AllowanceTerms terms, string vintage)
    {
        var asset = Asset.Allowance(terms.Pollutant, vintage);
        return state.At(Accounts.Cap(terms.Bubble), asset).Credits > 0
            ? []
            :
            [
                .. (terms.VintageOf(vintage)?.Holdings ?? ImmutableDictionary<string, long>.Empty)
                    .Where(holding => holding.Value > 0)
                    .OrderBy(holding => holding.Key, StringComparer.Ordinal)
                    .Select(holding => Allocate(
                        $"issue/{terms.PeriodOf(vintage)}/{holding.Key}", terms, holding.Key,
                        vintage, holding.Value)),
            ];
    }

    /// <summary>
    /// What a member holds of a vintage after all sales, with what it has used of it; null where
    /// nothing was issued, so that what the contract says stands.
    /// </summary>
    public static long? HeldOf(
        LedgerState state, AllowanceTerms terms, string member, string vintage)
    {
        var asset = Asset.Allowance(terms.Pollutant, vintage);
        return state.At(Accounts.Cap(terms.Bubble), asset).Credits == 0
            ? null
            : (long)((Func<string, string>[])
                [Accounts.Holding, Accounts.Surrendered, Accounts.Banked, Accounts.MadeGood])
                .SumWide(account => state.At(account(member), asset).Net);
    }

    /// <summary>Banks or retires what is left when a vintage closes. Null: nothing.</summary>
    public static Transaction? Close(
        string key, LedgerState state, AllowanceTerms terms, string member, string vintage)
    {
        var left = Free(state, Accounts.Holding(member), terms, vintage);
        var to = terms.Banking == Banking.None
            ? Accounts.Retired(terms.Bubble)
            : Accounts.Banked(member);
        return left == 0
            ? null
            : Moves(
                key, KindBank, terms, vintage,
                [.. Pair(Accounts.Holding(member), to, vintage, left)]);
    }

    /// <summary>
    /// What becomes of a member's allowances of a vintage whose period is final: owed ones are
    /// given up, those that its settlement counted cover what it emitted, and the rest is banked
    /// or retired. Without postings where it had none.
    /// </summary>
    /// <param name="grams">As its settlement counted them.</param>
    public static Transaction Cover(
        (string Key, string Kind, string PeriodId) entry, LedgerState state,
        AllowanceTerms terms, (string Member, string Vintage, string Next) of,
        CoveredGrams grams)
    {
        var (member, vintage, next) = of;
        var banked = BankedOf(state, terms, member, vintage);
        var left = Free(state, Accounts.Holding(member), terms, vintage)
            - grams.Owed - grams.Current;
        var (holding, surrendered, retired) = (
            Accounts.Holding(member), Accounts.Surrendered(member), Accounts.Retired(terms.Bubble));
        (string Account, string Vintage, long Grams)[] moves =
        [
            .. Pair(holding, Accounts.MadeGood(member), vintage, grams.Owed),
            .. Pair(holding, surrendered, vintage, grams.Current),
            .. FromBank(member, banked, 0, grams.OneToOne + grams.BeyondCovered, surrendered),
            .. FromBank(
                member, banked, grams.OneToOne + grams.BeyondCovered,
                grams.Beyond - grams.BeyondCovered, retired),
            .. Pair(
                holding, surrendered, next,
                Math.Min(grams.Borrowed, Free(state, holding, terms, next))),
            .. Pair(
                holding, grams.IsBanked ? Accounts.Banked(member) : retired, vintage,
                Math.Max(0, left)),
        ];
        return Transaction.Of(
            entry.Key, entry.Kind, entry.PeriodId,
            [
                .. moves.GroupBy(move => (move.Account, move.Vintage))
                    .Select(group => (group.Key, Grams: group.Sum(move => move.Grams)))
                    .Where(sum => sum.Grams != 0)
                    .Select(sum => new Posting(
                        sum.Key.Account, Asset.Allowance(terms.Pollutant, sum.Key.Vintage),
                        sum.Grams, "")),
            ]);
    }

    /// <summary>What of the next vintage and of the bank is counted and not there.</summary>
    public static (long Borrowed, long Banked) LackingFor(
        LedgerState state, AllowanceTerms terms, (string Member, string Vintage, string Next) of,
        CoveredGrams grams) => (
            Math.Max(0, grams.Borrowed
                - Free(state, Accounts.Holding(of.Member), terms, of.Next)),
            Math.Max(0, grams.OneToOne + grams.Beyond
                - BankedOf(state, terms, of.Member, of.Vintage).Sum(one => one.Grams)));

    /// <summary>
    /// Gives up allowances of a vintage for what is due; null where the member has none. What is
    /// still due then waits for more.
    /// </summary>
    public static Transaction? MakeGood(
        string key, LedgerState state, AllowanceTerms terms, string member, string vintage,
        long dueGrams)
    {
        var grams = Math.Min(dueGrams, Free(state, Accounts.Holding(member), terms, vintage));
        return grams == 0
            ? null
            : Moves(
                key, KindMakeGood, terms, vintage,
                [.. Pair(
                    Accounts.Holding(member), Accounts.MadeGood(member), vintage, grams)]);
    }

    /// <summary>
    /// How many of a member's banked grams count fully: all of them, or its part of what the
    /// bank may have.
    /// </summary>
    private static long FullyCounting(
        LedgerState state, AllowanceTerms terms, string vintage, long bankedHeld)
    {
        if (terms.Banking != Banking.FlowControl)
        {
            return bankedHeld;
        }

        var cap = -state.At(Accounts.Cap(terms.Bubble), Asset.Allowance(terms.Pollutant, vintage))
            .Net;
        Int128 bank = 0;
        foreach (var (place, amounts) in state.Balances)
        {
            if (place.Account.EndsWith(":banked", StringComparison.Ordinal)
                && IsBefore(place.Asset, terms, vintage))
            {
                bank += amounts.Net;
            }
        }

        var free = cap * terms.FreeBankPercent;
        return bank * 100 <= free ? bankedHeld : (long)(bankedHeld * free / (bank * 100));
    }

    private static ImmutableArray<(string Vintage, long Grams)> BankedOf(
        LedgerState state, AllowanceTerms terms, string member, string vintage) =>
    [
        .. state.Balances
            .Where(pair => pair.Key.Account == Accounts.Banked(member)
                && IsBefore(pair.Key.Asset, terms, vintage) && pair.Value.FreeDebit > 0)
            .Select(pair => (
                Vintage: pair.Key.Asset.Code[(terms.Pollutant.Length + 1)..],
                Grams: (long)pair.Value.FreeDebit))
            .OrderBy(one => one.Vintage, StringComparer.Ordinal),
    ];

    private static bool IsBefore(Asset asset, AllowanceTerms terms, string vintage) =>
        asset.Kind == AssetKind.Mass
        && asset.Code.StartsWith(terms.Pollutant + "/", StringComparison.Ordinal)
        && string.CompareOrdinal(asset.Code[(terms.Pollutant.Length + 1)..], vintage) < 0;

    // The grams from a place in the bank, counted over its vintages from the oldest on.
    private static IEnumerable<(string Account, string Vintage, long Grams)> FromBank(
        string member, ImmutableArray<(string Vintage, long Grams)> banked, long from, long grams,
        string to)
    {
        var start = 0L;
        foreach (var (vintage, has) in banked)
        {
            var first = Math.Max(start, from);
            var last = Math.Min(start + has, from + grams);
            foreach (var move in Pair(
                Accounts.Banked(member), to, vintage, Math.Max(0, last - first)))
            {
                yield return move;
            }

            start += has;
        }
    }

    private static (string Account, string Vintage, long Grams)[] Pair(
        string from, string to, string vintage, long grams) =>
        [(from, vintage, -grams), (to, vintage, grams)];

    private static Transaction Moves(
        string key, string kind, AllowanceTerms terms, string period,
        IEnumerable<(string Account, string Vintage, long Grams)> moves) =>
        Transaction.Of(key, kind, terms.PeriodOf(period),
        [
            .. moves.Where(move => move.Grams != 0).Select(move => new Posting(
                move.Account, Asset.Allowance(terms.Pollutant, move.Vintage), move.Grams, "")),
        ]);

    private static long Free(
        LedgerState state, string account, AllowanceTerms terms, string vintage)
    {
        var free = state.At(account, Asset.Allowance(terms.Pollutant, vintage)).FreeDebit;
        Invariant.That(free >= 0);
        return (long)free;
    }

    private static ImmutableHashSet<string> ZonesOf(AllowanceTerms terms, string member) =>
        terms.ZonesOfMember.GetValueOrDefault(member, []);
}
