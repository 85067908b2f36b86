using System.Numerics;

namespace Monitoring.Tests.Core.Model;

/// <summary>One movement on one place; above 0 a debit.</summary>
internal sealed record Line(string Account, string Lot, BigInteger Amount);

/// <summary>
/// The books once more, written down from the contract and not from the product: no events, no
/// immutability, rationals for every share, and each answer worked out from plain lists.
/// </summary>
internal sealed class NaiveBooks
{
    public const int SelfPercent = 50;
    public const int PayDays = 30;

    private readonly SortedDictionary<(string Account, string Lot), BigInteger> _net = [];
    private readonly Dictionary<string, (List<Line> Lines, long ExpiresMs, string Period)>
        _pending = [];
    private readonly Dictionary<string, (bool IsPosted, bool IsExpired)> _ended = [];
    private readonly Dictionary<string, (string Name, List<Line> Lines)> _standing = [];
    private readonly HashSet<string> _final = [];
    private readonly HashSet<string> _noticed = [];
    private readonly Dictionary<string, (string Period, bool IsAnswered)> _objections = [];
    private readonly HashSet<string> _payments = [];
    private readonly Dictionary<string, (string Zone, string For, int Step, BigInteger Paid)>
        _projects = [];

    public IReadOnlyDictionary<(string Account, string Lot), BigInteger> Net => _net;

    public void Expire(long nowMs)
    {
        foreach (var key in _pending.Where(pair => pair.Value.ExpiresMs <= nowMs)
            .Select(pair => pair.Key).ToList())
        {
            _pending.Remove(key);
            _ended[key] = (false, true);
        }
    }

    public bool Allocate(string member, string vintage, long grams)
    {
        if (grams <= 0 || IsFrozen(vintage))
        {
            return false;
        }

        Add([new($"member:{member}:holding@{vintage}", "", grams),
            new($"bubble:b:cap@{vintage}", "", -grams)]);
        return true;
    }

    public bool Propose(
        string key, (string From, string To) parties, string vintage, long grams, long expiresMs)
    {
        var from = $"member:{parties.From}:holding@{vintage}";
        if (parties.From == parties.To || grams <= 0 || _final.Contains(vintage)
            || Free(from, "", 1) < grams)
        {
            return false;
        }

        _pending[key] = (
            [new(from, "", -grams), new($"member:{parties.To}:holding@{vintage}", "", grams)],
            expiresMs, vintage);
        return true;
    }

    public bool Decide(string key, string by, bool isApproved)
    {
        if (!_pending.TryGetValue(key, out var offer))
        {
            return _ended.TryGetValue(key, out var ended) && !ended.IsExpired
                && ended.IsPosted == isApproved;
        }

        var isBuyer = offer.Lines[1].Account.StartsWith(
            $"member:{by}:", StringComparison.Ordinal);
        var isSeller = offer.Lines[0].Account.StartsWith(
            $"member:{by}:", StringComparison.Ordinal);
        if ((isApproved && (!isBuyer || _final.Contains(offer.Period)))
            || (!isApproved && !isBuyer && !isSeller))
        {
            return false;
        }

        End(key, isApproved);
        return true;
    }

    public bool Notice(string period) => _noticed.Add(period);

    public bool Object(string id, string period)
    {
        if (!_noticed.Contains(period) || _final.Contains(period))
        {
            return false;
        }

        _objections[id] = (period, false);
        return true;
    }

    public bool AnswerTo(string id)
    {
        if (!_objections.TryGetValue(id, out var objection) || objection.IsAnswered)
        {
            return false;
        }

        _objections[id] = (objection.Period, true);
        return true;
    }

    public bool MakeFinal(string period) =>
        _noticed.Contains(period)
        && !_objections.Values.Any(one => one.Period == period && !one.IsAnswered)
        && (_final.Contains(period) || _final.Add(period));

    /// <summary>What every member owes, from what was emitted and what it holds.</summary>
    public static BigInteger[] Charges(long[] emitted, BigInteger[] holdings, long ratePerKg)
    {
        BigInteger sum = 0, cap = 0;
        var excess = new BigInteger[emitted.Length];
        for (var i = 0; i < emitted.Length; i++)
        {
            sum += emitted[i];
            cap += holdings[i];
            excess[i] = BigInteger.Max(0, emitted[i] - holdings[i]);
        }

        var over = BigInteger.Max(0, sum - cap);
        var apportioned = Rational.Share(over, excess);
        var total = (Rational.Of(over) * Rational.Of(ratePerKg) / Rational.Of(1_000)).Nearest;
        return Rational.Share(total, apportioned);
    }

    public BigInteger HoldingOf(string member, string vintage) =>
        _net.GetValueOrDefault(($"member:{member}:holding@{vintage}", ""));

    /// <param name="name">Of the settlement, which its charges are named after.</param>
    public void Settle(
        string period, string name, BigInteger[] charges, (string A, string B)[] zones)
    {
        var lines = LinesOf(period, charges, zones);
        if (lines.Count > 0)
        {
            Add(lines);
            _standing[period] = (name, lines);
        }
    }

    /// <summary>
    /// False where nothing changes. The same amounts by another settlement are other charges.
    /// </summary>
    public bool Restate(
        string period, string name, BigInteger[] charges, (string A, string B)[] zones)
    {
        var lines = LinesOf(period, charges, zones);
        var (oldName, old) = _standing.GetValueOrDefault(period, ("", []));
        if (lines.SequenceEqual(old) && (name == oldName || lines.Count == 0))
        {
            return false;
        }

        List<Line> linked = [.. old.Select(line => line with { Amount = -line.Amount }), .. lines];
        Add(linked);
        Lend(linked);
        _standing.Remove(period);
        if (lines.Count > 0)
        {
            _standing[period] = (name, lines);
        }

        return true;
    }

