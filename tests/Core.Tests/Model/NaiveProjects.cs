using System.Numerics;

namespace Monitoring.Tests.Core.Model;

/// <summary>Projects: promised, paid tranche by tranche, completed, measured, asked back.</summary>
internal sealed partial class NaiveBooks
{
    private readonly Dictionary<string, Paid> _projects = [];

    public IEnumerable<string> Projects => _projects.Select(pair =>
        $"{pair.Key} {pair.Value.State} {pair.Value.Money} {pair.Value.Spared} "
            + $"{pair.Value.CostPerKg}");

    public void Apply(string project, string zone, string beneficiary, string source) =>
        _projects[project] = new Paid(zone, beneficiary, source);

    public bool Appraise(string id, int score)
    {
        if (score is < 0 or > 100)
        {
            return false;
        }

        (_projects[id].Score, _projects[id].State) = (score, "Appraised");
        return true;
    }

    public bool Vote(string id, long yes, long no)
    {
        var project = _projects[id];
        if (project.State != "Appraised" || yes < 0 || no < 0
            || yes + no > _shares.Values.Aggregate(BigInteger.Zero, (sum, one) => sum + one)
            || (yes > no && project.Score < terms.ScoreMin))
        {
            return false;
        }

        project.State = yes > no ? "Approved" : "Rejected";
        return true;
    }

    public bool Commit(string id, IReadOnlyList<long> tranches, long expiresMs)
    {
        var project = _projects[id];
        if (project.State != "Approved" || tranches.Any(amount => amount <= 0))
        {
            return false;
        }

        var before = _pending.Keys.ToHashSet();
        foreach (var (i, amount) in tranches.Index())
        {
            if (DrawnFor(project, amount) is not { } lines)
            {
                _pending.Keys.Except(before).ToList().ForEach(key => _pending.Remove(key));
                return false;
            }

            _pending[KeyOf(id, i)] = (lines, expiresMs, "");
        }

        (project.State, project.PromisedMs) = ("Committed", NowMs);
        project.Tranches.AddRange(tranches.Select(_ => (List<Line>?)null));
        return true;
    }

    public bool PayTranche(string id, int number)
    {
        var project = _projects[id];
        var key = KeyOf(id, number - 1);
        if (project.State != "Committed" || number > project.Tranches.Count
            || !_pending.TryGetValue(key, out var reserved))
        {
            return false;
        }

        End(key, isPosted: true);
        project.Tranches[number - 1] = reserved.Lines;
        return true;
    }

    public bool Complete(string id)
    {
        var project = _projects[id];
        if (project.State != "Committed")
        {
            return false;
        }

        Free(id, project);
        project.State = project.Money > 0 ? "Completed" : "Rejected";
        project.DoneMs = NowMs;
        return true;
    }

    /// <summary>What a person says of it counts where the stack was not measured.</summary>
    public bool Verify(string id, NaiveFacts facts)
    {
        var project = _projects[id];
        if (project.State != "Completed"
            || (facts.WholeIn(0, project.PromisedMs).Count > 0
                && facts.WholeIn(project.DoneMs, NowMs).Count > 0))
        {
            return false;
        }

        Spare(project, (9, 5), (1, 1));
        return true;
    }

    /// <summary>
    /// What the stack emitted before the promise and after the end, for the same that was made,
    /// or for the same time where nobody told what was made.
    /// </summary>
    public bool Measure(
        string id, (long FromMs, long UntilMs) before, (long FromMs, long UntilMs) after,
        NaiveFacts facts)
    {
        var project = _projects[id];
        if (project.State != "Completed" || before.UntilMs <= before.FromMs
            || after.UntilMs <= after.FromMs || before.UntilMs > project.PromisedMs
            || after.FromMs < project.DoneMs || after.UntilMs > NowMs)
        {
            return false;
        }

        var (made, madeAfter) = (MadeBy(project.Source, before), MadeBy(project.Source, after));
        var (masses, massesAfter) = (
            facts.WholeIn(before.FromMs, before.UntilMs),
            facts.WholeIn(after.FromMs, after.UntilMs));
        var isTold = made is not null || madeAfter is not null;
        if (!IsMeasured(masses, before) || !IsMeasured(massesAfter, after)
            || (isTold && (made is not { Unit.Length: > 0, Quantity.Sign: > 0 }
                || madeAfter is not { Unit.Length: > 0, Quantity.Sign: > 0 }
                || made.Value.Unit != madeAfter.Value.Unit)))
        {
            return false;
        }

        Spare(
            project, (GramsOf(masses), GramsOf(massesAfter)),
            isTold ? (made!.Value.Quantity, madeAfter!.Value.Quantity)
                : (TimeOf(masses), TimeOf(massesAfter)));
        return true;
    }

    public bool IsDone(string id) => _projects[id].State == "Completed";

    public bool EndOf(string id)
    {
        var isTheir = _projects[id].State == "Verified";
        _projects[id].State = isTheir ? "Closed" : _projects[id].State;
        return isTheir;
    }

