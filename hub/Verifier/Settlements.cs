using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Monitoring.Verifier;

/// <summary>
/// Works every settlement out again: from the contract that it names, and the masses that the log
/// told before it, in fractions that round nowhere but where the contract rounds.
/// </summary>
internal sealed class Settlements(Findings findings)
{
    private const long MsPerDay = 86_400_000;

    private readonly Versions _versions = new(findings);
    private readonly Coverage _coverage = new(findings);
    private readonly Activities _activities = new(findings);
    private readonly Dictionary<string, Terms> _terms = [];
    private readonly Dictionary<long, Dictionary<(string Source, long StartMs), Window>> _days = [];
    private readonly Dictionary<string, string> _newest = [];
    private readonly List<(Leaf Leaf, Terms Terms, List<Posting> Postings)> _charged = [];
    private readonly Dictionary<string, string> _replaced = [];
    private readonly Dictionary<string, string> _replacedBy = [];

    // What each settlement left to the next period, and on which accounts it rests.
    private readonly Dictionary<string, List<(long EndMs, List<Account> Carried)>> _carried = [];
    private readonly Dictionary<string, List<Account>> _accounts = [];
    private readonly Dictionary<string, BigInteger> _duties = [];
    private readonly Dictionary<string, string> _facts = [];
    private readonly Dictionary<string, string> _members = [];
    private readonly List<(Leaf Leaf, Reckoning Reckoned)> _reckoned = [];
    private long _massesUntilMs = long.MinValue;

    public int Count { get; private set; }

    /// <summary>Up to when periods are settled; a part of the sentence.</summary>
    public string Until => _coverage.UntilMs is not { } until ? ""
        : $", up to {Coverage.Time(until)}"
            + (_massesUntilMs > until
                ? $", while masses go on to {Coverage.Time(_massesUntilMs)}"
                : "");

    public void TakeContract(Leaf leaf, JsonElement document)
    {
        var terms = Terms.Of(document);
        _terms[leaf.Text("hash")] = terms;
        _versions.TakeContract(leaf, terms);
    }

    public void TakeWindow(Leaf leaf)
    {
        var key = (leaf.Text("source"), leaf.Ms("start_ms"));
        var day = _days.TryGetValue(key.Item2 / MsPerDay, out var known) ? known : [];
        _days[key.Item2 / MsPerDay] = day;
        var revision = leaf.Whole("revision");
        var before = day.TryGetValue(key, out var last) ? last.Revision : 0;
        if (revision <= before)
        {
            findings.Add(
                leaf.Where, $"is revision {revision} of a window that is at {before} already");
            return;
        }

        // What was never there before it came late is the second: the first is that it was not.
        if (revision > before + (before.IsZero ? 2 : 1))
        {
            findings.Add(
                leaf.Where, $"is revision {revision} of a window that is at {before}: one between "
                    + "them is missing");
        }

        if (leaf.List("facts").Any())
        {
            _massesUntilMs = Math.Max(_massesUntilMs, leaf.Ms("end_ms"));
        }

        foreach (var fact in leaf.List("facts"))
        {
            _members[key.Item1] = fact.Word("member");
        }

        day[key] = new Window(
            revision,
            [
                .. leaf.List("facts").Select(fact => new Mass(
                    fact.Word("id"), key.Item1, key.Item2,
                    fact.Word("member"),
                    fact.Word("pollutant"),
                    Leaf.WholeOf(fact.GetProperty("milligrams")))
                {
                    Zone = fact.Word("zone"), EndMs = leaf.Ms("end_ms"),
                    IsFilled = fact.Word("quality") is "substituted" or "manual",
                }),
            ]);
    }

    /// <summary>What a source made, as was reported.</summary>
    public Activities Activities => _activities;

    public void TakeActivity(Leaf leaf, JsonElement report) => _activities.Take(leaf, report);

