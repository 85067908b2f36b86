using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.Simulation;

/// <summary>The hub's process ends here.</summary>
public sealed class HubDiedException : Exception;

/// <summary>The one hub: its connection, and a grain for each gateway that was heard.</summary>
public sealed class SimulatedHub(
    Dice dice, Func<Odds> odds, Broker broker, Mutation mutation)
{
    private readonly Dictionary<string, SimulatedGrain> _grains = [];
    private long _stateMs;
    private long _downUntilMs;

    public WallClock Clock { get; } = new();

    public SimulatedLog Log { get; } = new(dice, odds);

    /// <summary>It may end before any step that it takes.</summary>
    public void MayDie()
    {
        if (dice.Hits(odds().HubDies))
        {
            throw new HubDiedException();
        }
    }

    public void Die(long nowMs)
    {
        broker.Cut(Broker.Hub, nowMs);
        _grains.Clear();
        _downUntilMs = nowMs + dice.Next(0, 10_000);
    }

    public void Receive(Message message, long nowMs)
    {
        if (nowMs < _downUntilMs)
        {
            return;
        }

        var topic = SparkplugTopic.Parse(message.Topic)!;
        if (!_grains.TryGetValue(topic.Node, out var grain))
        {
            grain = new SimulatedGrain(topic.Node, this, dice.Own(), mutation, Send);
            _grains[topic.Node] = grain;
        }

        grain.Put(topic, message.Bytes);

        void Send(byte[] bytes) => broker.Publish(
            Broker.Hub, topic.Node,
            new SparkplugTopic(SimulatedEdge.Group, MessageType.NCmd, topic.Node, null), bytes,
            Clock.WorldMs);
    }

    public void Tick(long nowMs)
    {
        Clock.Set(nowMs);
        if (nowMs < _downUntilMs)
        {
            return;
        }

        try
        {
            Connect(nowMs);
            foreach (var grain in _grains.Values)
            {
                grain.Tick(Clock.NowMs);
            }
        }
        catch (HubDiedException)
        {
            Die(nowMs);
        }
    }

    private void Connect(long nowMs)
    {
        if (broker.HasSession(Broker.Hub) || !broker.IsUp(nowMs))
        {
            return;
        }

        _stateMs = Log.NextStateMs(Clock.NowMs);
        var topic = SparkplugTopic.StateOf(Broker.Hub);
        broker.Connect(Broker.Hub, topic, new HostState(false, _stateMs).Encode(), nowMs);
        broker.PublishState(topic, new HostState(true, _stateMs).Encode(), nowMs);
    }
}
