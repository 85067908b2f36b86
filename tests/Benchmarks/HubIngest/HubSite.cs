using System.Collections.Immutable;

namespace Monitoring.Benchmarks.HubIngest;

/// <summary>Members, contract and settings of a measured hub, where they are not the demo's.
/// </summary>
internal sealed record HubSite
{
    private const string WatchedMember = "member-c";

    /// <summary>
    /// The last edge belongs to a member of its own, with a holding of so many grams; null: the
    /// two members of the demo share the edges.
    /// </summary>
    public int? WatchedGrams { get; init; }

    /// <summary>The length of the contract's periods; null: the demo's.</summary>
    public string? Period { get; init; }

    /// <summary>Further lines of the hub's settings.</summary>
    public string Settings { get; init; } = "";

    public ImmutableArray<string> Members => WatchedGrams is null
        ? ["member-a", "member-b"]
        : ["member-a", "member-b", WatchedMember];

    public string MemberOf(int edge, int edges) =>
        WatchedGrams is not null && edge == edges - 1 ? WatchedMember : Members[edge % 2];

    /// <summary>The demo's contract with what is other here.</summary>
    public string Contract(string demo)
    {
        const string Party = "  - member: member-b\n";
        const string Holding = "    - {member: member-b, mass: 1680}";
        var text = demo;
        if (WatchedGrams is { } grams)
        {
            text = Replace(text, Party, $"  - {{member: {WatchedMember}, role: core}}\n{Party}");
            text = Replace(
                text, Holding, $"{Holding}\n    - {{member: {WatchedMember}, mass: {grams}}}");
            text = Replace(text, "cap: 1980", $"cap: {1980 + grams}");
        }

        return Period is { } period ? Replace(text, "period: 60 s", $"period: {period}") : text;
    }

    private static string Replace(string text, string from, string to) =>
        text.Contains(from, StringComparison.Ordinal)
            ? text.Replace(from, to, StringComparison.Ordinal)
            : throw new InvalidOperationException($"the demo's contract has no '{from}'");
}
