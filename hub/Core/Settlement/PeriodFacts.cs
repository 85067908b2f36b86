using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Monitoring.Wire;

namespace Monitoring.Core.Settlement;

/// <summary>The facts of one source, member and pollutant, in the order of time.</summary>
public sealed record FactSeries(
    string Source, string Member, string Pollutant, ImmutableArray<EmittedMass> Facts,
    long Milligrams, string Digest);

/// <summary>
/// All facts of a period, once each, added up by source. The order in which they came is lost on
/// purpose. One late fact touches one series and leaves the rest as it is.
/// </summary>
public sealed record PeriodFacts
{
    private const int DigestBufferBytes = 1 << 16;

    private PeriodFacts(ImmutableArray<FactSeries> series) => Series = series;

    /// <summary>In the order of source, member and pollutant.</summary>
    public ImmutableArray<FactSeries> Series { get; }

    /// <summary>Stands for every fact: whoever has the same root has the same facts.</summary>
    public string Root => ContentId.Of(
    [
        "facts",
        .. Series.SelectMany(series => (string[])
            [series.Source, series.Member, series.Pollutant, series.Digest]),
    ]);

    public static PeriodFacts Of(IReadOnlyCollection<EmittedMass> masses)
    {
        var groups = new Dictionary<(string, string, string), List<EmittedMass>>();
        foreach (var mass in masses)
        {
            var key = (mass.Source, mass.Member, mass.Pollutant);
            if (!groups.TryGetValue(key, out var facts))
            {
                groups[key] = facts = [];
            }

            facts.Add(mass);
        }

        return new PeriodFacts(
        [
            .. groups.OrderBy(group => group.Key.Item1, StringComparer.Ordinal)
                .ThenBy(group => group.Key.Item2, StringComparer.Ordinal)
                .ThenBy(group => group.Key.Item3, StringComparer.Ordinal)
                .Select(group => SeriesOf(group.Value)),
        ]);
    }

    /// <summary>
    /// The facts with one more, which takes the place of an older revision of its window.
    /// </summary>
    public PeriodFacts With(EmittedMass fact)
    {
        for (var i = 0; i < Series.Length; i++)
        {
            var series = Series[i];
            if (series.Source == fact.Source && series.Member == fact.Member
                && series.Pollutant == fact.Pollutant)
            {
                var facts = series.Facts.Where(old => old.Start != fact.Start).Append(fact);
                return new PeriodFacts(Series.SetItem(i, SeriesOf([.. facts])));
            }
        }

        return Of([.. Series.SelectMany(series => series.Facts), fact]);
    }

    private static FactSeries SeriesOf(List<EmittedMass> facts)
    {
        var isSorted = true;
        for (var i = 1; i < facts.Count && isSorted; i++)
        {
            isSorted = facts[i - 1].Start < facts[i].Start;
        }

        if (!isSorted)
        {
            facts.Sort((one, other) => one.Start != other.Start
                ? one.Start.CompareTo(other.Start)
                : string.CompareOrdinal(one.FactId, other.FactId));
        }

        var sum = 0L;
        var end = DateTimeOffset.MinValue;
        foreach (var fact in facts)
        {
            Invariant.That(fact.Milligrams >= 0 && fact.Start >= end && fact.End > fact.Start);
            end = fact.End;
            sum += fact.Milligrams;
        }

        var first = facts[0];
        return new FactSeries(
            first.Source, first.Member, first.Pollutant, [.. facts], sum, DigestOf(facts));
    }

    private static string DigestOf(List<EmittedMass> facts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[DigestBufferBytes];
        var used = 0;
        foreach (var fact in facts)
        {
            var size = Encoding.UTF8.GetMaxByteCount(fact.FactId.Length) + 1;
            Invariant.That(size <= buffer.Length);
            if (used + size > buffer.Length)
            {
                hash.AppendData(buffer, 0, used);
                used = 0;
            }

            used += Encoding.UTF8.GetBytes(fact.FactId, buffer.AsSpan(used));
            // No id has it, so no two lists of ids are the same bytes.
            buffer[used++] = (byte)'\n';
        }

        hash.AppendData(buffer, 0, used);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
