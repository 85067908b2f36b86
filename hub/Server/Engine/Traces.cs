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
    RecordLog records, FactBook facts, LedgerBook ledger, AverageTraces averages,
    ClusterMap cluster, ProfileSet profiles)
{
    /// <summary>The trace of that id, or null where nothing has it.</summary>
    public Trace? Find(string id)
    {
        if (OfFact(id) is { } ofFact)
        {
            return ofFact;
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

        var window = new Window(row.StartMs, row.EndMs);
        if (cluster.SourceAt(fact.Source, window.Start) is not { } source)
        {
            return new Trace
            {
                Title = $"fact {id}",
                Result = TraceValue.Of(fact.Milligrams, "mg"),
                Note = $"cluster.yaml no longer binds {fact.Source} at that time",
            };
        }

        SourceImages images;
        try
        {
            images = SourceImages.Read(records, source, window, row.LogId);
        }
        catch (RecordsDeletedException e)
        {
            return new Trace
            {
                Title = $"fact {id}",
                Result = TraceValue.Of(fact.Milligrams, "mg"),
                Note = e.Message,
            };
        }

        var result = WindowCalculation.Compute(
            source, profiles[source.Profile], window, images.OfDevices, (int)row.Revision,
            DateTimeOffset.FromUnixTimeMilliseconds(row.KnownMs));
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
