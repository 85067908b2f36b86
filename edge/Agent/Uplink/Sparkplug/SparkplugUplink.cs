using System.Collections.Immutable;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Monitoring.Agent.Journal;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Protocol;

namespace Monitoring.Agent.Uplink.Sparkplug;

/// <summary>
/// The MQTT shell around <see cref="UplinkSession"/>: connects, and connects again, carries out
/// its steps, and hands it what the broker sends. One loop is the only writer of the socket.
/// </summary>
public sealed class SparkplugUplink(
    UplinkTarget target, DiskJournal journal, Log log, TimeProvider time)
{
    private readonly record struct Message(string Topic, byte[] Payload);

    private readonly UplinkSession _session = new(target.Brokers.Length > 1);
    private BirthBook _births = new(target.Devices);
    private StrongBox<ImmutableArray<UplinkDevice>>? _redeclared;
    private readonly Queue<JournalEntry> _ahead = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1)
        {
            FullMode = BoundedChannelFullMode.DropWrite,
            AllowSynchronousContinuations = true,
        });

    private readonly Channel<Message> _messages = Channel.CreateBounded<Message>(
        AgentLimits.MessagesWaitingMax);

    private ITimer? _alarm;
    private int _brokerIndex;
    private string? _lastFault;
    private bool _hasToldMisunderstanding;

    /// <summary>
    /// Says that there is something new in the journal. It is sent on the caller's thread, as far
    /// as that goes without waiting: to wake another one costs as much as the sending.
    /// </summary>
    public void Appended() => GoOn();

    /// <summary>The devices have changed: they are born again before the next record.</summary>
    public void Redeclare(ImmutableArray<UplinkDevice> devices)
    {
        Interlocked.Exchange(ref _redeclared, new(devices));
        Wake();
    }

    /// <summary>Runs until the stop. A lost broker is a state, not an error.</summary>
    public async Task Run(CancellationToken stop)
    {
        await using var wakeAtStop = stop.Register(Wake);
        await using var alarm = time.CreateTimer(
            _ => GoOn(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _alarm = alarm;
        var backoff = AgentLimits.BrokerBackoffMin;
        while (!stop.IsCancellationRequested)
        {
            var wasConnected = await RunSession(stop);
            _brokerIndex = (_brokerIndex + 1) % target.Brokers.Length;
            backoff = wasConnected
                ? AgentLimits.BrokerBackoffMin
                : TimeSpan.FromTicks(
                    Math.Min(backoff.Ticks * 2, AgentLimits.BrokerBackoffMax.Ticks));
            await WaitAtMost(backoff, stop);
        }
    }

    private async Task<bool> RunSession(CancellationToken stop)
    {
        var bdSeq = journal.NextBdSeq();
        using var connection = new BrokerConnection();
        using var client = new MqttClientFactory().CreateMqttClient();
        var writer = new SessionWriter(
            (topic, payload) => Publish(client, topic, payload), target, bdSeq, time);
        client.ApplicationMessageReceivedAsync += Receive;
        client.DisconnectedAsync += _ =>
        {
            Wake();
            return Task.CompletedTask;
        };
        var wasConnected = false;
        try
        {
            await client.ConnectAsync(Options(bdSeq, connection), stop);
            wasConnected = true;
            _lastFault = null;
            log.BrokerConnected(Broker.ToString(), bdSeq);
            _session.Connected(NowMs());
            await Subscribe(client, stop);
            await Talk(client, connection, writer, stop);
        }
        catch (Exception e) when (IsConnectionFault(e))
        {
            TellFault((e.InnerException ?? e).Message.TrimEnd('.'), stop);
        }

        if (wasConnected && !client.IsConnected)
        {
            TellFault("the connection was closed", stop);
        }

        await Leave(client, connection, writer);
        _session.Disconnected();
        while (_messages.Reader.TryRead(out _))
        {
            // What an ended session said must not be taken for the next one's.
        }

        return wasConnected;
    }

    private async Task Talk(
        IMqttClient client, BrokerConnection connection, SessionWriter writer,
        CancellationToken stop)
    {
        long? stopAtMs = null;
        while (client.IsConnected)
        {
            while (_messages.Reader.TryRead(out var message))
            {
                Handle(message);
            }

            if (Interlocked.Exchange(ref _redeclared, null) is { } devices)
            {
                _births = new BirthBook(devices.Value);
                _session.RebirthAsked();
                await connection.Release();
                await Subscribe(client, stop);
            }

            var resends = _session.Resends;
            var step = _session.Next(journal.Position, NowMs());
            if (_session.Resends > resends && step is UplinkStep.Send first)
            {
                log.Resending(first.Offset, TimeSpan.FromMilliseconds(_session.LastPatienceMs));
            }

            if (stop.IsCancellationRequested)
            {
                stopAtMs ??= NowMs() + (long)AgentLimits.LastPublishing.TotalMilliseconds;
                if (step is not UplinkStep.Send || NowMs() >= stopAtMs)
                {
                    return;
                }
            }

            if (step is UplinkStep.Leave)
            {
                return;
            }

            if (step is UplinkStep.Send)
            {
                connection.Gather();
            }
            else
            {
                await connection.Release();
            }

            await CarryOut(step, client, writer, stop);
        }
    }

    private async Task CarryOut(
        UplinkStep step, IMqttClient client, SessionWriter writer, CancellationToken stop)
    {
        switch (step)
        {
            case UplinkStep.AskForState:
                await client.SubscribeAsync(
                    SparkplugTopic.StateOf(target.HostId),
                    MqttQualityOfServiceLevel.AtLeastOnce, stop);
                _session.StateAsked(NowMs());
                break;
            case UplinkStep.PublishBirths:
                await PublishBirths(writer);
                break;
            case UplinkStep.Send send:
                await PublishRecord(writer, send);
                break;
            case UplinkStep.SendLive:
                await PublishLive(writer);
                break;
            case UplinkStep.BuryGone:
                await BuryGone(writer);
                break;
            case UplinkStep.Wait wait:
                await WaitUntil(wait.UntilMs);
                break;
        }
    }

    private MqttClientOptions Options(int bdSeq, BrokerConnection connection)
    {
        var options = new MqttClientOptionsBuilder()
            .WithTcpServer(Broker.Host, Broker.Port)
            .WithStreamProvider(connection)
            .WithClientId(target.ClientId)
            .WithCleanStart()
            .WithSessionExpiryInterval(0)
            .WithTimeout(AgentLimits.BrokerTimeout)
            .WithWillTopic(target.Topic(MessageType.NDeath, null).ToString())
            .WithWillPayload(EdgeMessages.NodeDeath(bdSeq, WallMs()))
            .WithWillQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce)
            .WithWillRetain(false);
        options = target.Password is { } password
            ? options.WithCredentials(target.Username, password)
            : options.WithCredentials(target.Username);
        return options.Build();
    }

    private async Task Subscribe(IMqttClient client, CancellationToken stop)
    {
        var filters = new MqttClientSubscribeOptionsBuilder()
            .WithTopicFilter(
                target.Topic(MessageType.NCmd, null).ToString(),
                MqttQualityOfServiceLevel.AtLeastOnce)
            .WithTopicFilter(
                SparkplugTopic.StateOf(target.HostId), MqttQualityOfServiceLevel.AtLeastOnce);
        foreach (var device in _births.Devices)
        {
            filters = filters.WithTopicFilter(
                target.Topic(MessageType.DCmd, device).ToString(),
                MqttQualityOfServiceLevel.AtLeastOnce);
        }

        await client.SubscribeAsync(filters.Build(), stop);
    }

    private Task Receive(MqttApplicationMessageReceivedEventArgs e)
    {
        // A callback stores and returns; a full store drops, and the sender says it again.
        var payload = e.ApplicationMessage.Payload;
        var bytes = payload.Length <= Wire.WireLimits.PayloadBytesRefused
            ? System.Buffers.BuffersExtensions.ToArray(payload)
            : [];
        _messages.Writer.TryWrite(new Message(e.ApplicationMessage.Topic, bytes));
        GoOn();
        return Task.CompletedTask;
    }

    private void Handle(Message message)
    {
        if (message.Topic == SparkplugTopic.StateOf(target.HostId))
        {
            HandleState(message);
            return;
        }

        if (SparkplugTopic.Parse(message.Topic) is not { Type: MessageType.NCmd })
        {
            // No device has anything to write yet.
            return;
        }

        if (PayloadDecoder.Decode(message.Payload, out var fault) is not { } payload)
        {
            TellMisunderstanding(message.Topic, fault ?? "no payload");
            return;
        }

        foreach (var command in HostMessages.Commands(payload))
        {
            switch (command)
            {
                case NodeCommand.Rebirth rebirth:
                    _session.RebirthAsked(rebirth.AskedMs);
                    break;
                case NodeCommand.Commit commit:
                    Commit(commit);
                    break;
                case NodeCommand.Rewind rewind when journal.Rewind(rewind.Epoch, rewind.Offset):
                    log.Rewound(rewind.Offset);
                    _session.Rewound(journal.Position);
                    break;
            }
        }
    }

    private void HandleState(Message message)
    {
        if (HostState.Decode(message.Payload) is not { } state)
        {
            TellMisunderstanding(message.Topic, "it is no STATE message");
            return;
        }

        var seenMs = _session.HostTimestampMs;
        switch (_session.HostSaid(state))
        {
            case HostVerdict.CameOnline:
                log.HostOnline(target.HostId);
                break;
            case HostVerdict.WentOffline:
                log.HostOffline(target.HostId);
                break;
            case HostVerdict.Outdated:
                log.HostStateIgnored(target.HostId, state.TimestampMs, seenMs);
                break;
        }
    }

    private void Commit(NodeCommand.Commit commit)
    {
        // The hub's store has it; only now may the journal forget it.
        var judged = _session.Committed(journal.Position, commit.Epoch, commit.Offset, NowMs());
        var outcome = judged == TrimOutcome.Trimmed
            ? journal.Trim(commit.Epoch, commit.Offset, WallMs())
            : judged;
        switch (outcome)
        {
            case TrimOutcome.ForeignEpoch:
                log.CommitRefused(commit.Epoch, commit.Offset, "it is of another journal");
                break;
            case TrimOutcome.BeyondLast:
                log.CommitRefused(
                    commit.Epoch, commit.Offset, "this journal never wrote that far");
                break;
        }
    }

    private async Task PublishBirths(SessionWriter writer)
    {
        var position = journal.Position;
        var state = new JournalState(
            position.Epoch, position.First, position.Last, position.Committed, position.UsedBytes);
        _ahead.Clear();
        _births.Forget(position.Committed);
        await writer.Births(state, _births, _session.AnswersMs);
        _session.BirthsPublished(position);
        log.Born(position.FirstWaiting, position.Last);
    }

    private async Task PublishRecord(SessionWriter writer, UplinkStep.Send step)
    {
        if (Entry(step.Offset) is not { } entry)
        {
            // It was given up a moment ago; the next step will know.
            return;
        }

        var bytes = await writer.Record(entry, step.IsHistorical, _births);
        _session.Sent(entry.Offset, bytes, NowMs());
    }

    private async Task PublishLive(SessionWriter writer)
    {
        var position = journal.Position;
        var from = Math.Max(
            position.First, position.Last - Wire.WireLimits.DevicesPerGatewayMax + 1);
        var newest = journal.Read(from, Wire.WireLimits.DevicesPerGatewayMax, WallMs())
            .GroupBy(entry => (entry.Record as JournalRecord.Image)?.Device)
            .Select(ofDevice => ofDevice.Last());
        foreach (var entry in newest)
        {
            await writer.Live(entry, _births);
        }

        _session.LiveSent(NowMs());
    }

    private async Task BuryGone(SessionWriter writer)
    {
        var position = journal.Position;
        foreach (var device in _births.Forget(position.Committed))
        {
            await writer.DeviceDeath(device);
        }

        _session.GoneBuried(position);
    }

    private JournalEntry? Entry(long offset)
    {
        if (!_ahead.TryPeek(out var head) || head.Offset != offset)
        {
            _ahead.Clear();
            foreach (var entry in journal.Read(offset, AgentLimits.RecordsPerReadMax, WallMs()))
            {
                _ahead.Enqueue(entry);
            }
        }

        // Another journal may have taken the place of the one that was declared.
        return journal.Position.Epoch == _session.Epoch && _ahead.TryDequeue(out var found)
            && found.Offset == offset ? found : null;
    }

    private async Task Leave(
        IMqttClient client, BrokerConnection connection, SessionWriter writer)
    {
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(1), time);
        try
        {
            if (client.IsConnected)
            {
                await connection.Release();
                await writer.NodeDeath();
                var how = new MqttClientDisconnectOptionsBuilder()
                    .WithReason(MqttClientDisconnectOptionsReason.DisconnectWithWillMessage);
                await client.DisconnectAsync(how.Build(), enough.Token);
            }
        }
        catch (Exception e) when (IsConnectionFault(e))
        {
            // The connection is gone already: the broker publishes the Will.
        }
    }

    private static Task<MqttClientPublishResult> Publish(
        IMqttClient client, SparkplugTopic topic, byte[] payload) =>
        client.PublishAsync(new MqttApplicationMessageBuilder()
            .WithTopic(topic.ToString()).WithPayload(payload).Build());

    private async Task WaitUntil(long? untilMs)
    {
        var wait = untilMs is { } until
            ? TimeSpan.FromMilliseconds(Math.Max(0, until - NowMs()))
            : AgentLimits.BrokerBackoffMax;
        _alarm!.Change(wait, Timeout.InfiniteTimeSpan);
        await _wake.Reader.ReadAsync(CancellationToken.None);
    }

    private void GoOn() => _wake.Writer.TryWrite(true);

    /// <summary>Whoever says so is not held up by what follows.</summary>
    private void Wake() => ThreadPool.UnsafeQueueUserWorkItem(
        uplink => uplink.GoOn(), this, preferLocal: false);

    private async Task WaitAtMost(TimeSpan wait, CancellationToken stop)
    {
        try
        {
            await Task.Delay(wait, time, stop);
        }
        catch (OperationCanceledException)
        {
            // The stop came.
        }
    }

    private void TellFault(string detail, CancellationToken stop)
    {
        if (!stop.IsCancellationRequested && detail != _lastFault)
        {
            log.BrokerLost(Broker.ToString(), detail);
        }

        _lastFault = detail;
    }

    private void TellMisunderstanding(string topic, string detail)
    {
        if (!_hasToldMisunderstanding)
        {
            _hasToldMisunderstanding = true;
            log.MessageNotUnderstood(topic, detail);
        }
    }

    private static bool IsConnectionFault(Exception e) => e is MqttCommunicationException
        or MqttProtocolViolationException or SocketException or IOException
        or OperationCanceledException or ObjectDisposedException;

    private Uri Broker => target.Brokers[_brokerIndex];

    private long WallMs() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private long NowMs() => time.GetTimestamp() / (time.TimestampFrequency / 1000);
}
