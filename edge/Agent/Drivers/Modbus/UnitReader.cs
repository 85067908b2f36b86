using System.Collections.Immutable;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>How a device stands after a read.</summary>
internal enum UnitVerdict
{
    /// <summary>There was nothing to ask it for.</summary>
    NotAsked,

    /// <summary>It gave an answer, be it that it refuses.</summary>
    Answers,

    /// <summary>It gave none, or its gateway says so.</summary>
    Silent,

    /// <summary>The gateway before it has no way to its units.</summary>
    NoPath,

    /// <summary>The link is down: nothing is known of it.</summary>
    Unknown,
}

/// <summary>Asks the unit of a device.</summary>
/// <param name="mayRetry">Once more at once, should no good answer come.</param>
internal delegate ModbusOutcome AskUnit(ModbusRequest request, bool mayRetry);

/// <summary>
/// Reads one device by its plan and learns from what it refuses: the points of a request that
/// failed are absent, the others go on.
/// </summary>
internal sealed class UnitReader(SiteDevice device, LinkCost cost, TimeProvider time)
{
    private readonly ushort[] _words = new ushort[RequestLimits.Standard.BitsMax];
    private readonly RawPoint[] _raw = new RawPoint[device.Map.Points.Length];
    private readonly bool[] _isRead = new bool[device.Map.Points.Length];
    private readonly Dictionary<ModbusFunction, Backoff> _unsupported = [];
    private readonly Queue<PlannedRead> _reads = [];
    private DeviceMap _map = device.Map;
    private ReadPlan _plan = ReadPlan.For(device.Map, cost, DeviceLearning.None);
    private DeviceLearning _learned = DeviceLearning.None;
    private long _learnedSince = time.GetTimestamp();

    // Of the read under way.
    private DateTimeOffset _utc;
    private long _start;
    private UnitVerdict _verdict;
    private int _silentRequests;
    private bool _isBusy;

    private int _overUsual = AgentLimits.PatienceOverUsual;

    // Whether a SunSpec device has told where its models are, or that it has none.
    private bool _isPlaced = !device.Map.IsSunSpec;
    private SampleTrouble? _whyNotPlaced;

    /// <summary>What is wrong since the last read that was tried; null: nothing.</summary>
    public SampleTrouble? Trouble { get; private set; }

    /// <summary>Fails with each read without any answer.</summary>
    public Backoff Silence { get; } =
        new(AgentLimits.UnitBackoffMin, AgentLimits.UnitBackoffMax, time);

    public ResponseTimes Times { get; } = new();

    /// <summary>
    /// How long an answer is waited for. Of a unit that has always been quick it is not the whole
    /// timeout, so that its death costs the others little; when it is asked again it is. If it
    /// answers then, it was taken for dead wrongly: from then on it is waited for longer.
    /// </summary>
    public TimeSpan PatienceWithin(TimeSpan timeout)
    {
        if (Silence.HasFailed || Times.Answers < AgentLimits.AnswersToBeQuick)
        {
            return timeout;
        }

        // One answer that once took long must not make it a slow one for ever.
        var usual = Times.Quantile(AgentLimits.AnswersThatCount)!.Value * _overUsual;
        var least = usual > AgentLimits.PatienceMin ? usual : AgentLimits.PatienceMin;
        return least < timeout ? least : timeout;
    }

    /// <summary>It has answered.</summary>
    public void Heard()
    {
        if (Silence.HasFailed && !Silence.HasFailedAgain)
        {
            _overUsual = Math.Min(
                _overUsual * AgentLimits.PatienceOverUsual, AgentLimits.PatienceOverUsualMax);
        }

        Silence.Succeed();
    }

    public SiteDevice Device => device;

