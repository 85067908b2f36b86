using Monitoring.Agent.Devices;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>The Modbus instruments of one link, each read as its own thread wants it.</summary>
public sealed class ModbusDeviceLink(
    SiteLink site, IModbusExchange exchange, TimeProvider time) : IDeviceLink
{
    private readonly ushort[] _words = new ushort[RequestLimits.Standard.BitsMax];
    private TimeSpan _backoff = AgentLimits.LinkBackoffMin;
    private long? _closedAt;
    private int _timeoutsInRow;

    public DeviceSample Read(SiteDevice device, CancellationToken abandon)
    {
        var (utc, start) = (time.GetUtcNow(), time.GetTimestamp());
        var block = device.Map.Block;
        var outcome = Ask((byte)device.Address, ModbusRequest.Read(block), abandon);
        if (outcome is ModbusOutcome.Answered answer)
        {
            var middle = answer.Sent + (answer.Came - answer.Sent) / 2;
            var timeMs = (utc + time.GetElapsedTime(start, middle)).ToUnixTimeMilliseconds();
            var words = _words.AsSpan(0, block.Count);
            answer.Take(block, words);
            return new DeviceSample(
                timeMs, ImageDecoder.Decode(device.Map, words, timeMs), null);
        }

        var (reason, detail) = outcome.Fault();
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        return new DeviceSample(
            now, ImageDecoder.Absent(device.Map, reason, now), new SampleTrouble(reason, detail));
    }

    public void Dispose() => exchange.Dispose();

    /// <summary>One try more where it can do no harm, on a fresh connection if need be.</summary>
    private ModbusOutcome Ask(byte unit, ModbusRequest request, CancellationToken abandon)
    {
        ModbusOutcome? outcome = null;
        for (var tries = 0; tries < 2 && outcome is null or ModbusOutcome.Failed; tries++)
        {
            if (abandon.IsCancellationRequested)
            {
                return outcome ?? new ModbusOutcome.Failed(Reason.Timeout, "the agent stops");
            }

            if (!exchange.IsOpen && Connect() is { } unreachable)
            {
                return outcome ?? unreachable;
            }

            outcome = exchange.Ask(unit, request, abandon);
            KeepOrClose(outcome);
        }

        return outcome!;
    }

    private ModbusOutcome.Failed? Connect()
    {
        var place = LinkReader.Place(site);
        if (_closedAt is { } closed && time.GetElapsedTime(closed) < _backoff)
        {
            return new ModbusOutcome.Failed(
                Reason.NotConnected, $"waiting to try {place} again");
        }

        if (exchange.Open() is not { } detail)
        {
            (_closedAt, _timeoutsInRow) = (null, 0);
            return null;
        }

        _backoff = _closedAt is null ? AgentLimits.LinkBackoffMin : TimeSpan.FromTicks(
            Math.Min(_backoff.Ticks * 2, AgentLimits.LinkBackoffMax.Ticks));
        _closedAt = time.GetTimestamp();
        return new ModbusOutcome.Failed(Reason.NotConnected, $"{place}: {detail}");
    }

    /// <summary>
    /// Many devices take few connections, so a silent one is given up after some timeouts only.
    /// </summary>
    private void KeepOrClose(ModbusOutcome outcome)
    {
        _timeoutsInRow = outcome is ModbusOutcome.Failed ? _timeoutsInRow + 1 : 0;
        if (_timeoutsInRow >= AgentLimits.TimeoutsBeforeReconnect)
        {
            exchange.Close();
        }
    }
}