    /// <summary>The masses of a source, as they are told until now, that lie in a span.</summary>
    public IEnumerable<Mass> MassesOf(string source, long startMs, long endMs) =>
        WindowsIn(startMs, endMs).Where(window => window.Key.Source == source)
            .SelectMany(window => window.Value.Masses).Where(mass => mass.EndMs <= endMs);

    /// <summary>What a member has to give up in kind; the newest word holds.</summary>
    public void TakeDuty(JsonElement duty) =>
        _duties[duty.Word("Id")] = Leaf.WholeOf(duty.GetProperty("DueGrams"));

    public void Take(Leaf leaf, Ledger ledger)
    {
        Count++;
        var period = leaf.Text("period");
        var name = $"{leaf.Text("contract")} {period}";
        if (_newest.TryGetValue(name, out var before))
        {
            _replaced[leaf.Text("id")] = before;
            _replacedBy[before] = leaf.Text("id");
        }

        _newest[name] = leaf.Text("id");

        if (!_terms.TryGetValue(leaf.Text("contract_hash"), out var terms))
        {
            findings.Add(leaf.Where, "the contract that it names is not in the log before it");
            return;
        }

        _versions.TakeSettlement(leaf, terms, before);
        _coverage.TakeSettlement(leaf, terms);
        if (terms.NotUnderstood is { } clause)
        {
            findings.Add(
                leaf.Where, $"cannot be worked out again here: '{clause}' of its contract");
            return;
        }

        var masses = MassesOf(terms, leaf.Ms("start_ms"), leaf.Ms("end_ms"));
        Compare(leaf, terms.In(leaf.Ms("start_ms")), masses, ledger);
    }

    // Once a period is final, what members held stays; before, it is as sales have left it. What
    // an earlier period left may have been put right in both cases.
    private List<Account> AccountsOf(
        Leaf leaf, Terms terms, Ledger ledger,
        (List<Mass> Masses, List<Activity> Activities) facts)
    {
        var now = AccountsNow(leaf, terms, ledger);
        if (!_replaced.TryGetValue(leaf.Text("id"), out var before)
            || !_accounts.TryGetValue(before, out var then))
        {
            return now;
        }

        List<Account> heldThen =
        [
            .. then.Select(account => now.Find(one => one.Member == account.Member)
                is { } carried
                ? account with { Banked = carried.Banked, Owed = carried.Owed }
                : account),
        ];
        List<List<Account>> possible = [now, heldThen, then];
        return possible.Find(accounts =>
            IdsOf(leaf, facts, accounts).Contains(leaf.Text("id"))) ?? then;
    }

    private List<Account> AccountsNow(Leaf leaf, Terms terms, Ledger ledger)
    {
        var startMs = leaf.Ms("start_ms");
        var carried = _carried.GetValueOrDefault(terms.Id, [])
            .Where(one => one.EndMs <= startMs)
            .Aggregate(
                (EndMs: long.MinValue, Carried: new List<Account>()),
                (newest, one) => one.EndMs >= newest.EndMs ? one : newest).Carried;
        List<Account> accounts =
        [
            .. carried.Select(one => one with
            {
                Held = terms.Shares.First(share => share.Member == one.Member).Grams.Floor(),
            }),
        ];
        if (leaf.Text("period").Split('/', 2) is not [var bubble, var vintage])
        {
            throw new FormatException($"'{leaf.Text("period")}' is no period of a bubble");
        }

        foreach (var member in terms.HoldingOrder)
        {
            var given = terms.Shares.First(share => share.Member == member).Grams.Floor();
            if (ledger.HeldOf(member, bubble, $"mass:{terms.Pollutant}/{vintage}")
                is { } held && held != given)
            {
                var old = accounts.Find(account => account.Member == member)
                    ?? new Account(member, given, 0, 0);
                accounts.Remove(old);
                accounts.Add(old with { Held = held });
            }
        }

        return accounts;
    }

    /// <summary>Nothing that was emitted lies between what is settled.</summary>
    /// <param name="noticed">Periods of which notice was given.</param>
    public void CompareCoverage(IEnumerable<string> noticed) => _coverage.Compare(
        noticed, _versions.FirstMs,
        terms =>
        [
            .. _days.Values.SelectMany(day => day)
                .SelectMany(window => Counted(terms, window.Value.Masses))
                .Select(mass => mass.StartMs).Order(),
        ]);

