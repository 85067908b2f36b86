using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Settlement;

namespace Monitoring.Tests.Core.Model;

/// <summary>
/// What people say to the books and what moves nothing by itself: what was made, what is meant to
/// be made, that a final period is to be put right, and whose a share is.
/// </summary>
internal sealed partial class World
{
    private const int SecondMs = 1_000;
    private const int PeriodSeconds = 60;

    private static readonly string[] Holders = ["voters", "anna", "bo", "Carl"];
    private static readonly string[] Products = ["iron", "steel", "hot metal"];

    // From then on it is another member's.
    private static readonly long SoldMs = PeriodAt(3).Start.ToUnixTimeMilliseconds() + 30_000;

    // Up to which the words were compared.
    private FundState _told = FundState.Empty;

    private void Tell()
    {
        var source = _random.Next(20) switch
        {
            0 => "stack-x", < 8 => "stack-m4", _ => $"stack-m{_random.Next(Members)}",
        };
        var period = source == "stack-m4" && _watched.Count > 0
            ? Period.Containing(
                Shipped.Contract, DateTimeOffset.FromUnixTimeMilliseconds(
                    _watched[_random.Next(_watched.Count)].FromMs))
            : PeriodAt(_random.Next(Math.Max(0, _closed.Count - 2), _closed.Count + 2));
        (long From, long Until)? span = _random.Next(3) == 0 ? null : SpanIn(period, source);
        Tell(
            _random.Next(20) == 0 ? "demo-bubble/soon" : period.Id,
            _random.Next(20) == 0 ? "stack-y" : source, span);
    }

    // Where it was watched; or seconds of the period, some of them beyond its end.
    private (long From, long Until) SpanIn(Period period, string source)
    {
        var startMs = period.Start.ToUnixTimeMilliseconds();
        return source == "stack-m4" && _watched.Find(one =>
                one.FromMs >= startMs && one.FromMs < startMs + (PeriodSeconds * SecondMs))
            is { UntilMs: > 0 } watched && _random.Next(4) > 0
            ? watched
            : (startMs + (_random.Next(4) * 10 * SecondMs),
                startMs + (_random.Next(3, 8) * 10 * SecondMs));
    }

    private bool Tell(
        string period, string source, (long From, long Until)? span, long? made = null)
    {
        var slip = made is null ? _random.Next(60) : int.MaxValue;
        var quantity = made
            ?? (slip == 0 ? -1 : _random.Next(12) == 0 ? 0 : _random.Next(1, 300));
        var unit = slip switch { 1 => "MWh", 2 => "", _ => NaiveTerms.Unit };
        var product = Products[slip == 3 ? 2 : _random.Next(2)];
        var from = span is null || slip is > 3 and < 9 ? (long?)null : span.Value.From;
        var until = span is null || slip is > 6 and < 12 ? (long?)null : span.Value.Until;
        var answer = Ask(
            $"made {Steps} {_asked.Count}",
            new FundCommand.ReportActivity(period, source, product, quantity, unit)
            {
                From = from is { } a ? DateTimeOffset.FromUnixTimeMilliseconds(a) : null,
                Until = until is { } b ? DateTimeOffset.FromUnixTimeMilliseconds(b) : null,
            });
        _told = FundState.Empty;
        Same(answer, _naive.Tell(
            (period, source, product), (from, until), (quantity, unit), BoundsOf(period)));
        return answer;
    }

    // All that a period lacks: in one word a source, or beside what was told of parts of it.
    private void TellRest(int index)
    {
        var period = PeriodAt(index);
        var startMs = period.Start.ToUnixTimeMilliseconds();
        var isStill = _random.Next(8) == 0;
        long Made() => isStill ? 0 : _random.Next(300);
        foreach (var i in Each(i => i).Where(i =>
            !Tell(period.Id, $"stack-m{i}", null, Made())))
        {
            for (var ms = startMs; ms < startMs + (PeriodSeconds * SecondMs);
                ms += Instruments.WindowMs)
            {
                Tell(period.Id, $"stack-m{i}", (ms, ms + Instruments.WindowMs), Made());
            }
        }
    }

