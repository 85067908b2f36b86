using System.Numerics;

namespace Monitoring.Tests.Core.Model;

/// <summary>What one member owes for a period: in money under its name, and in kind.</summary>
internal sealed record NaiveDue(
    string Member, string Charge, BigInteger Money, BigInteger Grams, string Vintage)
{
    /// <summary>What of all that is paid goes back to it.</summary>
    public BigInteger Back { get; init; }
}

/// <summary>Charges, their corrections, payments and interest.</summary>
internal sealed partial class NaiveBooks
{
    private const long DayMs = 86_400_000;

    private readonly Dictionary<string, List<Line>> _standing = [];
    private readonly List<Owed> _owed = [];
    private readonly Dictionary<string, (string? Member, long Amount)> _payments = [];

    /// <summary>What is owed and the interest booked of it, by the charge's name.</summary>
    public IEnumerable<(string Id, BigInteger Money, BigInteger Interest)> Owing =>
        _owed.Select(one => (one.Id, one.Money, one.Interest));

    public void Settle(
        string period, IReadOnlyList<NaiveDue> dues, IReadOnlyDictionary<string, BigInteger[]> mass)
    {
        var lines = LinesOf(period, dues, mass);
        Owe(period, dues, NowMs);
        foreach (var due in dues.Where(due => due.Money > 0))
        {
            _owed.Add(new Owed(due, period, NowMs + PayMs, LinesFor(due.Member, lines)));
        }

        Add(lines);
        if (lines.Count > 0)
        {
            _standing[period] = lines;
        }
    }

    /// <summary>False where nobody paid, pays or owes anything.</summary>
    public bool Restate(
        string period, IReadOnlyList<NaiveDue> dues, IReadOnlyDictionary<string, BigInteger[]> mass)
    {
        var lines = LinesOf(period, dues, mass);
        var old = _standing.GetValueOrDefault(period, []);
        var isOwed = dues.Any(due => due.Grams > 0)
            || _duties.Values.Any(duty => duty.Period == period);
        if (lines.Count == 0 && old.Count == 0)
        {
            Owe(period, dues, NowMs);
            return isOwed;
        }

        List<Line> linked = [.. old.Select(line => line with { Amount = -line.Amount }), .. lines];
        Add(linked);
        Lend(linked);
        Owe(period, dues, NowMs);
        foreach (var member in dues.Where(due => due.Money > 0).Select(due => due.Member)
            .Union(_owed.Where(one => one.Period == period).Select(one => one.Member)).ToList())
        {
            Change(period, dues.FirstOrDefault(due => due.Member == member && due.Money > 0),
                member, LinesFor(member, lines));
        }

        _standing[period] = lines;
        return true;
    }

    /// <param name="member">Null: nobody can tell yet.</param>
    public bool Pay(string bankId, string? member, long amount)
    {
        if (amount <= 0 || !_payments.TryAdd(bankId, (member, amount)))
        {
            return false;
        }

        if (member is not null)
        {
            Accrue(member);
        }

        Add([
            new("fund:cash", "", amount),
            new(member is null ? "fund:unmatched" : Receivable(member), "", -amount),
        ]);
        return true;
    }

    public bool Match(string bankId, string member)
    {
        if (!_payments.TryGetValue(bankId, out var payment) || payment.Member is not null)
        {
            return false;
        }

        Accrue(member);
        _payments[bankId] = (member, payment.Amount);
        Add([
            new("fund:unmatched", "", payment.Amount),
            new(Receivable(member), "", -payment.Amount),
        ]);
        return true;
    }

    public void AccrueAll()
    {
        foreach (var member in _owed.Select(one => one.Member).Distinct().ToList())
        {
            Accrue(member);
        }
    }

    private static long PayMs => NaiveTerms.PayDays * DayMs;

    private static string Receivable(string member) => $"member:{member}:receivable";

    /// <summary>Simple interest of whole days on what is open without interest.</summary>
    private void Accrue(string member)
    {
        var postings = new List<Line>();
        foreach (var (owed, open) in OpenOf(member))
        {
            var days = Math.Max(0, (NowMs - owed.InterestFromMs) / DayMs);
            var more = BigInteger.Max(0, open - owed.Interest)
                * terms.InterestBasisPoints * days;
            if (more == 0)
            {
                continue;
            }

            owed.Exact += new Rational(more, 10_000 * 365);
            owed.InterestFromMs += days * DayMs;
            var rise = owed.Exact.Nearest - owed.Interest;
            owed.Interest += rise;
            // Where all of the charge went back to members, what its being late costs did not.
            List<Line> lots = owed.Lots.Count > 0 ? owed.Lots
                : [new("fund:reserve", LotOf(member, owed.Period), -1)];
            var parts = Rational.Share(rise, [.. lots.Select(lot => -lot.Amount)]);
            postings.Add(new(Receivable(member), "", rise));
            postings.AddRange(lots.Zip(parts)
                .Select(pair => pair.First with { Amount = -pair.Second }));
        }

        Add(postings);
    }

