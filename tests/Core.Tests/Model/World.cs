using System.Collections.Immutable;
using System.Numerics;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;

namespace Monitoring.Tests.Core.Model;

/// <summary>
/// The product's books and the naive ones, asked the same in an order that a seed makes up:
/// readings, gaps, late, lost and doubled packets, sales, closes, objections, corrections,
/// covering, payments, interest and projects. After each step they hold the same everywhere, or
/// the seed is a fault.
/// </summary>
internal sealed partial class World
{
    public const int Members = 4;

    private const int GramsMax = 4_000;
    private const int WindowsOfPeriod = 6;
    private const int MoneyMax = 200_000;
    private const int Whole = ZoneKey.Whole;
    private const long PayMs = NaiveTerms.PayDays * Ageing.DayMs;

    // What of each member's mass comes down in the first of the two zones.
    private static readonly int[] PartsInZone1 = [Whole, 0, Whole / 2, 123_457];

    private static readonly Dictionary<string, ZoneKey> Keys = Each(i => i).ToDictionary(
        i => $"stack-m{i}",
        i => new ZoneKey(
            [
                .. ((string Zone, int Parts)[])
                    [("z1", PartsInZone1[i]), ("z2", Whole - PartsInZone1[i])]
                    is var shares ? shares.Where(share => share.Parts > 0) : [],
            ],
            "declared"));

    private readonly int _seed;
    private readonly Random _random;
    private readonly NaiveTerms _terms;
    private readonly Teller _teller;
    private readonly NaiveBooks _naive;
    private readonly Instruments[] _instruments;
    private readonly HubFacts[] _hub =
        [.. Enumerable.Range(0, Members + 1).Select(i => new HubFacts(i))];
    private readonly NaiveFacts[] _plants =
        [.. Enumerable.Range(0, Members + 1).Select(_ => new NaiveFacts())];
    private readonly int[] _measured = new int[Members];
    private readonly List<(string Id, FundCommand Command, string Reason)> _asked = [];
    private readonly List<string> _sales = [];
    private readonly Dictionary<string, (string From, string To)> _parties = [];
    private readonly List<string> _objections = [];
    private readonly List<string> _unplaced = [];
    private string _last = "";
    private int _projects;

    public World(int seed)
    {
        _seed = seed;
        _random = new Random(seed);
        _terms = NaiveTerms.Of(_random);
        Terms = Agreed();
        _teller = new Teller(Terms) { NowMs = StartMs };
        _naive = new NaiveBooks(_terms);
        _naive.PassTo(StartMs);
        _instruments =
            [.. Enumerable.Range(0, Members + 1).Select(i => new Instruments(i, _random))];
        foreach (var zone in (string[])["z1", "z2"])
        {
            Ask($"call {zone}", new FundCommand.OpenCall(new Programme(
                $"call-{zone}", "", Purpose.Abatement, zone, "nox", LedgerRules.AmountMax,
                long.MaxValue)));
        }

        Each(i => i).ToList().ForEach(Allocate);
    }

    public int Steps { get; private set; }

    public FundState State => _teller.State;

    /// <summary>All that was asked, in its order.</summary>
    public List<Asked> Trail { get; } = [];

    /// <summary>How often each command was accepted and moved something.</summary>
    public Dictionary<string, int> Moved { get; } = [];

    public FundTerms Terms { get; }

