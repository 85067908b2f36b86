using System.Collections.Immutable;
using System.Numerics;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;

namespace Monitoring.Tests.Core.Model;

/// <summary>
/// The product's books and the naive ones, asked the same in an order that a seed makes up:
/// readings, gaps, late and doubled packets, sales, closes, objections, corrections, payments
/// and projects. After each step they hold the same everywhere, or the seed is a fault.
/// </summary>
internal sealed class World
{
    private const int Members = 4;
    private const int RatePerKg = 50_000;
    private const int AmountMax = 400_000;
    private const string Next = "b/9999";

    private static readonly FundTerms Terms = new()
    {
        Allowances = new AllowanceTerms { Bubble = "b", Pollutant = "nox" },
        Currency = "EUR",
        SelfPercent = NaiveBooks.SelfPercent,
    };

    // The last two members have a stack in each zone; each emits half.
    private static readonly (string A, string B)[] Zones =
        [("z1", "z1"), ("z2", "z2"), ("z1", "z2"), ("z1", "z2")];

    private readonly Random _random;
    private readonly Teller _teller = new(Terms);
    private readonly NaiveBooks _naive = new();

    // The newest revision of what each member emitted in each window, as facts are kept.
    private readonly Dictionary<(string Period, int Member, int Window), (int Revision, long Grams)>
        _facts = [];
    private readonly Dictionary<string, long> _emittedAtClose = [];
    private readonly List<(string Id, FundCommand Command, string Reason)> _asked = [];
    private readonly List<string> _sales = [];
    private readonly List<string> _objections = [];
    private string _last = "";
    private readonly List<string> _closed = [];
    private int _period = 2000;
    private int _projects;

    public World(int seed)
    {
        _random = new Random(seed);
        Ask("call", new FundCommand.OpenCall(new Programme(
            "call-z1", "", Purpose.Abatement, "z1", "nox", LedgerRules.AmountMax, long.MaxValue)));
        Ask("call 2", new FundCommand.OpenCall(new Programme(
            "call-z2", "", Purpose.Abatement, "z2", "nox", LedgerRules.AmountMax, long.MaxValue)));
        foreach (var i in Enumerable.Range(0, Members))
        {
            Allocate(i);
        }
    }

    public int Steps { get; private set; }

    private string Period => $"{_period}";

