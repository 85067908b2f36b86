using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.Simulation;

/// <summary>A message on its way; it arrives only in the session for which it was sent.</summary>
public sealed record Message(string To, int Session, string Topic, byte[] Bytes);

/// <summary>
/// The broker and the network around it: messages are lost, doubled and overtaken, births and
/// deaths too, sessions are forgotten, Wills come late. Nothing arrives in another session of the
/// receiver than that for which it was sent.
/// </summary>
public sealed class Broker(Dice dice, Odds odds)
{
    public const string Hub = "hub";

    private const int LatencyMsMax = 60;
    private const int WillMsMax = 30_000;

    private readonly record struct Session(int Number, string WillTopic, byte[] Will);

    private readonly Dictionary<string, Session> _sessions = [];
    private readonly PriorityQueue<Message, (long DueMs, long Number)> _onTheWay = new();
    private (string Topic, byte[] Bytes)? _retained;
    private long _number;
    private int _sessionNumber;
    private long _downUntilMs;

    public Odds Odds { get; set; } = odds;

    public bool IsUp(long nowMs) => nowMs >= _downUntilMs;

    public bool HasSession(string client) => _sessions.ContainsKey(client);

    /// <summary>It forgets sessions, the retained STATE and what is under way.</summary>
    public void Forget(long nowMs, int downMs)
    {
        _sessions.Clear();
        _onTheWay.Clear();
        _retained = null;
        _downUntilMs = nowMs + downMs;
    }

    public void Connect(string client, string willTopic, byte[] will, long nowMs)
    {
        Cut(client, nowMs);
        _sessionNumber++;
        _sessions[client] = new Session(_sessionNumber, willTopic, will);
        if (_retained is { } state && client != Hub)
        {
            Deliver(client, state.Topic, state.Bytes, nowMs);
        }
    }

    /// <summary>The client is gone without a word, so the broker speaks its Will.</summary>
    public void Cut(string client, long nowMs)
    {
        if (!_sessions.Remove(client, out var session))
        {
            return;
        }

        if (client == Hub)
        {
            PublishState(session.WillTopic, session.Will, nowMs);
        }
        else
        {
            Deliver(Hub, session.WillTopic, session.Will, nowMs + dice.Next(0, WillMsMax));
        }
    }

    /// <summary>The client says farewell itself.</summary>
    public void Leave(string client) => _sessions.Remove(client);

    public void PublishState(string topic, byte[] state, long nowMs)
    {
        _retained = (topic, state);
        foreach (var client in _sessions.Keys.Where(client => client != Hub))
        {
            Deliver(client, topic, state, nowMs);
        }
    }

    /// <summary>Subscribed once more: the broker says what it retains.</summary>
    public void Resubscribe(string client, long nowMs)
    {
        if (_retained is { } state)
        {
            Deliver(client, state.Topic, state.Bytes, nowMs);
        }
    }

    public void Publish(string from, string to, SparkplugTopic topic, byte[] bytes, long nowMs)
    {
        if (_sessions.ContainsKey(from))
        {
            Deliver(to, topic.ToString(), bytes, nowMs);
        }
    }

    public IEnumerable<Message> Arrived(long nowMs)
    {
        while (_onTheWay.TryPeek(out var message, out var due) && due.DueMs <= nowMs)
        {
            _onTheWay.Dequeue();
            if (_sessions.TryGetValue(message.To, out var session)
                && session.Number == message.Session)
            {
                yield return message;
            }
        }
    }

    private void Deliver(string to, string topic, byte[] bytes, long nowMs)
    {
        if (!_sessions.TryGetValue(to, out var session) || dice.Hits(Odds.Lost))
        {
            return;
        }

        for (var copies = dice.Hits(Odds.Doubled) ? 2 : 1; copies > 0; copies--)
        {
            var late = dice.Hits(Odds.Late) ? dice.Next(0, Odds.LateMsMax) : 0;
            var dueMs = nowMs + dice.Next(1, LatencyMsMax) + late;
            _onTheWay.Enqueue(
                new Message(to, session.Number, topic, bytes), (dueMs, _number++));
        }
    }
}
