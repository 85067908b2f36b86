namespace Monitoring.Wire.Documents;

/// <summary>One thing wrong with one document or setting, and what to do about it.</summary>
/// <param name="Source">The file, or the name of the setting's origin.</param>
/// <param name="Line">1-based; 0 where there is no line.</param>
/// <param name="Problem">What is wrong, naming the field.</param>
/// <param name="Remedy">What to write instead.</param>
public sealed record Fault(string Source, int Line, string Problem, string Remedy)
{
    /// <summary>1-based; 0 where it is not known.</summary>
    public int Column { get; init; }

    /// <summary>With the column, as editors and terminals make a link of it.</summary>
    public string WithColumn() => Line > 0 && Column > 0
        ? $"{Source}:{Line}:{Column}: {Problem}; {Remedy}"
        : ToString();

    public override string ToString() =>
        Line > 0 ? $"{Source}:{Line}: {Problem}; {Remedy}" : $"{Source}: {Problem}; {Remedy}";
}

/// <summary>Collects every fault of a run of checks, so that all are reported at once.</summary>
public sealed class Faults
{
    private readonly List<Fault> _all = [];
    private readonly HashSet<Fault> _said = [];

    public IReadOnlyList<Fault> All => _all;

    public bool Any => _all.Count > 0;

    /// <summary>How many there are, for people.</summary>
    public string Count => _all.Count == 1 ? "1 fault" : $"{_all.Count} faults";

    public void Add(string source, int line, string problem, string remedy) =>
        Add(new Fault(source, line, problem, remedy));

    /// <summary>A key may be read by several; what is wrong with it is said once.</summary>
    public void Add(Fault fault)
    {
        if (_said.Add(fault))
        {
            _all.Add(fault);
        }
    }

    public void AddRange(IEnumerable<Fault> faults)
    {
        foreach (var fault in faults)
        {
            Add(fault);
        }
    }
}
