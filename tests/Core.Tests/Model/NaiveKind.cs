using System.Numerics;

namespace Monitoring.Tests.Core.Model;

/// <summary>How a settlement lets a member's allowances cover what it emitted; grams.</summary>
internal sealed record NaiveCover(
    string Member, BigInteger Current, BigInteger OneToOne, BigInteger Beyond,
    BigInteger BeyondCovered, BigInteger Borrowed);

/// <summary>What is given up in kind: duties, covering, surrender by hand, the bank.</summary>
internal sealed partial class NaiveBooks
{
    private readonly SortedDictionary<string, Duty> _duties = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (
        List<Line> Lines, List<(string Duty, BigInteger Grams)> Met, List<string> Short)>
        _covers = [];

    public IEnumerable<(string Id, BigInteger Due, BigInteger Met)> Duties =>
        _duties.Select(pair => (pair.Key, pair.Value.Due, pair.Value.Met));

    /// <summary>What was covered, and of what there was too little for it.</summary>
    public IEnumerable<string> Covered => _covers.SelectMany(one => one.Value.Short
        .Select(lacking => $"{NaiveTerms.Bubble}/{one.Key} {lacking}").Append(one.Key));

    /// <summary>
    /// Takes back what covered the periods before, the last first, and covers them anew. Nothing
    /// of it happens where an account would pass 0 or the books of that period are closed.
    /// </summary>
    public bool Cover(
        string bookedIn,
        IReadOnlyList<(string Period, string Next, IReadOnlyList<NaiveCover> Members)> periods)
    {
        var before = (new Dictionary<(string, string), BigInteger>(_net),
            _duties.ToDictionary(pair => pair.Key, pair => pair.Value.Met),
            new Dictionary<
                string, (List<Line>, List<(string, BigInteger)>, List<string>)>(_covers));
        var touched = new HashSet<string>();
        foreach (var (period, _, _) in periods.Reverse())
        {
            TakeBack(period, touched);
        }

        foreach (var (period, next, members) in periods)
        {
            CoverOne(period, next, members, touched);
        }

        var isAnew = periods.Any(one => before.Item3.ContainsKey(one.Period))
            || periods.Any(one => one.Period != bookedIn);
        var isOpen = touched.Count == 0
            || StepOf(bookedIn) <= (isAnew ? Step.Open : Step.Final);
        if (isOpen && touched.All(account => Free(account, "", 1) >= 0))
        {
            return true;
        }

        _net.Clear();
        before.Item1.ToList().ForEach(pair => _net[pair.Key] = pair.Value);
        before.Item2.ToList().ForEach(pair => _duties[pair.Key].Met = pair.Value);
        _covers.Clear();
        before.Item3.ToList().ForEach(pair => _covers[pair.Key] = pair.Value);
        return false;
    }

    public bool Meet(string id)
    {
        if (!_duties.TryGetValue(id, out var duty))
        {
            return false;
        }

        var has = Free(Holding(duty.Member, duty.Vintage), "", 1);
        var grams = BigInteger.Min(BigInteger.Max(0, duty.Due - duty.Met), has);
        if (grams <= 0 || StepOf(duty.Vintage) > Step.Final)
        {
            return false;
        }

        Add(Pair(Holding(duty.Member, duty.Vintage), MadeGood(duty.Member, duty.Vintage), grams));
        duty.Met += grams;
        return true;
    }

    /// <summary>Banks or retires what is left.</summary>
    public bool CloseVintage(string member, string vintage)
    {
        var left = Free(Holding(member, vintage), "", 1);
        if (left > 0 && StepOf(vintage) > Step.Final)
        {
            return false;
        }

        Add(Pair(
            Holding(member, vintage),
            terms.IsBanked ? Banked(member, vintage) : Retired(vintage), left));
        return true;
    }

