using System.Globalization;

namespace Monitoring.Core.Amendments;

public enum AmendmentKind
{
    /// <summary>A test of an instrument, with its verdict.</summary>
    Test,

    /// <summary>Maintenance that was planned: nothing of that time is valid.</summary>
    Maintenance,

    /// <summary>A value that a person enters.</summary>
    Manual,

    /// <summary>A value that a laboratory found.</summary>
    Laboratory,

    /// <summary>A second person's word for another amendment, which it names.</summary>
    Approval,

    /// <summary>
    /// Another configuration for the windows of a span, by its id in <c>Subject</c>.
    /// </summary>
    Reprocessing,
}

/// <summary>
/// What somebody says beside the readings, by name and with a reason. It is added and never
/// changed; no reading changes with it.
/// </summary>
public sealed record Amendment
{
    public string Id => ContentId.Of(
        "amendment", Source, Quantity, Kind.ToString(), Text(FromMs), Text(UntilMs ?? -1),
        Value?.ToString(CultureInfo.InvariantCulture) ?? "", Test, $"{Passed}", Subject, Result,
        Author, Reason);

    public required string Source { get; init; }

    /// <summary>A pollutant, <c>flow</c>, or another quantity of the source.</summary>
    public required string Quantity { get; init; }

    public required AmendmentKind Kind { get; init; }

    /// <summary>Of a test, when it was over.</summary>
    public required long FromMs { get; init; }

    /// <summary>Of a test, when it is valid no more; null: the profile says.</summary>
    public long? UntilMs { get; init; }

    /// <summary>
    /// In mg/m3 or m3/h at the reference state; of an audit, its bias factor. Null for what is
    /// neither.
    /// </summary>
    public decimal? Value { get; init; }

    /// <summary>Such as <c>rata</c>; empty for what is no test.</summary>
    public string Test { get; init; } = "";

    public bool Passed { get; init; }

    /// <summary>The amendment that an approval is for, or the number of a test.</summary>
    public string Subject { get; init; } = "";

    /// <summary>What came out, in words and numbers.</summary>
    public string Result { get; init; } = "";

    public required string Author { get; init; }

    public required string Reason { get; init; }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