    public void Run(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            Steps++;
            Step();
            Compare();
        }
    }

    private void Step()
    {
        _teller.NowMs += _random.Next(3_600_000);
        _naive.Expire(_teller.NowMs);
        switch (_random.Next(20))
        {
            case < 6:
                Read();
                break;
            case < 9:
                Sell();
                break;
            case < 11:
                Decide();
                break;
            case 11:
                Close();
                break;
            case 12:
                Restate();
                break;
            case 13:
                Object();
                break;
            case < 16:
                Pay();
                break;
            case < 18:
                Spend();
                break;
            case 18:
                Allocate(_random.Next(Members));
                break;
            default:
                Again();
                break;
        }
    }

    // A revision comes in any order and any number of times; the newest counts. Some are late.
    private void Read()
    {
        var period = _closed.Count > 0 && _random.Next(3) == 0
            ? _closed[_random.Next(_closed.Count)]
            : Period;
        var key = (period, _random.Next(Members), _random.Next(6));
        var (revision, grams) = (_random.Next(5), _random.Next(AmountMax));
        for (var times = _random.Next(1, 3); times > 0; times--)
        {
            if (!_facts.TryGetValue(key, out var known) || known.Revision < revision)
            {
                _facts[key] = (revision, grams);
            }
        }
    }

    private long[] Emitted(string period) =>
    [
        .. Enumerable.Range(0, Members).Select(member => _facts
            .Where(pair => pair.Key.Period == period && pair.Key.Member == member)
            .Sum(pair => pair.Value.Grams)),
    ];

    private void Allocate(int member)
    {
        var grams = _random.Next(-1, AmountMax);
        Same(
            Ask($"grant {Steps} {member}", new FundCommand.Allocate($"m{member}", Period, grams)),
            _naive.Allocate($"m{member}", Period, grams));
    }

    private void Sell()
    {
        var (from, to) = (_random.Next(Members), _random.Next(Members));
        var grams = _random.Next(-1, AmountMax / 2);
        var expires = _teller.NowMs + _random.Next(1, 40_000_000);
        var vintage = _closed.Count > 0 && _random.Next(4) == 0 ? _closed[^1] : Period;
        var id = $"sale {Steps}";
        _sales.Add(id);
        Same(
            Ask(id, new FundCommand.ProposeTransfer(
                $"m{from}", $"m{to}", vintage, grams, expires)),
            _naive.Propose(id, ($"m{from}", $"m{to}"), vintage, grams, expires));
    }

    private void Decide()
    {
        if (_sales.Count == 0)
        {
            return;
        }

        var sale = _sales[_random.Next(Math.Max(0, _sales.Count - 6), _sales.Count)];
        var (by, yes) = ($"m{_random.Next(Members)}", _random.Next(3) > 0);
        Same(
            Ask($"decision {Steps}", new FundCommand.DecideTransfer(sale, by, yes)),
            _naive.Decide(sale, by, yes));
    }

    private void Close()
    {
        var period = Period;
        foreach (var to in (PeriodState[])[PeriodState.Closing, PeriodState.Noticed])
        {
            Assert.True(Ask($"{to} {period}", new FundCommand.MovePeriod($"b/{period}", to)));
        }

        Assert.True(_naive.Notice(period));
        var (name, entry, dues, charges) = Settle(period, openPeriod: null);
        Assert.True(Ask(
            $"charges {period}",
            new FundCommand.BookCharges(
                $"b/{period}", entry, dues,
                _teller.NowMs + (NaiveBooks.PayDays * Ageing.DayMs))));
        _naive.Settle(period, name, charges, Zones);
        _closed.Add(period);
        _period++;
    }

    private void Restate()
    {
        if (_closed.Count == 0)
        {
            return;
        }

        var period = _closed[_random.Next(_closed.Count)];
        var (name, entry, dues, charges) = Settle(period, Next);
        var isNew = entry is null
            || !_teller.State.Ledger.Entries.ContainsKey(entry.IdempotencyKey);
        if (!isNew)
        {
            // The very same correction came before another one; it has been taken back since.
            return;
        }

        Same(
            Ask($"restate {Steps}", new FundCommand.Restate(
                $"b/{period}", Next, entry, dues, _teller.NowMs, "late data")),
            _naive.Restate(period, name, charges, Zones));
    }

    private void Object()
    {
        var period = _closed.Count == 0 ? Period : _closed[_random.Next(_closed.Count)];
        switch (_random.Next(3))
        {
            case 0:
                _objections.Add($"objection {Steps}");
                Same(
                    Ask($"objection {Steps}", new FundCommand.FileObjection(
                        "m1", $"b/{period}", "no")),
                    _naive.Object($"objection {Steps}", period));
                break;
            case 1 when _objections.Count > 0:
                var id = _objections[_random.Next(_objections.Count)];
                Same(
                    Ask($"answer {Steps}", new FundCommand.AnswerObjection(id, false, "so")),
                    _naive.AnswerTo(id));
                break;
            default:
                Same(
                    Ask($"final {Steps}", new FundCommand.MovePeriod(
                        $"b/{period}", PeriodState.Final)),
                    _naive.MakeFinal(period));
                break;
        }
    }

    private void Pay()
    {
        var member = $"m{_random.Next(Members)}";
        var amount = _random.Next(3) == 0
            ? _random.Next(-5, AmountMax)
            : (long)BigInteger.Max(1, BigInteger.Min(LedgerRules.AmountMax, _teller.Owed(member)));
        var bankId = $"bank {(_random.Next(5) == 0 ? Steps / 2 : Steps)}";
        Same(
            Ask($"pay {Steps}", new FundCommand.TakePayment(bankId, member, amount, "", 0)),
            _naive.Pay(bankId, member, amount));
    }

    private void Spend()
    {
        if (_projects == 0 || _random.Next(3) == 0)
        {
            var (id, zone, who) = (
                $"p{++_projects}", $"z{_random.Next(1, 3)}", $"m{_random.Next(Members + 1)}");
            Ask($"apply {id}", new FundCommand.Apply(new Project(
                id, $"call-{zone}", who, "stack", zone, LedgerRules.AmountMax, 1)));
            Ask($"appraise {id}", new FundCommand.Appraise(id, 70));
            Ask($"voters {id}", new FundCommand.IssueShares("voters", 3));
            Assert.True(Ask($"vote {id}", new FundCommand.Vote(id, 2, 1)));
            _naive.Start(id, zone, who);
        }

        var project = $"p{_random.Next(Math.Max(1, _projects - 3), _projects + 1)}";
        if (_random.Next(2) == 0)
        {
            Same(
                Ask($"tranche {Steps}", new FundCommand.PayTranche(project, 1, "bill")),
                _naive.PayTranche(project));
            return;
        }

        var amount = _random.Next(-1, _random.Next(2) == 0 ? 40_000 : 4_000_000);
        var expires = _teller.NowMs + _random.Next(1, 90_000_000);
        Same(
            Ask($"commit {Steps}", new FundCommand.Commit(project, [amount], expires)),
            _naive.Commit(project, amount, expires));
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

    private (string Name, Transaction? Entry, ImmutableArray<MemberDue> Dues, BigInteger[] Charges)
        Settle(string period, string? openPeriod)
    {
        var asset = Asset.Allowance("nox", period);
        long[] holdings =
        [
            .. Enumerable.Range(0, Members).Select(i =>
                (long)_teller.State.Ledger.At(Accounts.Holding($"m{i}"), asset).Net),
        ];
        var emitted = Emitted(period);
        var contract = SettlementTests.Contract(holdings, RatePerKg);
        var settlement = SettlementTests.Settle(holdings, RatePerKg, emitted) with
        {
            PeriodId = $"b/{period}",
        };
        var id = $"{settlement.Id}/{period}/{string.Join('/', emitted)}/"
            + string.Join('/', holdings);
        settlement = settlement with
        {
            // Charges are named after their settlement, as the hub names them: what members hold
            // is part of it, so the same charge under other holdings has another name.
            Id = id,
            Charges =
            [
                .. settlement.Charges.Select(charge => charge with { Id = $"{id}/{charge.Id}" }),
            ],
        };
        var keys = Enumerable.Range(0, Members).ToDictionary(
            i => $"stack-m{i}",
            i => Zones[i].A == Zones[i].B
                ? ZoneKey.In(Zones[i].A)
                : new ZoneKey([(Zones[i].A, 500_000), (Zones[i].B, 500_000)], "declared"));
        var entry = openPeriod is null
            ? FundPostings.ForCharges(contract, settlement, keys)
            : FundPostings.ForRestatement(contract, settlement, keys, openPeriod);
        return (
            id, entry,
            [
                .. settlement.Charges.Select(charge => new MemberDue(
                    charge.Id, charge.Member, charge.MinorUnits, 0, "")),
            ],
            NaiveBooks.Charges(
                emitted,
                [.. Enumerable.Range(0, Members).Select(i => _naive.HoldingOf($"m{i}", period))],
                RatePerKg));
    }

    private bool Ask(string id, FundCommand command)
    {
        _last = id;
        var reason = _teller.Ask(id, command);

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
        var product = _teller.State.Ledger.Balances.Where(pair => pair.Value.Net != 0)
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
        _teller.AssertIdentity();
    }
}