    /// <summary>Every charge is booked once and in full, and divided by the contract.</summary>
    public void CompareEntries(Ledger ledger)
    {
        CompareDuties();
        foreach (var (leaf, terms, expected) in _charged)
        {
            var period = $"{terms.Id}/{leaf.Text("period")}";
            // A first settlement of a period that somebody had sealed already comes later too.
            string[] keys =
            [
                .. _replaced.ContainsKey(leaf.Text("id")) ? (string[])[] : [$"charge/{period}"],
                $"correction/{period}/{leaf.Text("id")}",
                $"restatement/{period}/{leaf.Text("id")}",
            ];
            var found = keys.Select(ledger.Find).FirstOrDefault(entry => entry is not null);
            if (found is not var (entryLeaf, postings))
            {
                findings.Add(
                    leaf.Where, $"its charges are not booked: the ledger has no '{keys[0]}'");
                continue;
            }

            CompareReversal(ledger, terms, leaf, (entryLeaf, postings));

            ComparePostings(entryLeaf, expected, postings);
        }
    }

    // By charge and account, so that a wrong line is named and not only that one is.
    private void ComparePostings(Leaf leaf, List<Posting> expected, List<Posting> booked)
    {
        // Books from before there were lots have none anywhere.
        var areLotsTold = booked.Any(posting => posting.Lot.Length > 0);
        Posting Known(Posting posting) => areLotsTold ? posting : posting with { Lot = "" };
        var ours = expected.Select(Known).ToLookup(LineOf);
        var theirs = booked.ToLookup(LineOf);
        foreach (var line in ours.Concat(theirs).Select(group => group.Key).Distinct())
        {
            var (right, told) = (Sum(ours[line]), Sum(theirs[line]));
            if (right != told || theirs[line].Count() > 1)
            {
                findings.Add(
                    leaf.Where,
                    $"books {told} {line.Asset} on {line.Account}, lot '{line.Lot}', for charge "
                        + $"{line.Charge}; the contract and the zones of the masses make it "
                        + $"{right}");
            }
        }
    }

    private static (string Account, string Asset, string Charge, string Lot) LineOf(
        Posting posting) => (posting.Account, posting.Asset, posting.Charge, posting.Lot);

    // What another settlement took the place of is taken back, line by line.
    private void CompareReversal(
        Ledger ledger, Terms terms, Leaf settlement, (Leaf Leaf, List<Posting> Postings) entry)
    {
        if (!_replacedBy.TryGetValue(settlement.Text("id"), out var other))
        {
            return;
        }

        var opposite = entry.Postings.Select(one => one with { Amount = -one.Amount });
        if (ledger.Find($"reversal/correct/{terms.Id}/{other}") is not var (_, postings)
            || !opposite.ToHashSet().SetEquals(postings))
        {
            findings.Add(
                entry.Leaf.Where, "is not taken back, although its settlement was put right");
        }
    }

