using Monitoring.Verifier;

const int Well = 0;
const int NotWell = 1;
const int BadUsage = 2;
const int Unreachable = 3;

if (args is ["--help" or "-h"])
{
    Console.WriteLine(Arguments.Usage);
    return Well;
}

var (asked, why) = Arguments.Parse(args);
if (asked is null)
{
    Console.Error.WriteLine($"{why}\n\n{Arguments.Usage}");
    return BadUsage;
}

try
{
    var remembered = asked.Remember is { } file && File.Exists(file)
        ? File.ReadAllBytes(file)
        : null;
    var answer = await Check.Run(
        LogFiles.At(asked.Place),
        new Question(asked.Key, asked.Witnesses, remembered), TimeProvider.System);
    Console.WriteLine(answer.Sentence);
    foreach (var fault in answer.Findings.Faults.Skip(1))
    {
        Console.WriteLine($"  {fault}");
    }

    if (asked.Remember is not null && answer.Checkpoint is { } checkpoint)
    {
        File.WriteAllBytes(asked.Remember, checkpoint);
    }

    return answer.IsWell ? Well : NotWell;
}
catch (UnreachableException e)
{
    Console.Error.WriteLine($"Nothing was checked: {e.Message}");
    return Unreachable;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"A file of yours cannot be used: {e.Message}");
    return BadUsage;
}