    public bool Pay(string bankId, string member, long amount)
    {
        if (amount <= 0 || !_payments.Add(bankId))
        {
            return false;
        }

        Add([new("fund:cash", "", amount), new($"member:{member}:receivable", "", -amount)]);
        return true;
    }

    public void Start(string project, string zone, string beneficiary) =>
        _projects[project] = (zone, beneficiary, 0, 0);

    public bool Commit(string project, long amount, long expiresMs)
    {
        var (zone, beneficiary, step, _) = _projects[project];
        if (step != 0 || amount <= 0)
        {
            return false;
        }

        BigInteger left = amount, own = amount * SelfPercent / 100;
        var lines = new List<Line>();
        foreach (var (account, lot) in _net.Keys.Where(key => key.Account == $"fund:local:{zone}")
            .OrderBy(key => key.Lot[(key.Lot.IndexOf("/nox/", StringComparison.Ordinal) + 5)..],
                StringComparer.Ordinal)
            .ThenBy(key => key.Lot, StringComparer.Ordinal).ToList())
        {
            var isOwn = lot.StartsWith($"{beneficiary}/", StringComparison.Ordinal);
            var part = BigInteger.Min(left, Free(account, lot, -1));
            part = BigInteger.Max(0, isOwn ? BigInteger.Min(part, own) : part);
            own -= isOwn ? part : 0;
            left -= part;
            if (part > 0)
            {
                lines.Add(new(account, lot, part));
            }
        }

        if (left > 0 || Free("fund:cash", "", 1) < amount)
        {
            return false;
        }

        lines.Add(new("fund:cash", "", -amount));
        _pending[$"tranche/{project}/1"] = (lines, expiresMs, "");
        _projects[project] = (zone, beneficiary, 1, 0);
        return true;
    }

    public bool PayTranche(string project)
    {
        var key = $"tranche/{project}/1";
        var (zone, beneficiary, step, _) = _projects[project];
        if (step != 1 || !_pending.TryGetValue(key, out var reserved))
        {
            return false;
        }

        End(key, isPosted: true);
        _projects[project] = (zone, beneficiary, 2, -reserved.Lines[^1].Amount);
        return true;
    }

    // 70 % to the zones, half of it to each where a member has two; 20 % and 10 % to the rest.
    private static List<Line> LinesOf(
        string period, BigInteger[] charges, (string A, string B)[] zones)
    {
        var payers = Enumerable.Range(0, charges.Length).Where(i => charges[i] > 0).ToList();
        var total = payers.Aggregate(BigInteger.Zero, (sum, i) => sum + charges[i]);
        var split = Rational.Share(total, [70, 20, 10]);
        var local = Rational.Share(split[0], [.. payers.Select(i => charges[i])]);
        BigInteger[] left = [.. payers.Select((who, n) => charges[who] - local[n])];
        var programme = Rational.Share(split[1], left);
        var lines = new List<Line>();
        foreach (var (n, who) in payers.Index())
        {
            var lot = $"m{who}/nox/b/{period}";
            var (a, b) = zones[who];
            var halves = a == b ? [local[n]] : Rational.Share(local[n], [1, 1]);
            lines.Add(new($"member:m{who}:receivable", "", charges[who]));
            lines.Add(new($"fund:local:{a}", lot, -halves[0]));
            if (a != b)
            {
                lines.Add(new($"fund:local:{b}", lot, -halves[1]));
            }

            lines.Add(new("fund:programme", lot, -programme[n]));
            lines.Add(new("fund:reserve", lot, -(left[n] - programme[n])));
        }

        lines.RemoveAll(line => line.Amount == 0);
        return lines;
    }

    private void Lend(List<Line> linked)
    {
        var short_ = linked.Where(line => line.Lot.Length > 0)
            .Select(line => (line.Account, line.Lot)).Distinct()
            .Where(place => Free(place.Account, place.Lot, -1) < 0).ToList();
        foreach (var (account, lot) in short_)
        {
            var missing = -Free(account, lot, -1);
            Add([new(account, lot, -missing)]);
            foreach (var lender in (string[])[account, "fund:reserve", "fund:programme"])
            {
                foreach (var place in _net.Keys.Where(key => key.Account == lender)
                    .OrderBy(key => key.Lot, StringComparer.Ordinal).ToList())
                {
                    var part = BigInteger.Max(
                        0, BigInteger.Min(missing, Free(place.Account, place.Lot, -1)));
                    Add([new(place.Account, place.Lot, part)]);
                    missing -= part;
                }
            }

            Add([new("fund:deficit", "", missing)]);
        }
    }

    private bool IsFrozen(string vintage) =>
        _noticed.Contains(vintage) || _final.Contains(vintage);

    private void End(string key, bool isPosted)
    {
        if (isPosted)
        {
            Add(_pending[key].Lines);
        }

        _pending.Remove(key);
        _ended[key] = (isPosted, false);
    }

    /// <summary>What nobody has spoken for; the side is 1 for debits and -1 for credits.</summary>
    private BigInteger Free(string account, string lot, int side) =>
        (side * _net.GetValueOrDefault((account, lot)))
            - _pending.Values.SelectMany(one => one.Lines)
                .Where(line => line.Account == account && line.Lot == lot
                    && line.Amount.Sign == -side)
                .Aggregate(BigInteger.Zero, (sum, line) => sum + BigInteger.Abs(line.Amount));

    private void Add(IEnumerable<Line> lines)
    {
        foreach (var line in lines)
        {
            var place = (line.Account, line.Lot);
            _net[place] = _net.GetValueOrDefault(place) + line.Amount;
        }
    }
}
