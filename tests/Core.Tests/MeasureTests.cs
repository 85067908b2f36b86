using System.Collections.Immutable;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;

namespace Monitoring.Tests.Core;

/// <summary>When a project may be measured, and by which facts.</summary>
public sealed class MeasureTests
{
    private const long HourMs = 3_600_000;

    private static readonly SpanFacts Good =
        new(0, 0, 5_000_000, 95 * HourMs / 100, 2 * HourMs / 100, 9, "facts");

    [Theory]
    [InlineData(0, 1, 3, 4, "Accepted")]
    [InlineData(0, 2, 3, 4, "SpanNotUsable")]
    [InlineData(0, 1, 2, 4, "SpanNotUsable")]
    [InlineData(1, 0, 3, 4, "SpanNotUsable")]
    [InlineData(0, 1, 4, 3, "SpanNotUsable")]
    [InlineData(0, 1, 3, 6, "TooEarly")]
    public void Spans_lie_before_the_promise_and_after_the_end(
        int from, int until, int fromAfter, int untilAfter, string reason)
    {
        var (state, terms) = Completed(Good);
        var answer = Ask(state, terms, Measure(from, until, fromAfter, untilAfter));
        Assert.Equal(reason, answer.Answer.Reason);
        if (reason == "Accepted")
        {
            var project = Assert.IsType<Project>(answer.Events.Single());
            Assert.Equal(ProjectState.Verified, project.State);
            Assert.Equal((5_000, 5_000), (
                project.Abatement!.BeforeGrams, project.Abatement.AfterGrams));
            Assert.Equal(97 * HourMs / 100, project.Abatement.BeforeActivity);
        }
    }

