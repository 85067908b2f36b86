using System.Collections.Immutable;
using System.Runtime.InteropServices;
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
        var all = new Dictionary<(string, string, string), SeriesBuilder>();
        SeriesBuilder? last = null;
        foreach (var mass in masses)
        {
            // Windows come one after the other, mostly with the same series in the same order.
            var series = last?.Next;
            if (series?.Holds(mass) != true)
            {
                var key = (mass.Source, mass.Member, mass.Pollutant);
                if (!all.TryGetValue(key, out series))
                {
                    all[key] = series = new SeriesBuilder();
                }

                last?.Next = series;
            }

            series.Add(mass);
            last = series;
        }

        return new PeriodFacts(
        [
            .. all.OrderBy(series => series.Key.Item1, StringComparer.Ordinal)
                .ThenBy(series => series.Key.Item2, StringComparer.Ordinal)
                .ThenBy(series => series.Key.Item3, StringComparer.Ordinal)
                .Select(series => series.Value.ToSeries()),
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

    private static FactSeries SeriesOf(IEnumerable<EmittedMass> facts)
    {
        var series = new SeriesBuilder();
        foreach (var fact in facts)
        {
            series.Add(fact);
        }

        return series.ToSeries();
    }

    /// <summary>
    /// Checks, adds up and hashes facts as they come: going through millions of them is what
    /// takes the time. Only where they come out of order they are gone through once more.
    /// </summary>
    private sealed class SeriesBuilder
    {
        private const int BufferBytes = 1 << 10;
        private const int PartLength = 1 << 8;

        // In parts: a list that doubles its array asks for five times the memory.
        private readonly List<EmittedMass[]> _parts = [];
        private readonly IncrementalHash _hash =
            IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly byte[] _buffer = new byte[BufferBytes];
        private int _count;
        private int _used;
        private long _sum;
        private DateTimeOffset _end = DateTimeOffset.MinValue;
        private bool _isOrdered = true;

        /// <summary>Whose fact came after this one's the last time.</summary>
        public SeriesBuilder? Next { get; set; }

        /// <summary>Whether a fact is of the same source, member and pollutant.</summary>
        public bool Holds(EmittedMass fact) =>
            _parts is [[var first, ..], ..] && first.Source == fact.Source
            && first.Member == fact.Member && first.Pollutant == fact.Pollutant;

        public void Add(EmittedMass fact)
        {
            if (_count % PartLength == 0)
            {
                _parts.Add(new EmittedMass[PartLength]);
            }

            _parts[^1][_count++ % PartLength] = fact;
            _isOrdered = _isOrdered && fact.Start >= _end;
            if (_isOrdered)
            {
                Take(fact);
            }
        }

        public FactSeries ToSeries()
        {
            var facts = new EmittedMass[_count];
            foreach (var (i, part) in _parts.Index())
            {
                var from = i * PartLength;
                Array.Copy(part, 0, facts, from, Math.Min(PartLength, _count - from));
            }

            if (!_isOrdered)
            {
                Array.Sort(facts, (one, other) => one.Start.CompareTo(other.Start));
                _hash.GetHashAndReset();
                (_used, _sum, _end) = (0, 0, DateTimeOffset.MinValue);
                Array.ForEach(facts, Take);
            }

            using (_hash)
            {
                _hash.AppendData(_buffer, 0, _used);
                var first = facts[0];
                return new FactSeries(
                    first.Source, first.Member, first.Pollutant,
                    ImmutableCollectionsMarshal.AsImmutableArray(facts), _sum,
                    Convert.ToHexStringLower(_hash.GetHashAndReset()));
            }
        }

        private void Take(EmittedMass fact)
        {
            // Two of one window would be refused here, in whichever order they came.
            Invariant.That(fact.Milligrams >= 0 && fact.Start >= _end && fact.End > fact.Start);
            _end = fact.End;
            _sum += fact.Milligrams;
            var size = Encoding.UTF8.GetMaxByteCount(fact.FactId.Length) + 1;
            Invariant.That(size <= BufferBytes);
            if (_used + size > BufferBytes)
            {
                _hash.AppendData(_buffer, 0, _used);
                _used = 0;
            }

            _used += Encoding.UTF8.GetBytes(fact.FactId, _buffer.AsSpan(_used));
            // No id has it, so no two lists of ids are the same bytes.
            _buffer[_used++] = (byte)'\n';
        }
    }
}
