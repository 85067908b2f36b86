using System.Collections.Immutable;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;

namespace Monitoring.Tests.Core.Model;

/// <summary>
/// Projects of the fund, and what is measured of them: a stack of its own is watched while they
/// go on, and what it emitted before and after says what they spared.
/// </summary>
internal sealed partial class World
{
    // Whole windows that were watched one after the other.
    private readonly List<(long FromMs, long UntilMs)> _watched = [];

    private void Spend()
    {
        if (_projects == 0 || _random.Next(10) == 0)
        {
            Propose();
        }

        // Mostly one that goes on, and mostly what comes next.
        var all = _teller.State.Projects;
        var running = all.Values.Where(one => one.State is ProjectState.Committed
                or ProjectState.Completed or ProjectState.Verified
                || (one.State == ProjectState.Approved && FreeIn(one.Zone) > 0))
            .Select(one => one.Id).ToList();
        if (running.Count == 0 && _random.Next(6) > 0)
        {
            // There is no money: it comes of what is settled.
            Measure();
            Close();
            return;
        }

        var project = running.Count > 0 && _random.Next(5) > 0
            ? running[_random.Next(running.Count)]
            : $"p{_random.Next(1, _projects + 1)}";
        var what = _random.Next(6) == 0 ? _random.Next(12) : all[project].State switch
        {
            ProjectState.Approved => _random.Next(3),
            ProjectState.Committed => all[project].PaidMinor > 0
                ? _random.Next(5, 8) : _random.Next(3, 6),
            ProjectState.Completed => _random.Next(12) switch
            {
                0 => 8, 1 => 9, < 5 => 10, _ => 11,
            },
            _ => _random.Next(8, 10),
        };
        Spend(all[project], what);
    }

    private void Spend(Project of, int what)
    {
        var project = of.Id;
        switch (what)
        {
            case < 3:
                var tranches = TranchesFor(of.Zone);
                var expires = _teller.NowMs + _random.NextInt64(1, 90 * Ageing.DayMs);
                Same(
                    Ask($"commit {Steps}", new FundCommand.Commit(
                        project, [.. tranches], expires)),
                    _naive.Commit(project, tranches, expires));
                break;
            case < 6:
                var number = _random.Next(1, 3);
                Same(
                    Ask($"tranche {Steps}", new FundCommand.PayTranche(project, number, "bill")),
                    _naive.PayTranche(project, number));
                break;
            case 6:
                Same(
                    Ask($"done {Steps}", new FundCommand.Complete(project)),
                    _naive.Complete(project));
                break;
            case 7 or 8:
                var paid = of.PaidMinor;
                var amount = _random.NextInt64(-1, _random.Next(2) == 0 ? MoneyMax : paid + 2);
                Same(
                    Ask($"back {Steps}", new FundCommand.ClawBack(project, amount)),
                    _naive.ClawBack(project, amount));
                break;
            case 9:
                Same(
                    Ask($"end {Steps}", new FundCommand.CloseProject(project)),
                    _naive.EndOf(project));
                break;
            case 10:
                Same(
                    Ask($"verify {Steps}", new FundCommand.Verify(
                        project, new Abatement(9, 5, 1, 1))),
                    _naive.Verify(project, FactsOf(of.Source)));
                break;
            default:
                MeasureProject(project, of.Source);
                break;
        }
    }

    private void Watch()
    {
        var windows = _random.Next(1, 4);
        var fromMs = ((_teller.NowMs / Instruments.WindowMs) - windows) * Instruments.WindowMs;
        if (_watched.Count > 0 && _watched[^1].UntilMs > fromMs)
        {
            return;
        }

        for (var i = 0; i < windows; i++)
        {
            _instruments[Members].Measure(fromMs + (i * Instruments.WindowMs));
        }

        _watched.Add((fromMs, fromMs + (windows * Instruments.WindowMs)));
        if (_random.Next(5) > 0)
        {
            Heal(Members);
        }
    }

