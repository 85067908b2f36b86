namespace Monitoring.Core.Ingest;

/// <summary>
/// Finds out that two speak under one name: one, then another, then the first again. One gateway
/// goes from journal to journal and from start to start, and never back.
/// </summary>
public sealed class Recurrence
{
    private const int KeptMax = 8;

    private readonly List<string> _seen = [];

    /// <summary>True where this one was here before, and another since.</summary>
    public bool Saw(string who)
    {
        if (_seen.Count > 0 && _seen[^1] == who)
        {
            return false;
        }

        var isBack = _seen.Remove(who);
        _seen.Add(who);
        if (_seen.Count > KeptMax)
        {
            _seen.RemoveAt(0);
        }

        return isBack;
    }
}
