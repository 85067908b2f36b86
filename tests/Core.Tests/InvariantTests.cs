using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using CsCheck;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Core.Settlement;
using Monitoring.Tests.Core.Model;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Core;

/// <summary>
/// Invariants of ledger, fund and cluster on random inputs, each beside a second way to say the
/// same. Those of settlements are in <see cref="SettlementPropertyTests"/>.
/// </summary>
public sealed class InvariantTests
{
    private static readonly Asset[] Money = [Asset.Money("EUR"), Asset.Money("UAH")];
    private static readonly Asset[] Mass =
        [Asset.Allowance("nox", "2026"), Asset.Allowance("nox", "2027")];

    private static readonly Gen<Posting> Booked = Gen.Select(
        Gen.Bool, Gen.Int[0, 1], Gen.Int[0, 2], Gen.Long[-4, 4].Where(amount => amount != 0),
        (isMoney, asset, account, amount) => new Posting(
            isMoney
                ? ((string[])["member:a:receivable", "fund:reserve", "fund:cash"])[account]
                : ((string[])["member:a:holding", "bubble:b:cap", "member:b:holding"])[account],
            isMoney ? Money[asset] : Mass[asset], amount, "")
        {
            Lot = isMoney && account == 1 ? "a/nox/b/2026" : "",
        });

    [Fact]
    public void I1_what_is_booked_sums_to_nothing_in_each_asset() =>
        Booked.Array[1, 5].Sample(postings =>
        {
            var sums = postings.GroupBy(posting => posting.Asset)
                .Select(asset => asset.Aggregate(
                    BigInteger.Zero, (sum, posting) => sum + posting.Amount));
            var isOneKind = postings.All(posting => posting.Asset.Kind == postings[0].Asset.Kind);
            var verdict = LedgerRules.Judge(
                Transaction.Of("key", "transfer", "b/2026", [.. postings]), null);
            Assert.Equal(
                isOneKind && sums.All(sum => sum.IsZero), verdict == BookingVerdict.Accepted);
        }, iter: 20_000);

    /// <summary>Also where money and mass each sum to nothing of their own.</summary>
    [Fact]
    public void I2_money_and_mass_never_stand_in_one_entry() => Gen.Select(
        Booked.Array[1, 3], Gen.Int[0, 9]).Sample((half, at) =>
    {
        // Each line with its opposite, so that nothing is wrong but the kinds.
        Posting[] both = [.. half, .. half.Select(one => one with { Amount = -one.Amount })];
        var kinds = both.Select(posting => posting.Asset.Kind).ToHashSet();
        Assert.Equal(
            kinds.Count == 1 ? BookingVerdict.Accepted : BookingVerdict.MixedAssetKinds,
            LedgerRules.Judge(
                Transaction.Of($"key {at}", "transfer", "b/2026", [.. both]), null));
    });

    [Fact]
    public void I8_money_is_drawn_of_lots_of_its_own_zone_pollutant_and_purpose_only() =>
        Gen.Select(
            Gen.Select(Gen.Int[0, 4], Gen.Int[0, 2], Gen.Int[0, 1], Gen.Long[1, 90]).Array[0, 12],
            Gen.Int[0, 2], Gen.Int[0, 3], Gen.Long[1, 200])
        .Sample((filled, zone, purpose, amount) =>
        {
            string[] accounts =
            [
                "fund:local:z0", "fund:local:z1", "fund:local:z2", "fund:programme",
                "fund:reserve",
            ];
            var state = LedgerState.Empty;
            foreach (var (i, (where, payer, pollutant, free)) in filled.Index())
            {
                state = state.With(new Booked([Transaction.Of(
                    $"fill {i}", "charge", "b/2026",
                    [
                        new Posting($"member:m{payer}:receivable", Money[0], free, ""),
                        new Posting(accounts[where], Money[0], -free, "")
                        {
                            Lot = $"m{payer}/{(pollutant == 0 ? "nox" : "so2")}/b/2026",
                        },
                    ])]));
            }

            var programme = new Programme(
                "call", "", new[]
                {
                    Purpose.Abatement, Purpose.Health, Purpose.Emergency, Purpose.Administration,
                }[purpose],
                purpose == 0 ? $"z{zone}" : null, "nox", long.MaxValue, long.MaxValue);
            var draws = Lots.Draw(
                state, new FundTerms
                {
                    Allowances = new AllowanceTerms { Bubble = "b", Pollutant = "nox" },
                    Currency = "EUR", SelfPercent = 100,
                },
                programme, new Project("p", "call", "x", "s", $"z{zone}", amount, 1), amount);

            var account = purpose switch
            {
                0 => $"fund:local:z{zone}", 2 => "fund:reserve", _ => "fund:programme",
            };
            var mayPay = filled.Where(one => accounts[one.Item1] == account
                && (purpose > 1 || one.Item3 == 0)).Sum(one => one.Item4);
            Assert.Equal(mayPay >= amount, draws is not null);
            Assert.All(draws ?? [], draw =>
            {
                Assert.Equal(account, draw.Account);
                Assert.True(purpose > 1 || draw.Lot.Contains("/nox/", StringComparison.Ordinal));
            });
            Assert.Equal(draws is null ? 0 : amount, draws?.Sum(draw => draw.Amount) ?? 0);
        });

