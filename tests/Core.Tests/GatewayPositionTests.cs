using CsCheck;
using Monitoring.Core.Ingest;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Core;

public sealed class GatewayPositionTests
{
    [Theory]
    [InlineData("e1", 5, RecordVerdict.Next)]
    [InlineData("e1", 4, RecordVerdict.Duplicate)]
    [InlineData("e1", 1, RecordVerdict.Duplicate)]
    [InlineData("e1", 6, RecordVerdict.Ahead)]
    [InlineData("e2", 5, RecordVerdict.UnknownEpoch)]
    public void A_record_is_judged_by_epoch_and_offset(
        string epoch, long offset, RecordVerdict expected) =>
        Assert.Equal(expected, new GatewayPosition("e1", 4).Accept(epoch, offset));

    [Fact]
    public void Nothing_is_accepted_before_a_birth() =>
        Assert.Equal(RecordVerdict.UnknownEpoch, GatewayPosition.Unseen.Accept("e1", 1));

    [Theory]
    // epoch, first, last -> verdict, committed after, gap
    [InlineData("e1", 1, 9, BirthVerdict.Resumed, 4, 0, 0)]
    [InlineData("e1", 5, 9, BirthVerdict.Resumed, 4, 0, 0)]
    [InlineData("e1", 5, 4, BirthVerdict.Resumed, 4, 0, 0)]
    [InlineData("e1", 6, 9, BirthVerdict.RecordsGivenUp, 5, 5, 5)]
    [InlineData("e1", 8, 7, BirthVerdict.RecordsGivenUp, 7, 5, 7)]
    [InlineData("e1", 1, 3, BirthVerdict.JournalWentBack, 4, 0, 0)]
    [InlineData("e2", 1, 9, BirthVerdict.NewEpoch, 0, 0, 0)]
    [InlineData("e2", 1, 0, BirthVerdict.NewEpoch, 0, 0, 0)]
    [InlineData("e2", 4, 9, BirthVerdict.NewEpoch, 3, 1, 3)]
    [InlineData("e1", 0, 9, BirthVerdict.ImpossibleRange, 4, 0, 0)]
    [InlineData("e1", 9, 7, BirthVerdict.ImpossibleRange, 4, 0, 0)]
    [InlineData("", 1, 7, BirthVerdict.ImpossibleRange, 4, 0, 0)]
    public void A_birth_declares_what_can_never_come(
        string epoch, long first, long last, BirthVerdict verdict, long committed,
        long gapFirst, long gapLast)
    {
        var outcome = new GatewayPosition("e1", 4).OnBirth(epoch, first, last);

        Assert.Equal(verdict, outcome.Verdict);
        Assert.Equal(committed, outcome.Position.Committed);
        var gap = gapFirst == 0
            ? null
            : new DeclaredGap(epoch, gapFirst, gapLast, Reason.NotInJournal);
        Assert.Equal(gap, outcome.Gap);
    }

    [Fact]
    public void A_gateway_seen_first_in_the_middle_of_its_journal_has_a_gap()
    {
        var outcome = GatewayPosition.Unseen.OnBirth("e1", 7, 9);

        Assert.Equal(BirthVerdict.FirstSight, outcome.Verdict);
        Assert.Equal(new GatewayPosition("e1", 6), outcome.Position);
        Assert.Equal(new DeclaredGap("e1", 1, 6, Reason.NotInJournal), outcome.Gap);
    }

    // Whatever is lost, repeated or out of order, every offset up to the commit is stored once or
    // declared, and none is both.
    [Fact]
    public void Nothing_is_stored_twice_or_passed_over()
    {
        var step = Gen.Select(Gen.Int[0, 9], Gen.Long[1, 30], Gen.Long[0, 30]);
        step.Array[0, 200].Sample(steps =>
        {
            var position = GatewayPosition.Unseen;
            var known = new HashSet<(string, long)>();
            foreach (var (what, a, b) in steps)
            {
                if (what == 0)
                {
                    // Rarely a new journal, mostly the old one with a later beginning.
                    var epoch = $"e{b / 12}";
                    var outcome = position.OnBirth(epoch, a, a + b);
                    for (var i = outcome.Gap?.First ?? 1; i <= (outcome.Gap?.Last ?? 0); i++)
                    {
                        Assert.True(known.Add((epoch, i)) || position.Epoch != epoch);
                    }

                    if (outcome.Position.Epoch != position.Epoch)
                    {
                        // An earlier journal that comes back was restored; its past is unknown.
                        known.RemoveWhere(entry => entry.Item1 == epoch);
                        known.UnionWith(Offsets(epoch, outcome.Position.Committed));
                    }

                    position = outcome.Position;
                }
                else if (position.Epoch is { } epoch
                    && position.Accept(epoch, a) == RecordVerdict.Next)
                {
                    Assert.True(known.Add((epoch, a)));
                    position = position.Advance(epoch, a);
                }
            }

            if (position.Epoch is { } last)
            {
                var committed = known.Where(entry => entry.Item1 == last)
                    .Select(entry => entry.Item2).Order();
                Assert.Equal(Offsets(last, position.Committed).Select(e => e.Item2), committed);
            }
        });
    }

    private static IEnumerable<(string, long)> Offsets(string epoch, long last)
    {
        for (var i = 1L; i <= last; i++)
        {
            yield return (epoch, i);
        }
    }
}
