using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>
/// The Modbus instruments of one link. A unit that is silent is asked again after a time that
/// doubles, and all silent ones together take a small share of the link's time, so the others
/// keep their rate.
/// </summary>
public sealed class ModbusDeviceLink(
    SiteLink site, IModbusExchange exchange, Log log, TimeProvider time) : IDeviceLink
{
    private readonly Dictionary<string, UnitReader> _units = new(StringComparer.Ordinal);
    private readonly LinkCost _cost = LinkCost.Of(site);
    private readonly Backoff _connecting =
        new(AgentLimits.LinkBackoffMin, AgentLimits.LinkBackoffMax, time);

    private readonly Backoff _noPath =
        new(AgentLimits.UnitBackoffMin, AgentLimits.UnitBackoffMax, time);

    private (UnitReader Unit, long At, TimeSpan Took)? _lastSilence;
    private SampleTrouble? _whyNoPath;
    private int _failuresInRow;
    private long _lastCame = time.GetTimestamp();

    public RequestCounts Counts { get; init; } = new();

    /// <summary>How long a device takes to answer; null where it was never read.</summary>
    public ResponseTimes? TimesOf(string device) => _units.GetValueOrDefault(device)?.Times;

    public DeviceSample Read(SiteDevice device, CancellationToken abandon)
    {
        if (!_units.TryGetValue(device.Id, out var unit))
        {
            _units[device.Id] = unit = new UnitReader(device, _cost, time);
        }

        if (WhyNotNow(unit) is { } trouble)
        {
            return unit.Absent(trouble);
        }

        var start = time.GetTimestamp();
        var (sample, verdict) = unit.Read(
            (request, mayRetry) => Ask(unit, request, mayRetry, abandon));
        if (abandon.IsCancellationRequested)
        {
            return sample;
        }

        switch (verdict)
        {
            case UnitVerdict.Answers:
                unit.Heard();
                _noPath.Succeed();
                Propose(unit);
                break;
            case UnitVerdict.Silent:
                unit.Silence.Fail();
                _lastSilence = (unit, time.GetTimestamp(), time.GetElapsedTime(start));
                break;
            case UnitVerdict.NoPath:
                _noPath.Fail();
                _whyNoPath = sample.Trouble;
                break;
        }

        return sample;
    }

    public void Dispose() => exchange.Dispose();

    /// <summary>Why the unit has to wait, in the words of what was wrong last.</summary>
    private SampleTrouble? WhyNotNow(UnitReader unit)
    {
        if (_noPath.IsWaiting)
        {
            return _whyNoPath;
        }

        // One answer that is lost makes no unit a dead one; several that are lost together may.
        var share = unit.Silence.HasFailedAgain ? AgentLimits.SilentShareOfLink
            : unit.Silence.HasFailed && _lastSilence?.Unit != unit
            ? AgentLimits.DoubtfulShareOfLink
            : 0;
        var isDear = _lastSilence is { } last
            && time.GetElapsedTime(last.At) < last.Took * share;
        return unit.Silence.IsWaiting || isDear ? unit.Trouble : null;
    }

    /// <summary>Several that die together are not each asked twice.</summary>
    private bool HasJustLostAnother =>
        _lastSilence is { } last && time.GetElapsedTime(last.At) < site.Timeout;

    private ModbusOutcome Ask(
        UnitReader unit, ModbusRequest request, bool mayRetry, CancellationToken abandon)
    {
        var outcome = AskOnce(unit, request, abandon);
        if (!mayRetry || !request.IsRead || abandon.IsCancellationRequested)
        {
            return outcome;
        }

        switch (outcome)
        {
            case ModbusOutcome.Refused { Code: 5 or 6 }:
                exchange.Idle(AgentLimits.BusyPause);
                return AskOnce(unit, request, abandon);
            case ModbusOutcome.Failed when !_connecting.HasFailed && !HasJustLostAnother:
                return AskOnce(unit, request, abandon);
            default:
                return outcome;
        }
    }

    private ModbusOutcome AskOnce(
        UnitReader unit, ModbusRequest request, CancellationToken abandon)
    {
        if (abandon.IsCancellationRequested)
        {
            return new ModbusOutcome.Failed(Reason.Timeout, "the agent stops");
        }

        var limits = unit.Device.Map.Limits;
        if (!exchange.IsOpen)
        {
            if (Connect() is { } unreachable)
            {
                return unreachable;
            }

            exchange.Idle(limits.PauseAfterConnect);
        }

        exchange.Idle(limits.Gap - time.GetElapsedTime(_lastCame));
        var pause = time.GetElapsedTime(_lastCame);
        var outcome = exchange.Ask(
            (byte)unit.Device.Address, request, abandon, unit.PatienceWithin(site.Timeout));
        _lastCame = time.GetTimestamp();
        Counts.Add(outcome);
        if (outcome is ModbusOutcome.Failed failed)
        {
            Lost(failed);
            unit.Times.Unanswered(pause);
        }
        else
        {
            _failuresInRow = 0;
            _connecting.Succeed();
        }

        if (outcome is ModbusOutcome.Answered answer)
        {
            unit.Times.Answered(time.GetElapsedTime(answer.Sent, answer.Came), pause);
        }

        return outcome;
    }

    private ModbusOutcome.Failed? Connect()
    {
        var place = LinkReader.Place(site);
        if (_connecting.IsWaiting)
        {
            return new ModbusOutcome.Failed(
                Reason.NotConnected, $"waiting to try {place} again");
        }

        if (exchange.Open() is { } detail)
        {
            _connecting.Fail();
            return new ModbusOutcome.Failed(Reason.NotConnected, $"{place}: {detail}");
        }

        return null;
    }

    /// <summary>
    /// Many devices take few connections, so a silent one is given up after some failures only,
    /// and one that is lost time and again is not opened at once.
    /// </summary>
    private void Lost(ModbusOutcome.Failed failed)
    {
        _failuresInRow++;
        if (failed.Reason == Reason.NotConnected && _failuresInRow > 1)
        {
            _connecting.Fail();
        }
        else if (_failuresInRow % AgentLimits.TimeoutsBeforeReconnect == 0)
        {
            exchange.Close();
        }
    }

    /// <summary>Says now and then that a timeout or a gap is far from what is measured.</summary>
    private void Propose(UnitReader unit)
    {
        var times = unit.Times;
        if (times.Answers % ResponseTimes.AnswersToPropose != 0)
        {
            return;
        }

        if (times.ProposedTimeout() is { } timeout
            && (site.Timeout < timeout / 2 || site.Timeout > timeout * AgentLimits.TimeoutFarOff))
        {
            log.TimeoutProposed(unit.Device.Id, site.Id, site.Timeout, timeout);
        }

        if (times.ProposedGap() is { } gap && gap > unit.Device.Map.Limits.Gap)
        {
            log.GapProposed(unit.Device.Id, gap);
        }
    }
}
