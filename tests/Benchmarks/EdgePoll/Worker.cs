using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Monitoring.Benchmarks.EdgePoll;

/// <summary>A process on one core, and what it has used.</summary>
internal sealed partial class Worker : IDisposable
{
    private readonly record struct Instant(long Seconds, long Nanoseconds);

    private readonly Process _process;
    private bool _isDisposed;

    /// <param name="core">The core it is kept on; null: any.</param>
    public Worker(int? core, string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(core is null ? program : "taskset")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] pinned = core is null
            ? []
            : ["-c", core.Value.ToString(CultureInfo.InvariantCulture), program];
        foreach (var argument in pinned.Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)
            ?? throw new InvalidOperationException($"{program} does not start");
        _process.BeginErrorReadLine();
    }

    /// <summary>Waits for the next line that it prints.</summary>
    public string NextLine() => _process.StandardOutput.ReadLine()
        ?? throw new InvalidOperationException("a process of the benchmark ended too early");

    /// <summary>Takes and forgets whatever else it prints.</summary>
    public void Drain() => _ = _process.StandardOutput.ReadToEndAsync();

    /// <summary>User and system time so far, in seconds.</summary>
    public double ProcessorSeconds()
    {
        // Its text form in /proc counts in 10 ms: a tenth of what the bare loop takes.
        return ProcessorClockOf(_process.Id, out var clock) == 0 && TimeOf(clock, out var used) == 0
            ? used.Seconds + used.Nanoseconds / 1e9
            : throw new InvalidOperationException("a process of the benchmark has no clock");
    }

    /// <summary>Resident memory in megabytes (10^6 bytes).</summary>
    public double ResidentMegabytes()
    {
        var line = File.ReadLines($"/proc/{_process.Id}/status")
            .First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        var kilobytes = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return long.Parse(kilobytes, CultureInfo.InvariantCulture) * 1.024 / 1000;
    }

    /// <summary>Kills it; again is nothing.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.WaitForExit();
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "clock_getcpuclockid")]
    private static partial int ProcessorClockOf(int process, out int clock);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int TimeOf(int clock, out Instant time);
}
