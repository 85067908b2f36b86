using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Mass;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;

namespace Monitoring.Tests.Storage;

public sealed class MassSumsTests : IDisposable
{
    private const int WindowMs = 600_000, Windows = 300, Spans = 200;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// Windows of two members over a day and a half, some worked out again, some then without a
    /// mass: every sum over any span is that of the facts.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_sum_over_any_span_is_that_of_its_newest_facts(int seed)
    {
        var random = new Random(seed);
        var books = Books.Open(_folder.File("books.db"));
        var facts = new FactBook(books);
        var revisions = new Dictionary<(int, long), int>();
        for (var i = 0; i < Windows; i++)
        {
            var source = random.Next(2);
            var startMs = Images.StartMs + ((long)WindowMs * random.Next(200));
            var revision = revisions[(source, startMs)] =
                revisions.GetValueOrDefault((source, startMs)) + 1;
            await Write(facts, source, startMs, revision, random);
        }

        Assert.Contains(revisions.Values, revision => revision > 1);
        var sums = new MassSums(books);
        var all = facts.FactsOf("nox", 0, long.MaxValue);
        for (var i = 0; i < Spans; i++)
        {
            var (one, other) = (Any(), Any());
            var (fromMs, toMs) = (Math.Min(one, other), Math.Max(one, other));
            foreach (var member in new[] { "member-a", "member-b" })
            {
                var begun = all.Where(fact => fact.Member == member
                    && fact.StartMs >= fromMs && fact.StartMs < toMs).ToList();
                Assert.Equal(
                    begun.Sum(fact => fact.Milligrams),
                    sums.BegunIn("nox", member, fromMs, toMs));
                Assert.Equal(
                    begun.Where(fact => fact.EndMs > toMs).Sum(fact => fact.Milligrams),
                    sums.OpenAt("nox", member, fromMs, toMs));
            }
        }

        long Any() => Images.StartMs + (random.NextInt64(-2, 202) * WindowMs)
            + (random.Next(2) * random.Next(WindowMs));
    }

    private static Task Write(
        FactBook book, int number, long startMs, int revision, Random random)
    {
        var source = Shipped.Cluster.Sources[number];
        var window = new Window(startMs, startMs + WindowMs);
        var result = WindowCalculation.Compute(
            source, Shipped.Profile, window,
            new Dictionary<string, ImmutableArray<SourceImage>>
            {
                ["gas-analyser"] = [], ["flow-meter"] = [],
            },
            revision, DateTimeOffset.UnixEpoch);
        var fact = new Fact
        {
            Id = "", Source = source.Id, Pollutant = "nox", Window = window,
            Milligrams = random.Next(1_000_000), Method = "test", Quality = "Valid",
            Revision = revision, KnownAt = DateTimeOffset.UnixEpoch,
            Inputs = [new RecordId(source.Plant, source.Gateway, "e1", startMs)],
        };
        var measured = result with
        {
            Facts = [fact with { Id = Fact.IdOf(fact) }], NoFactBecause = null,
        };
        return book.WriteAsync(
            source, random.Next(4) == 0 ? result : measured, 1, startMs,
            ImmutableDictionary<string, long>.Empty);
    }
}
