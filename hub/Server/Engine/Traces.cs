using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Mass;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>
/// Explains a fact, average, charge or settlement down to the raw readings. Nothing of it is kept
/// beside the evidence: a fact is worked out again from the records that it was made of, so its
/// trace is a proof, and says so where it comes out different.
/// </summary>
public sealed class Traces(
    FactBook facts, LedgerBook ledger, AverageTraces averages, StoredWindows windows,
    GapFilling gaps, TimeProvider time)
{
    private const string GapPrefix = "gap.";

    /// <summary>The id under which a gap that lasts is explained.</summary>
    public static string GapId(string source, string quantity) =>
        $"{GapPrefix}{source}.{quantity}";

    /// <summary>The trace of that id, or null where nothing has it.</summary>
    public Trace? Find(string id)
    {
        if (OfFact(id) is { } ofFact)
        {
            return ofFact;
        }

        if (id.StartsWith(GapPrefix, StringComparison.Ordinal)
            && id.Split('.') is [_, var source, var quantity])
        {
            return gaps.TraceOf(source, quantity, time.GetUtcNow());
        }

        if (averages.Find(id) is { } ofAverage)
        {
            return ofAverage;
        }

        if (ledger.SettlementFor(id) is not { } settlement)
        {
            return null;
        }

        var trace = settlement.Trace;
        if (ledger.ChangeOf(settlement.Id) is { } change)
        {
            var since = DateTimeOffset.FromUnixTimeMilliseconds(change.SinceMs);
            trace = trace with
            {
                Note = Joined(trace.Note, change.TextOf($"{since:O}")),
            };
        }

        // Of a charge, the payer's own facts are worked out; the others are named.
        return settlement.Id == id
            ? trace.Expand(OfFact)
            : trace with
            {
                Parts =
                [
                    .. trace.Parts.Select(part =>
                        part.Explains == id ? part.Expand(OfFact) : part),
                ],
            };
    }

    private Trace? OfFact(string id)
    {
        if (facts.Find(id) is not var (fact, row))
        {
            return null;
        }

        Trace Unexplained(string why) => new()
        {
            Title = $"fact {id}",
            Result = TraceValue.Of(fact.Milligrams, "mg"),
            Note = why,
        };
        WindowResult? result;
        try
        {
            result = windows.Again(row);
        }
        catch (RecordsDeletedException e)
        {
            return Unexplained(e.Message);
        }

        if (result is null)
        {
            return Unexplained($"cluster.yaml no longer binds {fact.Source} at that time");
        }

        var again = result.Facts.FirstOrDefault(one => one.Pollutant == fact.Pollutant);
        var trace = result.TraceOf(fact.Pollutant);
        if (facts.NewestOf(row.Source, row.StartMs) is { } newest
            && newest.Revision > row.Revision)
        {
            trace = trace with
            {
                Note = Joined(
                    trace.Note,
                    $"revision {row.Revision}; later data gave revision {newest.Revision}, "
                        + "which takes its place"),
            };
        }

        return again?.Id == id
            ? trace
            : trace with
            {
                Note = Joined(
                    trace.Note,
                    $"worked out again it differs from the fact of {fact.Milligrams} mg: "
                        + "profile, cluster.yaml or the clock of its images changed since"),
            };
    }

    private static string Joined(string note, string more) =>
        note.Length > 0 ? $"{note}; {more}" : more;
}
