namespace Monitoring.Core.Ingest;

/// <summary>
/// Counts how often the next record of a journal could not be read. One that never can would keep
/// the commit from moving, and the gateway's disk would fill up behind it; so after some attempts
/// its bytes are kept as they are and the journal goes on.
/// </summary>
public sealed class Refusals
{
    /// <summary>
    /// The first may be our own lack of a birth, the second the answer to one; the third is it.
    /// </summary>
    public const int AttemptsMax = 3;

    private long _offset;
    private int _attempts;

    /// <summary>True where the offset was refused often enough.</summary>
    public bool IsEnough(long offset)
    {
        _attempts = offset == _offset ? _attempts + 1 : 1;
        _offset = offset;
        return _attempts >= AttemptsMax;
    }
}
