using Monitoring.Benchmarks;
using Monitoring.Benchmarks.EdgePoll;
using Monitoring.Benchmarks.HubAlert;
using Monitoring.Benchmarks.HubCatchup;
using Monitoring.Benchmarks.HubHistory;
using Monitoring.Benchmarks.HubIngest;
using Monitoring.Benchmarks.HubProject;

// The parts of a measurement that are processes of their own.
switch (args)
{
    case [RegisterServer.Verb, .. var ports]:
        return RegisterServer.Run(ports);
    case [BareLoop.Verb, .. var rest]:
        return BareLoop.Run(rest);
    case [EdgeLoad.Verb, .. var words]:
        return EdgeLoad.Run(words);
}

// Prints `name value unit` a line, and `name.ratio value x` to the peer measured in the same run.
(string Name, Func<IEnumerable<Figure>> Run)[] benchmarks =
[
    ("wire.decode", WireCodec.Decode),
    ("wire.encode", WireCodec.Encode),
    ("edge.poll", EdgePollBenchmark.Run),
    ("edge.isolation", EdgeIsolation.Run),
    ("edge.journal", EdgeJournalBenchmark.Run),
    ("hub.project", HubProjectBenchmark.Run),
    ("hub.ingest", HubIngestBenchmark.Run),
    ("ledger.append", LedgerAppendBenchmark.Run),
    ("hub.catchup", HubCatchupBenchmark.Run),
    ("hub.history", HubHistoryBenchmark.Run),
    ("hub.alert", HubAlertBenchmark.Run),
    ("hub.memory", HubMemory.Run),
    ("hub.rules", HubRulesBenchmark.Run),
    ("hub.settle", HubSettle.Settle),
    ("hub.resettle", HubSettle.Resettle),
    ("log.prove", LogProve.Run),
];
var unknown = args.Except(benchmarks.Select(benchmark => benchmark.Name)).ToList();
if (unknown.Count > 0)
{
    Console.Error.WriteLine(
        $"unknown: {string.Join(", ", unknown)}; "
            + $"known: {string.Join(", ", benchmarks.Select(benchmark => benchmark.Name))}");
    return 2;
}

foreach (var (name, run) in benchmarks)
{
    if (args.Length == 0 || args.Contains(name))
    {
        foreach (var figure in run())
        {
            Console.WriteLine(figure);
        }
    }
}

return 0;
