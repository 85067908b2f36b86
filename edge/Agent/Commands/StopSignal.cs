using System.Runtime.InteropServices;

namespace Monitoring.Agent.Commands;

/// <summary>Turns SIGTERM and Ctrl-C into a stop, and a stop that hangs into an end.</summary>
public sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly TimeProvider _time;
    private readonly Action<string> _told;
    private ITimer? _deadline;

    public StopSignal(TimeProvider time, Action<string> told)
    {
        _time = time;
        _told = told;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
        ];
    }

    public CancellationToken Token => _stop.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _deadline?.Dispose();
        _stop.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        // What is journalled is safe: a stop that hangs loses nothing by being cut off.
        _deadline = _time.CreateTimer(
            _ => Environment.Exit(ExitCode.Failed), null, AgentLimits.StopWithin,
            Timeout.InfiniteTimeSpan);
        _told(context.Signal.ToString());
        _stop.Cancel();
    }
}