    private static BigInteger TimeOf(IReadOnlyList<BigInteger> masses) =>
        (BigInteger)masses.Count * Instruments.WindowMs;

    private static bool IsMeasured(
        IReadOnlyList<BigInteger> masses, (long FromMs, long UntilMs) span) =>
        masses.Count > 0 && !(new Rational(TimeOf(masses), span.UntilMs - span.FromMs)
            < new Rational(NaiveTerms.MeasuredPercentMin, 100));

    private static BigInteger GramsOf(IReadOnlyList<BigInteger> milligrams) => new Rational(
        milligrams.Aggregate(BigInteger.Zero, (sum, one) => sum + one), 1_000).Nearest;

    private static void Spare(
        Paid project, (BigInteger Before, BigInteger After) grams,
        (BigInteger Before, BigInteger After) made)
    {
        var spared = (Rational.Of(grams.Before) * new Rational(made.After, made.Before)).Nearest
            - grams.After;
        project.State = "Verified";
        project.Spared = $"{grams.Before} {grams.After} {made.Before} {made.After} {spared}";
        project.SparedGrams = spared;
    }

    /// <summary>Back into the lots that it came from, to each its part.</summary>
    public bool ClawBack(string id, long amount)
    {
        var project = _projects[id];
        if (project.State is not ("Committed" or "Completed" or "Verified")
            || amount <= 0 || amount > project.Money)
        {
            return false;
        }

        var lots = project.Tranches.OfType<List<Line>>().SelectMany(lines => lines)
            .Where(line => line.Lot.Length > 0).GroupBy(line => (line.Account, line.Lot))
            .Select(group => new Line(
                group.Key.Account, group.Key.Lot,
                group.Aggregate(BigInteger.Zero, (sum, line) => sum + line.Amount)))
            .ToList();
        var parts = Rational.Share(amount, [.. lots.Select(lot => lot.Amount)]);
        Add([new("fund:cash", "", amount)]);
        Add(lots.Zip(parts).Select(pair => pair.First with { Amount = -pair.Second }));
        Free(id, project);
        project.State = "ClawedBack";
        project.Returned = amount;
        return true;
    }

    private static string KeyOf(string id, int index) => $"tranche/{id}/{index + 1}";

    private void Free(string id, Paid project)
    {
        foreach (var (i, _) in project.Tranches.Index())
        {
            if (_pending.ContainsKey(KeyOf(id, i)))
            {
                End(KeyOf(id, i), isPosted: false);
            }
        }
    }

    // The oldest lots of the zone first; of the payer's own money at most its part.
    private List<Line>? DrawnFor(Paid project, long amount)
    {
        BigInteger left = amount, own = amount * NaiveTerms.SelfPercent / 100;
        var lines = new List<Line>();
        foreach (var (account, lot) in _net.Keys
            .Where(key => key.Account == $"fund:local:{project.Zone}")
            .OrderBy(key => key.Lot[(key.Lot.IndexOf("/nox/", StringComparison.Ordinal) + 5)..],
                StringComparer.Ordinal)
            .ThenBy(key => key.Lot, StringComparer.Ordinal).ToList())
        {
            // Who owns the stack is paid for it too, whoever does the work.
            var payer = lot[..lot.IndexOf('/', StringComparison.Ordinal)];
            var isOwn = payer == project.Beneficiary
                || OwnersOf(project.Source, 0, 1).Contains(payer);
            var part = BigInteger.Min(left, Free(account, lot, -1));
            part = BigInteger.Max(0, isOwn ? BigInteger.Min(part, own) : part);
            own -= isOwn ? part : 0;
            left -= part;
            if (part > 0)
            {
                lines.Add(new(account, lot, part));
            }
        }

        lines.Add(new("fund:cash", "", -amount));
        return left > 0 || Free("fund:cash", "", 1) < amount ? null : lines;
    }

    private sealed class Paid(string zone, string beneficiary, string source)
    {
        public string Source => source;

        public int Score { get; set; }

        public long PromisedMs { get; set; }

        public long DoneMs { get; set; }

        /// <summary>Grams and what was made, before and after, and what was spared.</summary>
        public string Spared { get; set; } = "";

        public BigInteger SparedGrams { get; set; }

        /// <summary>Nothing where nothing was spared.</summary>
        public string CostPerKg => SparedGrams.Sign > 0
            ? $"{new Rational(Money * 1_000, SparedGrams).Nearest}"
            : "";

        public string Zone => zone;

        public string Beneficiary => beneficiary;

        public string State { get; set; } = "Applied";

        /// <summary>What each tranche moved; null until it is paid.</summary>
        public List<List<Line>?> Tranches { get; } = [];

        public BigInteger Returned { get; set; }

        public BigInteger Money => Tranches.OfType<List<Line>>().Aggregate(
            -Returned, (sum, lines) => sum - lines[^1].Amount);
    }
}