    private FundTerms Agreed() => new()
    {
        Allowances = new AllowanceTerms
        {
            Bubble = NaiveTerms.Bubble,
            Pollutant = "nox",
            TransferRatio = new Ratio(_terms.TransferThousandths, 1_000),
            DeniedDirections = _terms.IsUphillDenied ? [("z2", "z1")] : [],
            ZonesOfMember = Each(i => i).ToImmutableDictionary(
                i => $"m{i}",
                i => Keys[$"stack-m{i}"].Shares.Select(share => share.Zone).ToImmutableHashSet()),
            VintageOf = _ => VintageTerms.Unbound with { CapGrams = _terms.CapGrams },
            Banking = !_terms.IsBanked ? Banking.None
                : _terms.IsFlowControlled ? Banking.FlowControl : Banking.Free,
            FreeBankPercent = _terms.FreePercent,
            BeyondThousandths = _terms.BeyondThousandths,
            IsOldestFirst = _terms.IsOldestFirst,
            BorrowPercent = _terms.BorrowPercent,
        },
        Currency = "EUR",
        SelfPercent = NaiveTerms.SelfPercent,
        InterestBasisPoints = _terms.InterestBasisPoints,
        SuspendTradeAfterDays =
            _terms.SuspendAfterDays == int.MaxValue ? null : _terms.SuspendAfterDays,
        ScoreMin = _terms.ScoreMin,
        OwnersOf = Enumerable.Range(0, Members + 1).ToImmutableDictionary(
            i => $"stack-m{i}", i => ImmutableHashSet.Create($"m{i % Members}"))
            .Add("stack", []),
        Planners = [.. Each(i => $"m{i}")],
        PlanSpanOf = text => PlanSpan.Parse(Shipped.Contract, text) is var (from, until)
            ? (from.ToUnixTimeMilliseconds(), until.ToUnixTimeMilliseconds())
            : null,
        ActivityIn = ActivityIn,
        RestatementIn = RestatementIn,
        IsAmendment = id => id.StartsWith("known", StringComparison.Ordinal),
        FactsIn = FactsIn,
    };

