using System.Collections.Immutable;
using Monitoring.Core.Averaging;

namespace Monitoring.Core.Reprocessing;

/// <summary>A number of a window, or the rule by which there is none.</summary>
/// <param name="Quantity">
/// As averages are called in the books; of a mass the pollutant and <c>-mass</c>.
/// </param>
public sealed record WindowNumber(
    string Quantity, string Unit, decimal? Value, string? AbsentBecause)
{
    public const string MassSuffix = "-mass";
    public const string MassUnit = "mg";
}

/// <summary>One number as it is in the books, and under another configuration.</summary>
/// <param name="OldAbsent">Why there is none; null where there is one.</param>
public sealed record ComparedNumber(
    string Quantity, string Unit, decimal? Old, string? OldAbsent, decimal? New,
    string? NewAbsent)
{
    /// <summary>What it adds; null where one of the two is not there.</summary>
    public decimal? Difference => New - Old;

    public bool IsSame => Old == New && OldAbsent == NewAbsent;
}

/// <param name="Revision">Of the window in the books.</param>
public sealed record ComparedWindow(
    Window Window, long Revision, ImmutableArray<ComparedNumber> Numbers)
{
    /// <summary>It lies outside of the span, and is filled by what lies in it.</summary>
    public bool IsBeside { get; init; }
}

/// <summary>Of all windows: the sum of a mass, else the mean of those that have a value.</summary>
/// <param name="OldWindows">How many have a value in the books.</param>
public sealed record ComparedTotal(
    string Quantity, string Unit, decimal? Old, int OldWindows, decimal? New, int NewWindows)
{
    public decimal? Difference => New - Old;
}

/// <summary>What another configuration makes of the windows of a span.</summary>
public sealed record Difference(
    ImmutableArray<ComparedWindow> Windows, ImmutableArray<ComparedTotal> Totals)
{
    private const int Decimals = 6;

    public static Difference Of(IEnumerable<ComparedWindow> windows)
    {
        var all = windows.ToImmutableArray();
        return new Difference(
            all,
            [
                .. all.SelectMany(window => window.Numbers)
                    .GroupBy(number => number.Quantity)
                    .OrderBy(rows => rows.Key, StringComparer.Ordinal)
                    .Select(rows => TotalOf(rows.Key, [.. rows])),
            ]);
    }

    /// <summary>By quantity, those that are in one of both lists only too.</summary>
    public static ImmutableArray<ComparedNumber> Compare(
        IEnumerable<WindowNumber> old, IEnumerable<WindowNumber> now)
    {
        const string NotThere = "not-there";
        var (before, after) = (old.ToDictionary(it => it.Quantity),
            now.ToDictionary(it => it.Quantity));
        return
        [
            .. from quantity in before.Keys.Union(after.Keys).Order(StringComparer.Ordinal)
               let one = before.GetValueOrDefault(quantity)
               let other = after.GetValueOrDefault(quantity)
               select new ComparedNumber(
                   quantity, (other ?? one)!.Unit, one?.Value,
                   one is null ? NotThere : one.AbsentBecause, other?.Value,
                   other is null ? NotThere : other.AbsentBecause),
        ];
    }

    private static ComparedTotal TotalOf(string quantity, ImmutableArray<ComparedNumber> rows)
    {
        var isMass = rows[0].Unit == WindowNumber.MassUnit;
        decimal? Total(ImmutableArray<decimal> values) => values.IsEmpty ? null
            : isMass ? values.Sum()
            : Rounding.ToDecimals(values.Average(), Decimals);
        ImmutableArray<decimal> old = [.. rows.Select(row => row.Old).OfType<decimal>()];
        ImmutableArray<decimal> now = [.. rows.Select(row => row.New).OfType<decimal>()];
        return new ComparedTotal(
            quantity, rows[0].Unit, Total(old), old.Length, Total(now), now.Length);
    }
}
