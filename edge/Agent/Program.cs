using System.CommandLine;
using Monitoring.Agent.Commands;

var root = new RootCommand("The agent on a plant's gateway: reads instruments, loses nothing.")
{
    RunCommand.Create(),
    CheckCommand.Create(),
    SimulateCommand.Create(),
    ProbeCommand.Create(),
    WitnessCommand.Create(),
};

var parsed = root.Parse(args);
if (parsed.Errors.Count > 0 || args.Contains(""))
{
    if (args.Contains(""))
    {
        Console.Error.WriteLine("A value is empty: '' names no file and nothing else.");
    }

    foreach (var error in parsed.Errors)
    {
        Console.Error.WriteLine(error.Message);
    }

    Console.Error.WriteLine("See monitoring-edge --help.");
    return Monitoring.Agent.ExitCode.BadInput;
}

// Signals are ours: a stop takes as long as the last cycle and the last messages need.
return await parsed.InvokeAsync(new InvocationConfiguration
{
    ProcessTerminationTimeout = null,
    EnableDefaultExceptionHandler = false,
});
