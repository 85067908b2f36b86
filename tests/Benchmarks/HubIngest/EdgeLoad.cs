using System.Globalization;

namespace Monitoring.Benchmarks.HubIngest;

/// <summary>The load, a process of its own: edges that send what their journals hold.</summary>
internal static class EdgeLoad
{
    public const string Verb = "hub-ingest-load";

    /// <summary>
    /// Prints <c>started</c>; at the end how many records were sent again, how many newest images
    /// were shown ahead of older records, and of each of these the edge and the time.
    /// </summary>
    public static int Run(IReadOnlyList<string> words)
    {
        var load = Load.Of(words);
        var edges = Enumerable.Range(0, load.Edges).Select(i => new LoadEdge(i, load)).ToList();
        edges.ForEach(edge => edge.Bear());
        Print("started");
        var threads = edges.ConvertAll(edge => new Thread(edge.SendAll, maxStackSize: 1 << 18));
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        edges.ForEach(edge => edge.Dispose());
        Print($"{edges.Sum(edge => edge.Resent)}");
        Print($"{edges.Sum(edge => edge.ShownMs.Count)}");
        foreach (var (number, edge) in edges.Index())
        {
            foreach (var ms in edge.ShownMs)
            {
                Print($"{number} {ms}");
            }
        }

        return 0;
    }

    /// <summary>The process of a load, all its edges born.</summary>
    public static EdgePoll.Worker Start(Load load)
    {
        var process = new EdgePoll.Worker(
            null, Environment.ProcessPath!, [Verb, .. load.Words()]);
        process.NextLine();
        return process;
    }

    private static void Print(FormattableString line) =>
        Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static void Print(string line) => Console.WriteLine(line);
}