    private static (long From, long Until)? BoundsOf(string period) =>
        DateTimeOffset.TryParse(
            VintageOf(period), CultureInfo.InvariantCulture, out var at)
            ? (at.ToUnixTimeMilliseconds(),
                at.AddSeconds(PeriodSeconds).ToUnixTimeMilliseconds())
            : null;

    private ActivityTerms? ActivityIn(string id) =>
        Period.Parse(Shipped.Contract, id) is not { } period ? null : new ActivityTerms(
            period.Start.ToUnixTimeMilliseconds(), period.End.ToUnixTimeMilliseconds(),
            _terms.IsPaidBack ? NaiveTerms.Unit : "",
            (source, fromMs, untilMs) => source switch
            {
                "stack-x" => [.. ((string[])["m0", "m1"])
                    .Where(member => member == "m0" ? fromMs < SoldMs : untilMs > SoldMs)],
                "stack" or "stack-y" => [],
                _ => [$"m{(source[^1] - '0') % Members}"],
            });

    private void Order()
    {
        if (_teller.State.Orders.Count > 0 && _random.Next(8) == 0)
        {
            var orders = _teller.State.Orders.Keys.ToList();
            var work = _random.Next(6) == 0 ? "none" : orders[_random.Next(orders.Count)];
            Same(
                Ask($"nothing {Steps}", new FundCommand.CloseWork(work, "the same as before")),
                _naive.Drop(work));
            return;
        }

        string[] reasons = _random.Next(3) == 0 || _terms.Reasons.Count == 0
            ? ["audit", "court", "late-facts", "error"] : [.. _terms.Reasons];
        List<int> final = [.. Enumerable.Range(0, _closed.Count)
            .Where(i => _naive.IsFinal(VintageAt(i)))];
        var index = final.Count > 0 && _random.Next(6) > 0
            ? final[_random.Next(final.Count)]
            : _random.Next(_closed.Count + 1);
        var period = _random.Next(15) == 0 ? "demo-bubble/2026" : PeriodAt(index).Id;
        var reason = reasons[_random.Next(reasons.Length)];
        var sha256 = _random.Next(10) == 0 ? "letter.pdf" : new string('a', 64);
        ImmutableArray<string> amendments = _random.Next(6) switch
        {
            0 => ["known-1", "known-2"], 1 => ["known-1", "lost"], _ => [],
        };
        var answer = Ask($"order {Steps}", new FundCommand.OrderRestatement(
            period, reason, sha256, amendments));
        Same(answer, _naive.Order(
            $"order {Steps}", (VintageOf(period), BoundsOf(period)?.Until), reason, sha256,
            amendments));
        if (answer && _random.Next(3) > 0)
        {
            Heal(_random.Next(Members));
            Restate(index);
        }
    }

    private RestatementTerms? RestatementIn(string id) =>
        Period.Parse(Shipped.Contract, id) is not { } period ? null : new RestatementTerms(
            [.. _terms.Reasons], UntilMs(period));

    private long? UntilMs(Period period) => _terms.LimitationDays == 0
        ? null
        : period.End.ToUnixTimeMilliseconds() + (_terms.LimitationDays * Ageing.DayMs);

    // As the hub looks for it: its own, or that of an earlier period whose rest it took over.
    private RestatementOrder? OrderFor(Closed before, Closed after)
    {
        var orders = _teller.State.Orders.Values;
        return orders.FirstOrDefault(order =>
                order.PeriodId == after.Period.Id && _teller.State.IsOpen(order))
            ?? (after.Settlement.FactsRoot == before.Settlement.FactsRoot
                && after.Settlement.Activities.SequenceEqual(before.Settlement.Activities)
                ? orders.FirstOrDefault(order => order.Settlement is not null
                    && string.CompareOrdinal(order.PeriodId, after.Period.Id) < 0)
                : null);
    }

