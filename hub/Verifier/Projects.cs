using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Monitoring.Verifier;

/// <summary>
/// What the fund pays for: each project goes on step by step, is approved by more voices for it
/// than against and never by more than there are shares, is paid only what was promised to it, out
/// of lots of its call's zone, pollutant and purpose, and no call pays more than its budget. What
/// members met of what they owe in kind is what they gave up.
/// </summary>
internal sealed class Projects(Findings findings)
{
    private const int Applied = 0;
    private const int Approved = 2;
    private const int Committed = 3;
    private const int Ineligible = 6;
    private const int Rejected = 7;
    private const int Emergency = 4;
    private const int Administration = 5;
    private const string Tranche = "tranche";

    private static readonly string[] Steps =
    [
        "applied", "appraised", "approved", "committed", "completed", "verified", "ineligible",
        "rejected", "closed", "clawed back",
    ];

    // From which step to which others.
    private static readonly int[][] Next =
        [[1], [2, 7], [3], [3, 4, 7, 9], [5, 9], [8, 9], [], [], [], []];

    private readonly Dictionary<string, BigInteger> _shares = [];
    private readonly Dictionary<string, JsonElement> _calls = [];
    private readonly Dictionary<string, Project> _projects = [];
    private readonly HashSet<string> _paid = [];
    private readonly Dictionary<string, (string Place, BigInteger Met)> _duties = [];
    private readonly Dictionary<string, BigInteger> _given = [];

    /// <summary>Something that people did, with its body.</summary>
    public void TakeAct(Leaf leaf, string kind, JsonElement body)
    {
        switch (kind)
        {
            case "shares":
                _shares[body.Word("Holder")] = Leaf.WholeOf(body.GetProperty("Shares"));
                break;
            case "programme":
                _calls[body.Word("Id")] = body.Clone();
                break;
            case "project":
                TakeProject(leaf, Project.Of(body));
                break;
            case "duty":
                _duties[body.Word("Id")] = (
                    $"member:{body.Word("Member")}:made-good/{body.Word("Vintage")}",
                    Leaf.WholeOf(body.GetProperty("MetGrams")));
                break;
        }
    }

    public void TakeEntry(Leaf leaf)
    {
        foreach (var posting in leaf.List("postings"))
        {
            var account = posting.Word("account");
            if (account.EndsWith(":made-good", StringComparison.Ordinal))
            {
                var asset = posting.Word("asset");
                var place = account + asset[Math.Max(0, asset.IndexOf('/'))..];
                _given[place] = _given.GetValueOrDefault(place)
                    + Leaf.WholeOf(posting.GetProperty("amount"));
            }
        }

        if (leaf.Text("kind") == Tranche)
        {
            TakeTranche(leaf);
        }
    }

    /// <summary>Call last.</summary>
    public void End()
    {
        foreach (var (id, call) in _calls)
        {
            var paid = _projects.Values.Where(one => one.Call == id).Aggregate(
                BigInteger.Zero, (sum, one) => sum + one.PaidMinor);
            var budget = Leaf.WholeOf(call.GetProperty("BudgetMinor"));
            if (paid > budget)
            {
                findings.Add(
                    $"the call '{id}'", $"has paid {paid} of a budget of {budget}");
            }
        }

        foreach (var place in _duties.Values.Select(duty => duty.Place).Union(_given.Keys))
        {
            var met = _duties.Values.Where(duty => duty.Place == place)
                .Aggregate(BigInteger.Zero, (sum, duty) => sum + duty.Met);
            if (met != _given.GetValueOrDefault(place))
            {
                findings.Add(
                    "the ledger", $"has {_given.GetValueOrDefault(place)} g on {place}; the duties "
                        + $"say that {met} were given up for them");
            }
        }
    }

    private void TakeProject(Leaf leaf, Project project)
    {
        if (!_projects.TryGetValue(project.Id, out var before))
        {
            if (project.Step is not (Applied or Ineligible))
            {
                findings.Add(
                    leaf.Where, $"is {Name(project.Step)} and never applied");
            }
        }
        else if (!Next[before.Step].Contains(project.Step))
        {
            findings.Add(
                leaf.Where, $"is {Name(project.Step)}, which was {Name(before.Step)} "
                    + "before");
        }
        else if (project.Step is Approved or Rejected && before.Step == Approved - 1)
        {
            CompareVotes(leaf, project);
        }
        else if ((project.For, project.Against) != (before.For, before.Against)
            || project.Zone != before.Zone || project.Call != before.Call)
        {
            findings.Add(leaf.Where, "has other votes, another zone or call than before");
        }

        // The entry is told before the project says that it is paid.
        foreach (var paid in project.Parts.Where(one => one.IsPaid && !_paid.Contains(one.Key)))
        {
            findings.Add(leaf.Where, $"calls '{paid.Key}' paid, which the ledger does not have");
        }

        var promised = project.Parts.Aggregate(
            BigInteger.Zero, (sum, one) => sum + one.Minor);
        if (promised > project.Asked)
        {
            findings.Add(
                leaf.Where, $"is promised {promised} of {project.Asked} that it asked for");
        }

        _projects[project.Id] = project;
    }

