using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;

namespace Monitoring.Core.Exports;

/// <summary>One quantity of a window, in the units that the standard gives it.</summary>
/// <param name="Code">Of the pollutant or quantity, such as <c>so2</c>, <c>flow</c>.</param>
/// <param name="Average">Null: nothing was measured; then only the mark is sent.</param>
/// <param name="Standardised">At the reference oxygen; null where that has no meaning.</param>
/// <param name="Total">Mass or volume of the window; null where it has none.</param>
/// <param name="Mark">N normal, M maintenance, D fault and so on.</param>
public sealed record Hj212Value(
    string Code, decimal? Average, decimal? Standardised, decimal? Total, char Mark);

/// <summary>Who sends: the parts of every packet of a station.</summary>
public sealed record Hj212Sender(string System, string Password, string Station);

/// <summary>Of what span the values of a message are.</summary>
public enum Hj212Span
{
    /// <summary>Some minutes, 1 to 30.</summary>
    Minutes,

    Hour,
    Day,
}

/// <summary>Averages and totals as messages of HJ 212-2017.</summary>
public static class Hj212Message
{
    /// <summary>CN of the standard's table 9, and what it is of.</summary>
    private static readonly FrozenDictionary<Hj212Span, string> Commands =
        new Dictionary<Hj212Span, string>
        {
            [Hj212Span.Minutes] = "2051", [Hj212Span.Hour] = "2061", [Hj212Span.Day] = "2031",
        }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, string> Codes =
        new Dictionary<string, string>
        {
            ["flow"] = "a00000", ["v"] = "a01011", ["t"] = "a01012", ["p"] = "a01013",
            ["h2o"] = "a01014", ["o2"] = "a19001", ["nox"] = "a21002", ["no"] = "a21003",
            ["no2"] = "a21004", ["co"] = "a21005", ["so2"] = "a21026", ["hcl"] = "a21024",
            ["dust"] = "a34013", ["hg"] = "a20057", ["co2"] = "a05001", ["nmhc"] = "a24088",
            ["nh3"] = "a21001", ["t-furnace"] = "a01901",
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Null for a quantity that has no code here.</summary>
    public static string? CodeOf(string quantity) => Codes.GetValueOrDefault(quantity);

    public static string CommandOf(Hj212Span span) => Commands[span];

    /// <summary>
    /// A day out of its hours: the mean of those that have a value, if there are enough of them,
    /// and the sum of what was emitted. Without a mean the day has the mark that most of its hours
    /// without a value have.
    /// </summary>
    /// <param name="hours">Of each hour, its values.</param>
    /// <param name="hoursMin">The least hours with a value.</param>
    /// <param name="decimals">To which means are rounded.</param>
    public static ImmutableArray<Hj212Value> DayOf(
        IEnumerable<ImmutableArray<Hj212Value>> hours, int hoursMin, int decimals) =>
    [
        .. from value in hours.SelectMany(hour => hour)
           group value by value.Code into same
           let valid = same.Where(one => one.Average is not null).ToList()
           let isValid = valid.Count >= hoursMin
           select new Hj212Value(
               same.Key,
               isValid ? Mean(valid.Select(one => one.Average), decimals) : null,
               isValid ? Mean(valid.Select(one => one.Standardised), decimals) : null,
               same.Any(one => one.Total is not null) ? same.Sum(one => one.Total ?? 0) : null,
               (isValid
                       ? valid
                       : same.Where(one => one.Average is null).DefaultIfEmpty(same.First()))
                   .CountBy(one => one.Mark).MaxBy(pair => pair.Value).Key),
    ];

    private static decimal? Mean(IEnumerable<decimal?> values, int decimals)
    {
        var known = values.OfType<decimal>().ToList();
        return known.Count == 0
            ? null
            : Rounding.ToDecimals(known.Sum() / known.Count, decimals);
    }

    /// <summary>
    /// The packets of one message: one, or as many as its items need.
    /// </summary>
    /// <param name="windowStart">Local time of the plant.</param>
    /// <param name="sentAt">Local time; it is the id of the message.</param>
    /// <exception cref="ArgumentException">A quantity has no code.</exception>
    public static ImmutableArray<Hj212Packet> Of(
        Hj212Span span, Hj212Sender sender, DateTime windowStart, DateTime sentAt,
        ImmutableArray<Hj212Value> values)
    {
        var time = Hj212Item.Of(
            "DataTime", windowStart.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture));
        var whole = new Hj212Packet(
            sentAt.ToString("yyyyMMddHHmmssfff", CultureInfo.InvariantCulture), sender.System,
            Commands[span], sender.Password, sender.Station, true, null, [time]);
        var parts = new List<ImmutableArray<Hj212Item>>();
        var part = whole.Content;
        foreach (var item in values.Select(ItemOf))
        {
            if (part.Length > 1 && !Fits(whole, part.Add(item)))
            {
                parts.Add(part);
                part = [time];
            }

            part = part.Add(item);
        }

        parts.Add(part);
        return
        [
            .. parts.Select((content, i) => whole with
            {
                Content = content,
                Part = parts.Count == 1 ? null : (parts.Count, i + 1),
            }),
        ];
    }

    /// <summary>With room for the numbers of a split message.</summary>
    private static bool Fits(Hj212Packet whole, ImmutableArray<Hj212Item> content) =>
        Hj212Frame.LengthOf(whole with { Content = content, Part = (9_999, 9_999) })
            <= Hj212Frame.SegmentMax;

    private static Hj212Item ItemOf(Hj212Value value)
    {
        var code = CodeOf(value.Code)
            ?? throw new ArgumentException($"{value.Code} has no code of the standard.");
        var fields = ImmutableArray.CreateBuilder<(string, string)>();
        void Add(string suffix, decimal? number)
        {
            if (number is { } known)
            {
                fields.Add(($"{code}-{suffix}", known.ToString(CultureInfo.InvariantCulture)));
            }
        }

        Add("Cou", value.Total);
        Add("Avg", value.Average);
        Add("ZsAvg", value.Standardised);
        fields.Add(($"{code}-Flag", value.Mark.ToString()));
        return new Hj212Item(fields.ToImmutable());
    }
}
