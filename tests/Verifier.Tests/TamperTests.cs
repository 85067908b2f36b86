using System.Globalization;
using System.Text.Json;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Storage;
using Monitoring.Verifier;
using Answer = Monitoring.Verifier.Answer;

namespace Monitoring.Tests;

/// <summary>
/// Whatever byte of an exported log or its books is changed, the verifier says so and names the
/// place. MONITORING_LONG_FORMS=1 changes every byte of the small log and one in some hundred of
/// the large one, else one in a dozen and one in some thousand.
/// </summary>
public sealed class TamperTests(ITestOutputHelper output) : IDisposable
{
    // They are told as entries, or by the settlement.
    private static readonly Type[] BooksOnly =
    [
        typeof(Booked), typeof(Reserved), typeof(Resolved), typeof(ChargesStand),
        typeof(PeriodCovered),
    ];

    private readonly TempFolder _folder = new();

    private static bool IsLong =>
        Environment.GetEnvironmentVariable("MONITORING_LONG_FORMS") is "1";

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 13, 1)]
    [InlineData(20, 5_000, 250)]
    public void A_changed_byte_is_found_and_its_place_named(int periods, int oneIn, int oneInLong)
    {
        if (periods == 1)
        {
            SignedLog.ExportCorrected(_folder.Path);
        }
        else
        {
            SignedLog.Export(_folder.Path, periods);
        }

        var copy = SignedLog.Copy(_folder.Path);
        Assert.Equal("", Faults(SignedLog.Check(copy)));
        var random = new Random(periods);
        var flips = 0;
        foreach (var file in Directory.EnumerateFiles(copy, "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal))
        {
            var bytes = File.ReadAllBytes(file);
            var step = IsLong ? oneInLong : oneIn;
            for (var at = random.Next(Math.Min(step, bytes.Length)); at < bytes.Length; at += step)
            {
                var changed = bytes.ToArray();
                changed[at] ^= (byte)random.Next(1, 256);
                File.WriteAllBytes(file, changed);
                Named(SignedLog.Check(copy), Path.GetRelativePath(copy, file), at);
                flips++;
            }

            File.WriteAllBytes(file, bytes);
        }

        output.WriteLine($"{flips} changed bytes");
        Assert.True(flips > 20);
        Assert.True(SignedLog.Check(copy).IsWell);
    }

    // A kind that is new has to be tampered with as well.
    [Fact]
    public void The_small_log_has_a_leaf_of_each_kind()
    {
        SignedLog.ExportCorrected(_folder.Path);
        var leaves = SignedLog.Entries(SignedLog.Copy(_folder.Path))
            .Select(entry => JsonDocument.Parse(entry).RootElement).ToList();
        string[] Kinds(IEnumerable<JsonElement> of, string name) =>
            [.. of.Select(one => one.GetProperty(name).GetString()!).Distinct().Order()];

        Assert.Equal(
            [.. Enum.GetNames<BookLeaf>().Select(kind => kind.ToLowerInvariant())
                .Append("contract").Order()],
            Kinds(leaves, "type"));
        Assert.Equal(
            typeof(BookEvent).Assembly.GetTypes()
                .Count(type => type.IsSealed && type.IsSubclassOf(typeof(BookEvent))),
            Kinds(leaves.Where(leaf => leaf.GetProperty("type").ValueEquals("act")), "kind").Length
                + BooksOnly.Length);
    }

    [Fact]
    public void A_file_that_is_missing_cut_or_too_long_is_named()
    {
        SignedLog.Export(_folder.Path, 20);
        var copy = SignedLog.Copy(_folder.Path);
        foreach (var file in Directory.EnumerateFiles(copy, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(copy, file);
            if (name is "books" or "vkey")
            {
                continue;
            }

            var bytes = File.ReadAllBytes(file);
            File.WriteAllBytes(file, bytes[..^1]);
            Named(SignedLog.Check(copy), name, null);
            File.WriteAllBytes(file, [.. bytes, 0]);
            Named(SignedLog.Check(copy), name, null);
            File.Delete(file);
            Named(SignedLog.Check(copy), name, null);
            File.WriteAllBytes(file, bytes);
        }
    }

    private static void Named(Answer answer, string file, int? at)
    {
        Assert.False(answer.IsWell, $"byte {at} of {file} was changed, and all is well");
        var fault = answer.Findings.Faults[0];
        Assert.True(
            fault.ToString().Contains(file, StringComparison.Ordinal),
            $"byte {at} of {file} was changed; the fault is {fault}");
        Assert.StartsWith("Not all is well: ", answer.Sentence, StringComparison.Ordinal);
        if (at is { } place && fault.Where.Contains("bytes ", StringComparison.Ordinal))
        {
            var words = fault.Where.Split("bytes ")[1].Split(' ');
            Assert.InRange(
                place, int.Parse(words[0], CultureInfo.InvariantCulture),
                int.Parse(words[2], CultureInfo.InvariantCulture));
        }
    }

    private static string Faults(Answer answer) => string.Join('\n', answer.Findings.Faults);
}
