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

    public bool Agrees => Ours is { } ours && Theirs is { } theirs
        ? Math.Abs(ours - theirs) <= Tolerance
        : Ours is null && Theirs is null;

    public static string Show(decimal? value) =>
        value?.ToString("0.#############", CultureInfo.InvariantCulture) ?? "none";
}

/// <summary>All that was compared of one kind of published result.</summary>
/// <param name="LeftOut">How many numbers were not compared, by the reason.</param>
public sealed record ComparedSet(
    string Name, ImmutableArray<Comparison> Comparisons,
    ImmutableSortedDictionary<string, int> LeftOut)
{
    /// <summary>What a reader has to know, such as a factor that was fitted.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];
}

/// <summary>Collects a set while its tables are walked.</summary>
internal sealed class SetUnderWay(string name)
{
    private readonly ImmutableArray<Comparison>.Builder _comparisons =
        ImmutableArray.CreateBuilder<Comparison>();
    private readonly SortedDictionary<string, int> _leftOut = new(StringComparer.Ordinal);
    private readonly List<string> _notes = [];

    public void Compare(string key, string field, decimal? ours, decimal? theirs) =>
        _comparisons.Add(new Comparison(key, field, ours, theirs));

    public void Compare(Comparison comparison) => _comparisons.Add(comparison);

    public void LeaveOut(string reason) =>
        _leftOut[reason] = _leftOut.GetValueOrDefault(reason) + 1;

    public void Note(string note) => _notes.Add(note);

    public ComparedSet Done() =>
        new(name, _comparisons.ToImmutable(), _leftOut.ToImmutableSortedDictionary())
        {
            Notes = [.. _notes],
        };
}
