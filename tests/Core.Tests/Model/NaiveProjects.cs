using System.Numerics;

namespace Monitoring.Tests.Core.Model;

/// <summary>Projects: promised, paid tranche by tranche, completed, measured, asked back.</summary>
internal sealed partial class NaiveBooks
{
    private readonly Dictionary<string, Paid> _projects = [];

    public IEnumerable<(string Id, string State, BigInteger Paid)> Projects =>
        _projects.Select(pair => (pair.Key, pair.Value.State, pair.Value.Money));

    public void Start(string project, string zone, string beneficiary) =>
        _projects[project] = new Paid(zone, beneficiary);

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

        project.State = "Committed";
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
        return true;
    }

    public bool GoOn(string id, string from, string to)
    {
        var isTheir = _projects[id].State == from;
        _projects[id].State = isTheir ? to : _projects[id].State;
        return isTheir;
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
            var isOwn = lot.StartsWith($"{project.Beneficiary}/", StringComparison.Ordinal);
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

    private sealed class Paid(string zone, string beneficiary)
    {
        public string Zone => zone;

        public string Beneficiary => beneficiary;

        public string State { get; set; } = "Approved";

        /// <summary>What each tranche moved; null until it is paid.</summary>
        public List<List<Line>?> Tranches { get; } = [];

        public BigInteger Returned { get; set; }

        public BigInteger Money => Tranches.OfType<List<Line>>().Aggregate(
            -Returned, (sum, lines) => sum - lines[^1].Amount);
    }
}
