using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Core.Settlement;
using Monitoring.Tests.Core.Oracle;

namespace Monitoring.Tests.Core.Model;

/// <summary>
/// What the hub does with periods: settle them in their order, put them right with all that hang
/// on them, cover them. Each step is asked of the product and worked out by the naive side.
/// </summary>
internal sealed partial class World
{
    internal sealed record Closed(
        Period Period, Contract Contract, PeriodSettlement Settlement, NaiveText NaiveText,
        NaiveMember[] Naive, BigInteger[] Back, long[] Held);

    /// <param name="Known">What was measured and made.</param>
    /// <param name="Rest">What members held, and what the period before left them.</param>
    internal sealed record NaiveText(string Known, string Rest);

    // What is made good several times over grows from period to period beyond all books.
    private const int PeriodsMax = 16;

    private readonly List<Closed> _closed = [];
    private int _covered;

    private static Period PeriodAt(int index) => Period.Containing(
        Shipped.Contract, Shipped.Contract.InForce.AddMinutes(index));

    private static string VintageAt(int index) => VintageOf(PeriodAt(index).Id);

    private static string VintageOf(string id) =>
        id[(id.IndexOf('/', StringComparison.Ordinal) + 1)..];

    private int AnyClosed() => _random.Next(_closed.Count);

    private void Close()
    {
        if (_closed.Count >= PeriodsMax
            || (_measured.Max() <= WindowsOfPeriod * _closed.Count && _random.Next(3) > 0))
        {
            return;
        }

        if (_random.Next(3) > 0)
        {
            Enumerable.Range(0, Members).ToList().ForEach(Heal);
        }

        var index = _closed.Count;
        if (_terms.AsksMade && _random.Next(5) > 0)
        {
            TellRest(index);
        }

        if (Settled(index) is not { } closed)
        {
            return;
        }

        var (id, vintage) = (PeriodAt(index).Id, VintageAt(index));
        foreach (var to in (PeriodState[])[PeriodState.Closing, PeriodState.Noticed])
        {
            Same(
                Ask($"{to} {vintage}", new FundCommand.MovePeriod(id, to)),
                _naive.Move(vintage, $"{to}"));
        }

        _closed.Add(closed);
        var dues = DuesOf(closed);
        Assert.True(Ask(
            $"charges {vintage}",
            new FundCommand.BookCharges(
                id, FundPostings.ForCharges(closed.Contract, closed.Settlement, Keys), dues,
                _teller.NowMs + PayMs),
            closed));
        _naive.Settle(vintage, NaiveDues(closed), MassesOf(index));
    }

    // Late data put a period right, and those behind it which it leaves something else.
    private void Restate()
    {
        if (_closed.Count > 0)
        {
            Restate(AnyClosed());
        }
    }

    private void Restate(int first)
    {
        for (var i = first; i < _closed.Count; i++)
        {
            var (before, after) = (_closed[i], Settled(i)!);
            var vintage = VintageAt(i);
            Same(after.Settlement.Id != before.Settlement.Id, after.NaiveText != before.NaiveText);
            if (after.Settlement.Id == before.Settlement.Id || !MayPutRight(before, after, vintage))
            {
                continue;
            }

            _closed[i] = after;
            var isFinal = _naive.IsFinal(vintage);
            var open = isFinal ? PeriodAt(_closed.Count).Id : after.Period.Id;
            Same(
                Ask($"restate {Steps} {i}", new FundCommand.Restate(
                    after.Period.Id, open,
                    FundPostings.ForRestatement(after.Contract, after.Settlement, Keys, open),
                    DuesOf(after), _teller.NowMs + PayMs, "late data"), after),
                _naive.Restate(vintage, NaiveDues(after), MassesOf(i)));
        }

        if (first < _covered)
        {
            CoverThem($"cover {Steps}", PeriodAt(_closed.Count).Id, first, _covered);
        }
    }

    // A final one only as its contract lets it be; an order is done with by what came of it.
    private bool MayPutRight(Closed before, Closed after, string vintage)
    {
        var period = after.Period;
        var isFinal = _teller.State.Ledger.StateOf(period.Id) >= PeriodState.Final;
        Same(isFinal, _naive.IsFinal(vintage));
        var order = isFinal ? OrderFor(before, after) : null;
        var mayBe = !isFinal || order is not null
            || (_terms.Reasons.Contains("late-facts") && !(_teller.NowMs >= UntilMs(period)));
        Same(mayBe, _naive.MayPutRight(
            vintage, period.End.ToUnixTimeMilliseconds(),
            before.NaiveText.Known == after.NaiveText.Known));
        if (order is { Settlement: null })
        {
            Assert.Equal(_naive.OpenOrderOf(vintage), order.Id);
            Same(
                Ask($"done {Steps} {order.Id}", new FundCommand.CloseOrder(
                    order.Id, after.Settlement.Id)),
                _naive.Fulfil(order.Id, after.Settlement.Id));
        }

        return mayBe;
    }