    public (DeviceSample Sample, UnitVerdict Verdict) Read(AskUnit ask)
    {
        Begin(out var mayRetry);
        if (!_isPlaced)
        {
            Discover(ask);
        }

        var most = _reads.Count + AgentLimits.LessonsPerReadMax;
        for (var requests = 0; requests < most && _reads.TryDequeue(out var read); requests++)
        {
            var request = ModbusRequest.Read(read.Block);
            if (_unsupported.TryGetValue(request.Function, out var rest) && rest.IsWaiting)
            {
                Miss(read, new ModbusOutcome.Refused(1));
                continue;
            }

            Judge(read, ask(request, mayRetry && _silentRequests == 0));
            var mostSilent = Silence.HasFailed ? 1 : AgentLimits.SilentRequestsMax;
            if (_verdict is UnitVerdict.NoPath or UnitVerdict.Unknown
                || _silentRequests >= mostSilent)
            {
                break;
            }
        }

        return (End(), _verdict);
    }

    /// <summary>All points absent.</summary>
    public DeviceSample Absent(SampleTrouble trouble)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        return new DeviceSample(
            now, ImageDecoder.Absent(device.Map, trouble.Reason, now), trouble);
    }

    private void Begin(out bool mayRetry)
    {
        // A device may be another one after a service, or have refused while it started.
        if (time.GetElapsedTime(_learnedSince) > AgentLimits.LessonsForgottenAfter)
        {
            (_learned, _learnedSince) = (DeviceLearning.None, time.GetTimestamp());
            (_map, _isPlaced, _whyNotPlaced) = (device.Map, !device.Map.IsSunSpec, null);
            _plan = ReadPlan.For(_map, cost, _learned);
        }

        mayRetry = !Silence.HasFailed && !_isBusy;
        (_utc, _start) = (time.GetUtcNow(), time.GetTimestamp());
        (_verdict, _silentRequests, _isBusy) = (UnitVerdict.NotAsked, 0, false);
        Trouble = _whyNotPlaced;
        Array.Clear(_isRead);
        Queue();
    }

    /// <summary>Asks a SunSpec device where its models are, until it has told once.</summary>
    private void Discover(AskUnit ask)
    {
        var found = SunSpec.Discover(block =>
        {
            if (Trouble is not null)
            {
                return null;
            }

            var outcome = ask(ModbusRequest.Read(block), mayRetry: false);
            if (outcome is ModbusOutcome.Answered answer)
            {
                _verdict = UnitVerdict.Answers;
                answer.Take(block, _words);
                return _words[..block.Count];
            }

            if (outcome is ModbusOutcome.Refused { Code: not (5 or 6 or 10 or 11) })
            {
                // There is no such register, as there may well be none; a busy device says nothing
                // of the kind.
                _verdict = UnitVerdict.Answers;
                return null;
            }

            var (reason, detail) = outcome.Fault();
            Trouble ??= new SampleTrouble(reason, detail);
            Judge(new PlannedRead(block, []), outcome);
            return null;
        });
        if (Trouble is not null)
        {
            return;
        }

        _isPlaced = true;
        if (found is SunSpecDiscovery.Found models)
        {
            _map = SunSpec.Resolve(device.Map, models);
            _plan = ReadPlan.For(_map, cost, _learned);
            Queue();
        }
        else if (found is SunSpecDiscovery.Nothing nothing)
        {
            Trouble = _whyNotPlaced = new SampleTrouble(Reason.Configuration, nothing.Why);
        }
    }

    private DeviceSample End()
    {
        var middle = UtcMs(_start + (time.GetTimestamp() - _start) / 2);
        foreach (var (point, reason, why) in _isPlaced ? _plan.Unreadable : [])
        {
            Miss(point, new SampleTrouble(reason, $"{device.Map.Points[point].Id}: {why}"), middle);
        }

        for (var point = 0; point < _raw.Length; point++)
        {
            Miss(point, Trouble ?? new SampleTrouble(Reason.Timeout, "not asked"), middle);
        }

        return new DeviceSample(middle, ImageDecoder.Finish(device.Map, _raw), Trouble);
    }

    private void Judge(PlannedRead read, ModbusOutcome outcome)
    {
        switch (outcome)
        {
            case ModbusOutcome.Answered answer:
                (_verdict, _silentRequests) = (UnitVerdict.Answers, 0);
                _learned = _learned.AfterServed(read.Block);
                Take(read, answer);
                break;
            case ModbusOutcome.Refused { Code: 10 }:
                _verdict = UnitVerdict.NoPath;
                Miss(read, outcome);
                break;
            case ModbusOutcome.Refused { Code: 11 }:
                // The gateway has waited for the unit already.
                _silentRequests = AgentLimits.SilentRequestsMax;
                _verdict = SilentUnlessHeard();
                Miss(read, outcome);
                break;
            case ModbusOutcome.Refused refused:
                (_verdict, _silentRequests) = (UnitVerdict.Answers, 0);
                Learn(read, refused);
                break;
            case ModbusOutcome.Failed failed:
                _silentRequests++;
                _verdict = failed.Reason == Reason.NotConnected
                    ? UnitVerdict.Unknown : SilentUnlessHeard();
                Miss(read, outcome);
                break;
        }
    }

    private UnitVerdict SilentUnlessHeard() =>
        _verdict == UnitVerdict.Answers ? UnitVerdict.Answers : UnitVerdict.Silent;

    /// <summary>What is refused once is not asked for again.</summary>
    private void Learn(PlannedRead read, ModbusOutcome.Refused refused)
    {
        var learned = _learned;
        switch (refused.Code)
        {
            case 1 when !HasServed(read.Block.Table):
                var rest = new Backoff(
                    AgentLimits.UnitBackoffMax, AgentLimits.UnitBackoffMax, time);
                rest.Fail();
                _unsupported[ModbusRequest.FunctionOf(read.Block.Table)] = rest;
                break;
            case 2:
                learned = learned.AfterIllegalAddress(read.Block);
                break;
            case 3:
                learned = learned.AfterIllegalValue(read.Block);
                break;
            case 5 or 6:
                _isBusy = true;
                break;
        }

        if (learned == _learned)
        {
            Miss(read, refused);
            return;
        }

        (_learned, _plan) = (learned, ReadPlan.For(_map, cost, learned));
        Queue();
    }

    /// <summary>What it has served before, it has: it is not itself just now.</summary>
    private bool HasServed(RegisterTable table) =>
        _learned.Served.Any(range => range.Table == table);

    /// <summary>What the plan has for points that are still to be read.</summary>
    private void Queue()
    {
        _reads.Clear();
        foreach (var read in _plan.Reads.Where(read => read.Points.Any(point => !_isRead[point])))
        {
            _reads.Enqueue(read);
        }
    }

    private void Take(PlannedRead read, ModbusOutcome.Answered answer)
    {
        var timeMs = UtcMs(answer.Sent + (answer.Came - answer.Sent) / 2);
        answer.Take(read.Block, _words);
        foreach (var point in read.Points)
        {
            var source = _map.Points[point].Registers;
            var own = _words.AsSpan(source.Address - read.Block.Start, source.Count);
            (_raw[point], _isRead[point]) = (RegisterCodec.Decode(source, own, timeMs), true);
        }
    }

    private void Miss(PlannedRead read, ModbusOutcome outcome)
    {
        var (reason, detail) = outcome.Fault();
        var timeMs = UtcMs(time.GetTimestamp());
        foreach (var point in read.Points)
        {
            Miss(point, new SampleTrouble(reason, detail), timeMs);
        }
    }

    private void Miss(int point, SampleTrouble trouble, long timeMs)
    {
        if (!_isRead[point])
        {
            Trouble ??= trouble;
            (_raw[point], _isRead[point]) = (RawPoint.Absent(trouble.Reason, timeMs), true);
        }
    }

    private long UtcMs(long timestamp) =>
        (_utc + time.GetElapsedTime(_start, timestamp)).ToUnixTimeMilliseconds();
}
