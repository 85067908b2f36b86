using Monitoring.Agent.Journal;
using Monitoring.Agent.Uplink.Sparkplug;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.Simulation;

/// <summary>
/// One gateway: the shells around the product's journal rules, session, births and writer, in one
/// thread. Its instruments and its disk outlive the process and the power.
/// </summary>
public sealed class SimulatedEdge
{
    public const string Group = "plant";

    private const int WaitingMax = 24;
    private const int StepsMax = 600;
    private const int ReconnectMs = 1_000;

    private readonly Dice _dice;
    private readonly Broker _broker;
    private readonly Truth _truth;
    private readonly Mutation _mutation;
    private readonly JournalLimits _limits;
    private readonly int _periodMs;
    private readonly UplinkTarget _target;
    private readonly List<JournalRecord> _waiting = [];
    private JournalRecord.Gap? _dropped;
    private UplinkSession _session = new();
    private BirthBook _births;
    private SessionWriter? _writer;
    private Boot _boot;
    private long _bootMs;
    private long _connectMs;
    private long _sampleMs;

    public SimulatedEdge(
        string name, Dice dice, Func<Odds> odds, Broker broker, Truth truth, Mutation mutation)
    {
        (Name, _dice, _broker, _truth, _mutation) = (name, dice, broker, truth, mutation);
        Disk = new SimulatedDisk(dice, odds, image => truth.Synced(name, image));
        Plant = new Plant(dice);
        _births = new BirthBook(Plant.Devices);
        _target = new UplinkTarget([], name, null, Broker.Hub, Group, name, Plant.Devices);
        _periodMs = dice.Pick(1_000, 2_000, 4_000);
        _limits = new JournalLimits(dice.Pick(2_000, 6_000, 100_000))
        {
            Grace = TimeSpan.FromSeconds(dice.Pick(0, 10, 60)),
            AgeMax = dice.Hits(0.2) ? TimeSpan.FromSeconds(20) : null,
        };
    }

    public string Name { get; }

    public WallClock Clock { get; } = new();

    public SimulatedDisk Disk { get; }

    public Plant Plant { get; }

    /// <summary>Null: the process does not run.</summary>
    public SimulatedJournal? Journal { get; private set; }

    public bool IsLinkCut { get; set; }

    public bool IsSampling { get; set; } = true;

    public long DownUntilMs { get; private set; }

    /// <summary>All that was sampled is in the journal, and the journal at the hub.</summary>
    public bool IsDone => Journal is { Position.IsOpen: true } journal && _waiting.Count == 0
        && _dropped is null && journal.Position.Committed == journal.Position.Last;

    /// <summary>The process ends. With the power, what the disk had not synced goes too.</summary>
    public void Die(long nowMs, bool isPowerCut, int downMs)
    {
        _broker.Cut(Name, nowMs);
        Journal = null;
        _writer = null;
        _waiting.Clear();
        _dropped = null;
        DownUntilMs = nowMs + downMs;
        if (isPowerCut)
        {
            Disk.CutPower();
        }
    }

    /// <summary>The devices that are configured have changed; the process runs on.</summary>
    public void ChangeDevices()
    {
        Plant.Change();
        _births = new BirthBook(Plant.Devices);
        _session.RebirthAsked();
    }

    public void Tick(long nowMs)
    {
        Clock.Set(nowMs);
        if (nowMs < DownUntilMs)
        {
            return;
        }

        if (Journal is null)
        {
            Start(nowMs);
        }

        Sample(nowMs);
        if (!Journal!.HasDied)
        {
            Connect(nowMs);
            Talk(nowMs);
        }

        if (Journal.HasDied)
        {
            Die(nowMs, _dice.Hits(0.5), _dice.Next(0, 5_000));
        }
    }

    /// <summary>What the broker brings.</summary>
    public void Receive(Message message, long nowMs)
    {
        if (Journal is null || _writer is null)
        {
            return;
        }

        if (message.Topic == SparkplugTopic.StateOf(_target.HostId))
        {
            _session.HostSaid(HostState.Decode(message.Bytes)!);
            return;
        }

        foreach (var command in HostMessages.Commands(
            PayloadDecoder.Decode(message.Bytes, out _)!))
        {
            switch (command)
            {
                case NodeCommand.Rebirth rebirth:
                    _session.RebirthAsked(rebirth.AskedMs);
                    break;
                case NodeCommand.Commit(var epoch, var offset):
                    Commit(epoch, offset, nowMs);
                    break;
                case NodeCommand.Rewind(var epoch, var offset)
                    when Journal.Rewind(epoch, offset):
                    _session.Rewound(Journal.Position);
                    break;
            }
        }
    }

    private void Commit(string epoch, long offset, long nowMs)
    {
        // The hub's store has it; only now may the journal forget it.
        if (_session.Committed(Journal!.Position, epoch, offset, nowMs) == TrimOutcome.Trimmed)
        {
            Journal.Trim(offset, Clock.NowMs);
        }
    }