    private void MoveOn()
    {
        if (_closed.Count == 0)
        {
            return;
        }

        var to = _random.Next(3) == 0 ? PeriodState.Sealed : PeriodState.Final;
        var index = to == PeriodState.Sealed && _random.Next(3) > 0
            ? Math.Max(0, _covered - 1)
            : AnyClosed();
        Same(
            Ask($"{to} {Steps}", new FundCommand.MovePeriod(PeriodAt(index).Id, to)),
            _naive.Move(VintageAt(index), $"{to}"));
    }

    private void Cover()
    {
        if (!_terms.IsCovered)
        {
            ByHand();
            return;
        }

        if (_covered < _closed.Count
            && CoverThem($"cover {Steps}", PeriodAt(_covered).Id, _covered, _covered + 1))
        {
            _covered++;
        }
    }

    private bool CoverThem(string id, string bookedIn, int from, int until)
    {
        var answer = Ask(id, new FundCommand.Cover(
            bookedIn, [.. _closed[from..until].Select((one, i) => CoverOf(one, from + i))]));
        Same(answer, _naive.Cover(
            VintageOf(bookedIn),
            [
                .. _closed[from..until].Select((one, i) => (
                    VintageAt(from + i), VintageAt(from + i + 1),
                    (IReadOnlyList<NaiveCover>)
                    [
                        .. one.Naive.Select((it, n) => new NaiveCover(
                            $"m{n}", it.Use.Own, it.Use.Free, it.Use.Spent, it.Use.Beyond,
                            it.Use.Next)),
                    ])),
            ]));
        return answer;
    }

    // Where the contract says nothing of it, a person gives up and closes.
    private void ByHand()
    {
        var index = _random.Next(Math.Max(0, _closed.Count - 2), _closed.Count + 1);
        var (member, vintage) = ($"m{_random.Next(Members)}", VintageAt(index));
        if (_random.Next(2) == 0)
        {
            Same(
                Ask($"left {Steps}", new FundCommand.CloseVintage(member, vintage)),
                _naive.CloseVintage(member, vintage));
            return;
        }

        var next = _random.Next(2) == 0 ? VintageAt(index + 1) : null;
        var grams = _random.Next(-1, 3 * GramsMax);
        Same(
            Ask($"give up {Steps}", new FundCommand.Surrender(member, vintage, next, grams)),
            _naive.Surrender(member, vintage, next, grams));
    }

    private void Meet()
    {
        var isAny = _random.Next(4) == 0;
        var duties = _naive.Duties.Where(duty => isAny || duty.Met < duty.Due)
            .Select(duty => duty.Id).ToList();
        var id = duties.Count == 0 ? "none" : duties[_random.Next(duties.Count)];
        Same(Ask($"meet {Steps}", new FundCommand.MeetDuty(id)), _naive.Meet(id));
    }

    /// <summary>Null where it waits for what was made; what is settled stays then.</summary>
    private Closed? Settled(int index)
    {
        var (period, vintage) = (PeriodAt(index), VintageAt(index));
        var known = index < _closed.Count ? _closed[index] : null;
        var isFinal = known is not null && _naive.IsFinal(vintage);
        var before = index > 0 ? _closed[index - 1] : null;
        BigInteger[] naiveHeld = isFinal
            ? [.. known!.Held.Select(held => (BigInteger)held)]
            : [.. Each(i => _naive.HeldOf($"m{i}", vintage))];
        long[] held = isFinal
            ? known!.Held
            : [.. Each(i => AllowanceMoves.HeldOf(
                _teller.State.Ledger, Terms.Allowances, $"m{i}", vintage) ?? 0)];
        var contract = ContractOf(held);
        var facts = PeriodFacts.Of(
            [.. _hub[..Members].SelectMany(hub => hub.FactsIn(period.Start, period.End))]);
        var masses = NaiveMasses(period);
        var (made, missing) = _naive.MadeIn(vintage, masses);
        var told = contract.AsksActivity
            ? ActivityRules.In(_teller.State, contract, period, facts)
            : new ReportedActivity([], []);
        Alike(
            told.Missing.Select(one => one.Gap == ActivityGap.NotReported
                ? $"{one.Member} {one.Gap} {one.Source}"
                : $"{one.Member} {one.Gap}"),
            missing);
        Alike(
            told.Known.Select(one => $"{one.Member} {one.Start:O} {one.End:O} {one.Quantity}"),
            made.Select(one => $"{one.Member} {one.From:O} {one.Until:O} {one.Quantity}"));
        if (missing.Count > 0)
        {
            return known;
        }

        var settlement = Settle(
            contract, period, facts,
            PeriodStanding.Plain.After(
                before?.Settlement.Carried ?? [], contract.Bubble.Holdings) with
            {
                Activities = told.Known,
            },
            known?.Settlement);
        var oracle = OracleOf(contract, naiveHeld, before, made);
        var (_, total, naive) = oracle.Settle(masses);
        var back = oracle.PaidBack(total);
        AssertSame(settlement, naive, back);
        return new Closed(
            period, contract, settlement,
            new NaiveText(
                string.Join('|',
                [
                    .. masses.Select(mass =>
                        $"{mass.Source} {mass.Start:O} {mass.Milligrams} of {mass.FactId}"),
                    .. made.Select(one => $"{one}"),
                ]),
                string.Join('|',
                [
                    .. naiveHeld.Select(one => $"{one}"),
                    .. before?.Naive.Select(one =>
                        $"{one.Carried} {one.MakeGood + one.Use.Next}") ?? [],
                ])),
            naive, back, held);
    }

