using System.Text;
using Monitoring.Core.Amendments;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Core.Transparency;
using Monitoring.Server.Transparency;
using Monitoring.Tests.Transparency;
using Monitoring.Verifier;
using Monitoring.Wire.Transparency;
using Answer = Monitoring.Verifier.Answer;

namespace Monitoring.Tests;

/// <summary>A folder with a log, as a hub exports it, and as a lying hub would sign it.</summary>
internal static class SignedLog
{
    // So that there are duties, orders, interest, and what follows from being late.
    private const string Clauses =
        """
        make_good: {ratio: 1.3}
        correct:
          reasons: [{reason: late-facts}, {reason: audit}]
          increase: new-deadline
          decrease: credit
        late: {interest_percent_per_year: 10, publish: names, plan_within_days: 30}
        """;

    private static readonly string Digest = new('0', 64);
    private static readonly UTF8Encoding Utf8 = new(false);

    public static Amendment Value { get; } = new()
    {
        Source = "stack-a", Quantity = "nox", Kind = AmendmentKind.Manual,
        FromMs = WrittenBooks.PeriodStartMs,
        UntilMs = WrittenBooks.PeriodStartMs + WrittenBooks.WindowMs, Value = 12.5m,
        Author = "ann", Reason = "the sample line leaked",
    };

    public static Amendment Approval { get; } = Value with
    {
        Kind = AmendmentKind.Approval, Value = null, Subject = Value.Id, Author = "bob",
        Reason = "approved",
    };

    /// <summary>Exports so many settled periods.</summary>
    public static void Export(string folder, int periods)
    {
        var written = new WrittenBooks(Path.Combine(folder, "books.db"));
        written.Begin();
        for (var i = 0; i < periods; i++)
        {
            written.Period(i, 200_000 + i);
        }

        var copy = Copy(folder);
        Directory.CreateDirectory(copy);
        LogExport.Write(written.Log, WrittenBooks.Signer, copy);
    }

    /// <summary>A settled period whose masses were corrected, by late data and by name.</summary>
    public static WrittenBooks Corrected(string folder, string clauses = "")
    {
        var written = new WrittenBooks(Path.Combine(folder, "books.db"), clauses);
        written.Begin();
        written.Period(0, 200_000);
        var startMs = WrittenBooks.PeriodStartMs;
        written.Window(0, startMs, 300_000, 2);
        written.Amend(startMs, Value, Approval);
        written.Window(0, startMs, 250_000, 3, $"amendment {Value.Id} {Approval.Id}");
        written.Settle(startMs);
        return written;
    }

    /// <summary>The same as files, with what people do: each kind of leaf is there.</summary>
    public static void ExportCorrected(string folder)
    {
        var copy = Directory.CreateDirectory(Copy(folder)).FullName;
        var written = Corrected(folder, Clauses);
        var period = written.Query<string>("SELECT MAX(period) FROM settlement");
        var atMs = WrittenBooks.PeriodStartMs + (7 * WrittenBooks.WindowMs);
        written.Ask(
            atMs,
            new FundCommand.FileObjection("member-b", period, "the flow meter was read twice"),
            new FundCommand.TakePayment("bank 1", "member-a", 5_000, "", atMs),
            new FundCommand.OpenCall(new Programme(
                "filters", "", Purpose.Abatement, "river", "nox", 400, long.MaxValue)),
            new FundCommand.Apply(new Project(
                "p1", "filters", "member-b", "stack-b", "river", 400, 1)),
            new FundCommand.IssueShares("neighbours", 3),
            new FundCommand.TransferShares("neighbours", "school", 1),
            new FundCommand.Appraise("p1", 70), new FundCommand.Vote("p1", 2, 1),
            new FundCommand.Commit("p1", [100], atMs + 1_000_000),
            new FundCommand.PayTranche("p1", 1, "bill"),
            new FundCommand.ReportActivity(period, "stack-a", "power", 12, "MWh"),
            new FundCommand.SubmitPlan(
                "member-a", [new PlannedLine(period, "power", 11, "MWh", 900)]),
            new FundCommand.PublishStatement("2025", "en", Digest));
        written.Ask(
            atMs + 1,
            new FundCommand.AnswerObjection($"{atMs}/0", IsUpheld: true, "it was"),
            new FundCommand.CloseWork($"{atMs}/0", "corrected by amendment"));
        var lateMs = atMs + (long)TimeSpan.FromDays(40).TotalMilliseconds;
        written.Ask(
            lateMs,
            new FundCommand.MovePeriod(period, PeriodState.Final),
            new FundCommand.OrderRestatement(period, "audit", Digest, []),
            new FundCommand.AccrueInterest(), new FundCommand.FollowLate(),
            new FundCommand.FollowUpPlan("member-b", Digest));
        LogExport.Write(written.Log, WrittenBooks.Signer, copy);
    }

    public static string Copy(string folder) => Path.Combine(folder, "copy");

    /// <summary>All entries of an exported log.</summary>
    public static List<string> Entries(string copy) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(copy, "tile/entries"), "*",
                SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .SelectMany(file => EntryBundle.Read(File.ReadAllBytes(file))!.Value)
            .Select(Utf8.GetString),
    ];

    /// <summary>Writes a log of any entries, rightly signed, without books.</summary>
    public static void Write(string copy, IEnumerable<string> entries)
    {
        foreach (var (path, bytes) in Files(entries))
        {
            var file = Path.Combine(copy, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, bytes);
        }
    }

    /// <summary>The same as bytes by their paths.</summary>
    private static Dictionary<string, byte[]> Files(IEnumerable<string> entries)
    {
        var bodies = entries.SelectMany(entry => LeafParts.Of(Utf8.GetBytes(entry))).ToList();
        var tiles = TileGrowth.Append(
            0, [.. bodies.Select(body => TreeHash.OfLeaf(body))], _ => []);
        byte[] Read(TilePath path) => tiles.Single(tile =>
            tile.Level == path.Level && tile.Number == path.Number).Hashes;
        var files = LogExport.PathsOf(bodies.Count).ToDictionary(
            path => path.ToString(),
            path => path.Level is null
                ? EntryBundle.Write([.. bodies.Skip((int)path.Number * 256).Take(path.Width)])
                : Read(path));
        var text = new Checkpoint(
            WrittenBooks.Signer.Verifier.Name, bodies.Count,
            new TileTree(bodies.Count, Read).Root).ToString();
        files["checkpoint"] = Utf8.GetBytes(
            new SignedNote(text, [WrittenBooks.Signer.Sign(text)]).ToString());
        files["vkey"] = Utf8.GetBytes(WrittenBooks.Signer.Verifier + "\n");
        return files;
    }

    /// <summary>Checks a log of any entries, rightly signed, that is on no disk.</summary>
    public static Answer Check(IEnumerable<string> entries)
    {
        var files = Files(entries);
        return Verifier.Check.Run(
            new LogFiles("memory", path =>
                files.TryGetValue(path, out var bytes) ? new MemoryStream(bytes) : null),
            new Question(null, [], null), TimeProvider.System).GetAwaiter().GetResult();
    }

    public static Answer Check(string copy, byte[]? remembered = null, params string[] witnesses) =>
        Verifier.Check.Run(
            LogFiles.At(copy), new Question(null, witnesses, remembered),
            TimeProvider.System).GetAwaiter().GetResult();
}
