using System.Numerics;
using System.Text.Json;

namespace Monitoring.Verifier;

/// <summary>
/// What members owe in money: each charge until it is paid, the oldest first, and simple interest
/// of whole days on what is late, as the contract says, rounded as one sum. Worked out again with
/// each charge that the log tells anew.
/// </summary>
internal sealed class Interest(Findings findings)
{
    private const long MsPerDay = 86_400_000;

    private readonly Dictionary<string, Owed> _owed = [];

    // Of each member: what charges and interest came to, and what is left after payments.
    private readonly Dictionary<string, (BigInteger Charged, BigInteger Net)> _booked = [];
    private readonly List<(string Member, BigInteger Charged, BigInteger Net)> _recent = [];
    private readonly Dictionary<string, List<(Owed Owed, BigInteger Open)>> _open = [];
    private readonly HashSet<string> _told = [];
    private readonly HashSet<string> _early = [];
    private Fraction _percentPerYear = Fraction.Zero;
    private bool _isActLast;
    private string _request = "";

    public void TakeContract(JsonElement document) =>
        _percentPerYear = document.TryGetProperty("late", out var late)
            && late.TryGetProperty("interest_percent_per_year", out var percent)
                ? Fraction.Parse(percent.GetRawText())
                : Fraction.Zero;

    public void TakeEntry(Leaf leaf)
    {
        // What one request books is told before what it changes of charges.
        if (_isActLast)
        {
            _recent.Clear();
            _isActLast = false;
        }

        foreach (var posting in leaf.List("postings"))
        {
            if (posting.Word("account").Split(':') is not ["member", var member, "receivable"])
            {
                continue;
            }

            var amount = Leaf.WholeOf(posting.GetProperty("amount"));
            var charged = posting.Word("charge").Length > 0 ? amount : 0;
            var (allCharged, net) = _booked.GetValueOrDefault(member);
            _booked[member] = (allCharged + charged, net + amount);
            _recent.Add((member, charged, amount));
        }
    }

    public void TakeAct(Leaf leaf, string kind, JsonElement body)
    {
        _isActLast = true;
        if (kind != "charge-due")
        {
            return;
        }

        if (leaf.Text("request") != _request)
        {
            _request = leaf.Text("request");
            _open.Clear();
        }

        var told = Owed.Of(body);
        if (_told.Add(told.Member) && !Before(told.Member).Charged.IsZero)
        {
            // Charges of an earlier release are not told, so payments cannot be placed.
            _early.Add(told.Member);
        }

        if (!_early.Contains(told.Member))
        {
            Compare(leaf, told);
        }

        _owed[told.Id] = told;
    }

    /// <summary>Call last: what members owe is what was booked.</summary>
    public void End()
    {
        foreach (var member in _told.Except(_early))
        {
            var owed = _owed.Values.Where(one => one.Member == member).Aggregate(
                BigInteger.Zero, (sum, one) => sum + one.Minor + one.Interest);
            if (owed != _booked.GetValueOrDefault(member).Charged)
            {
                findings.Add(
                    "the ledger", $"charges {member} {_booked.GetValueOrDefault(member).Charged}; "
                        + $"its charges and their interest are {owed}");
            }
        }
    }

    private (BigInteger Charged, BigInteger Net) Before(string member)
    {
        var (charged, net) = _booked.GetValueOrDefault(member);
        return _recent.Where(one => one.Member == member).Aggregate(
            (charged, net),
            (sum, one) => (sum.charged - one.Charged, sum.net - one.Net));
    }

    private void Compare(Leaf leaf, Owed told)
    {
        if (!_owed.TryGetValue(told.Id, out var before))
        {
            if (!told.Interest.IsZero || !told.Rest.IsZero || told.FromMs != told.LateMs)
            {
                findings.Add(leaf.Where, "bears interest from before it was charged");
            }

            return;
        }

        if (told with { Minor = before.Minor } == before)
        {
            return;
        }

        var open = OpenOf(told.Member).FirstOrDefault(one => one.Owed.Id == told.Id).Open;
        var days = Math.Max(0, (leaf.Ms("at_ms") - before.FromMs) / MsPerDay);
        var due = Fraction.Of(BigInteger.Max(0, open - before.Interest) * days)
            * _percentPerYear / Fraction.Of(100 * 365) + before.RestMinor;
        var interest = before.Interest + due.Round();
        var rest = due - Fraction.Of(interest - before.Interest);
        if (told.Interest != interest || !(told.RestMinor - rest).Above.IsZero
            || told.FromMs != before.FromMs + (days * MsPerDay))
        {
            findings.Add(
                leaf.Where, $"has {told.Interest} of interest up to {Coverage.Time(told.FromMs)}; "
                    + $"{days} days on {BigInteger.Max(0, open - before.Interest)} after "
                    + $"{before.Interest} make it {interest}");
        }
    }

    // As it was before the request: all of its changes rest on that.
    private List<(Owed Owed, BigInteger Open)> OpenOf(string member)
    {
        if (_open.TryGetValue(member, out var known))
        {
            return known;
        }

        var all = _owed.Values.Where(one => one.Member == member).OrderBy(one => one.LateMs)
            .ThenBy(one => one.Id, StringComparer.Ordinal).ToList();
        var paid = all.Aggregate(BigInteger.Zero, (sum, one) => sum + one.Minor + one.Interest)
            - Before(member).Net;
        _open[member] = known = [];
        foreach (var one in all)
        {
            var covered = BigInteger.Max(0, BigInteger.Min(paid, one.Minor + one.Interest));
            paid -= covered;
            known.Add((one, one.Minor + one.Interest - covered));
        }

        return known;
    }

    /// <param name="Rest">In hundredths of a percent, of a minor unit, for a day of 365.</param>
    private sealed record Owed(
        string Id, string Member, BigInteger Minor, long LateMs, BigInteger Interest, long FromMs,
        BigInteger Rest)
    {
        public Fraction RestMinor => new(Rest, 10_000 * 365);

        public static Owed Of(JsonElement body) => new(
            body.Word("Id"), body.Word("Member"), Leaf.WholeOf(body.GetProperty("MinorUnits")),
            (long)Leaf.WholeOf(body.GetProperty("DueMs")),
            Leaf.WholeOf(body.GetProperty("InterestMinor")),
            (long)Leaf.WholeOf(body.GetProperty("InterestFromMs")),
            Leaf.WholeOf(body.GetProperty("InterestRest")));
    }
}
