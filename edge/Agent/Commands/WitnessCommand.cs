using System.CommandLine;
using Monitoring.Agent.Witness;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Transparency;

namespace Monitoring.Agent.Commands;

/// <summary>
/// <c>monitoring-edge witness</c>: watches a hub's public log from a machine without instruments,
/// such as the municipality's.
/// </summary>
internal static class WitnessCommand
{
    private sealed record Arguments(string Log, string Key, string Name, string Data, bool Once);

    public static Command Create()
    {
        var log = new Option<string>("--log")
        {
            Description = "The log, such as http://hub:8080/log.", Required = true,
        };
        var key = new Option<string>("--log-key")
        {
            Description = "The log's key, from its operator; /log/vkey shows it.", Required = true,
        };
        var name = new Option<string>("--name")
        {
            Description = "How this witness is called, such as example.org/town.", Required = true,
        };
        var data = new Option<string>("--data")
        {
            Description = "The folder of the witness's key and memory.", Required = true,
        };
        var once = new Option<bool>("--once")
        {
            Description = "Looks once and ends: 0 cosigned, 1 not as it was, 3 not reached.",
        };
        var command = new Command(
            "witness", "Watches a hub's public log, and signs that it only grows.")
        {
            log, key, name, data, once,
        };
        command.SetAction(parsed => Run(new Arguments(
            parsed.GetValue(log)!, parsed.GetValue(key)!, parsed.GetValue(name)!,
            parsed.GetValue(data)!, parsed.GetValue(once))));
        return command;
    }

    private static async Task<int> Run(Arguments arguments)
    {
        var faults = new Faults();
        var watched = WitnessSettings.Read(
            arguments.Log, arguments.Key, AgentLimits.WitnessEveryDefault,
            (name, problem, remedy) => faults.Add($"--{name}", 0, problem, remedy));
        if (!NoteVerifier.IsName(arguments.Name))
        {
            faults.Add(
                "--name", 0, $"'{arguments.Name}' cannot be the name of a witness",
                "use a name without spaces and '+'");
        }

        if (watched is null || faults.Any)
        {
            return SiteOption.Report(faults);
        }

        var time = TimeProvider.System;
        var log = new Log(Console.Out, time, TimeZoneInfo.Utc);
        using var http = WitnessClient.Create();
        try
        {
            Directory.CreateDirectory(arguments.Data);
            var files = new WitnessFiles(arguments.Data);
            var witness = new LogWitness(
                watched, files.Key(arguments.Name), files, http, log, time);
            using var stop = new StopSignal(time, log.Stopping);
            if (!arguments.Once)
            {
                await witness.Run(stop.Token);
                return ExitCode.Ok;
            }

            var outcome = await witness.Look(stop.Token);
            log.Witnessed(watched.Key.Name, outcome);
            return outcome switch
            {
                WitnessOutcome.Cosigned => ExitCode.Ok,
                WitnessOutcome.Unreachable => ExitCode.Unreachable,
                _ => ExitCode.Failed,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"The witness cannot begin: {e.Message}");
            return ExitCode.Failed;
        }
    }
}