    /// <summary>By hand: the bank as far as it counts, the vintage's own, the next one's.</summary>
    public bool Surrender(string member, string vintage, string? next, long emitted)
    {
        if (emitted < 0)
        {
            return false;
        }

        var banked = BankOf(member, vintage);
        var inBank = banked.Aggregate(BigInteger.Zero, (sum, one) => sum + one.Grams);
        var full = BigInteger.Min(inBank, FullyCounting(vintage, inBank));
        var held = Free(Holding(member, vintage), "", 1);
        BigInteger left = emitted;
        var oneToOne = BigInteger.Min(
            full, terms.IsOldestFirst ? left : BigInteger.Max(0, left - held));
        var current = BigInteger.Min(left - oneToOne, held);
        left -= oneToOne + current;
        var ratio = new Rational(terms.BeyondThousandths, 1_000);
        var covered = BigInteger.Min(left, (Rational.Of(inBank - full) / ratio).Floor);
        left -= covered;
        var beyond = -(Rational.Of(-covered) * ratio).Floor;
        var borrowed = next is null ? 0 : BigInteger.Min(
            left, Free(Holding(member, next), "", 1) * terms.BorrowPercent / 100);
        List<Line> lines =
        [
            .. FromBank(member, banked, oneToOne, covered, beyond),
            .. Pair(Holding(member, vintage), Surrendered(member, vintage), current),
            .. Pair(Holding(member, next ?? ""), Surrendered(member, next ?? ""), borrowed),
        ];
        if (lines.Count > 0 && StepOf(vintage) > Step.Noticed)
        {
            return false;
        }

        Add(lines);
        return true;
    }

    private static string Banked(string member, string vintage) =>
        $"member:{member}:banked@{vintage}";

    private static string Surrendered(string member, string vintage) =>
        $"member:{member}:surrendered@{vintage}";

    private static string MadeGood(string member, string vintage) =>
        $"member:{member}:made-good@{vintage}";

    private static IEnumerable<Line> Pair(string from, string to, BigInteger grams) =>
        grams == 0 ? [] : [new(from, "", -grams), new(to, "", grams)];

    private void Owe(string period, IReadOnlyList<NaiveDue> dues, long nowMs)
    {
        foreach (var duty in _duties.Values.Where(duty => duty.Period == period))
        {
            duty.Due = 0;
        }

        foreach (var due in dues.Where(due => due.Grams > 0))
        {
            var id = $"{NaiveTerms.Bubble}/{period}/{due.Member}";
            if (!_duties.TryGetValue(id, out var duty))
            {
                _duties[id] = duty = new Duty(
                    due.Member, period, due.Vintage,
                    terms.MakeGoodDays == 0 ? 0 : nowMs + (terms.MakeGoodDays * DayMs));
            }

            duty.Due = due.Grams;
        }
    }

    private void TakeBack(string period, HashSet<string> touched)
    {
        if (!_covers.Remove(period, out var cover))
        {
            return;
        }

        Add(cover.Lines.Select(line => line with { Amount = -line.Amount }));
        touched.UnionWith(cover.Lines.Select(line => line.Account));
        foreach (var (id, grams) in cover.Met)
        {
            _duties[id].Met -= grams;
        }
    }

