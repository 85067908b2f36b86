using System.CommandLine;
using System.CommandLine.Parsing;

namespace Monitoring.Server.Commands;

/// <summary>
/// Exit codes of every command: 0 ok, 1 failed, 2 bad input, 3 cannot be reached.
/// </summary>
public static class ExitCode
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int BadInput = 2;
    public const int Unreachable = 3;
}

/// <summary>Every fault of a command line at once.</summary>
internal static class UsageErrors
{
    public static int Report(ParseResult result)
    {
        foreach (var error in result.Errors)
        {
            System.Console.Error.WriteLine(error.Message);
        }

        System.Console.Error.WriteLine("Add --help to see what the command takes.");
        return ExitCode.BadInput;
    }
}