    // Whole days from a few before today on.
    private void Plan()
    {
        var member = $"m{_random.Next(_random.Next(10) == 0 ? Members + 1 : 2)}";
        var lines = new List<(PlannedLine Line, NaiveLine Naive)>();
        var count = _random.Next(30) == 0 ? PlanRules.LinesMax + 1 : _random.Next(4);
        for (var i = 0; i < count; i++)
        {
            var day = DateTimeOffset.FromUnixTimeMilliseconds(
                (_teller.NowMs / Ageing.DayMs * Ageing.DayMs)
                    + (_random.Next(-2, 8) * Ageing.DayMs));
            var days = _random.Next(1, 4);
            var name = _random.Next(15) == 0 ? "soon"
                : days == 1 ? Day(day) : $"{Day(day)}/{Day(day.AddDays(days - 1))}";
            var product = Products[_random.Next(_random.Next(8) == 0 ? 3 : 2)];
            var (quantity, grams) = (_random.Next(-1, 90), _random.Next(-1, 90));
            var unit = _random.Next(20) == 0 ? "" : "t";
            lines.Add((
                new PlannedLine(name, product, quantity, unit, grams),
                new NaiveLine(
                    product, unit, quantity, grams,
                    name == "soon" ? null : (
                        day.ToUnixTimeMilliseconds(),
                        day.AddDays(days).ToUnixTimeMilliseconds()))));
        }

        Same(
            Ask($"plan {Steps}", new FundCommand.SubmitPlan(
                member, [.. lines.Select(line => line.Line)])),
            _naive.Plan(member, [.. lines.Select(line => line.Naive)]));
        ComparePlans(member);
    }

    private static string Day(DateTimeOffset at) =>
        at.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    // What plans say of the times ahead and behind.
    private void ComparePlans(string member)
    {
        Alike(
            PlanRules.SpansOf(_teller.State, member).Select(span =>
                $"{span.FromMs} {span.UntilMs} {span.Version} {span.IsMadeBefore} {span.Grams}"),
            _naive.PlannedSpans(member));
        if (PlanRules.Newest(_teller.State, member) is { } newest)
        {
            PlannedLine Any() => newest.Lines[_random.Next(newest.Lines.Length)];
            var fromMs = Any().FromMs + _random.Next(-1, 20_000_000);
            var untilMs = Math.Max(fromMs, Any().UntilMs + _random.Next(-20_000_000, 2));
            Assert.Equal(
                _naive.PlannedMilligrams(member, fromMs, untilMs),
                PlanRules.MilligramsIn(newest, fromMs, untilMs));
        }
    }

    private void HandOver()
    {
        var (from, to) = (
            Holders[_random.Next(Holders.Length)], Holders[_random.Next(Holders.Length)]);
        if (_random.Next(5) == 0)
        {
            var more = _random.Next(-1, 9);
            Same(
                Ask($"issue {Steps}", new FundCommand.IssueShares(to, more)),
                _naive.Issue(to, more));
            return;
        }

        var shares = _random.NextInt64(-1, _teller.State.Shares.GetValueOrDefault(from) + 2);
        Same(
            Ask($"hand {Steps}", new FundCommand.TransferShares(from, to, shares)),
            _naive.HandOver(from, to, shares));
    }

    private void CompareWords(FundState state)
    {
        Alike(state.Shares.Select(one => $"{one.Key} {one.Value}"), _naive.Shares);
        Alike(
            state.Covers.Values.SelectMany(cover => (cover.Short ?? [])
                .Select(one => $"{cover.PeriodId} {one.Member} {one.Of} {one.Grams}")
                .Append(VintageOf(cover.PeriodId))),
            _naive.Covered);
        Alike(
            state.Orders.Values.Select(one => $"{one.Id} {one.PeriodId} {one.Settlement}"),
            _naive.Orders);
        if (state.Activities == _told.Activities && state.Plans == _told.Plans)
        {
            return;
        }

        Alike(
            state.Activities.Values.Select(one => $"{one.PeriodId} {one.Source} {one.Member} "
                + $"{one.FromMs} {one.UntilMs} {one.Product} {one.Quantity} {one.Unit}"),
            _naive.Reports);
        Alike(
            state.Plans.Values.Select(one => $"{one.Member} {one.Version} {one.AtMs} "
                + string.Join(", ", one.Lines.Select(line =>
                    $"{line.FromMs} {line.UntilMs} {line.Product} {line.Quantity} {line.Grams}"))),
            _naive.Plans);
        _told = state;
    }
}