    private void CoverOne(
        string period, string next, IReadOnlyList<NaiveCover> members, HashSet<string> touched)
    {
        var lines = new List<Line>();
        var met = new List<(string, BigInteger)>();
        var lacking = new List<string>();
        foreach (var it in members)
        {
            void Lack(string what, BigInteger counted, BigInteger has)
            {
                if (counted > has)
                {
                    lacking.Add($"{it.Member} {what} {counted - has}");
                }
            }

            Lack("borrowed", it.Borrowed, Free(Holding(it.Member, next), "", 1));
            Lack(
                "banked", it.OneToOne + it.Beyond, BankOf(it.Member, period)
                    .Aggregate(BigInteger.Zero, (sum, one) => sum + one.Grams));
            var holding = Holding(it.Member, period);
            var free = Free(holding, "", 1);
            BigInteger owed = 0;
            foreach (var (id, duty) in _duties
                .Where(pair => pair.Value.Member == it.Member && pair.Value.Vintage == period
                    && pair.Value.Met != pair.Value.Due)
                .OrderBy(pair => pair.Value.Due - pair.Value.Met)
                .ThenBy(pair => pair.Key, StringComparer.Ordinal))
            {
                // What was given up too much before comes back and counts as the member's own.
                var grams = BigInteger.Min(duty.Due - duty.Met, free - owed);
                owed += grams;
                duty.Met += grams;
                met.Add((id, grams));
            }

            var rest = BigInteger.Max(0, free - owed - it.Current);
            List<Line> own =
            [
                .. Pair(holding, MadeGood(it.Member, period), owed),
                .. Pair(holding, Surrendered(it.Member, period), it.Current),
                .. FromBank(
                    it.Member, BankOf(it.Member, period), it.OneToOne, it.BeyondCovered, it.Beyond),
                .. Pair(
                    Holding(it.Member, next), Surrendered(it.Member, next),
                    BigInteger.Min(it.Borrowed, Free(Holding(it.Member, next), "", 1))),
                .. Pair(
                    holding, terms.IsBanked ? Banked(it.Member, period) : Retired(period), rest),
            ];
            Add(own);
            lines.AddRange(own);
        }

        touched.UnionWith(lines.Select(line => line.Account));
        _covers[period] = (lines, met, lacking);
    }

    // The oldest first: what counts fully, then what covers less, then what that costs besides.
    private static List<Line> FromBank(
        string member, List<(string Vintage, BigInteger Grams)> banked, BigInteger full,
        BigInteger covered, BigInteger beyond)
    {
        var lines = new List<Line>();
        var left = banked.ToDictionary(one => one.Vintage, one => one.Grams);
        foreach (var (isRetired, all) in ((bool, BigInteger)[])
            [(false, full + covered), (true, beyond - covered)])
        {
            var wanted = all;
            foreach (var (vintage, _) in banked)
            {
                var part = BigInteger.Min(wanted, left[vintage]);
                wanted -= part;
                left[vintage] -= part;
                lines.AddRange(Pair(
                    Banked(member, vintage),
                    isRetired ? Retired(vintage) : Surrendered(member, vintage), part));
            }
        }

        return lines;
    }

    private List<(string Vintage, BigInteger Grams)> BankOf(string member, string before) =>
    [
        .. _net.Keys.Where(key => key.Account.StartsWith(
                $"member:{member}:banked@", StringComparison.Ordinal))
            .Select(key => key.Account[(key.Account.IndexOf('@', StringComparison.Ordinal) + 1)..])
            .Where(vintage => string.CompareOrdinal(vintage, before) < 0)
            .Select(vintage => (vintage, Free(Banked(member, vintage), "", 1)))
            .Where(one => one.Item2 > 0),
    ];

    // Above its free share of what was issued, only a part of each member's bank counts fully.
    private BigInteger FullyCounting(string vintage, BigInteger own)
    {
        var all = Enumerable.Range(0, World.Members).SelectMany(i => BankOf($"m{i}", vintage))
            .Aggregate(BigInteger.Zero, (sum, one) => sum + one.Grams);
        var free = new Rational(
            -_net.GetValueOrDefault((Cap(vintage), "")) * terms.FreePercent, 100);
        return !terms.IsFlowControlled || !(Rational.Of(all) > free)
            ? own
            : (Rational.Of(own) * free / Rational.Of(all)).Floor;
    }

    private sealed class Duty(string member, string period, string vintage, long dueMs)
    {
        public string Member => member;

        public string Period => period;

        public string Vintage => vintage;

        public long DueMs => dueMs;

        public BigInteger Due { get; set; }

        public BigInteger Met { get; set; }
    }
}
