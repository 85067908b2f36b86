using System.Numerics;

namespace Monitoring.Tests.Core.Model;

/// <summary>One movement on one place; above 0 a debit.</summary>
internal sealed record Line(string Account, string Lot, BigInteger Amount);

/// <summary>
/// The books once more, written down from the contract and not from the product: no events, no
/// immutability, rationals for every share, and each answer worked out from plain lists. Here are
/// places, periods, objections and sales.
/// </summary>
internal sealed partial class NaiveBooks(NaiveTerms terms)
{
    private enum Step
    {
        Open,
        Closing,
        Noticed,
        Final,
        Sealed,
    }

    private readonly SortedDictionary<(string Account, string Lot), BigInteger> _net = [];
    private readonly Dictionary<string, (List<Line> Lines, long ExpiresMs, string Period)>
        _pending = [];
    private readonly Dictionary<string, (bool IsPosted, bool IsExpired)> _ended = [];
    private readonly SortedDictionary<string, Step> _periods = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Period, bool IsAnswered)> _objections = [];

    public IReadOnlyDictionary<(string Account, string Lot), BigInteger> Net => _net;

    public IEnumerable<string> Reserved => _pending.Keys;

    public long NowMs { get; private set; }

    public void PassTo(long nowMs)
    {
        NowMs = nowMs;
        foreach (var key in _pending.Where(pair => pair.Value.ExpiresMs <= nowMs)
            .Select(pair => pair.Key).ToList())
        {
            _pending.Remove(key);
            _ended[key] = (false, true);
        }
    }

    public bool IsFinal(string period) => StepOf(period) >= Step.Final;

    /// <summary>By the name of a step; false where it is out of turn or something stands.</summary>
    public bool Move(string period, string to)
    {
        var (now, next) = (StepOf(period), Enum.Parse<Step>(to));
        if ((next == Step.Final && _objections.Values.Any(
                one => one.Period == period && !one.IsAnswered))
            || (next == Step.Sealed && _pending.Values.Any(one => one.Period == period)))
        {
            return false;
        }

        if (now != next && now + 1 != next)
        {
            return false;
        }

        _periods[period] = next;
        return true;
    }

    public bool Allocate(string member, string vintage, long grams)
    {
        var issued = -_net.GetValueOrDefault((Cap(vintage), ""));
        if (grams <= 0 || issued + grams > terms.CapGrams || StepOf(vintage) > Step.Noticed)
        {
            return false;
        }

        Add([new(Holding(member, vintage), "", grams), new(Cap(vintage), "", -grams)]);
        return true;
    }

    public bool Propose(
        string key, (string From, string To) parties, string vintage, long grams, long expiresMs)
    {
        var (from, to) = parties;
        var arrives = grams * 1_000 / terms.TransferThousandths;
        if (DaysLate(from) >= terms.SuspendAfterDays || from == to || grams <= 0 || arrives == 0
            || (terms.IsUphillDenied && ZonesOf(from).Contains("z2") && ZonesOf(to).Contains("z1"))
            || StepOf(vintage) > Step.Noticed
            || Free(Holding(from, vintage), "", 1) < grams)
        {
            return false;
        }

        List<Line> lines =
            [new(Holding(from, vintage), "", -grams), new(Holding(to, vintage), "", arrives)];
        if (grams > arrives)
        {
            lines.Add(new(Retired(vintage), "", grams - arrives));
        }

        _pending[key] = (lines, expiresMs, vintage);
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
        if ((isApproved && (!isBuyer || StepOf(offer.Period) > Step.Noticed
                || DaysLate(offer.Lines[0].Account.Split(':')[1]) >= terms.SuspendAfterDays))
            || (!isApproved && !isBuyer && !isSeller))
        {
            return false;
        }

        End(key, isApproved);
        return true;
    }

    public bool Object(string id, string period)
    {
        if (StepOf(period) != Step.Noticed)
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

    /// <summary>What a member had of a vintage and has not sold, whatever it used of it.</summary>
    public BigInteger HeldOf(string member, string vintage) =>
        ((string[])["holding", "surrendered", "banked", "made-good"]).Aggregate(
            BigInteger.Zero,
            (sum, name) => sum + _net.GetValueOrDefault(($"member:{member}:{name}@{vintage}", "")));

    private static string Holding(string member, string vintage) =>
        $"member:{member}:holding@{vintage}";

    private static string Cap(string vintage) => $"bubble:{NaiveTerms.Bubble}:cap@{vintage}";

    private static string Retired(string vintage) =>
        $"bubble:{NaiveTerms.Bubble}:retired@{vintage}";

    private static string[] ZonesOf(string member) => member switch
    {
        "m0" => ["z1"],
        "m1" => ["z2"],
        _ => ["z1", "z2"],
    };

    // A sealed period seals all before it.
    private Step StepOf(string period) =>
        _periods.Any(one => one.Value == Step.Sealed
            && string.CompareOrdinal(period, one.Key) <= 0)
            ? Step.Sealed
            : _periods.GetValueOrDefault(period);

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