    [Theory]
    [InlineData(89, 0, 9, "HolesInFacts", "89 % of the span before was measured")]
    [InlineData(50, 50, 9, "HolesInFacts", "0.5 h of it were filled in")]
    [InlineData(0, 0, 0, "NoFacts", "no mass of nox of stack-b in the span before")]
    public void A_span_without_facts_or_with_holes_is_refused(
        int measured, int filled, int facts, string reason, string said)
    {
        var (state, terms) = Completed(Good with
        {
            MeasuredMs = measured * HourMs / 100, FilledMs = filled * HourMs / 100, Facts = facts,
        });
        var answer = Ask(state, terms, Measure(0, 1, 3, 4)).Answer;
        Assert.Equal(reason, answer.Reason);
        Assert.Contains(said, answer.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_made_is_told_of_both_spans_whole_or_of_none()
    {
        var (state, terms) = Completed(Good);
        var half = state.Add(Made(0, 1, 100));
        Assert.Equal(
            "ActivityIncomplete", Ask(half, terms, Measure(0, 1, 3, 4)).Answer.Reason);
        var whole = half.Add(Made(3, 4, 150));
        var project = (Project)Ask(whole, terms, Measure(0, 1, 3, 4)).Events.Single();
        Assert.Equal("MWh", project.Abatement!.Proof!.Unit);
        Assert.Equal(2_500, project.Abatement.Grams);
        Assert.Equal(
            "ActivityIncomplete",
            Ask(whole.Add(Made(3, 4, 150) with { Unit = "t" }), terms, Measure(0, 1, 3, 4))
                .Answer.Reason);
    }

    [Fact]
    public void Masses_that_a_person_enters_are_taken_only_where_nothing_was_measured()
    {
        var typed = new FundCommand.Verify("p", new Abatement(9, 5, 1, 1)
        {
            Proof = new AbatementProof("nox", Good, Good, null),
        });
        var (state, terms) = Completed(Good);
        var refused = Ask(state, terms, typed).Answer;
        Assert.Equal("HasFacts", refused.Reason);
        Assert.Contains("ask 'measure'", refused.Detail, StringComparison.Ordinal);

        // Before the promise there was no hub: it is an estimate, whatever came with it.
        var none = terms with
        {
            FactsIn = span => Good with { Facts = span.FromMs == 0 ? 0 : 1 },
        };
        var project = (Project)Ask(state, none, typed).Events.Single();
        Assert.Null(project.Abatement!.Proof);
        Assert.Equal(4, project.Abatement.Grams);
    }

    [Fact]
    public void A_statement_says_what_was_measured_and_what_was_filled()
    {
        string Text(string? unit, bool isUkrainian) => StatementText.ResultOf(
            new StatementProject("p", "c", "z", ProjectState.Verified, 0, 100, 4_000, 25)
            {
                Proof = new AbatementProof("nox", Good, Good with { FilledMs = 0 }, unit),
            },
            isUkrainian, it => $"<{it}>");
        Assert.Equal(
            "spared 4 kg, <25> a kilogram (measured in 1.9 h of facts, at equal activity in MWh; "
                + "0.02 h more were filled in)", Text("MWh", false));
        Assert.EndsWith(
            "(виміряно за 1.9 год даних, за рівного часу; ще 0.02 год заповнено)",
            Text(null, true), StringComparison.Ordinal);
    }

    // A refusal is read by a person, whose clock is not UTC.
    [Fact]
    public void Times_in_refusals_are_those_of_the_contracts_place()
    {
        var (state, terms) = Completed(Good);
        var there = terms with { Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Kyiv") };
        Assert.EndsWith(
            ", 1970-01-01 04:30:00 +03:00",
            Ask(state, there, Measure(0, 2, 3, 4)).Answer.Detail, StringComparison.Ordinal);
        var move = new FundCommand.MovePeriod("bubble/2026", PeriodState.Final);
        Assert.Equal(
            "Final from 1970-01-02 03:00:00 +03:00 on",
            Ask(state, there with
            {
                ByHand = ImmutableDictionary<string, PeriodDates>.Empty.Add(
                    "bubble/2026", new PeriodDates(true, 24 * HourMs, 48 * HourMs)),
            }, move).Answer.Detail);
    }

    private static ActivityReport Made(int from, int until, long quantity) =>
        new("bubble/2026", "stack-b", "power", quantity, "MWh")
        {
            Member = "member-b", FromMs = from * HourMs, UntilMs = until * HourMs,
        };

    private static FundCommand.Measure Measure(
        int from, int until, int fromAfter, int untilAfter) =>
        new(
            "p", new AskedSpan(At(from), At(until)), new AskedSpan(At(fromAfter), At(untilAfter)));

    private static DateTimeOffset At(int hour) =>
        DateTimeOffset.FromUnixTimeMilliseconds(hour * HourMs);

    private static (Answer Answer, ImmutableArray<BookEvent> Events) Ask(
        ImmutableArray<BookEvent> before, FundTerms terms, FundCommand command)
    {
        var (answer, row) = FundBooks.Empty
            .With(new JournalRow("before", "", Answer.Accepted, before, 0))
            .Decide(new FundRequest("x", command), terms, 5 * HourMs);
        return (answer, row?.Events ?? []);
    }

    /// <summary>Promised after 1 h and a half, completed after two and a half.</summary>
    private static (ImmutableArray<BookEvent> State, FundTerms Terms) Completed(
        SpanFacts facts) => (
        [
            new Programme("c", "", Purpose.Abatement, "z", "nox", 9, long.MaxValue),
            new Project("p", "c", "member-b", "stack-b", "z", 9, 9)
            {
                State = ProjectState.Completed, CommittedMs = HourMs * 3 / 2,
                CompletedMs = HourMs * 5 / 2,
            },
        ],
        new FundTerms
        {
            Currency = "EUR",
            Allowances = new AllowanceTerms { Bubble = "bubble", Pollutant = "nox" },
            FactsIn = span => facts with { FromMs = span.FromMs, UntilMs = span.UntilMs },
        });
}
