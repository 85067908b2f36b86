using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Monitoring.Core.Ledger;
using Monitoring.Wire.Transparency;

namespace Monitoring.Core.Fund;

/// <summary>What money of the fund may be spent for.</summary>
public enum Purpose
{
    Abatement,
    Monitoring,
    Health,
    Restoration,

    /// <summary>Out of the reserve only, and nothing else is.</summary>
    Emergency,

    /// <summary>The fund's own cost, out of the programme's part and below a cap.</summary>
    Administration,
}

/// <summary>A call for projects.</summary>
/// <param name="Zone">Where they have to be; null: anywhere, out of the common part.</param>
/// <param name="UntilMs">Applications are taken before it, UTC milliseconds.</param>
public sealed record Programme(
    string Id, string Title, Purpose Purpose, string? Zone, string Pollutant, long BudgetMinor,
    long UntilMs) : BookEvent;

/// <summary>How far a project has come. It ends in one of the last four.</summary>
public enum ProjectState
{
    Applied,
    Appraised,
    Approved,
    Committed,
    Completed,

    /// <summary>The same sensors that measured the harm have measured the good.</summary>
    Verified,

    Ineligible,
    Rejected,
    Closed,
    ClawedBack,
}

/// <summary>A part of what was promised to a project, reserved under its key.</summary>
public sealed record Tranche(string Key, long MinorUnits, string Evidence)
{
    public bool IsPaid => Evidence.Length > 0;
}

/// <summary>
/// Emissions of the project's source in two spans, and how busy the source was in each, by which
/// they are compared.
/// </summary>
/// <param name="Activity">In a unit of the source's own, such as MWh; above 0.</param>
public sealed record Abatement(
    long BeforeGrams, long AfterGrams, long BeforeActivity, long AfterActivity)
{
    /// <summary>Out of which facts it was measured; null where it was entered.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AbatementProof? Proof { get; init; }

    /// <summary>
    /// What the source would have emitted at its later activity as it was before, less what it
    /// did emit; below 0 where it emitted more.
    /// </summary>
    public long Grams =>
        Rounding.Quotient((Int128)BeforeGrams * AfterActivity, BeforeActivity) - AfterGrams;
}

/// <summary>What the fund pays for, from the application to its measured end.</summary>
/// <param name="Beneficiary">A member, or anybody else.</param>
/// <param name="Source">The stack whose emissions it is to lower.</param>
/// <param name="ExpectedGrams">What it promises to spare in the span it is verified over.</param>
public sealed record Project(
    string Id, string Programme, string Beneficiary, string Source, string Zone,
    long RequestedMinor, long ExpectedGrams) : BookEvent
{
    public ProjectState State { get; init; } = ProjectState.Applied;

    public int Score { get; init; }

    /// <summary>How it was voted.</summary>
    public long VotesFor { get; init; }

    public long VotesAgainst { get; init; }

    public ImmutableArray<Tranche> Tranches { get; init; } = [];

    public Abatement? Abatement { get; init; }

    /// <summary>UTC milliseconds; null before, and where an earlier release did it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? CommittedMs { get; init; }

    /// <summary>UTC milliseconds; null before, and where an earlier release did it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? CompletedMs { get; init; }

    /// <summary>What came back of what it was paid.</summary>
    public long ReturnedMinor { get; init; }

    public long PaidMinor =>
        Tranches.Where(tranche => tranche.IsPaid).Sum(tranche => tranche.MinorUnits)
            - ReturnedMinor;

    /// <summary>Minor units for each kilogram; null while nothing is measured or spared.</summary>
    public long? CostPerKgMinor => Abatement is { Grams: > 0 } abatement
        ? Rounding.Quotient((Int128)PaidMinor * 1_000, abatement.Grams)
        : null;
}

/// <summary>A member does not agree with its charge.</summary>
/// <param name="Answer">Null until it was decided; then why.</param>
public sealed record Objection(
    string Id, string Member, string PeriodId, string Grounds, bool IsUpheld, string? Answer)
    : BookEvent
{
    /// <summary>The answer as it was signed; null where nobody has to sign it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SignedAnswer { get; init; }
}

/// <summary>What somebody who answers an objection signs.</summary>
public static class AnswerNote
{
    private const string Title = "answer";

    public static string TextOf(string objection, bool isUpheld, string answer) =>
        $"{Title}\n{objection}\n{(isUpheld ? "upheld" : "rejected")}\n"
            + $"{answer.ReplaceLineEndings(" ")}\n";

    /// <summary>The command that a signed note is; null for what is none.</summary>
    public static FundCommand.AnswerObjection? Parse(string note) =>
        SignedNote.Parse(note)?.Text.Split('\n')
            is [Title, var objection, ("upheld" or "rejected") and var verdict, var answer, ""]
            ? new FundCommand.AnswerObjection(objection, verdict == "upheld", answer)
            {
                Note = note,
            }
            : null;

    /// <summary>Whether it says just that, under the signature of one of these keys.</summary>
    public static bool IsSigned(
        FundCommand.AnswerObjection it, ImmutableArray<NoteVerifier> keys) =>
        SignedNote.Parse(it.Note ?? "") is { } note
        && note.Text == TextOf(it.Objection, it.IsUpheld, it.Answer)
        && keys.Any(key => note.SignatureOf(key) is not null);
}