    // Payments go to what was due first.
    private List<(Owed Owed, BigInteger Open)> OpenOf(string member)
    {
        var all = _owed.Where(one => one.Member == member).OrderBy(one => one.DueMs)
            .ThenBy(one => one.Id, StringComparer.Ordinal).ToList();
        var paid = all.Aggregate(BigInteger.Zero, (sum, one) => sum + one.Money + one.Interest)
            - _net.GetValueOrDefault((Receivable(member), ""));
        var open = new List<(Owed, BigInteger)>();
        foreach (var one in all)
        {
            var left = one.Money + one.Interest;
            var covered = BigInteger.Min(left, BigInteger.Max(0, paid));
            paid -= covered;
            if (left > covered)
            {
                open.Add((one, left - covered));
            }
        }

        return open;
    }

    private long DaysLate(string member) => OpenOf(member).Select(open => open.Owed.DueMs)
        .Concat(_duties.Values
            .Where(duty => duty.Member == member && duty.DueMs > 0 && duty.Met < duty.Due)
            .Select(duty => duty.DueMs))
        .Select(dueMs => Math.Max(0, (NowMs - dueMs) / DayMs))
        .DefaultIfEmpty(0).Max();

    // More is due on a new day; less is taken off what was due last.
    private void Change(string period, NaiveDue? due, string member, List<Line> lots)
    {
        var all = _owed.Where(one => one.Period == period && one.Member == member).ToList();
        var more = (due?.Money ?? 0)
            - all.Aggregate(BigInteger.Zero, (sum, one) => sum + one.Money);
        if (more > 0)
        {
            _owed.Add(new Owed(due! with { Money = more }, period, NowMs + PayMs, lots));
        }

        foreach (var one in all.OrderByDescending(one => one.DueMs)
            .ThenBy(one => one.Id, StringComparer.Ordinal))
        {
            var less = BigInteger.Min(one.Money, BigInteger.Max(0, -more));
            one.Money -= less;
            more += less;
        }
    }

    private static string LotOf(string payer, string period) =>
        $"{payer}/nox/{NaiveTerms.Bubble}/{period}";

    private static List<Line> LinesFor(string member, List<Line> all) =>
        [.. all.Where(line => line.Lot.StartsWith($"{member}/", StringComparison.Ordinal))];

    // 70 % to the zones by what came down in each; 20 % and 10 % to the rest.
    private static List<Line> LinesOf(
        string period, IReadOnlyList<NaiveDue> dues, IReadOnlyDictionary<string, BigInteger[]> mass)
    {
        var payers = dues.Where(due => due.Money > 0).ToList();
        var total = payers.Aggregate(BigInteger.Zero, (sum, due) => sum + due.Money)
            - dues.Aggregate(BigInteger.Zero, (sum, due) => sum + due.Back);
        var stays = Rational.Share(total, [.. payers.Select(due => due.Money)]);
        var split = Rational.Share(total, [70, 20, 10]);
        var local = Rational.Share(split[0], stays);
        BigInteger[] left = [.. stays.Zip(local, (all, part) => all - part)];
        var programme = Rational.Share(split[1], left);
        var lines = new List<Line>();
        foreach (var (n, due) in payers.Index())
        {
            var lot = LotOf(due.Member, period);
            lines.Add(new(Receivable(due.Member), "", due.Money));
            foreach (var (zone, part) in Rational.Share(local[n], mass[due.Member]).Index())
            {
                lines.Add(new($"fund:local:z{zone + 1}", lot, -part));
            }

            lines.Add(new("fund:programme", lot, -programme[n]));
            lines.Add(new("fund:reserve", lot, -(left[n] - programme[n])));
        }

        lines.AddRange(dues.Select(due => new Line(Receivable(due.Member), "", -due.Back)));
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

    private sealed class Owed(NaiveDue due, string period, long dueMs, List<Line> lots)
    {
        public string Id => due.Charge;

        public string Member => due.Member;

        public string Period => period;

        public long DueMs { get; } = dueMs;

        public List<Line> Lots => lots;

        public BigInteger Money { get; set; } = due.Money;

        public BigInteger Interest { get; set; }

        public Rational Exact { get; set; } = Rational.Of(0);

        public long InterestFromMs { get; set; } = dueMs;
    }
}