    private static NaiveSettlement OracleOf(
        Contract contract, BigInteger[] held, Closed? before, IReadOnlyList<NaiveActivity> made) =>
        new(
            contract,
            Enumerable.Range(0, Members).ToDictionary(i => $"m{i}", i => (long)held[i]),
            (long)held.Aggregate((sum, one) => sum + one),
            Enumerable.Range(0, Members).ToDictionary(
                i => $"m{i}", i => new MemberAccount($"m{i}", (long)held[i])
                {
                    BankedGrams = (long)(before?.Naive[i].Carried ?? 0),
                    OwedGrams = (long)(before is null ? 0
                        : before.Naive[i].MakeGood + before.Naive[i].Use.Next),
                }))
        {
            Made = made,
        };

    // As the hub does: the one that holds where nothing changed, otherwise one that replaces it.
    private static PeriodSettlement Settle(
        Contract contract, Period period, PeriodFacts facts, PeriodStanding known,
        PeriodSettlement? standing)
    {
        if (standing is null)
        {
            return SettlementRules.Settle(contract, period, facts, known);
        }

        var again = SettlementRules.Settle(
            contract, period, facts, known with { Replaces = standing.Replaces });
        return again.Id == standing.Id
            ? standing
            : SettlementRules.Settle(
                contract, period, facts, known with { Replaces = standing.Id });
    }

    private static void AssertSame(
        PeriodSettlement settlement, NaiveMember[] naive, BigInteger[] back)
    {
        Assert.Equal(back, Each(i => (BigInteger)(settlement.Refunds
            .FirstOrDefault(one => one.Member == $"m{i}")?.MinorUnits ?? 0)));
        var charges = settlement.Charges.ToDictionary(one => one.Member, one => one.MinorUnits);
        Assert.Equal(naive, settlement.Members.Select(member => new NaiveMember(
            member.EmittedGrams, member.OwnExcessGrams, member.ApportionedGrams,
            member.AnswersForGrams, member.MakeGoodGrams, member.Coverage.Carried,
            charges.GetValueOrDefault(member.Member))
        {
            Use = NaiveUse.Of(member.Coverage),
        }));
    }

    private Contract ContractOf(long[] held) =>
        Shipped.Contract with
        {
            Id = "test",
            Parties = [.. held.Select((_, i) => new Party($"m{i}", "core"))],
            Bubble = Shipped.Contract.Bubble with
            {
                CapGrams = held.Sum(),
                Holdings = [.. held.Select((grams, i) => new Holding($"m{i}", grams))],
                Measure = _terms.IsSetOff ? Monitoring.Core.Contracts.Measure.Credits
                    : Monitoring.Core.Contracts.Measure.Mass,
                Benchmarks = !_terms.IsByMade ? []
                    : [.. _terms.Limits.Select((it, i) => new Benchmark($"m{i}", it.Law, it.Own))],
            },
            Breach = new BreachRule(
                _terms.IsOwnTrigger ? Trigger.Member
                    : _terms.IsTwoRoute ? Trigger.TwoRoute : Trigger.Aggregate,
                Apportionment.OwnExcess)
            {
                CreditDiscountPercent = _terms.DiscountPercent,
            },
            Refund = _terms.IsPaidBack
                ? new RefundRule(NaiveTerms.Unit, _terms.KeptPercent)
                : null,
            Charge = ChargeRule.OverPerKg(NaiveTerms.RatePerKg),

            // The hash of a contract that is made up says what it was made of.
            Hash = $"{_seed} {string.Join(' ', held)}",
            Bank = _terms.IsByMade ? BankRule.None : new BankRule(
                !_terms.IsBanked ? BankKind.None
                    : _terms.IsFlowControlled ? BankKind.FlowControl : BankKind.Free,
                _terms.FreePercent, _terms.BeyondThousandths)
            {
                IsOldestFirst = _terms.IsOldestFirst, BorrowPercent = _terms.BorrowPercent,
            },
            MakeGood = _terms.MakeGoodThousandths == 0
                ? null
                : new MakeGoodRule(_terms.MakeGoodThousandths, false),
        };