    // Mostly spans that were watched, the one before and the other after.
    private void MeasureProject(string id, string source)
    {
        var project = _teller.State.Projects[id];
        (long, long) Of(Func<(long FromMs, long UntilMs), bool> fits)
        {
            var (isAny, isDark) = (_random.Next(10) == 0, _random.Next(4) == 0);
            var all = _watched.Where(one => isAny || (fits(one) && (isDark
                || FactsOf(source).WholeIn(one.FromMs, one.UntilMs).Count > 0))).ToList();
            var (fromMs, untilMs) = all.Count == 0 ? (StartMs, StartMs)
                : all[_random.Next(Math.Max(0, all.Count - 4), all.Count)];
            return _random.Next(5) switch
            {
                0 => (fromMs - _random.Next(1_500), untilMs + _random.Next(1_500)),
                1 => (fromMs, fromMs + Instruments.WindowMs),
                _ => (fromMs, untilMs),
            };
        }

        for (var tries = 0; tries < 3 && _naive.IsDone(id); tries++)
        {
            var before = Of(one => one.UntilMs <= project.CommittedMs);
            var isHasty = _random.Next(4) == 0;
            var after = Of(one =>
                one.FromMs >= (isHasty ? project.CommittedMs : project.CompletedMs));
            if (_random.Next(3) == 0)
            {
                TellMade(source, before);
                TellMade(source, after);
            }

            Same(
                Ask($"measure {Steps} {tries}", new FundCommand.Measure(
                    id, Span(before), Span(after))),
                _naive.Measure(id, before, after, FactsOf(source)));
        }
    }

    private void TellMade(string source, (long FromMs, long UntilMs) span) => Tell(
        Period.Containing(
            Shipped.Contract, DateTimeOffset.FromUnixTimeMilliseconds(span.FromMs)).Id,
        source, span, _random.Next(300));

    private static AskedSpan Span((long FromMs, long UntilMs) of) => new(
        DateTimeOffset.FromUnixTimeMilliseconds(of.FromMs),
        DateTimeOffset.FromUnixTimeMilliseconds(of.UntilMs));

    private NaiveFacts FactsOf(string source) =>
        source == "stack" ? new NaiveFacts() : _plants[source[^1] - '0'];

    // As the hub reads them from its books.
    private SpanFacts FactsIn(FactSpan span)
    {
        var facts = span.Source == "stack" ? [] : _hub[span.Source[^1] - '0'].FactsIn(
            DateTimeOffset.FromUnixTimeMilliseconds(span.FromMs),
            DateTimeOffset.FromUnixTimeMilliseconds(span.UntilMs)).ToList();
        return new SpanFacts(
            span.FromMs, span.UntilMs, facts.Sum(fact => fact.Milligrams),
            facts.Sum(fact => (long)(fact.End - fact.Start).TotalMilliseconds), 0, facts.Count,
            "");
    }

    private static string TextOf(Abatement? it) => it is null
        ? ""
        : $"{it.BeforeGrams} {it.AfterGrams} {it.BeforeActivity} {it.AfterActivity} {it.Grams}";

    private long FreeIn(string zone) => Lots.Of(_teller.State.Ledger)
        .Where(lot => lot.Place.Account == Accounts.Local(zone)).Sum(lot => lot.FreeMinor);

    // Mostly as much as there is, over several lots.
    private long[] TranchesFor(string zone)
    {
        var cash = (long)_teller.State.Ledger.At(Accounts.Cash, Terms.Money).FreeDebit;
        var count = _random.Next(1, 4);
        var most = _random.Next(8) == 0
            ? MoneyMax
            : Math.Max(1, Math.Min(FreeIn(zone), cash) / count);
        return
        [
            .. Enumerable.Range(0, count).Select(_ =>
                _random.NextInt64(
                    _random.Next(20) == 0 ? 0 : 1,
                    1 + Math.Max(1, most * _random.Next(1, 5) / 4))),
        ];
    }

    private void Propose()
    {
        var (id, zone, who) = (
            $"p{++_projects}", $"z{_random.Next(1, 3)}", $"m{_random.Next(Members + 1)}");
        var source = (string[])["stack", "stack-m1", "stack-m4", "stack-m4", "stack-m4"];
        var of = source[_random.Next(source.Length)];
        Ask($"apply {id}", new FundCommand.Apply(new Project(
            id, $"call-{zone}", who, of, zone, LedgerRules.AmountMax, 1)));
        _naive.Apply(id, zone, who, of);
        var score = _random.Next(6) == 0
            ? _random.Next(-1, 102)
            : _random.Next(60, 101);
        Same(
            Ask($"appraise {id}", new FundCommand.Appraise(id, score)),
            _naive.Appraise(id, score));
        Same(
            Ask($"voters {id}", new FundCommand.IssueShares("voters", 3)),
            _naive.Issue("voters", 3));
        var all = _teller.State.Shares.Values.Sum();
        var (yes, no) = (_random.Next(1, 4), _random.Next(8) == 0 ? all : _random.Next(2));
        Same(Ask($"vote {id}", new FundCommand.Vote(id, yes, no)), _naive.Vote(id, yes, no));
    }
}
