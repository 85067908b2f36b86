namespace Monitoring.Core.Ingest;

/// <summary>
/// The numbers 0 to 255 that a node gives its messages, round and round. One that is passed over
/// may still come, by another way through the brokers; how long it has been missed, this says.
/// </summary>
public sealed class SequenceWatch
{
    /// <summary>More than this ahead is a message from the past.</summary>
    private const int AheadMax = 127;

    private readonly HashSet<byte> _missing = [];
    private byte _expected;

    /// <summary>Since when a message is missing; null: none is.</summary>
    public long? MissingSinceMs { get; private set; }

    /// <summary>A birth of the node begins anew, with whatever number it has.</summary>
    public void Begin(ulong seq)
    {
        _missing.Clear();
        MissingSinceMs = null;
        _expected = unchecked((byte)(seq + 1));
    }

    public void Saw(ulong seq, long nowMs)
    {
        var number = unchecked((byte)seq);
        if (_missing.Remove(number))
        {
            MissingSinceMs = _missing.Count == 0 ? null : MissingSinceMs;
            return;
        }

        var ahead = unchecked((byte)(number - _expected));
        if (ahead > AheadMax)
        {
            return;
        }

        for (; _expected != number; _expected = Next(_expected))
        {
            _missing.Add(_expected);
            MissingSinceMs ??= nowMs;
        }

        _expected = Next(_expected);
    }

    private static byte Next(byte number) => unchecked((byte)(number + 1));
}