    private void Compare(Leaf leaf, Terms terms, List<Mass> masses, Ledger ledger)
    {
        var activities = _activities.Of(leaf, terms, masses);
        var accounts = AccountsOf(leaf, terms, ledger, (masses, activities));
        var reckoned = Reckoning.Of(
            terms, masses,
            new Known(accounts, activities, IncompleteOf(leaf, terms)));
        var id = leaf.Text("id");
        Keep(leaf, terms, reckoned, accounts);
        _facts[id] = NamedBy.Content(
        [
            .. masses.Select(mass => mass.Id), .. activities.Select(Activities.TextOf),
        ]);
        Expect(leaf, "emitted_g", reckoned.Emitted);
        Expect(leaf, "cap_g", reckoned.Limit);
        Expect(leaf, "excess_g", reckoned.Excess);
        Expect(leaf, "total_minor", reckoned.Total);
        Expect(leaf, "windows_known", masses.Count);
        if (!IdsOf(leaf, (masses, activities), accounts).Contains(id))
        {
            findings.Add(leaf.Where, "rests on other masses than the log told before it");
        }

        var expected = reckoned.Members.Where(member => member.Charge.Sign > 0)
            .Select(member => new Charge(
                ChargeId(id, member.Member, member.Charge), member.Member, member.AnswersFor,
                member.Charge))
            .OrderBy(charge => charge.Member, StringComparer.Ordinal).ToList();
        var booked = leaf.List("charges").Select(ChargeOf).ToList();
        foreach (var charge in expected.Concat(booked).Select(one => one.Member).Distinct())
        {
            var (ours, theirs) = (Find(expected, charge), Find(booked, charge));
            if (ours != theirs)
            {
                findings.Add(
                    leaf.Where, $"charges {charge} {Show(theirs)}; the facts make it {Show(ours)}");
            }
        }

        if (expected.Count > 0)
        {
            // Shares of equal size are told apart by the order of the parties.
            List<Charge> inOrder =
            [
                .. reckoned.Members.Select(member => Find(expected, member.Member))
                    .OfType<Charge>(),
            ];
            _charged.Add((leaf, terms, FundSplit.Of(
                terms, leaf.Text("period"), inOrder, masses, reckoned.Refunds)));
        }
    }