    private ImmutableArray<MemberDue> DuesOf(Closed closed)
    {
        var charges = closed.Settlement.Charges.ToDictionary(charge => charge.Member);
        return
        [
            .. closed.Settlement.Members
                .Where(it => charges.ContainsKey(it.Member) || it.MakeGoodGrams > 0)
                .Select(it => new MemberDue(
                    charges.GetValueOrDefault(it.Member)?.Id ?? "", it.Member,
                    charges.GetValueOrDefault(it.Member)?.MinorUnits ?? 0, it.MakeGoodGrams,
                    VintageOf(closed.Period.Next(Shipped.Contract).Id))
                {
                    MakeGoodDueMs = _terms.MakeGoodDays == 0
                        ? 0
                        : _teller.NowMs + (_terms.MakeGoodDays * Ageing.DayMs),
                }),
        ];
    }

    // Only the names of charges are the product's.
    private static NaiveDue[] NaiveDues(Closed closed) =>
    [
        .. closed.Naive.Select((it, i) => new NaiveDue(
            $"m{i}",
            closed.Settlement.Charges.FirstOrDefault(one => one.Member == $"m{i}")?.Id ?? "",
            it.Charge, it.MakeGood, VintageOf(closed.Period.Next(Shipped.Contract).Id))
        {
            Back = closed.Back[i],
        }),
    ];

    private static PeriodCover CoverOf(Closed closed, int index) => new(
        closed.Period.Id, VintageAt(index), VintageAt(index + 1), closed.Settlement.Id,
        closed.Contract.Bank.Kind != BankKind.None,
        [
            .. closed.Settlement.Members.Select(it => new MemberCover(
                it.Member,
                new CoveredGrams(
                    it.Coverage.Current, it.Coverage.BankedOneToOne, it.Coverage.BankedBeyond,
                    it.Coverage.BeyondCovered, it.Coverage.Borrowed))),
        ]);

    private EmittedMass[] NaiveMasses(Period period) =>
    [
        .. Each(i => i).SelectMany(i => _plants[i]
            .MassesIn(period.Start.ToUnixTimeMilliseconds(), period.End.ToUnixTimeMilliseconds())
            .Select(mass => new EmittedMass(
                $"{mass.Value.Images}", $"stack-m{i}", $"m{i}", "nox",
                DateTimeOffset.FromUnixTimeMilliseconds(mass.Key),
                DateTimeOffset.FromUnixTimeMilliseconds(mass.Key + Instruments.WindowMs),
                (long)mass.Value.Milligrams))),
    ];

    /// <summary>
    /// What of each member's mass came down in each of the two zones; of a member that emitted
    /// nothing what would, and of one that was not heard what came down of the others.
    /// </summary>
    private Dictionary<string, BigInteger[]> MassesOf(int index)
    {
        var heard = NaiveMasses(PeriodAt(index)).GroupBy(mass => mass.Member).ToDictionary(
            group => int.Parse(group.Key.AsSpan(1), CultureInfo.InvariantCulture),
            group => group.Aggregate(BigInteger.Zero, (sum, one) => sum + one.Milligrams));
        var alike = Each(i => i).ToDictionary(i => i, _ => BigInteger.One);
        return Each(i => i).ToDictionary(i => $"m{i}", i => Down(
            heard.TryGetValue(i, out var own) ? new() { [i] = own }
                : heard.Count > 0 ? heard : alike));
    }

    private static BigInteger[] Down(Dictionary<int, BigInteger> masses)
    {
        var isNothing = masses.Values.All(mass => mass.IsZero);
        BigInteger[] down = [0, 0];
        foreach (var (who, mass) in masses)
        {
            var weight = isNothing ? 1 : mass;
            down[0] += weight * PartsInZone1[who];
            down[1] += weight * (Whole - PartsInZone1[who]);
        }

        return down;
    }
}
