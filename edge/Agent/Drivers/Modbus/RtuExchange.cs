using Monitoring.Agent.Devices;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>
/// Modbus RTU, over a serial line or over TCP. Its frames carry nothing that tells the answer to
/// one request from the late answer to another of the same unit, function and length. So after a
/// request without a good answer the unit is in doubt: before it is asked anything else, it is
/// asked something whose answer cannot be mistaken, see <see cref="Settle"/>.
/// </summary>
public sealed class RtuExchange : IModbusExchange
{
    private readonly IByteLink _link;
    private readonly TimeSpan _timeout;
    private readonly TimeSpan _character;
    private readonly TimeSpan _silence;
    private readonly TimeProvider _time;
    private readonly byte[] _frame = new byte[RtuFrame.BytesMax];
    private readonly byte[] _received = new byte[4 * RtuFrame.BytesMax];
    private readonly Dictionary<byte, Doubt> _doubts = [];
    private readonly HashSet<byte> _settling = [];
    private int _count;

    public RtuExchange(IByteLink link, SiteLink site, TimeProvider time)
    {
        (_link, _timeout, _time) = (link, site.Timeout, time);
        if (site is SiteLink.Serial serial)
        {
            _character = TimeSpan.FromSeconds((double)serial.BitsPerCharacter / serial.Baud);
        }

        // 3.5 characters; above 19 200 baud, and where the baud rate is not known, 1.75 ms.
        var t35 = _character * 3.5;
        _silence = t35 > SilenceMin ? t35 : SilenceMin;
    }

    private static readonly TimeSpan SilenceMin = TimeSpan.FromMilliseconds(1.75);

    /// <summary>After that long without a byte a damaged answer has come to its end.</summary>
    private static readonly TimeSpan EndOfDamage = TimeSpan.FromMilliseconds(50);

    public bool IsOpen => _link.IsOpen;

    public long Strays { get; private set; }

    public string? Open() => _link.Open(_timeout);

    public void Close() => _link.Close();

    public void Dispose() => _link.Dispose();

    public ModbusOutcome Ask(
        byte unit, ModbusRequest request, CancellationToken abandon, TimeSpan? patience = null) =>
        Settle(unit, request.Start, abandon)
            ?? Exchange(unit, request, patience ?? _timeout, abandon);

    public void Idle(TimeSpan pause)
    {
        var start = _time.GetTimestamp();
        while (pause - _time.GetElapsedTime(start) is { Ticks: > 0 } left)
        {
            if (_link.Receive(_received, left) is not 0 and var count)
            {
                Strays++;
                if (count < 0)
                {
                    _link.Close();
                    return;
                }
            }
        }
    }

    /// <summary>
    /// Asks for one register by another function than the unanswered request. A unit answers in
    /// the order in which it was asked, so with the answer to this, be it an exception, the old
    /// one has come and gone or never comes. A unit that was never seen to answer such a question
    /// is let go after a time in which it said nothing.
    /// </summary>
    /// <param name="address">
    /// What is to be asked next: where the unanswered request began, it may always be slow.
    /// </param>
    /// <returns>Null: no answer to an old request can be mistaken; else why it can.</returns>
    private ModbusOutcome.Failed? Settle(
        byte unit, int address, CancellationToken abandon)
    {
        while (_doubts.TryGetValue(unit, out var doubt))
        {
            if (!_settling.Contains(unit)
                && _time.GetElapsedTime(doubt.Asked) > _timeout * AgentLimits.TimeoutsToSettle)
            {
                _doubts.Remove(unit);
                return null;
            }

            var question = ModbusRequest.Read(
                new ReadBlock(OtherTable(doubt.Function), address, 1));
            if (Exchange(unit, question, _timeout, abandon) is ModbusOutcome.Failed failed)
            {
                _doubts[unit] = doubt with
                {
                    QuestionsToo = true,
                    Asked = _time.GetTimestamp(),
                };
                return failed;
            }

            _settling.Add(unit);
            if (!doubt.QuestionsToo)
            {
                _doubts.Remove(unit);
                return null;
            }

            // Earlier questions went unanswered: now their answers could be mistaken.
            _doubts[unit] = new Doubt(
                question.Function, QuestionsToo: false, _time.GetTimestamp());
        }

        return null;
    }

