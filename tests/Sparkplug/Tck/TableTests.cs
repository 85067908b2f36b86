using System.Reflection;

namespace Monitoring.Tests.Tck;

/// <summary>The page docs/sparkplug.md names every requirement once, as it is.</summary>
public sealed class TableTests
{
    private static readonly string Folder = Path.Combine(
        AppContext.BaseDirectory, "..", "..", "..", "..");

    [Fact]
    public void Every_requirement_has_a_test_or_a_reason_and_the_page_says_which()
    {
        var ids = File.ReadAllLines(Path.Combine(Folder, "tests/Sparkplug/Tck/ids.txt"));
        Assert.Equal(299, ids.Distinct().Count());
        var rows = Tests().Concat(Reasons()).ToLookup(row => row.Id, row => row.Text);
        Assert.Empty(rows.Select(row => row.Key).Except(ids));
        Assert.All(ids, id => Assert.True(rows[id].Count() == 1, $"{id}: {rows[id].Count()} rows"));

        var expected = ids.Select(id => $"| `{id}` | {rows[id].Single()} |").ToList();
        var page = File.ReadAllLines(Path.Combine(Folder, "docs/sparkplug.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal)).ToList();
        if (!expected.SequenceEqual(page))
        {
            Assert.Fail($"docs/sparkplug.md has to say:\n{string.Join('\n', expected)}");
        }
    }

    private static IEnumerable<(string Id, string Text)> Tests() =>
        from type in typeof(TableTests).Assembly.GetTypes()
        from method in type.GetMethods()
        from attribute in method.GetCustomAttributes<TckAttribute>()
        from id in attribute.Ids
        select (id, $"{type.Name}: {method.Name.Replace('_', ' ')}");

    private static IEnumerable<(string Id, string Text)> Reasons() =>
        from line in File.ReadAllLines(
            Path.Combine(Folder, "tests/Sparkplug/Tck/not-applicable.txt"))
        let parts = line.Split(": ", 2)
        from id in TckAttribute.Expand(parts[0])
        select (id, $"not applicable: {parts[1]}");
}