    // The hub says of whom windows are missing. One that it does not name has none of which the
    // log tells that it has no mass.
    private string[] IncompleteOf(Leaf leaf, Terms terms)
    {
        if (terms.Credits is not { IsOnlyIfComplete: true })
        {
            return [];
        }

        var named = leaf.Json.TryGetProperty("incomplete", out var told)
            ? (told.GetString() ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            : [];
        var (startMs, endMs) = (leaf.Ms("start_ms"), leaf.Ms("end_ms"));
        foreach (var member in _days.Values.SelectMany(day => day)
            .Where(window => window.Key.StartMs >= startMs && window.Key.StartMs < endMs
                && window.Value.Masses.Count == 0)
            .Select(window => _members.GetValueOrDefault(window.Key.Source))
            .OfType<string>().Distinct().Except(named))
        {
            findings.Add(
                leaf.Where, $"counts {member} as complete, of whom windows in it have no mass");
        }

        return named;
    }

    /// <summary>Whether it takes the place of another; and of other facts than that.</summary>
    public bool IsReplacing(Leaf leaf, out bool areFactsNew)
    {
        var facts = _facts.GetValueOrDefault(leaf.Text("id"));
        areFactsNew = !_replaced.TryGetValue(leaf.Text("id"), out var before)
            || facts is null || facts != _facts.GetValueOrDefault(before);
        return before is not null;
    }

    /// <summary>
    /// The ids that a settlement of these masses can have: it names each of them, or, as later
    /// releases do, each source's by the SHA-256 of their ids.
    /// </summary>
    private string[] IdsOf(
        Leaf leaf, (List<Mass> Masses, List<Activity> Activities) facts, List<Account> accounts)
    {
        var masses = facts.Masses;
        var held = accounts.Select(account => string.Create(
            CultureInfo.InvariantCulture,
            $"{account.Member} {account.Held} {account.Banked} {account.Owed}"));
        string[] replaces = _replaced.TryGetValue(leaf.Text("id"), out var before)
            ? ["replaces", before]
            : [];
        string Named(IEnumerable<string> named) => NamedBy.Content(
        [
            "settlement", leaf.Text("contract_hash"), leaf.Text("period"), .. named, .. held,
            .. facts.Activities.Select(Activities.TextOf), .. replaces,
        ]);
        var series = masses
            .GroupBy(mass => (mass.Source, mass.Member, mass.Pollutant))
            .OrderBy(group => group.Key.Source, StringComparer.Ordinal)
            .ThenBy(group => group.Key.Member, StringComparer.Ordinal)
            .ThenBy(group => group.Key.Pollutant, StringComparer.Ordinal)
            .SelectMany(group => (string[])
            [
                group.Key.Source, group.Key.Member, group.Key.Pollutant,
                Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(
                    group.OrderBy(mass => mass.StartMs).Select(mass => mass.Id + "\n"))))),
            ]);
        return
        [
            Named(masses.Select(mass => mass.Id).Order(StringComparer.Ordinal)),
            Named([NamedBy.Content(["facts", .. series])]),
        ];
    }

    private void Keep(Leaf leaf, Terms terms, Reckoning reckoned, List<Account> accounts)
    {
        _accounts[leaf.Text("id")] = accounts;
        _reckoned.Add((leaf, reckoned));
        if (terms.IsCarried)
        {
            if (!_carried.TryGetValue(terms.Id, out var carried))
            {
                _carried[terms.Id] = carried = [];
            }

            carried.Add((leaf.Ms("end_ms"),
            [
                .. reckoned.Members.Select(member => new Account(
                    member.Member, 0, member.Carried, member.InKind + member.Borrowed)),
            ]));
        }
    }

    // What is due in kind is what the newest settlement of the period makes it.
    private void CompareDuties()
    {
        foreach (var (leaf, reckoned) in _reckoned
            .Where(one => !_replacedBy.ContainsKey(one.Leaf.Text("id"))))
        {
            foreach (var member in reckoned.Members)
            {
                var due = _duties.GetValueOrDefault($"{leaf.Text("period")}/{member.Member}");
                if (due != member.InKind)
                {
                    findings.Add(
                        leaf.Where,
                        $"has {member.Member} give up {due} g; the facts make it {member.InKind}");
                }
            }
        }
    }

    private void Expect(Leaf leaf, string name, BigInteger value)
    {
        if (leaf.Whole(name) != value)
        {
            findings.Add(
                leaf.Where, $"says {name} {leaf.Whole(name)}; what the log tells makes it {value}");
        }
    }

    private List<Mass> MassesOf(Terms terms, long startMs, long endMs) =>
        [.. WindowsIn(startMs, endMs).SelectMany(window => Counted(terms, window.Value.Masses))];

    private IEnumerable<KeyValuePair<(string Source, long StartMs), Window>> WindowsIn(
        long startMs, long endMs)
    {
        var (first, last) = (startMs / MsPerDay, (endMs - 1) / MsPerDay);

        // A lie about a span must not take the time of one.
        var days = last - first > _days.Count
            ? _days.Keys.Where(day => day >= first && day <= last).Order()
            : Enumerable.Range(0, (int)(last - first + 1)).Select(i => first + i);
        return days.SelectMany(day => _days.GetValueOrDefault(day, []))
            .Where(window => window.Key.StartMs >= startMs && window.Key.StartMs < endMs);
    }

    private static IEnumerable<Mass> Counted(Terms terms, IEnumerable<Mass> masses) =>
        masses.Where(mass => terms.Weights.ContainsKey(mass.Pollutant)
            && terms.Shares.Any(share => share.Member == mass.Member));

    private static string ChargeId(string settlement, string member, BigInteger minor) =>
        NamedBy.Content(
            ["charge", settlement, member, minor.ToString(CultureInfo.InvariantCulture)]);

    private static Charge ChargeOf(JsonElement json) => new(
        json.Word("id"), json.Word("member"),
        Leaf.WholeOf(json.GetProperty("apportioned_g")),
        Leaf.WholeOf(json.GetProperty("minor_units")));

    private static Charge? Find(List<Charge> charges, string member) =>
        charges.FirstOrDefault(charge => charge.Member == member);

    private static string Show(Charge? charge) => charge is null
        ? "nothing"
        : $"{charge.MinorUnits} for {charge.ApportionedGrams} g ({charge.Id})";

    private static BigInteger Sum(IEnumerable<Posting> postings) =>
        postings.Aggregate(BigInteger.Zero, (all, posting) => all + posting.Amount);

    private sealed record Window(BigInteger Revision, IReadOnlyList<Mass> Masses);
}
