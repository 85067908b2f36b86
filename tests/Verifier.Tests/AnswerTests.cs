using System.Diagnostics;
using System.Net;
using System.Text;
using Monitoring.Tests.Storage;
using Monitoring.Tests.Transparency;
using Monitoring.Wire.Transparency;

namespace Monitoring.Tests;

/// <summary>Whatever a person names gets one clear sentence and a true exit code.</summary>
public sealed class AnswerTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Copy => SignedLog.Copy(_folder.Path);

    private static string Key => WrittenBooks.Signer.Verifier.ToString();

    private static NoteSigner Town { get; } = new(
        "town", SignatureKind.Cosignature, [.. Enumerable.Repeat((byte)9, 32)]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task All_is_well_is_one_line_and_0()
    {
        SignedLog.Export(_folder.Path, 1);
        var (code, said) = await Verify(Copy, "--key", Key);

        Assert.Equal(0, code);
        Assert.StartsWith("All is well: ", said, StringComparison.Ordinal);
        Assert.Equal(1, said.Count(unit => unit == '\n'));
    }

    [Theory]
    [InlineData(2, "Name the URL of a hub, or a folder.")]
    [InlineData(2, "--key wants a value.", "FOLDER", "--key")]
    [InlineData(2, "--key: 'x' is no key of a log; copy the whole line", "FOLDER", "--key", "x")]
    [InlineData(2, "is no key of a witness", "FOLDER", "--witness", "KEY")]
    [InlineData(2, "'--wintess' is not understood.", "FOLDER", "--wintess", "KEY")]
    [InlineData(2, "A file of yours cannot be used", "FOLDER", "--remember", "FOLDER/no/file")]
    [InlineData(3, "There is no folder /no/folder; an address begins with http", "/no/folder")]
    [InlineData(3, "There is no folder hub:8080; an address begins with http", "hub:8080")]
    [InlineData(3, "EMPTY is no log: it has no checkpoint and no key", "EMPTY")]
    [InlineData(3, "EMPTY is no log: it has no checkpoint and no key", "EMPTY", "--key", "KEY")]
    [InlineData(3, "vkey is a file; name the folder", "FOLDER/vkey")]
    [InlineData(3, "Nothing was checked: ", "http://127.0.0.1:1")]
    public async Task What_is_not_understood_or_not_there_is_said(
        int expected, string said, params string[] words)
    {
        SignedLog.Export(_folder.Path, 1);
        var empty = Directory.CreateDirectory(_folder.File("empty")).FullName;
        string Real(string word) => word
            .Replace("FOLDER", Copy, StringComparison.Ordinal)
            .Replace("EMPTY", empty, StringComparison.Ordinal)
            .Replace("KEY", Key, StringComparison.Ordinal);
        var (code, text) = await Verify([.. words.Select(Real)]);

        Assert.Contains(Real(said), text, StringComparison.Ordinal);
        Assert.Equal(expected, code);
    }

    /// <summary>Many web servers answer any path with the same page.</summary>
    [Theory]
    [InlineData(200, "is no log: it has no checkpoint and no key. Name the address of a hub")]
    [InlineData(404, "is no log: it has no checkpoint and no key. Name the address of a hub")]
    [InlineData(500, "cannot be read: Response status code does not indicate success: 500")]
    public async Task A_web_server_that_is_no_hub_is_told_from_one(int status, string said)
    {
        await using var server = new PageServer(status);
        foreach (var words in (string[][])[[server.Url], [server.Url, "--key", Key]])
        {
            var (code, text) = await Verify(words);
            Assert.Contains(said, text, StringComparison.Ordinal);
            Assert.Equal(3, code);
        }
    }

    [Fact]
    public async Task A_log_that_was_cut_off_is_said_to_end_early()
    {
        SignedLog.Export(_folder.Path, 20);
        foreach (var file in Directory.EnumerateFiles(Copy, "001.p", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Copy, "*", SearchOption.AllDirectories)
                .Where(file => file.Contains("001.p", StringComparison.Ordinal))).Distinct())
        {
            File.Delete(file);
        }

        await Says(1, "tile/entries/001.p/", "the log: ends at leaf 256; the checkpoint tells of");

        // However much it claims to have, the answer comes at once.
        Signed(1_000_000_000_000_000);
        await Says(1, "the log: ends at leaf 256; the checkpoint tells of 1000000000000000");
    }

    [Fact]
    public async Task A_checkpoint_of_another_key_is_said_to_be_one()
    {
        SignedLog.Export(_folder.Path, 1);
        var other = new NoteSigner(
            "monitoring/demo", SignatureKind.Ed25519, [.. Enumerable.Repeat((byte)8, 32)]);
        var (code, said) = await Verify(Copy, "--key", other.Verifier.ToString());

        Assert.Equal(
            "Not all is well: checkpoint: is not signed by the key of 'monitoring/demo'.\n", said);
        Assert.Equal(1, code);
    }

    [Fact]
    public async Task A_log_that_was_rolled_back_is_told_by_witness_and_by_memory()
    {
        SignedLog.Export(_folder.Path, 2);
        var entries = SignedLog.Entries(Copy);
        var long_ = await File.ReadAllTextAsync(Path.Combine(Copy, "checkpoint"));
        var note = SignedNote.Parse(long_)!;
        var cosigned = note with
        {
            Signatures = note.Signatures.Add(Town.Cosign(note.Text, DateTimeOffset.UnixEpoch)),
        };
        Directory.Delete(Copy, recursive: true);
        Directory.CreateDirectory(Copy);
        SignedLog.Write(Copy, entries[..20]);
        await File.WriteAllTextAsync(Path.Combine(Copy, "cosigned"), cosigned.ToString());
        var remembered = _folder.Write("remembered", long_);

        await Says(
            1, ["--witness", Town.Verifier.ToString()],
            $"the witness 'town' saw {entries.Count} leaves, of which the log has 20 now");
        await Says(
            1, ["--remember", remembered],
            $"is not the one of last time: it had {entries.Count} leaves then and has 20 now");
        Assert.Equal(long_, await File.ReadAllTextAsync(remembered));
    }

    [Fact]
    public async Task A_period_that_is_missing_is_named()
    {
        SignedLog.Export(_folder.Path, 3);
        var entries = SignedLog.Entries(Copy);
        var period = Period(1);
        var without = entries.Where(entry => !entry.Contains(period, StringComparison.Ordinal)
            || entry.Contains("\"type\":\"forecast\"", StringComparison.Ordinal)).ToList();
        Assert.NotEqual(entries.Count, without.Count);
        Rewrite(without);
        await Says(1, "the contract 'demo': no settlement counts the 12 masses from 20", "missing");

        // The first one too, where the contract was in force, and one whose notice alone is there.
        Rewrite(
        [
            .. entries.Where(entry => !entry.Contains(Period(0), StringComparison.Ordinal)),
            entries[0].Replace("2026-01-01T", "2025-01-01T", StringComparison.Ordinal),
        ]);
        await Says(1, "no settlement counts the 12 masses from ");
        Rewrite([.. entries.Where(entry => !entry.Contains(period, StringComparison.Ordinal)
            || !entry.Contains("\"type\":\"settlement\"", StringComparison.Ordinal))]);
        await Says(1, $"period {period}: notice of it was given and its settlement is not in");
    }

    [Fact]
    public async Task Masses_beyond_what_is_settled_are_said()
    {
        SignedLog.Export(_folder.Path, 2);
        var period = Period(1);
        Rewrite([.. SignedLog.Entries(Copy).Where(entry =>
            !entry.Contains(period, StringComparison.Ordinal))]);
        var (code, said) = await Verify(Copy);

        Assert.Equal(0, code);
        Assert.Matches(", up to [0-9TZ:-]+, while masses go on to [0-9TZ:-]+ \\(", said);
        Assert.Contains("the books are not there to be compared, ", said, StringComparison.Ordinal);
    }

    private static string Period(int number) => "demo-bubble/" + DateTimeOffset
        .FromUnixTimeMilliseconds(
            WrittenBooks.PeriodStartMs + (number * 6 * WrittenBooks.WindowMs))
        .ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private void Rewrite(IReadOnlyList<string> entries)
    {
        Directory.Delete(Copy, recursive: true);
        Directory.CreateDirectory(Copy);
        SignedLog.Write(Copy, entries);
    }

    private void Signed(long size)
    {
        var text = $"monitoring/demo\n{size}\n{Convert.ToBase64String(new byte[32])}\n";
        File.WriteAllText(
            Path.Combine(Copy, "checkpoint"),
            new SignedNote(text, [WrittenBooks.Signer.Sign(text)]).ToString());
    }

    private Task Says(int code, params string[] parts) => Says(code, [], parts);

    private async Task Says(int expected, string[] words, params string[] parts)
    {
        var (code, said) = await Verify([Copy, .. words]);
        Assert.All(parts, part => Assert.Contains(part, said, StringComparison.Ordinal));
        Assert.StartsWith("Not all is well: ", said, StringComparison.Ordinal);
        Assert.Equal(expected, code);
    }

    private static async Task<(int Code, string Said)> Verify(params string[] arguments)
    {
        var start = new ProcessStartInfo(
            Path.Combine(AppContext.BaseDirectory, "monitoring-verify"), arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync()
            + await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, said);
    }

    /// <summary>Answers every path with one page and one status.</summary>
    private sealed class PageServer : IAsyncDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly Task _serving;

        public PageServer(int status)
        {
            for (var port = 20_000 + Environment.ProcessId % 10_000; ; port++)
            {
                Url = $"http://127.0.0.1:{port}/";
                _listener.Prefixes.Clear();
                _listener.Prefixes.Add(Url);
                try
                {
                    _listener.Start();
                    break;
                }
                catch (HttpListenerException)
                {
                    // Another has that port.
                }
            }

            _serving = Serve(status);
        }

        public string Url { get; }

        public async ValueTask DisposeAsync()
        {
            _listener.Close();
            await _serving;
        }

        private async Task Serve(int status)
        {
            try
            {
                while (true)
                {
                    var context = await _listener.GetContextAsync();
                    context.Response.StatusCode = status;
                    context.Response.Close("<html>hello</html>"u8.ToArray(), false);
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // Closed.
            }
        }
    }
}
