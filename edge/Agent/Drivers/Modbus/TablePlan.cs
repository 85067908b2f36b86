using System.Collections.Immutable;
using Monitoring.Agent.Devices;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>Registers that are read together or not at all, and the points in them.</summary>
internal sealed record PlannedSpan(RegisterRange Range, ImmutableArray<int> Points);

/// <summary>Divides the spans of one table into the requests that take the least time.</summary>
internal sealed class TablePlan
{
    private readonly RequestLimits _limits;
    private readonly LinkCost _cost;
    private readonly DeviceLearning _learned;
    private readonly int _countMax;

    /// <summary>In ascending order of both their starts and their ends.</summary>
    private readonly ImmutableArray<PlannedSpan> _spans;

    /// <summary>Whether no request may hold both the span at this place and the next.</summary>
    private readonly bool[] _isCutAfter;

    public TablePlan(
        RequestLimits limits, LinkCost cost, DeviceLearning learned, IEnumerable<PlannedSpan> spans)
    {
        (_limits, _cost, _learned, _spans) = (limits, cost, learned, Outermost(spans));
        var table = _spans[0].Range.Table;
        _countMax = Math.Min(limits.CountMax(table), learned.CountMax(table));
        _isCutAfter = new bool[_spans.Length];
        foreach (var range in learned.Refused)
        {
            Bisect(range);
        }
    }

    /// <summary>
    /// A best division takes the spans in their order: of two requests that interleave, one may
    /// give all that lies within the other's registers to it, and neither grows. So the best for
    /// the first i spans is the best for fewer and one request more.
    /// </summary>
    public IEnumerable<PlannedRead> Cheapest()
    {
        var count = _spans.Length;
        var (least, firstOfLast) = (new TimeSpan[count + 1], new int[count + 1]);
        for (var end = 1; end <= count; end++)
        {
            least[end] = TimeSpan.MaxValue;

            // A request that is not allowed does not become so by growing.
            for (var first = end - 1; first >= 0 && IsAllowed(first, end - 1); first--)
            {
                var time = least[first] + _cost.TimeOf(Block(first, end - 1), _limits);
                if (time < least[end])
                {
                    (least[end], firstOfLast[end]) = (time, first);
                }
            }
        }

        var reads = new Stack<PlannedRead>();
        for (var end = count; end > 0; end = firstOfLast[end])
        {
            var points = _spans[firstOfLast[end]..end].SelectMany(span => span.Points).Order();
            reads.Push(new PlannedRead(Block(firstOfLast[end], end - 1), [.. points]));
        }

        return reads;
    }

    /// <summary>Whatever lies within a span comes with it.</summary>
    private static ImmutableArray<PlannedSpan> Outermost(IEnumerable<PlannedSpan> spans)
    {
        var outer = new List<PlannedSpan>();
        foreach (var span in spans
            .OrderBy(span => span.Range.First).ThenByDescending(span => span.Range.Last))
        {
            if (outer.Count > 0 && outer[^1].Range.Contains(span.Range))
            {
                outer[^1] = outer[^1] with { Points = [.. outer[^1].Points, .. span.Points] };
            }
            else
            {
                outer.Add(span);
            }
        }

        return [.. outer];
    }

    /// <summary>
    /// Cuts a refused range in the middle, at a hole where it has one: what is wrong is more
    /// often in a hole than in a point. Until both halves were served, each is asked for by
    /// itself.
    /// </summary>
    private void Bisect(RegisterRange refused)
    {
        var within = Enumerable.Range(0, _spans.Length)
            .Where(i => refused.Contains(_spans[i].Range)).ToList();
        if (within.Count < 2)
        {
            return;
        }

        var (first, last) = (within[0], within[^1]);
        var middle = within.SkipLast(1).OrderByDescending(IsHoleAfter)
            .ThenBy(i => Math.Abs(2 * i + 1 - first - last)).First();
        _isCutAfter[middle] = true;
        if (!_learned.HasServed(Hull(first, middle)) || !_learned.HasServed(Hull(middle + 1, last)))
        {
            _isCutAfter[last] = true;
            if (first > 0)
            {
                _isCutAfter[first - 1] = true;
            }
        }
    }

    private bool IsHoleAfter(int place) =>
        _spans[place].Range.Last + 1 < _spans[place + 1].Range.First;

    private bool IsAllowed(int first, int last)
    {
        if (first == last)
        {
            return true;
        }

        var hull = Hull(first, last);
        return _limits.MergeAllowed
            && hull.Count <= _countMax
            && !_isCutAfter[first]
            && (_limits.HolesAllowed || !IsHoleAfter(first))
            && !_limits.Forbidden.Any(hull.Overlaps)
            && !_learned.Refused.Any(hull.Contains);
    }

    private RegisterRange Hull(int first, int last) =>
        _spans[first].Range with { Last = _spans[last].Range.Last };

    private ReadBlock Block(int first, int last)
    {
        var hull = Hull(first, last);
        return new ReadBlock(hull.Table, hull.First, hull.Count);
    }
}
