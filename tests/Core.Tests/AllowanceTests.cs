using System.Collections.Immutable;
using CsCheck;
using Monitoring.Core.Ledger;

namespace Monitoring.Tests.Core;

/// <summary>Allowances: transfers, banking with flow control, borrowing, what was issued.</summary>
public sealed class AllowanceTests
{
    private static readonly AllowanceTerms Terms = new()
    {
        Bubble = "b",
        Pollutant = "nox",
        Banking = Banking.FlowControl,
        FreeBankPercent = 10,
        BeyondThousandths = 2_000,
        ZonesOfMember = new Dictionary<string, ImmutableHashSet<string>>
        {
            ["m0"] = ["z1"], ["m1"] = ["z2"], ["m2"] = ["z1", "z2"],
        }.ToImmutableDictionary(),
    };

    /// <summary>
    /// Progressive flow control, 40 CFR 96.55: budgets of 20 000, a bank of 3 000, so that two
    /// thirds of an account's 300 count fully and the rest two for one. It covers 250.
    /// </summary>
    [Theory]
    [InlineData(150, 150, 0, 0)]
    [InlineData(200, 200, 0, 0)]
    [InlineData(201, 200, 2, 0)]
    [InlineData(250, 200, 100, 0)]
    [InlineData(251, 200, 100, 1)]
    public void Banked_allowances_beyond_the_free_share_cover_half(
        long emitted, long oneToOne, long beyond, long excess)
    {
        var state = Grant(Banked(("m0", 300), ("m1", 2_700)), "m1", "2027", 20_000);
        var (row, transaction) = AllowanceMoves.Surrender(
            "s", state, Terms, "m0", ("2027", null), emitted);
        Assert.Equal((oneToOne, beyond, excess), (row.OneToOne, row.Beyond, row.Excess));
        state = Book(state, transaction!);
        Assert.Equal(300 - oneToOne - beyond, Of(state, Accounts.Banked("m0"), "2026"));
        Assert.Equal(emitted - excess, Of(state, Accounts.Surrendered("m0"), "2026"));
        Assert.Equal(beyond / 2, Of(state, Accounts.Retired("b"), "2026"));
    }

    [Fact]
    public void A_bank_within_the_free_share_counts_fully()
    {
        var state = Grant(Banked(("m0", 300), ("m1", 1_700)), "m1", "2027", 20_000);
        Assert.Equal(
            300,
            AllowanceMoves.Surrender("s", state, Terms, "m0", ("2027", null), 400).Row.OneToOne);
    }

    [Theory]
    [InlineData(true, 40, 0)]
    [InlineData(false, 0, 40)]
    public void The_next_vintage_is_used_only_where_the_contract_lets_it(
        bool mayBorrow, long borrowed, long excess)
    {
        var state = Grant(Grant(LedgerState.Empty, "m0", "2026", 60), "m0", "2027", 100);
        var (row, _) = AllowanceMoves.Surrender(
            "s", state, Terms with { BorrowPercent = mayBorrow ? 100 : 0 }, "m0",
            ("2026", "2027"), 100);
        Assert.Equal((60L, borrowed, excess), (row.Current, row.Borrowed, row.Excess));
    }

    [Theory]
    [InlineData(Banking.None, 0, 70)]
    [InlineData(Banking.Free, 70, 0)]
    [InlineData(Banking.FlowControl, 70, 0)]
    public void What_is_left_of_a_vintage_is_banked_or_retired(
        Banking banking, long banked, long retired)
    {
        var state = Grant(LedgerState.Empty, "m0", "2026", 70);
        var terms = Terms with { Banking = banking };
        state = Book(state, AllowanceMoves.Close("c", state, terms, "m0", "2026")!);
        Assert.Equal(banked, Of(state, Accounts.Banked("m0"), "2026"));
        Assert.Equal(retired, Of(state, Accounts.Retired("b"), "2026"));
        Assert.Null(AllowanceMoves.Close("d", state, terms, "m0", "2026"));
    }

