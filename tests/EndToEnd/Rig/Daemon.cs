using System.Text;
using Monitoring.Tests.Servers;

namespace Monitoring.Tests.Rig;

/// <summary>A program that a test starts, kills and starts again.</summary>
public sealed class Daemon(string program, IReadOnlyList<string> arguments) : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly StringBuilder _past = new();
    private Child? _child;

    public IReadOnlyList<string> CommandLine => [program, .. arguments];

    /// <summary>What it wrote in all its runs.</summary>
    public string Output => _past + _child?.Output;

    public int Id => Running.Id;

    public bool HasExited => Running.HasExited;

    private Child Running => _child
        ?? throw new InvalidOperationException($"{program} is not started.");

    public void Start()
    {
        Assert.Null(_child);
        _child = Child.Start(program, arguments);
    }

    /// <summary>Starts it and waits for a line of this run.</summary>
    public async Task Start(string line)
    {
        Start();
        await WaitForLine(line);
    }

    /// <summary>A line of the run under way.</summary>
    public Task<string> WaitForLine(string text) => Running.WaitForLine(text, Soon);

    /// <summary>SIGKILL; returns when it is gone.</summary>
    public async Task Kill()
    {
        Running.Kill();
        Assert.NotNull(await Running.WaitForExit(Soon));
        await Forget();
    }

    /// <summary>What was left of its process group when it had ended by itself.</summary>
    public IReadOnlyList<string> Orphans { get; private set; } = [];

    /// <summary>Asks it to end; the exit code, or null where it did not in time.</summary>
    public async Task<int?> Stop(Action<Child>? ask = null, TimeSpan? atMost = null)
    {
        (ask ?? (child => child.Terminate()))(Running);
        var code = await Running.WaitForExit(atMost ?? TimeSpan.FromSeconds(10));
        Orphans = Processes.InGroup(Id);
        await Forget();
        return code;
    }

    /// <summary>The exit code of a program that ends by itself.</summary>
    public async Task<int?> WaitForExit()
    {
        var code = await Running.WaitForExit(Soon);
        await Forget();
        return code;
    }

    public async ValueTask DisposeAsync()
    {
        if (_child is not null)
        {
            await Forget();
        }
    }

    private async Task Forget()
    {
        _past.Append(Running.Output);
        await Running.DisposeAsync();
        _child = null;
    }
}
