using System.Collections.Immutable;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;

namespace Monitoring.Agent.Probe;

/// <summary>
/// Looks at instruments for an engineer: registers, units, times. It reads and never writes to
/// an instrument.
/// </summary>
/// <param name="isTerminal">A person watches: what is shown is drawn anew each second.</param>
/// <param name="stop">Ctrl-C: whatever was found so far is shown.</param>
public sealed class Prober(
    ProbeTarget target, TextWriter output, bool isTerminal, TimeProvider time,
    CancellationToken stop)
{
    private const string ClearScreen = "\x1b[H\x1b[J";

    private static readonly TimeSpan RedrawEvery = TimeSpan.FromSeconds(1);
    private static readonly int[] GapsMs = [0, 2, 5, 10, 20, 50, 100, 200];

    /// <summary>Shows the registers: once, or on a terminal until Ctrl-C.</summary>
    public async Task<int> Show(string? type)
    {
        using var exchange = ModbusExchange.Over(target.Link, time);
        while (true)
        {
            var (code, lines) = Look(exchange, type);
            output.Write(isTerminal ? ClearScreen : "");
            lines.ForEach(output.WriteLine);
            if (!isTerminal || stop.IsCancellationRequested)
            {
                return code;
            }

            try
            {
                var pause = Task.Delay(RedrawEvery, time, stop);
                output.WriteLine("Drawn anew each second; Ctrl-C ends it.");
                await pause;
            }
            catch (OperationCanceledException)
            {
                return code;
            }
        }
    }

    /// <summary>What the agent would read by one point of a map.</summary>
    public int ShowPoint(DeviceMap map, DevicePoint point)
    {
        using var exchange = ModbusExchange.Over(target.Link, time);
        var source = point.Registers;
        var block = new ReadBlock(source.Table, source.Address, source.Count);
        var (code, words, problem) = Read(exchange, block);
        if (words is null)
        {
            output.WriteLine($"# {point.Id} cannot be read: {problem}.");
            return code;
        }

        var raw = RegisterCodec.Decode(source, words, time.GetUtcNow().ToUnixTimeMilliseconds());
        var alone = map with { Points = [point], StatusRules = [], SequencePoint = null };
        var reading = ImageDecoder.Finish(alone, [raw])[0];
        var reason = Wire.Records.Reasons.NameOf(reading.Reason);
        output.WriteLine(
            $"# It reads {reading.Value?.ToString() ?? "nothing"} {point.Unit} now"
            + (reason.Length > 0 ? $" ({reason})." : "."));
        return code;
    }

    /// <summary>Looks for units, on one link or on a serial line at many baud rates.</summary>
    public int Scan(bool scanBaud)
    {
        var links = scanBaud && target.Link is SiteLink.Serial line
            ? [.. ProbeTarget.Lines(line)]
            : ImmutableArray.Create(target.Link);
        var inAll = links.Length * target.ScanUnits.Count;
        var longest = inAll * target.Link.Timeout;
        output.WriteLine(
            $"Asking {target.ScanUnits.Count} units in {links.Length} ways: at most about "
            + $"{longest.TotalSeconds:0} s while nobody answers. Ctrl-C shows what was found.");
        var progress = new Progress(output, isTerminal, time);
        var (tried, found) = (0, 0);
        foreach (var link in links)
        {
            using var exchange = ModbusExchange.Over(link, time);
            var scan = new UnitScan(exchange, link);
            var foundBefore = found;
            foreach (var unit in target.ScanUnits)
            {
                if (stop.IsCancellationRequested)
                {
                    return Summary(tried, inAll, found);
                }

                if (!exchange.IsOpen && exchange.Open() is { } closed)
                {
                    progress.Clear();
                    output.WriteLine($"{LinkWord.ToWord(link)} cannot be opened: {closed}.");
                    return ExitCode.Unreachable;
                }

                if (scan.Try((byte)unit, stop) is { } unitFound)
                {
                    found++;
                    progress.Clear();
                    output.WriteLine(Describe(unitFound));
                }

                progress.Say(++tried, inAll, found);
            }

            if (found > foundBefore)
            {
                // The line is set as it is; other settings would only disturb who is on it.
                break;
            }
        }

        progress.Clear();
        return Summary(tried, inAll, found);
    }

    /// <summary>Measures how long the unit takes, and which pause it needs.</summary>
    public int Measure(int times)
    {
        using var exchange = ModbusExchange.Over(target.Link, time);
        if (exchange.Open() is { } closed)
        {
            output.WriteLine($"{LinkWord.ToWord(target.Link)} cannot be opened: {closed}.");
            return ExitCode.Unreachable;
        }

        var seen = new ResponseTimes();
        foreach (var gap in GapsMs.Select(gap => TimeSpan.FromMilliseconds(gap)))
        {
            var answers = Series(exchange, gap, times, seen);
            output.WriteLine(
                $"{answers.Count} of {times} reads of {target.Block.Count} were answered, "
                + $"{gap.TotalMilliseconds} ms between them:");
            ResponseHistogram.Lines(answers).ToList().ForEach(output.WriteLine);
            if (stop.IsCancellationRequested)
            {
                output.WriteLine("Stopped before the end: nothing is proposed.");
                return ExitCode.Failed;
            }

            if (answers.Count == times)
            {
                output.WriteLine(Proposal(seen));
                return ExitCode.Ok;
            }
        }

        output.WriteLine(
            "Not even with the longest pause was every read answered: look at the wiring, the "
            + "unit and the registers.");
        return ExitCode.Failed;
    }

    private static string Proposal(ResponseTimes seen)
    {
        if (seen.ProposedTimeout() is not { } timeout)
        {
            return $"A timeout is proposed after {ResponseTimes.AnswersToPropose} answers: "
                + $"--times {ResponseTimes.AnswersToPropose}.";
        }

        var milliseconds = Math.Ceiling(timeout.TotalMilliseconds);
        var link = $"Proposed: 'timeout: {milliseconds} ms' for the link";
        return seen.ProposedGap() is { } gap
            ? $"{link}, 'gap: {gap.TotalMilliseconds} ms' in the 'limits' of the device map."
            : $"{link}; a pause between requests is not needed.";
    }

    private (int Code, List<string> Lines) Look(IModbusExchange exchange, string? type)
    {
        var block = target.Block;
        var (code, words, problem) = Read(exchange, block);
        List<string> lines =
        [
            $"{LinkWord.ToWord(target.Link)}, unit {target.Unit}, "
            + $"{block.Table.ToString().ToLowerInvariant()} {block.Start} to "
            + $"{block.Start + block.Count - 1} (addresses count from 0)",
        ];
        lines.AddRange(words is null
            ? [$"Nothing was read: {problem}."]
            : RegisterView.Lines(block, words, type));
        return (code, lines);
    }

    private (int Code, ushort[]? Words, string Problem) Read(
        IModbusExchange exchange, ReadBlock block)
    {
        if (!exchange.IsOpen && exchange.Open() is { } closed)
        {
            return (ExitCode.Unreachable, null, $"the link cannot be opened ({closed})");
        }

        var outcome = exchange.Ask(target.Unit, ModbusRequest.Read(block), stop);
        if (outcome is not ModbusOutcome.Answered answer)
        {
            var code = outcome is ModbusOutcome.Refused ? ExitCode.Failed : ExitCode.Unreachable;
            return (code, null, outcome.Fault().Detail);
        }

        var words = new ushort[block.Count];
        answer.Take(block, words);
        return (ExitCode.Ok, words, "");
    }

    private List<TimeSpan> Series(
        IModbusExchange exchange, TimeSpan gap, int times, ResponseTimes seen)
    {
        List<TimeSpan> answers = [];
        for (var i = 0; i < times && !stop.IsCancellationRequested; i++)
        {
            if (gap > TimeSpan.Zero)
            {
                exchange.Idle(gap);
            }

            if (!exchange.IsOpen)
            {
                exchange.Open();
            }

            var start = time.GetTimestamp();
            var outcome = exchange.Ask(target.Unit, ModbusRequest.Read(target.Block), stop);
            var took = time.GetElapsedTime(start);
            if (outcome is ModbusOutcome.Failed)
            {
                seen.Unanswered(gap);
            }
            else
            {
                answers.Add(took);
                seen.Answered(took, gap);
            }
        }

        return answers;
    }

    private int Summary(int tried, int inAll, int found)
    {
        output.WriteLine($"Found {found}; {tried} of {inAll} were tried.");
        if (tried < inAll && stop.IsCancellationRequested)
        {
            output.WriteLine("Stopped before the end.");
            return ExitCode.Failed;
        }

        return found > 0 ? ExitCode.Ok : ExitCode.Unreachable;
    }

    private static string Describe(FoundUnit found)
    {
        var line = found.Link is SiteLink.Serial serial
            ? $" at {serial.Baud} {LinkWord.FramingOf(serial)}"
            : "";
        var sunSpec = found.SunSpec is { } spec
            ? $"; SunSpec {spec.Manufacturer} {spec.Model}, models "
                + string.Join(", ", spec.Models.Select(model => model.Id))
                + ": take a map with 'model' in its points"
            : "";
        return $"unit {found.Unit}{line}: {found.Identity ?? "answers, does not say what it is"}"
            + sunSpec;
    }
}
