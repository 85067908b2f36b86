namespace Monitoring.Verifier;

/// <summary>One thing that is not as it should be.</summary>
/// <param name="Where">The file and bytes, or the entry of the log.</param>
internal sealed record Fault(string Where, string What)
{
    public override string ToString() => $"{Where}: {What}";
}

/// <summary>What was found; of very many faults the first.</summary>
internal sealed class Findings
{
    private const int KeptMax = 100;

    private readonly List<Fault> _faults = [];

    public IReadOnlyList<Fault> Faults => _faults;

    public int Count { get; private set; }

    public void AddRange(Findings others)
    {
        foreach (var fault in others.Faults)
        {
            Add(fault.Where, fault.What);
        }

        Count += others.Count - others.Faults.Count;
    }

    public void Add(string where, string what)
    {
        Count++;
        if (_faults.Count < KeptMax)
        {
            _faults.Add(new Fault(where, what));
        }
    }
}

/// <summary>The log cannot be read at all, so nothing is known of it.</summary>
internal sealed class UnreachableException(string message) : Exception(message);