    private ModbusOutcome Exchange(
        byte unit, ModbusRequest request, TimeSpan patience, CancellationToken abandon)
    {
        if (!IsQuiet())
        {
            return ModbusOutcome.Bad("the line is never silent");
        }

        if (!_link.IsOpen)
        {
            return new ModbusOutcome.Failed(Reason.NotConnected, "the line was closed");
        }

        var length = RtuFrame.Write(_frame, unit, request.Pdu);
        var sent = _time.GetTimestamp();
        if (_link.Send(_frame.AsSpan(0, length)) is { } broken)
        {
            _link.Close();
            return new ModbusOutcome.Failed(Reason.NotConnected, broken);
        }

        var outcome = Await(unit, request, (sent, patience), abandon);
        if (outcome is ModbusOutcome.Failed && !_doubts.ContainsKey(unit))
        {
            _doubts[unit] = new Doubt(
                request.Function, QuestionsToo: false, _time.GetTimestamp());
        }

        return outcome;
    }

    private ModbusOutcome Await(
        byte unit, ModbusRequest request, (long Sent, TimeSpan Patience) at,
        CancellationToken abandon)
    {
        _count = 0;
        var expected = RtuFrame.OverheadBytes + 1 + (request.DataBytes ?? 3);
        var within = at.Patience + _character * (request.Pdu.Length + 3 + expected);
        var waiting = _time.GetTimestamp();
        while (true)
        {
            var left = within - _time.GetElapsedTime(waiting);
            var isWhole = _count >= expected;
            var longest = isWhole ? EndOfDamage : AgentLimits.ReceiveSlice;
            var wait = left < longest ? left : longest;
            var count = _link.Receive(
                _received.AsSpan(_count), wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
            if (count < 0)
            {
                _link.Close();
                return new ModbusOutcome.Failed(Reason.NotConnected, "the line broke");
            }

            _count += count;
            if (Find(unit, request, at.Sent) is { } answer)
            {
                return answer;
            }

            if ((count == 0 && isWhole) || _count == _received.Length)
            {
                return Damaged(unit, request);
            }

            // Only after a look at what has come: it may have been us who came late.
            if (left <= TimeSpan.Zero || abandon.IsCancellationRequested)
            {
                return _count == 0
                    ? ModbusOutcome.NoAnswer(at.Patience)
                    : Damaged(unit, request);
            }
        }
    }

    /// <summary>
    /// Looks for the one answer that can be meant wherever it begins: noise, an echo or a frame of
    /// another unit may come before it.
    /// </summary>
    private ModbusOutcome? Find(byte unit, ModbusRequest request, long sent)
    {
        for (var start = 0; start < _count; start++)
        {
            var bytes = _received.AsSpan(start, _count - start);
            if (bytes[0] != unit || RtuFrame.LengthOfAnswer(bytes) is not (> 0 and var length)
                || length > bytes.Length || !RtuFrame.IsIntact(bytes[..length]))
            {
                continue;
            }

            var pdu = RtuFrame.PduOf(bytes[..length]);
            if (request.IsRefusedBy(pdu))
            {
                Strays += start > 0 ? 1 : 0;
                return new ModbusOutcome.Refused(pdu[1]);
            }

            if (request.IsAnsweredBy(pdu))
            {
                Strays += start > 0 ? 1 : 0;
                return new ModbusOutcome.Answered(pdu.ToArray(), sent, _time.GetTimestamp());
            }
        }

        return null;
    }

    private ModbusOutcome.Failed Damaged(byte unit, ModbusRequest request)
    {
        Strays++;
        var isOurs = _count >= 2 && _received[0] == unit
            && (_received[1] & ~ModbusRequest.ExceptionBit) == request.Pdu[0];
        return isOurs
            ? new ModbusOutcome.Failed(
                Reason.Crc, $"the {_count} bytes that came were damaged on the way")
            : ModbusOutcome.Bad($"the {_count} bytes that came are no answer");
    }

    /// <summary>Passes over what comes until the line has been silent for 3.5 characters.</summary>
    private bool IsQuiet()
    {
        _link.Discard();
        var start = _time.GetTimestamp();
        while (_time.GetElapsedTime(start) < _timeout)
        {
            var count = _link.Receive(_received, _silence);
            if (count == 0)
            {
                return true;
            }

            if (count < 0)
            {
                _link.Close();
                return true;
            }

            Strays++;
        }

        return false;
    }

    private static RegisterTable OtherTable(ModbusFunction function) => function switch
    {
        ModbusFunction.ReadCoils => RegisterTable.Discrete,
        ModbusFunction.ReadDiscreteInputs => RegisterTable.Coil,
        ModbusFunction.ReadHoldingRegisters => RegisterTable.Input,
        _ => RegisterTable.Holding,
    };

    /// <summary>A request of this function may still be answered.</summary>
    /// <param name="QuestionsToo">So may questions that were asked to settle it.</param>
    /// <param name="Asked">When the last of them was given up.</param>
    private sealed record Doubt(ModbusFunction Function, bool QuestionsToo, long Asked);
}