    [Fact]
    public void I11_what_is_taken_back_nets_to_nothing_once_and_its_gross_stays() =>
        Gen.Select(Gen.Bool, Gen.Int[0, 7], Gen.Long[1, 50]).Array[1, 30].Sample(steps =>
    {
        var state = LedgerState.Empty;
        var entries = new List<(string Key, long Amount)>();
        var taken = new HashSet<string>();
        foreach (var (i, (isBack, which, amount)) in steps.Index())
        {
            if (!isBack || entries.Count == 0)
            {
                var entry = Transaction.Of(
                    $"e{i}", "charge", "b/2026",
                    [
                        new Posting("member:a:receivable", Money[0], amount, ""),
                        new Posting("fund:unmatched", Money[0], -amount, ""),
                    ]);
                state = state.With(new Booked([entry]));
                entries.Add((entry.IdempotencyKey, amount));
                continue;
            }

            var (key, _) = entries[which % entries.Count];
            var back = state.Entries[key].Reversal($"back {i}", "restatement", "b/2027");
            var verdict = LedgerRules.Judge(state, [back]);
            Assert.Equal(
                taken.Add(key) ? BookingVerdict.Accepted : BookingVerdict.AlreadyReversed, verdict);
            state = verdict == BookingVerdict.Accepted ? state.With(new Booked([back])) : state;
        }

        var at = state.At("member:a:receivable", Money[0]);
        Assert.Equal(
            entries.Where(entry => !taken.Contains(entry.Key)).Sum(entry => entry.Amount),
            (long)at.Net);
        Assert.Equal(entries.Sum(entry => entry.Amount), (long)at.Debits);
    });

    /// <summary>Whatever is sealed in any order, by a list of what was sealed so far.</summary>
    [Fact]
    public void I13_a_sealed_period_takes_nothing_more_and_seals_all_before_it() =>
        Gen.Select(Gen.Int[0, 1], Gen.Int[0, 9]).Array[1, 20].Sample(moves =>
    {
        var state = LedgerState.Empty;
        var sealedAt = new int[] { -1, -1 };
        foreach (var (bubble, year) in moves)
        {
            var period = $"b{bubble}/203{year}";
            var before = state.StateOf(period);
            state = before == PeriodState.Sealed
                ? state
                : state.With(new PeriodMoved(period, before + 1));
            sealedAt[bubble] = state.StateOf(period) == PeriodState.Sealed
                ? Math.Max(sealedAt[bubble], year)
                : sealedAt[bubble];
            for (var i = 0; i < 20; i++)
            {
                var isSealed = i % 10 <= sealedAt[i / 10];
                var at = $"b{i / 10}/203{i % 10}";
                Assert.Equal(isSealed, state.StateOf(at) == PeriodState.Sealed);
                var late = Transaction.Of(
                    $"late {at}", "cover", at,
                    [
                        new Posting("member:a:holding", Mass[0], 1, ""),
                        new Posting("bubble:b:cap", Mass[0], -1, ""),
                    ]);
                Assert.Equal(
                    isSealed ? BookingVerdict.PeriodClosed : BookingVerdict.Accepted,
                    LedgerRules.Judge(state, [late]));
            }
        }
    }, iter: 300);

    [Fact]
    public void I16_all_of_the_local_part_comes_down_where_the_mass_does() => Gen.Select(
        Gen.Select(Gen.Long[0, 3_000], Gen.Int[0, ZoneKey.Whole]).Array[1, 4],
        Gen.Long[1, 3_000]).Sample((sources, rate) =>
    {
        // One member, so that all of the local part is its own: a key and a mass for each source.
        var contract = SettlementTests.Contract([100], rate);
        var period = Period.Containing(contract, contract.InForce);
        var settlement = SettlementRules.Settle(
            contract, period,
            [
                .. sources.Select((source, i) => new EmittedMass(
                    $"{i}", $"s{i}", "m0", "nox", period.Start, period.End,
                    (source.Item1 * 1_000) + (i == 0 ? 200_000 : 0))),
            ],
            SettlementTests.NoWindows);
        var keys = sources.Index().ToDictionary(
            source => $"s{source.Index}",
            source => new ZoneKey(
                [
                    .. ((string Zone, int Parts)[])
                        [("z0", source.Item.Item2), ("z1", ZoneKey.Whole - source.Item.Item2)]
                        is var parts ? parts.Where(part => part.Parts > 0) : [],
                ],
                "declared"));
        Assert.All(keys.Values, key => Assert.True(key.IsWhole));
        Assert.All(keys.Values, key => Assert.False(new ZoneKey(
            key.Shares.SetItem(0, (key.Shares[0].Zone, key.Shares[0].Parts - 1)), "").IsWhole));
        if (settlement.TotalMinorUnits == 0)
        {
            return;
        }

        var entry = FundPostings.ForCharges(contract, settlement, keys)!;
        var local = Rational.Share(settlement.TotalMinorUnits, [70, 20, 10])[0];
        BigInteger[] weights =
        [
            .. Enumerable.Range(0, 2).Select(zone => settlement.Sources.Aggregate(
                BigInteger.Zero, (sum, source) => sum + ((BigInteger)source.Milligrams
                    * keys[source.Source].Shares.Where(share => share.Zone == $"z{zone}")
                        .Sum(share => share.Parts)))),
        ];
        Assert.Equal(
            Rational.Share(local, weights),
            Enumerable.Range(0, 2).Select(zone => (BigInteger)(-entry.Postings
                .Where(posting => posting.Account == $"fund:local:z{zone}")
                .Sum(posting => posting.Amount))));
    });

