using System.Collections.Immutable;
using Monitoring.Core.Ingest;
using Monitoring.Wire;

namespace Monitoring.Tests.Simulation;

/// <summary>
/// Many gateways, a broker and a hub in one thread and in a time of their own. First everything
/// goes wrong that the odds of the seed want; then the world is healed and has to converge.
/// </summary>
public sealed class SimulatedWorld
{
    private const int FaultyMs = 60_000;
    private const int HealedMsMax = 1_800_000;
    private const int TickMsMax = 500;
    private const int HourMs = 3_600_000;

    private readonly Dice _dice;
    private readonly Broker _broker;
    private readonly SimulatedHub _hub;
    private readonly ImmutableArray<SimulatedEdge> _edges;
    private readonly Truth _truth = new();
    private Odds _odds;
    private long _nowMs;

    public SimulatedWorld(int seed, Mutation mutation = Mutation.None)
    {
        _dice = new Dice(seed);
        _odds = Odds.Of(_dice);
        _broker = new Broker(_dice, _odds);
        _hub = new SimulatedHub(_dice, () => _odds, _broker, mutation);
        _edges =
        [
            .. Enumerable.Range(1, _dice.Next(2, 5)).Select(number => new SimulatedEdge(
                $"gateway-{number}", _dice, () => _odds, _broker, _truth, mutation)),
        ];
    }

    public Counts Counts { get; } = new();

    /// <exception cref="BrokenPromiseException">A promise does not hold.</exception>
    public void Run()
    {
        try
        {
            while (_nowMs < FaultyMs)
            {
                var tickMs = _dice.Next(1, TickMsMax);
                GoWrong(tickMs / 1_000.0);
                Tick(tickMs);
            }

            Heal();
            while (!IsDone())
            {
                Truth.Require(
                    _nowMs < FaultyMs + HealedMsMax, "the world", $"it does not converge: {this}");
                Tick(_dice.Next(1, TickMsMax));
            }

            _truth.CheckAtTheEnd(_hub.Log, _edges);
        }
        catch (InvariantBrokenException e)
        {
            throw new BrokenPromiseException($"at {_nowMs} ms: {e.Message}");
        }
        catch (BrokenPromiseException e)
        {
            throw new BrokenPromiseException($"at {_nowMs} ms: {e.Message}");
        }

        Counts.Records = _truth.Records;
        Counts.Stored = _hub.Log.Rows.Count;
    }

    public override string ToString() => string.Join("; ", _edges.Select(edge =>
        $"{edge.Name} {edge.Journal?.Position.Epoch} {edge.Journal?.Position.First} to "
        + $"{edge.Journal?.Position.Last}, committed {edge.Journal?.Position.Committed}, stored "
        + _hub.Log.PositionOf(edge.Name, edge.Journal?.Position.Epoch ?? "-").Committed));

    private void Tick(int tickMs)
    {
        _nowMs += tickMs;
        foreach (var message in _broker.Arrived(_nowMs).ToList())
        {
            if (message.To == Broker.Hub)
            {
                _hub.Receive(message, _nowMs);
            }
            else
            {
                _edges.First(edge => edge.Name == message.To).Receive(message, _nowMs);
            }
        }

        foreach (var edge in _edges)
        {
            edge.Tick(_nowMs);
        }

        _hub.Tick(_nowMs);
        _truth.Check(_hub.Log, _edges);
    }

    private void GoWrong(double seconds)
    {
        if (Happens(_odds.BrokerForgets))
        {
            Counts.BrokerForgot++;
            _broker.Forget(_nowMs, _dice.Next(0, 10_000));
        }

        if (Happens(_odds.HubRestored))
        {
            RestoreOrBackUp();
        }

        if (Happens(_odds.ClockJumps))
        {
            _hub.Clock.WrongByMs = _dice.Pick(0, _dice.Next(-HourMs, HourMs));
        }

        foreach (var edge in _edges)
        {
            GoWrong(edge, Happens);
        }

        bool Happens(double inOneSecond) => _dice.Hits(inOneSecond * seconds);
    }

    private void GoWrong(SimulatedEdge edge, Func<double, bool> happens)
    {
        if (happens(_odds.PowerCut) || happens(_odds.ProcessKilled))
        {
            Counts.Died++;
            edge.Die(_nowMs, _dice.Hits(0.5), _dice.Next(0, 20_000));
        }

        if (happens(_odds.LinkCut))
        {
            edge.IsLinkCut = !edge.IsLinkCut;
        }

        if (happens(_odds.DiskFills))
        {
            edge.Disk.State = _dice.Pick(DiskState.Full, DiskState.Healthy);
        }

        if (happens(_odds.DiskFails))
        {
            Counts.DiskFailed++;
            edge.Disk.State = _dice.Pick(DiskState.Failing, DiskState.Healthy);
        }

        if (happens(_odds.DiskDamaged))
        {
            Counts.DiskDamaged++;
            edge.Die(_nowMs, isPowerCut: true, _dice.Next(0, 20_000));
            edge.Disk.Damage();
        }

        if (happens(_odds.ClockJumps))
        {
            edge.Clock.WrongByMs = _dice.Pick(0, _dice.Next(-HourMs, HourMs));
        }

        if (happens(_odds.DevicesChange))
        {
            edge.ChangeDevices();
        }

        if (happens(_odds.DeviceLost))
        {
            edge.Plant.Lose(_nowMs + _dice.Next(0, 20_000));
        }
    }

    private void RestoreOrBackUp()
    {
        if (_dice.Hits(0.7))
        {
            _hub.Log.BackUp();
            return;
        }

        Counts.HubRestored++;
        _hub.Die(_nowMs);
        _hub.Log.Restore();
    }

    private void Heal()
    {
        _odds = Odds.None;
        _broker.Odds = Odds.None;
        _hub.Clock.WrongByMs = 0;
        foreach (var edge in _edges)
        {
            edge.IsLinkCut = false;
            edge.IsSampling = false;
            edge.Disk.State = DiskState.Healthy;
            edge.Clock.WrongByMs = 0;
        }
    }

    private bool IsDone() => _edges.All(edge => edge.IsDone && (edge.Journal!.Position.Last == 0
        || _hub.Log.PositionOf(edge.Name, edge.Journal.Position.Epoch)
            == new GatewayPosition(edge.Journal.Position.Epoch, edge.Journal.Position.Last)));
}

/// <summary>What a world went through, to see that it was no easy one.</summary>
public sealed class Counts
{
    public int Records { get; set; }

    public int Stored { get; set; }

    public int BrokerForgot { get; set; }

    public int Died { get; set; }

    public int DiskFailed { get; set; }

    public int DiskDamaged { get; set; }

    public int HubRestored { get; set; }

    public void Add(Counts other)
    {
        Records += other.Records;
        Stored += other.Stored;
        BrokerForgot += other.BrokerForgot;
        Died += other.Died;
        DiskFailed += other.DiskFailed;
        DiskDamaged += other.DiskDamaged;
        HubRestored += other.HubRestored;
    }
}