    private void CompareVotes(Leaf leaf, Project project)
    {
        var shares = _shares.Values.Aggregate(BigInteger.Zero, (sum, one) => sum + one);
        if (project.For + project.Against > shares)
        {
            findings.Add(
                leaf.Where, $"has {project.For} voices for it and {project.Against} against; "
                    + $"{shares} shares are issued");
        }

        if (project.For > project.Against != (project.Step == Approved))
        {
            findings.Add(
                leaf.Where, $"is {Name(project.Step)} by {project.For} voices for it and "
                    + $"{project.Against} against");
        }
    }

    private void TakeTranche(Leaf leaf)
    {
        var key = leaf.Text("idempotency_key");
        var amount = leaf.List("postings")
            .Where(posting => posting.Word("account") == "fund:cash")
            .Aggregate(
                BigInteger.Zero,
                (sum, posting) => sum - Leaf.WholeOf(posting.GetProperty("amount")));
        _paid.Add(key);
        var id = key.Split('/') is [Tranche, var name, _] ? name : "";
        if (!_projects.TryGetValue(id, out var of) || of.Step != Committed
            || of.Parts.FirstOrDefault(one => one.Key == key) is not { } promised)
        {
            findings.Add(leaf.Where, "pays what was promised to no project");
            return;
        }

        if (promised.Minor != amount)
        {
            findings.Add(leaf.Where, $"pays {amount}; {promised.Minor} were promised");
        }

        CompareLots(leaf, of);
    }

    private void CompareLots(Leaf leaf, Project project)
    {
        if (!_calls.TryGetValue(project.Call, out var call))
        {
            findings.Add(leaf.Where, $"pays a project of '{project.Call}', which is no call");
            return;
        }

        var zone = call.GetProperty("Zone").GetString();
        var account = call.GetProperty("Purpose").GetInt32() switch
        {
            Administration => "fund:programme",
            Emergency => "fund:reserve",
            _ => zone is null ? "fund:programme" : $"fund:local:{zone}",
        };
        var isOfPollutant = call.GetProperty("Purpose").GetInt32() < Emergency;
        foreach (var posting in leaf.List("postings")
            .Where(posting => posting.Word("account") != "fund:cash"))
        {
            if (posting.Word("account") != account
                || (zone is not null && zone != project.Zone)
                || (isOfPollutant
                    && posting.Word("lot").Split('/').ElementAtOrDefault(1)
                        != call.Word("Pollutant")))
            {
                findings.Add(
                    leaf.Where, $"pays '{project.Id}' in {project.Zone} out of "
                        + $"{posting.Word("account")}, lot '{posting.Word("lot")}'; its call is "
                        + $"for {account} and {call.Word("Pollutant")}");
            }
        }
    }

    private static string Name(int state) => Steps[state];

    private sealed record Promised(string Key, BigInteger Minor, bool IsPaid);

    private sealed record Project(
        string Id, string Call, string Zone, int Step, BigInteger For, BigInteger Against,
        List<Promised> Parts)
    {
        public required BigInteger Asked { get; init; }

        public required BigInteger Returned { get; init; }

        public BigInteger PaidMinor => Parts.Where(one => one.IsPaid)
            .Aggregate(-Returned, (sum, one) => sum + one.Minor);

        public static Project Of(JsonElement body)
        {
            var state = body.GetProperty("State").GetInt32();
            return state < 0 || state >= Steps.Length
                ? throw new FormatException(string.Create(
                    CultureInfo.InvariantCulture, $"{state} is no step of a project"))
                : new Project(
                    body.Word("Id"), body.Word("Programme"), body.Word("Zone"), state,
                    Leaf.WholeOf(body.GetProperty("VotesFor")),
                    Leaf.WholeOf(body.GetProperty("VotesAgainst")),
                    [
                        .. body.GetProperty("Tranches").EnumerateArray().Select(one => new Promised(
                            one.Word("Key"), Leaf.WholeOf(one.GetProperty("MinorUnits")),
                            one.Word("Evidence").Length > 0)),
                    ])
                {
                    Asked = Leaf.WholeOf(body.GetProperty("RequestedMinor")),
                    Returned = Leaf.WholeOf(body.GetProperty("ReturnedMinor")),
                };
        }
    }
}
