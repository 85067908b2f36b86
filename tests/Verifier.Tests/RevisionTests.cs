using System.Text.RegularExpressions;
using Monitoring.Server.Transparency;
using Monitoring.Tests.Storage;
using Monitoring.Tests.Transparency;
using Monitoring.Verifier;

namespace Monitoring.Tests;

/// <summary>A mass that changed says why, and who corrected it is in the log before it.</summary>
public sealed class RevisionTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Corrections_with_their_reasons_are_well_and_counted()
    {
        Export();
        var answer = SignedLog.Check(SignedLog.Copy(_folder.Path));

        Assert.True(answer.IsWell, string.Join('\n', answer.Findings.Faults));
        Assert.Contains(
            "2 windows were worked out again and say why, ", answer.Sentence,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"because\":\"late-data\",", "", "worked out again and does not say why")]
    [InlineData("\"late-data\"", "\"whim\"", "for no reason that there is: 'whim'")]
    [InlineData("\"late-data\"", "\"\"", "for no reason that there is: ''")]
    [InlineData("amendment [a-z2-7]{26} [a-z2-7]{26}", "amendment", "does not name it")]
    [InlineData("amendment [a-z2-7]{26}", "late-data aaaaaaaaaaaaaaaaaaaaaaaaaa",
        "names amendment aaaaaaaaaaaaaaaaaaaaaaaaaa, which the log did not tell before")]
    [InlineData("\"revision\":3", "\"revision\":4", "is revision 4 of a window that is at 2: one")]
    [InlineData("\"author\":\"ann\"", "\"author\":\"eve\"", "its id is not that of what it says")]
    [InlineData("\"author\":\"ann\"", "\"author\":\"\"", "does not say who corrects, and why")]
    [InlineData("leaked", "was fine", "its id is not that of what it says")]
    [InlineData("\"12.5\"", "\"1.25\"", "its id is not that of what it says")]
    [InlineData("\"author\":\"bob\"", "\"author\":\"ann\"", "is by ann, who entered it as well")]
    [InlineData("(\"subject\":\")[a-z2-7]{26}", "${1}x", "approves what the log did not tell")]
    [InlineData("(\"quantity\":\"nox\",.*\"source\":\")stack-a", "${1}stack-b", "not about it")]
    public void A_lie_about_a_correction_is_found(string pattern, string lie, string said)
    {
        Export();
        var entries = SignedLog.Entries(SignedLog.Copy(_folder.Path));
        var index = entries.FindIndex(entry => Regex.IsMatch(entry, pattern));
        entries[index] = new Regex(pattern).Replace(entries[index], lie, 1);

        Assert.Contains(said, Faults(entries), StringComparison.Ordinal);
    }

    [Fact]
    public void A_correction_that_is_kept_silent_is_found()
    {
        Export();
        var entries = SignedLog.Entries(SignedLog.Copy(_folder.Path));
        var index = entries.FindIndex(entry =>
            entry.Contains("\"type\":\"amendment\"", StringComparison.Ordinal));
        var one = entries[index];
        entries.RemoveAt(index);
        Assert.Contains(
            $"names amendment {SignedLog.Value.Id}, which the log did not tell before",
            Faults(entries), StringComparison.Ordinal);

        // Told only after the window that it changed.
        Assert.Contains(
            $"names amendment {SignedLog.Value.Id}, which the log did not tell before",
            Faults([.. entries, one]), StringComparison.Ordinal);
    }

    [Fact]
    public void In_the_books_an_amendment_that_was_changed_is_named()
    {
        var written = SignedLog.Corrected(_folder.Path);
        written.Execute(
            "DROP TRIGGER amendment_stays; UPDATE amendment SET reason = 'x' WHERE seq = 1");
        var copy = Directory.CreateDirectory(SignedLog.Copy(_folder.Path)).FullName;
        LogExport.Write(written.Log, WrittenBooks.Signer, copy);

        Assert.Contains(
            "says reason \"x\"; leaf", SignedLog.Check(copy).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_that_did_not_tell_reasons_yet_is_well_and_cannot_stop_telling_them()
    {
        Export();
        var entries = SignedLog.Entries(SignedLog.Copy(_folder.Path));
        List<string> earlier =
        [
            .. entries.Where(entry =>
                    !entry.Contains("\"type\":\"amendment\"", StringComparison.Ordinal))
                .Select(entry => Regex.Replace(
                    entry, ",?\"because\":\"[^\"]*\"|\"log_version\":2,", "")
                    .Replace("{,", "{", StringComparison.Ordinal)),
        ];
        var answer = SignedLog.Check(earlier);
        Assert.True(answer.IsWell, string.Join('\n', answer.Findings.Faults));
        Assert.Contains(
            "2 windows were worked out again, 2 of them before the log told why, ",
            answer.Sentence, StringComparison.Ordinal);

        Assert.Contains(
            "lets the log tell less than before: version 1 of the log after version 2",
            Faults([.. entries, earlier[0]]), StringComparison.Ordinal);
    }

    private void Export() => SignedLog.ExportCorrected(_folder.Path);

    private static string Faults(IEnumerable<string> entries) =>
        string.Join('\n', SignedLog.Check(entries).Findings.Faults);
}
