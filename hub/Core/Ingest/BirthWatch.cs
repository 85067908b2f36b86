using Monitoring.Wire.Sparkplug;

namespace Monitoring.Core.Ingest;

/// <summary>
/// Tells births that may be late or doubled on their way from those to go by. A doubtful one is
/// not believed before the gateway was asked for another and has answered: what it wrote after
/// the question is its present state.
/// </summary>
public sealed class BirthWatch
{
    private const int AsksKeptMax = 8;

    // The questions since the doubt arose. From then on nothing of that journal is stored.
    private readonly List<long> _asked = [];
    private string? _doubted;
    private long? _doubtedMs;
    private long? _newestMs;
    private long? _deadBdSeq;

    /// <summary>Records of this journal wait until it is clear how far it is.</summary>
    public bool IsInDoubt(string? epoch) => epoch is not null && epoch == _doubted;

    /// <summary>The gateway was asked for its births.</summary>
    /// <param name="askedMs">The time in the request, by which an answer names it.</param>
    public void Asked(long askedMs)
    {
        _asked.Add(askedMs);
        if (_asked.Count > AsksKeptMax)
        {
            _asked.RemoveAt(0);
        }
    }

    public void Died(long? bdSeq) => _deadBdSeq = bdSeq;

    /// <summary>
    /// Why a birth is not to be believed yet; null: it is, and all doubt is over.
    /// </summary>
    /// <param name="isContradicted">It says less than what is stored of its journal.</param>
    public string? Doubt(Payload birth, string epoch, bool isContradicted)
    {
        var why = isContradicted ? "its birth says less than what is stored of its journal"
            : birth.TimestampMs < _newestMs ? "its birth is older than the one before"
            : ReceivedMessages.BdSeqOf(birth) is { } bdSeq && bdSeq == _deadBdSeq
                ? "its birth came after its death"
                : null;
        if (why is not null && !(IsAnswer(birth) && (!isContradicted || IsInDoubt(epoch))))
        {
            _doubtedMs = birth.TimestampMs;
            if (isContradicted && !IsInDoubt(epoch))
            {
                _doubted = epoch;
                _asked.Clear();
            }

            return why;
        }

        (_newestMs, _deadBdSeq) = (birth.TimestampMs, null);
        (_doubted, _doubtedMs) = (null, null);
        _asked.Clear();
        return null;
    }

    // An agent of the first version does not say what it answers: another birth has to do.
    private bool IsAnswer(Payload birth)
    {
        var (saysWhat, answersMs) = ReceivedMessages.AnswerOf(birth);
        return saysWhat
            ? answersMs is { } askedMs && _asked.Contains(askedMs)
            : _asked.Count > 0 && birth.TimestampMs != _doubtedMs;
    }
}