    private void Start(long nowMs)
    {
        Journal = new SimulatedJournal(Disk, _limits, _dice, _mutation, Clock.NowMs);
        _session = new UplinkSession();
        _births = new BirthBook(Plant.Devices);
        (_boot, _bootMs) = (new Boot(_dice.NextGuid(), 0), nowMs);
        (_connectMs, _sampleMs) = (nowMs, nowMs);
    }

    private void Sample(long nowMs)
    {
        if (IsSampling && nowMs >= _sampleMs)
        {
            _sampleMs = nowMs + _periodMs;
            var boot = _boot with { MonotonicMs = nowMs - _bootMs };
            _waiting.AddRange(Plant.Sample(boot, Clock, nowMs));
            if (_waiting.Count > WaitingMax)
            {
                _dropped ??= new JournalRecord.Gap(
                    0, 0, Reason.JournalWriteFailed, Clock.NowMs);
                _waiting.RemoveRange(0, _waiting.Count - WaitingMax);
            }
        }

        if (!IsSampling)
        {
            Journal!.Reopen(Clock.NowMs);
        }

        JournalRecord[] records = _dropped is null ? [.. _waiting] : [_dropped, .. _waiting];
        if (records.Length > 0
            && Journal!.Append(records, Clock.NowMs, Clock.WrongByMs == 0))
        {
            _waiting.Clear();
            _dropped = null;
        }
    }

    private void Connect(long nowMs)
    {
        if (IsLinkCut)
        {
            _broker.Cut(Name, nowMs);
        }

        if (_writer is not null && !_broker.HasSession(Name))
        {
            _writer = null;
            _session.Disconnected();
            _connectMs = nowMs + ReconnectMs;
        }

        if (_writer is not null || IsLinkCut || nowMs < _connectMs || !_broker.IsUp(nowMs))
        {
            return;
        }

        var bdSeq = Journal!.NextBdSeq();
        if (Journal.HasDied)
        {
            return;
        }

        _writer = new SessionWriter(Publish, _target, bdSeq, Clock);
        _session.Connected(nowMs);
        _broker.Connect(
            Name, _target.Topic(MessageType.NDeath, null).ToString(),
            EdgeMessages.NodeDeath(bdSeq, Clock.NowMs), nowMs);

        Task Publish(SparkplugTopic topic, byte[] bytes)
        {
            _broker.Publish(Name, Broker.Hub, topic, bytes, Clock.WorldMs);
            return Task.CompletedTask;
        }
    }

    private void Talk(long nowMs)
    {
        for (var steps = 0; _writer is not null && steps < StepsMax; steps++)
        {
            switch (_session.Next(Journal!.Position, nowMs))
            {
                case UplinkStep.AskForState:
                    _broker.Resubscribe(Name, nowMs);
                    _session.StateAsked(nowMs);
                    break;
                case UplinkStep.PublishBirths:
                    PublishBirths();
                    break;
                case UplinkStep.Send send when Journal.Read(send.Offset) is { } entry:
                    PublishRecord(entry, send.IsHistorical, nowMs);
                    break;
                case UplinkStep.SendLive:
                    PublishLive(nowMs);
                    break;
                case UplinkStep.BuryGone:
                    BuryGone();
                    break;
                case UplinkStep.Leave:
                    Wait(_writer.NodeDeath());
                    _broker.Leave(Name);
                    return;
                default:
                    return;
            }
        }
    }

    private void PublishBirths()
    {
        var position = Journal!.Position;
        var state = new JournalState(
            position.Epoch, position.First, position.Last, position.Committed,
            position.UsedBytes);
        _births.Forget(position.Committed);
        Wait(_writer!.Births(state, _births, _session.AnswersMs));
        _session.BirthsPublished(position);
    }

    private void PublishRecord(JournalEntry entry, bool isHistorical, long nowMs)
    {
        _truth.Published(Name, Journal!.Position.Epoch, entry);
        var writing = _writer!.Record(entry, isHistorical, _births);
        Wait(writing);
        _session.Sent(entry.Offset, writing.Result, nowMs);
        if (_mutation == Mutation.TrimOnSend)
        {
            Commit(Journal.Position.Epoch, entry.Offset, nowMs);
        }
    }

    private void PublishLive(long nowMs)
    {
        var position = Journal!.Position;
        var shown = new HashSet<string>();
        for (var offset = position.Last; offset >= position.First; offset--)
        {
            if (Journal.Read(offset) is { Record: JournalRecord.Image image } entry
                && shown.Add(image.Device))
            {
                Wait(_writer!.Live(entry, _births));
            }

            if (position.Last - offset > 20)
            {
                break;
            }
        }

        _session.LiveSent(nowMs);
    }

    private void BuryGone()
    {
        var position = Journal!.Position;
        foreach (var device in _births.Forget(position.Committed))
        {
            Wait(_writer!.DeviceDeath(device));
        }

        _session.GoneBuried(position);
    }

    /// <summary>Nothing in this world waits: what a writer began is done.</summary>
    private static void Wait(Task task) => Assert.True(task.IsCompletedSuccessfully);
}
