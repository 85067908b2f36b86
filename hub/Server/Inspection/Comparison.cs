using System.Collections.Immutable;
using System.Globalization;

namespace Monitoring.Server.Inspection;

/// <summary>One published number beside ours.</summary>
/// <param name="Key">Of the row, as published.</param>
/// <param name="Field">The column of the published number.</param>
/// <param name="Ours">Null: the inputs allow no result.</param>
/// <param name="Theirs">Null: they say that there is none.</param>
public sealed record Comparison(string Key, string Field, decimal? Ours, decimal? Theirs)
{
    /// <summary>How far the two may be apart, from the stated rounding; 0: not at all.</summary>
    public decimal Tolerance { get; init; }

    /// <summary>
    /// What is published beside the number and speaks against it, where it differs; null: nothing
    /// does, so that the fault may be ours.
    /// </summary>
    public string? Doubt { get; init; }

    public bool Agrees => Ours is { } ours && Theirs is { } theirs
        ? Math.Abs(ours - theirs) <= Tolerance
        : Ours is null && Theirs is null;

    public static string Show(decimal? value) =>
        value?.ToString("0.#############", CultureInfo.InvariantCulture) ?? "none";
}

/// <summary>All that was compared of one kind of published result.</summary>
/// <param name="Rows">How many published rows were looked at.</param>
/// <param name="LeftOut">How many numbers were not compared, by the reason.</param>
public sealed record ComparedSet(
    string Name, int Rows, ImmutableArray<Comparison> Comparisons,
    ImmutableSortedDictionary<string, int> LeftOut)
{
    /// <summary>What a reader has to know, such as a factor that was fitted.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];
}

/// <summary>Collects a set while its tables are walked.</summary>
internal sealed class SetUnderWay(string name)
{
    public const string NothingBelow = "the injections or runs that it rests on are missing";
    private const string Calculated = "CALC_";
    private const string NoResult = "the agency gives no result";

    /// <summary>The agency writes it where it refuses to calculate.</summary>
    private const decimal Refused = -1m;

    private readonly ImmutableArray<Comparison>.Builder _comparisons =
        ImmutableArray.CreateBuilder<Comparison>();
    private readonly SortedDictionary<string, int> _leftOut = new(StringComparer.Ordinal);
    private readonly List<string> _notes = [];
    private int _rows;

    /// <summary>Takes rows into account, one after the other.</summary>
    public IEnumerable<PublishedRow> Walk(IEnumerable<PublishedRow> rows) =>
        rows.Select(row =>
        {
            _rows++;
            return row;
        });

    public void Compare(Comparison comparison) => _comparisons.Add(comparison);

    public void LeaveOut(string reason) =>
        _leftOut[reason] = _leftOut.GetValueOrDefault(reason) + 1;

    /// <summary>Compares with a published column, where it holds a result.</summary>
    public void Compare(PublishedRow row, string key, string column, decimal? ours)
    {
        if (row.Number(column) is { } theirs)
        {
            var one = new Comparison(key, column, ours, theirs == Refused ? null : theirs);
            Compare(one.Agrees ? one : one with { Doubt = DoubtOf(row, column, ours) });
        }
        else
        {
            LeaveOut(row.Text(column).Length == 0 ? NoResult : "the published result is no number");
        }
    }

    /// <summary>The plant's own result stands beside the agency's, under the same name.</summary>
    private static string? DoubtOf(PublishedRow row, string column, decimal? ours) =>
        column.StartsWith(Calculated, StringComparison.Ordinal) && ours is not null
            && row.Number(column[Calculated.Length..]) == ours
            ? "the plant's own result is ours: the agency's was stored for other inputs, or changed"
            : null;

    public void Note(string note) => _notes.Add(note);

    public ComparedSet Done() =>
        new(name, _rows, _comparisons.ToImmutable(), _leftOut.ToImmutableSortedDictionary())
        {
            Notes = [.. _notes],
        };
}
