using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Monitoring.Tests.Servers;

/// <summary>
/// A started program in a session of its own. Whatever happens to the test, the program and its
/// own children are killed: on dispose, and at the latest when the test process ends.
/// </summary>
public sealed class Child : IAsyncDisposable
{
    private const int SignalInterrupt = 2;
    private const int SignalTerminate = 15;
    private const int SignalKill = 9;
    private const int OutputCharactersMax = 4_000_000;

    private static readonly ConcurrentDictionary<int, Child> Alive = new();

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    static Child() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var child in Alive.Values)
        {
            child.SignalGroup(SignalKill);
        }
    };

    private Child(Process process, string name)
    {
        _process = process;
        Name = name;
    }

    public string Name { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Everything written to standard output and standard error so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public static Child Start(
        string program,
        IEnumerable<string> arguments,
        IEnumerable<KeyValuePair<string, string>>? environment = null,
        string? workingFolder = null)
    {
        // setsid makes the pid the id of the group as well, and then becomes the program.
        var start = new ProcessStartInfo("setsid", [program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingFolder ?? "",
        };
        foreach (var (name, value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start };
        var child = new Child(process, Path.GetFileName(program));
        process.OutputDataReceived += (_, line) => child.Append(line.Data);
        process.ErrorDataReceived += (_, line) => child.Append(line.Data);
        process.Start();
        Alive[process.Id] = child;
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Asks the program to end as Ctrl-C does (SIGINT).</summary>
    public void Interrupt() => Signal(SignalInterrupt);

    /// <summary>Asks the program to end (SIGTERM).</summary>
    public void Terminate() => Signal(SignalTerminate);

    /// <summary>Ends the program without asking (SIGKILL).</summary>
    public void Kill() => Signal(SignalKill);

    /// <summary>The exit code, or null if the program still ran at the deadline.</summary>
    public async Task<int?> WaitForExit(TimeSpan atMost)
    {
        using var deadline = new CancellationTokenSource(atMost);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>The first line that contains the text; fails the test at the deadline.</summary>
    public async Task<string> WaitForLine(string text, TimeSpan atMost)
    {
        var end = TimeProvider.System.GetUtcNow() + atMost;
        while (true)
        {
            // Read before the look at the output: a last line may come with the end.
            var last = HasExited || TimeProvider.System.GetUtcNow() > end;
            var line = Output.Split('\n')
                .FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal));
            if (line is not null)
            {
                return line;
            }

            if (last)
            {
                Assert.Fail($"{Name} never wrote '{text}'. It wrote:\n{Output}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }

    public async ValueTask DisposeAsync()
    {
        SignalGroup(SignalKill);
        await WaitForExit(TimeSpan.FromSeconds(10));
        Alive.TryRemove(Id, out _);
        _process.Dispose();
    }

    private void Append(string? line)
    {
        lock (_output)
        {
            if (line is not null && _output.Length < OutputCharactersMax)
            {
                _output.Append(line).Append('\n');
            }
        }
    }

    private void Signal(int signal)
    {
        if (!_process.HasExited)
        {
            _ = SendSignal(_process.Id, signal);
        }
    }

    private void SignalGroup(int signal)
    {
        // Negative: the group. Before setsid has run there is no such group, only the process.
        _ = SendSignal(-_process.Id, signal);
        Signal(signal);
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int pid, int signal);
}