    [Fact]
    public void A_transfer_gives_by_its_ratio_and_only_in_allowed_directions()
    {
        var terms = Terms with
        {
            TransferRatio = new Ratio(1_300, 1_000),
            DeniedDirections = [("z2", "z1")],
            VintageOf = _ => VintageTerms.Unbound with { TradeUntilMs = 1_000 },
        };
        var state = Grant(LedgerState.Empty, "m0", "2026", 130);
        state = Book(state, AllowanceMoves.Transfer("t", terms, "m0", "m1", "2026", 130));
        Assert.Equal(100, Of(state, Accounts.Holding("m1"), "2026"));
        Assert.Equal(30, Of(state, Accounts.Retired("b"), "2026"));

        foreach (var (from, to, grams, nowMs, verdict) in
            ((string, string, long, long, TransferVerdict)[])
            [
                ("m0", "m1", 13, 0, TransferVerdict.Accepted),
                ("m1", "m0", 13, 0, TransferVerdict.DirectionDenied),
                ("m2", "m0", 13, 0, TransferVerdict.DirectionDenied),
                ("m1", "m2", 13, 0, TransferVerdict.DirectionDenied),
                ("m0", "m2", 13, 0, TransferVerdict.Accepted),
                ("m0", "m0", 13, 0, TransferVerdict.WithItself),
                ("m0", "m1", 1, 0, TransferVerdict.NothingArrives),
                ("m0", "m1", 0, 0, TransferVerdict.NothingArrives),
                ("m0", "m1", 13, 999, TransferVerdict.Accepted),
                ("m0", "m1", 13, 1_000, TransferVerdict.WindowOver),
            ])
        {
            Assert.Equal(verdict, AllowanceMoves.Judge(terms, from, to, "2026", grams, nowMs));
        }
    }

    /// <summary>
    /// Issued is held, surrendered, banked, made good or retired, for each vintage, whatever
    /// was done; and what was given at a ratio arrives by it.
    /// </summary>
    [Fact]
    public void What_was_issued_of_each_vintage_is_always_somewhere()
    {
        var step = Gen.Select(Gen.Int[0, 5], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Long[1, 3_000]);
        Gen.Select(step.Array[0, 40], Gen.Long[1_000, 2_000]).Sample((steps, give) =>
        {
            var terms = Terms with
            {
                TransferRatio = new Ratio(give, 1_000), BorrowPercent = 100,
                BeyondThousandths = give, IsOldestFirst = give % 2 == 0,
            };
            var state = LedgerState.Empty;
            foreach (var (index, (what, who, other, grams)) in steps.Index())
            {
                var (key, member, vintage) = ($"k{index}", $"m{who}", $"{2026 + (index / 10)}");
                var transaction = what switch
                {
                    0 or 1 => AllowanceMoves.Allocate(key, terms, member, vintage, grams),
                    2 => AllowanceMoves.Transfer(key, terms, member, $"m{other}", vintage, grams),
                    3 => AllowanceMoves.Surrender(
                        key, state, terms, member, (vintage, $"{2027 + (index / 10)}"), grams)
                        .Transaction,
                    4 => AllowanceMoves.Close(key, state, terms, member, vintage),
                    _ => AllowanceMoves.MakeGood(key, state, terms, member, vintage, grams),
                };
                if (transaction is not null
                    && LedgerRules.Judge(state, [transaction]) == BookingVerdict.Accepted)
                {
                    state = state.With(new Booked([transaction]));
                }

                Assert.All(
                    state.Balances.GroupBy(pair => pair.Key.Asset),
                    vintages => Assert.Equal(
                        (long)-vintages.Where(pair => pair.Key.Account == Accounts.Cap("b"))
                            .Sum(pair => (decimal)pair.Value.Net),
                        (long)vintages.Where(pair => pair.Key.Account != Accounts.Cap("b"))
                            .Sum(pair => (decimal)pair.Value.Net)));
                Assert.All(state.Balances, pair => Assert.True(
                    pair.Key.Account == Accounts.Cap("b") || pair.Value.FreeDebit >= 0));
            }
        });
    }

    private static LedgerState Banked(params (string Member, long Grams)[] banks) =>
        banks.Aggregate(LedgerState.Empty, (state, bank) =>
        {
            state = Grant(state, bank.Member, "2026", bank.Grams);
            return Book(state, AllowanceMoves.Close(
                $"close {bank.Member}", state, Terms, bank.Member, "2026")!);
        });

    private static LedgerState Grant(
        LedgerState state, string member, string vintage, long grams) =>
        Book(state, AllowanceMoves.Allocate(
            $"grant {member} {vintage}", Terms, member, vintage, grams));

    private static LedgerState Book(LedgerState state, Transaction transaction)
    {
        Assert.Equal(BookingVerdict.Accepted, LedgerRules.Judge(state, [transaction]));
        return state.With(new Booked([transaction]));
    }

    private static long Of(LedgerState state, string account, string vintage) =>
        (long)state.At(account, Asset.Allowance("nox", vintage)).Net;
}