    public void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            Steps++;
            Step();
            Compare();
        }
    }

    private static long StartMs => Shipped.Contract.InForce.ToUnixTimeMilliseconds();

    private static IEnumerable<T> Each<T>(Func<int, T> of) =>
        Enumerable.Range(0, Members).Select(of);

    private void Step()
    {
        _teller.NowMs += _random.Next(30) == 0
            ? _random.NextInt64(20 * Ageing.DayMs)
            : _random.Next(3_600_000);
        _naive.PassTo(_teller.NowMs);
        if (_random.Next(3) == 0)
        {
            Watch();
        }

        Action[] all =
        [
            Measure, Measure, Measure, Deliver, Deliver, Deliver, Allocate, Sell, Sell, Decide,
            Decide, Close, Close, Restate, Restate, Object, MoveOn, MoveOn, Cover, Cover, Meet, Pay,
            Pay, Place, Accrue, Spend, Spend, Spend, Spend, Spend, Spend, Spend, Tell, Order,
            Plan, HandOver, Again,
        ];
        all[_random.Next(all.Length)]();
    }

    private void Measure()
    {
        foreach (var i in Each(i => i))
        {
            _measured[i] = Math.Max(_measured[i], WindowsOfPeriod * _closed.Count);
            var until = Math.Min(
                WindowsOfPeriod * (_closed.Count + 1), _measured[i] + _random.Next(3));
            while (_measured[i] < until)
            {
                _instruments[i].Measure(StartMs + (_measured[i]++ * Instruments.WindowMs));
            }
        }
    }

    // What was not confirmed is sent again; the network loses, doubles and re-orders.
    private void Deliver()
    {
        var (i, plant) = (_random.Next(Members + 1), _random.Next(Members + 1));
        var instruments = _instruments[i];
        if (_random.Next(12) == 0 && instruments.Last > 0)
        {
            var first = _random.NextInt64(instruments.First, Math.Min(
                instruments.Last, _hub[i].Committed + 8) + 1);
            instruments.GiveUp(first);
            _hub[i].Born(first, instruments.Last);
            _plants[i].GiveUp(first);
        }

        var from = Math.Max(instruments.First, _hub[i].Committed + 1 - _random.Next(10));
        var until = Math.Min(instruments.Last, from + _random.Next(80));
        List<Measured> packets = [];
        for (var offset = from; offset <= until; offset++)
        {
            packets.AddRange(Enumerable.Repeat(
                instruments.At(offset), _random.Next(20) switch { 0 => 0, 1 => 2, _ => 1 }));
        }

        if (plant == i && packets.Count > 1)
        {
            var (one, other) = (_random.Next(packets.Count), _random.Next(packets.Count));
            (packets[one], packets[other]) = (packets[other], packets[one]);
        }

        Hand(i, packets);
    }

    private void Heal(int i)
    {
        List<Measured> packets = [];
        for (var at = Math.Max(_instruments[i].First, _hub[i].Committed + 1);
            at <= _instruments[i].Last; at++)
        {
            packets.Add(_instruments[i].At(at));
        }

        Hand(i, packets);
    }

    private void Hand(int i, List<Measured> packets)
    {
        _hub[i].Receive(packets);
        _plants[i].Receive(packets);
        Assert.Equal(_plants[i].Done, _hub[i].Committed);
    }

    private void Allocate() => Allocate(_random.Next(Members));

    private void Allocate(int member) => Allocate(
        member, VintageAt(_random.Next(Math.Max(0, _closed.Count - 1), _closed.Count + 2)));

    private void Allocate(int member, string vintage)
    {
        var grams = _random.Next(-1, GramsMax);
        Same(
            Ask($"grant {Steps} {member}", new FundCommand.Allocate($"m{member}", vintage, grams)),
            _naive.Allocate($"m{member}", vintage, grams));
    }

    private void Sell()
    {
        var (from, to) = (_random.Next(Members), _random.Next(Members));
        var expires = _teller.NowMs + _random.NextInt64(1, 5 * Ageing.DayMs);
        var vintage = VintageAt(_random.Next(Math.Max(0, _closed.Count - 1), _closed.Count + 1));
        if (_random.Next(4) > 0)
        {
            // Mostly somebody who has some.
            from = Each(i => i).MaxBy(i => _naive.HeldOf($"m{i}", vintage));
            Allocate(from, vintage);
            to = (from + _random.Next(1, Members)) % Members;
        }

        var grams = _random.NextInt64(-1, _random.Next(3) == 0
            ? GramsMax / 2
            : (long)_naive.HeldOf($"m{from}", vintage) + 2);

        var id = $"sale {Steps}";
        _sales.Add(id);
        _parties[id] = ($"m{from}", $"m{to}");
        Same(
            Ask(id, new FundCommand.ProposeTransfer(
                $"m{from}", $"m{to}", vintage, grams, expires)),
            _naive.Propose(id, ($"m{from}", $"m{to}"), vintage, grams, expires));
    }

    private void Decide()
    {
        var open = _naive.Reserved.Where(_parties.ContainsKey).ToList();
        if (_sales.Count == 0 || (open.Count == 0 && _random.Next(4) > 0))
        {
            Sell();
            return;
        }

        var sale = open.Count > 0 && _random.Next(4) > 0
            ? open[_random.Next(open.Count)]
            : _sales[_random.Next(_sales.Count)];
        var (from, to) = _parties[sale];
        var by = _random.Next(4) switch { 0 => from, 1 => $"m{_random.Next(Members)}", _ => to };
        var yes = _random.Next(3) > 0;
        Same(
            Ask($"decision {Steps}", new FundCommand.DecideTransfer(sale, by, yes)),
            _naive.Decide(sale, by, yes));
    }

    private void Object()
    {
        var index = _random.Next(Math.Max(0, _closed.Count - 2), _closed.Count + 1);
        if (_random.Next(2) == 0 || _objections.Count == 0)
        {
            _objections.Add($"objection {Steps}");
            Same(
                Ask($"objection {Steps}", new FundCommand.FileObjection(
                    "m1", PeriodAt(index).Id, "no")),
                _naive.Object($"objection {Steps}", VintageAt(index)));
            return;
        }

        var id = _objections[_random.Next(_objections.Count)];
        Same(
            Ask($"answer {Steps}", new FundCommand.AnswerObjection(id, false, "so")),
            _naive.AnswerTo(id));
    }

    private void Pay()
    {
        var member = _random.Next(6) == 0 ? null : $"m{_random.Next(Members)}";
        var owed = member is null ? 0 : _teller.Owed(member);
        var amount = _random.Next(3) == 0 || owed <= 0
            ? _random.Next(-5, MoneyMax / 8)
            : Math.Min(LedgerRules.AmountMax, owed);
        var bankId = $"bank {(_random.Next(5) == 0 ? Steps / 2 : Steps)}";
        _unplaced.Add(bankId);
        Same(
            Ask($"pay {Steps}", new FundCommand.TakePayment(bankId, member, amount, "", 0)),
            _naive.Pay(bankId, member, amount));
    }

    private void Place()
    {
        var (bankId, member) = (
            _unplaced.Count == 0 ? "none" : _unplaced[_random.Next(_unplaced.Count)],
            $"m{_random.Next(Members)}");
        Same(
            Ask($"place {Steps}", new FundCommand.MatchPayment(bankId, member)),
            _naive.Match(bankId, member));
    }

    private void Accrue()
    {
        Assert.True(Ask($"interest {Steps}", new FundCommand.AccrueInterest()));
        _naive.AccrueAll();
    }

    /// <summary>Whatever was asked before is answered as before, and changes nothing.</summary>
    private void Again()
    {
        if (_asked.Count == 0)
        {
            return;
        }

        var (id, command, reason) = _asked[_random.Next(_asked.Count)];
        Assert.Equal(reason, _teller.Ask(id, command));
        Assert.Equal("IdConflict", _teller.Ask(
            id, new FundCommand.IssueShares("nobody", 1 + Steps)));
    }

    /// <param name="Of">The settlement that it books; null for all else.</param>
    internal sealed record Asked(
        FundRequest Request, long NowMs, bool IsAccepted, Closed? Of);

    private bool Ask(string id, FundCommand command, Closed? of = null)
    {
        _last = id;
        var rows = _teller.Rows.Count;
        var reason = _teller.Ask(id, command);
        Trail.Add(new Asked(
            new FundRequest(id, command), _teller.NowMs, reason == "Accepted", of));
        if (reason == "Accepted" && _teller.Rows.Count > rows && !_teller.Rows[^1].Events.IsEmpty)
        {
            var kind = command.GetType().Name;
            Moved[kind] = Moved.GetValueOrDefault(kind) + 1;
        }

        // What came too early is asked as if for the first time, whenever it comes again.
        if (_teller.Books.Answers.ContainsKey(id))
        {
            _asked.Add((id, command, reason));
        }

        return reason == "Accepted";
    }

    private void Same(bool product, bool naive) => Assert.True(
        product == naive,
        $"step {Steps}, {_last}: the product says {product}, the naive books {naive}");

    private void Compare()
    {
        var state = _teller.State;
        var product = state.Ledger.Balances.Where(pair => pair.Value.Net != 0)
            .ToDictionary(
                pair => (
                    pair.Key.Asset.Kind == AssetKind.Mass
                        ? $"{pair.Key.Account}@{pair.Key.Asset.Code[4..]}"
                        : pair.Key.Account,
                    pair.Key.Lot),
                pair => (BigInteger)pair.Value.Net);
        foreach (var (place, net) in _naive.Net)
        {
            Assert.True(
                product.GetValueOrDefault(place) == net,
                $"step {Steps}, {_last}: {place} is {product.GetValueOrDefault(place)} "
                    + $"and not {net}");
        }

        Assert.All(product.Keys, place => Assert.True(_naive.Net.ContainsKey(place)));
        Alike(
            state.Duties.Values.Select(duty => $"{duty.Id} {duty.DueGrams} {duty.MetGrams}"),
            _naive.Duties.Select(duty => $"{duty.Id} {duty.Due} {duty.Met}"));
        Alike(
            state.Charges.Values.Select(one => $"{one.Id} {one.MinorUnits} {one.InterestMinor}"),
            _naive.Owing.Select(one => $"{one.Id} {one.Money} {one.Interest}"));
        Alike(
            state.Projects.Values.Select(one => $"{one.Id} {one.State} {one.PaidMinor} "
                + $"{TextOf(one.Abatement)} {one.CostPerKgMinor}"),
            _naive.Projects);
        CompareWords(state);
        Alike(
            state.Ledger.Pending.Where(pair => pair.Value.ExpiresMs > _teller.NowMs)
                .Select(pair => pair.Key),
            _naive.Reserved);
        _teller.AssertIdentity();
    }

    private void Alike(IEnumerable<string> product, IEnumerable<string> naive)
    {
        string[] one = [.. product.Order(StringComparer.Ordinal)];
        string[] other = [.. naive.Order(StringComparer.Ordinal)];
        Assert.True(
            one.AsSpan().SequenceEqual(other),
            $"step {Steps}, {_last}: {string.Join(", ", one.Except(other))} "
                + $"and not {string.Join(", ", other.Except(one))}");
    }
}