    [Fact]
    public void I17_what_arrives_is_the_ratio_of_what_is_given_and_the_rest_is_retired() =>
        Gen.Select(Gen.Long[1, 5_000], Gen.Long[1_000, 4_000]).Sample((grams, give) =>
        {
            var terms = Sales() with { TransferRatio = new Ratio(give, 1_000) };
            var arrives = (long)(new Rational(grams, 1) * new Rational(1_000, give)).Floor;
            Assert.Equal(
                arrives == 0 ? TransferVerdict.NothingArrives : TransferVerdict.Accepted,
                AllowanceMoves.Judge(terms, "m0", "m1", "2026", grams, 0));
            var moved = AllowanceMoves.Transfer("t", terms, "m0", "m1", "2026", grams)
                .Postings.ToDictionary(posting => posting.Account, posting => posting.Amount);
            Assert.Equal(-grams, moved["member:m0:holding"]);
            Assert.Equal(arrives, moved.GetValueOrDefault("member:m1:holding"));
            Assert.Equal(grams - arrives, moved.GetValueOrDefault("bubble:b:retired"));
        });

    [Fact]
    public void I17_nothing_is_sold_in_a_denied_direction_and_all_else_is() => Gen.Select(
        Gen.Int[1, 7].Array[3], Gen.Select(Gen.Int[0, 2], Gen.Int[0, 2]).Array[0, 3],
        Gen.Int[0, 2], Gen.Int[0, 2]).Sample((zones, denied, from, to) =>
    {
        var terms = Sales() with
        {
            ZonesOfMember = Enumerable.Range(0, 3).ToImmutableDictionary(
                i => $"m{i}",
                i => Enumerable.Range(0, 3).Where(zone => ((zones[i] >> zone) & 1) == 1)
                    .Select(zone => $"z{zone}").ToImmutableHashSet()),
            DeniedDirections = [.. denied.Select(one => ($"z{one.Item1}", $"z{one.Item2}"))],
        };
        var isDenied = denied.Any(one =>
            ((zones[from] >> one.Item1) & 1) == 1 && ((zones[to] >> one.Item2) & 1) == 1);
        Assert.Equal(
            from == to ? TransferVerdict.WithItself
                : isDenied ? TransferVerdict.DirectionDenied : TransferVerdict.Accepted,
            AllowanceMoves.Judge(terms, $"m{from}", $"m{to}", "2026", 7, 0));
    });

    /// <summary>By a list of the minutes in which each binding holds.</summary>
    [Fact]
    public void I18_a_source_counts_once_at_any_time() => Gen.Select(
        Gen.Int[0, 5], Gen.Int[1, 6], Gen.Int[0, 5], Gen.Int[0, 6]).Sample(
            (first, length, second, other) =>
    {
        // An end of 0 is none.
        var spans = ((int From, int Until)[])
            [(first, first + length), (second, other == 0 ? 0 : second + other)];
        bool Holds((int From, int Until) span, int minute) =>
            minute >= span.From && (span.Until == 0 || minute < span.Until);
        var isTwice = Enumerable.Range(0, 20).Any(minute => spans.All(it => Holds(it, minute)));
        var faults = new Faults();
        ClusterReader.Read("cluster.yaml", Twice(spans), [Shipped.Profile], faults);
        Assert.Equal(
            isTwice,
            faults.All.Any(fault => fault.Problem.Contains("bound twice at the same time")));
        Assert.True(isTwice || faults.All.Count == 0, string.Join('\n', faults.All));
    }, iter: 500);

    private static AllowanceTerms Sales() => new() { Bubble = "b", Pollutant = "nox" };

    // The shipped cluster with one source bound twice.
    private static string Twice((int From, int Until)[] spans)
    {
        var text = Shipped.Text("contracts/cluster.yaml");
        var at = text.IndexOf("  - id: stack-a", StringComparison.Ordinal);
        var end = text.IndexOf("  - id: stack-b", StringComparison.Ordinal);
        string At(int minute) => new DateTimeOffset(2026, 1, 1, 0, minute, 0, TimeSpan.Zero)
            .ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return text[..at] + string.Concat(spans.Select(span => text[at..end].Replace(
            "    from: 2026-01-01T00:00:00Z",
            $"    from: {At(span.From)}"
                + (span.Until == 0 ? "" : $"\n    until: {At(span.Until)}"))))
            + text[end..];
    }
}
