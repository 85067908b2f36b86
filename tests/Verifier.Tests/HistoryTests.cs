using System.Text.RegularExpressions;
using Monitoring.Server.Transparency;
using Monitoring.Tests.Storage;
using Monitoring.Tests.Transparency;
using Monitoring.Verifier;
using Monitoring.Wire.Transparency;

namespace Monitoring.Tests;

/// <summary>What a log says may be wrong although every signature is right.</summary>
public sealed class HistoryTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void All_is_well_is_one_sentence_with_what_was_checked()
    {
        SignedLog.Export(_folder.Path, 2);

        Assert.Equal(
            "All is well: 41 leaves of the log 'monitoring/demo' are as it signed them, "
                + "the books say the same, 2 of 2 parties signed version 1 of the contract "
                + "'demo', 2 entries of the ledger balance, and 2 settlements "
                + "come out as charged, up to 2025-11-24T16:02:00Z (the key is the one that the "
                + "log itself shows).",
            SignedLog.Check(SignedLog.Copy(_folder.Path)).Sentence);
    }

    /// <summary>The first match in the first leaf with one is replaced; all is signed.</summary>
    [Theory]
    [InlineData("\"emitted_g\":(\\d+)", "\"emitted_g\":1", "says emitted_g 1; what")]
    [InlineData("\"excess_g\":(\\d+)", "\"excess_g\":0", "says excess_g 0; what")]
    [InlineData("\"total_minor\":(\\d+)", "\"total_minor\":${1}0", "says total_minor")]
    [InlineData("\"minor_units\":(\\d+)", "\"minor_units\":1", "charges member-a 1 for")]
    [InlineData("\"apportioned_g\":(\\d+)", "\"apportioned_g\":1", "charges member-a")]
    [InlineData("\"cap_g\":1980", "\"cap_g\":1981", "says cap_g 1981")]
    [InlineData("\"cap\":1980", "\"cap\":1981", "its hash is not that of its document")]
    [InlineData("\"milligrams\":200000", "\"milligrams\":900000", "says emitted_g")]
    [InlineData("(\"facts\":\\[\\{\"id\":\")[a-z2-7]", "${1}0", "other masses than the log told")]
    [InlineData("\"amount\":-(\\d)", "\"amount\":-9$1", "sum to -")]
    [InlineData("money:EUR", "mass:nox", "mixes money and mass")]
    [InlineData("fund:reserve", "fund:local:river", "on fund:local:river, lot 'member-a/nox/")]
    [InlineData("fund:local:river", "fund:local:hill", "on fund:local:hill, lot 'member-a/nox/")]
    [InlineData("\"zone\":\"river\"", "\"zone\":\"hill\"", "EUR on fund:local:hill, lot")]
    [InlineData("\"lot\":\"member-a", "\"lot\":\"member-b", "lot 'member-b/nox/demo-bubble/")]
    [InlineData("member:member-a", "member:member-b", "on member:member-b:receivable, lot ''")]
    [InlineData("\"idempotency_key\":\"charge", "\"idempotency_key\":\"charged", "are not booked")]
    [InlineData("\"revision\":1", "\"revision\":0", "is revision 0 of a window that is at 0")]
    [InlineData("\"type\":\"alert\"", "\"type\":\"alarm\"", "is of a kind unknown here: alarm")]
    [InlineData("(To\\\\\":)1", "${1}3", "become final, which was open before")]
    [InlineData("\"aggregate\"", "\"other\"", "'breach.trigger' of its contract")]
    public void A_lie_that_is_rightly_signed_is_found(string pattern, string lie, string said)
    {
        var entries = Entries();
        var index = entries.FindIndex(entry => Regex.IsMatch(entry, pattern));
        var copy = Told([.. entries.Select((entry, i) => i == index
            ? new Regex(pattern).Replace(entry, lie, 1)
            : entry)]);

        Assert.Contains(
            SignedLog.Check(copy).Findings.Faults,
            fault => fault.ToString().Contains(said, StringComparison.Ordinal));
    }

    [Fact]
    public void A_settlement_that_was_put_right_comes_out_and_its_charges_are_taken_back()
    {
        var written = new WrittenBooks(_folder.File("books.db"));
        written.Begin();
        written.Period(0, 200_000);
        foreach (var revision in (int[])[2, 3])
        {
            written.Window(0, WrittenBooks.PeriodStartMs, 300_000 * revision, revision);
            written.Settle(WrittenBooks.PeriodStartMs);
        }

        Directory.CreateDirectory(SignedLog.Copy(_folder.Path));
        LogExport.Write(written.Log, WrittenBooks.Signer, SignedLog.Copy(_folder.Path));
        var well = SignedLog.Check(SignedLog.Copy(_folder.Path));
        Assert.True(well.IsWell, Lines(well));
        var entries = SignedLog.Entries(SignedLog.Copy(_folder.Path));
        var kept = entries.Where(entry => !entry.Contains("\"reversal/", StringComparison.Ordinal));
        Assert.Equal(
            2,
            SignedLog.Check(Told(kept)).Findings.Faults.Count(fault => fault.ToString()
                .Contains("is not taken back", StringComparison.Ordinal)));
    }

    [Fact]
    public void An_entry_told_twice_or_left_out_is_found()
    {
        var entries = Entries();

        var twice = SignedLog.Check(Told([.. entries, entries[^1]]));
        Assert.Contains("was told already, by leaf", Lines(twice), StringComparison.Ordinal);
        var first = entries.FindIndex(entry =>
            entry.Contains("\"window\"", StringComparison.Ordinal));
        var less = SignedLog.Check(Told([.. entries.Where((_, i) => i != first)]));
        Assert.Contains("windows_known", Lines(less), StringComparison.Ordinal);
        Assert.True(SignedLog.Check(Told(entries)).IsWell, Lines(SignedLog.Check(Told(entries))));
    }

    [Theory]
    [InlineData("UPDATE fact SET milligrams = 1 WHERE seq = 1", "fact_stays", "says facts")]
    [InlineData("UPDATE fact SET inputs = 'x' WHERE seq = 1", "fact_stays", "says facts")]
    [InlineData("UPDATE settlement SET verdict = '{}'", "settlement_stays", "says verdict_sha256")]
    [InlineData("UPDATE charge SET minor_units = 1", "charge_stays", "says charges")]
    [InlineData("UPDATE posting SET amount = amount * 2", "posting_stays", "says postings")]
    [InlineData("UPDATE quota SET forecast_mg = 1 WHERE id = 1", null, "says members_sha256")]
    [InlineData("UPDATE alert SET level = 'x'", null, "says level \"x\"; leaf")]
    [InlineData("DELETE FROM alert", null, "is not so in the books")]
    public void Books_that_were_changed_are_named_by_line_and_member(
        string sql, string? trigger, string said)
    {
        var written = new WrittenBooks(_folder.File("books.db"));
        written.Begin();
        written.Period(0, 200_000);
        written.Execute((trigger is null ? "" : $"DROP TRIGGER {trigger};") + sql);
        var copy = Directory.CreateDirectory(SignedLog.Copy(_folder.Path)).FullName;
        LogExport.Write(written.Log, WrittenBooks.Signer, copy);

        Assert.Contains(said, Lines(SignedLog.Check(copy)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_rewritten_log_is_told_by_what_was_remembered()
    {
        var entries = Entries();
        var before = File.ReadAllBytes(Path.Combine(Told(entries[..10]), "checkpoint"));
        Assert.True(SignedLog.Check(Told(entries), before).IsWell);
        var other = entries.ToList();
        other.RemoveAt(other.FindIndex(entry =>
            entry.Contains("\"forecast\"", StringComparison.Ordinal)));

        var longer = File.ReadAllBytes(Path.Combine(Told(entries), "checkpoint"));
        Assert.Contains(
            "is not the one of last time", SignedLog.Check(Told(other), longer).Sentence,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_witness_that_is_asked_for_must_have_signed()
    {
        var copy = Told(Entries());
        var witness = new NoteSigner(
            "town", SignatureKind.Cosignature, [.. Enumerable.Repeat((byte)9, 32)]);
        var key = witness.Verifier.ToString();
        Assert.Contains(
            "not signed by the witness 'town'", SignedLog.Check(copy, null, key).Sentence,
            StringComparison.Ordinal);

        var file = Path.Combine(copy, "checkpoint");
        var note = SignedNote.Parse(File.ReadAllText(file))!;
        var line = witness.Cosign(note.Text, DateTimeOffset.UnixEpoch);
        File.WriteAllText(
            file, (note with { Signatures = note.Signatures.Add(line) }).ToString());
        Assert.Contains(
            "and 1 of its witnesses saw", SignedLog.Check(copy, null, key).Sentence,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_entry_comes_in_parts_and_is_read_whole()
    {
        var entries = Entries();
        var index = entries.FindIndex(entry =>
            entry.Contains("\"type\":\"alert\"", StringComparison.Ordinal));
        entries[index] = entries[index].Replace(
            "\"reason\":\"", "\"reason\":\"" + new string('ї', 60_000), StringComparison.Ordinal);
        Assert.True(SignedLog.Check(Told(entries)).IsWell, Lines(SignedLog.Check(Told(entries))));
    }

    private static string Lines(Answer answer) => string.Join('\n', answer.Findings.Faults);

    private List<string> Entries()
    {
        SignedLog.Export(_folder.Path, 1);
        return SignedLog.Entries(SignedLog.Copy(_folder.Path));
    }

    private string Told(IEnumerable<string> entries)
    {
        var copy = _folder.File("told");
        if (Directory.Exists(copy))
        {
            Directory.Delete(copy, recursive: true);
        }

        Directory.CreateDirectory(copy);
        SignedLog.Write(copy, entries);
        return copy;
    }
}
